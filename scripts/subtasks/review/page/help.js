/**
 * The dialog with all keys.
 *
 * @import {HelpKey} from "./types.js"
 */

import { element } from "./elements.js";
import { KEYS as EPISODE_KEYS } from "./keys.js";

/** @type {HelpKey[]} */
const EVERYWHERE = [{ keys: ["?"], does: "show these keys" }];

/** @type {HelpKey[]} */
const OVERVIEW = [
  { keys: ["↓", "j"], does: "next row" },
  { keys: ["↑", "k"], does: "row before" },
  { keys: ["Page Down", "Page Up"], does: "a screen on or back" },
  { keys: ["Home", "End"], does: "first or last row" },
  { keys: ["Enter"], does: "open the episode or the label" },
  { keys: ["/"], does: "search" },
  { keys: ["Esc"], does: "leave the search; again: show all" },
  { keys: ["r"], does: "rename or merge the label" },
];

/** Shows the keys. */
export function openHelp() {
  if (document.querySelector("dialog[open]")) return;
  const close = element("button", { type: "button", onclick: () => dialog.close() }, "Close");
  const dialog = element(
    "dialog",
    { class: "keys", "aria-label": "Keys", onclose: () => dialog.remove() },
    element("h2", null, "Keys"),
    element(
      "div",
      { class: "columns" },
      section("All episodes and labels", [...OVERVIEW, ...EVERYWHERE]),
      section("One episode", EPISODE_KEYS),
    ),
    element("p", { class: "buttons" }, close),
  );
  document.body.append(dialog);
  dialog.showModal();
  // The list begins at its top.
  close.focus({ preventScroll: true });
  dialog.scrollTop = 0;
}

/**
 * Says whether a key is meant for something else: text that is being written, or a dialog.
 *
 * @param {KeyboardEvent} event
 * @returns {boolean}
 */
export function typing(event) {
  const { target } = event;
  return (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    document.querySelector("dialog[open]") !== null ||
    (target instanceof Element && target.matches("input, textarea, select, [contenteditable]"))
  );
}

/**
 * @param {string} title
 * @param {HelpKey[]} keys
 * @returns {HTMLElement}
 */
function section(title, keys) {
  const lines = keys.flatMap(({ keys, does }) => [
    element(
      "dt",
      null,
      ...keys.flatMap((key, index) => [index ? " " : "", element("kbd", null, key)]),
    ),
    element("dd", null, does),
  ]);
  return element("section", null, element("h3", null, title), element("dl", null, ...lines));
}
