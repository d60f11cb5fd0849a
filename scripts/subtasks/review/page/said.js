/** Tells screen readers what has changed. */

/**
 * Says a sentence.
 *
 * @param {string} sentence
 */
export function say(sentence) {
  const said = document.getElementById("said");
  if (said) said.textContent = sentence;
}
