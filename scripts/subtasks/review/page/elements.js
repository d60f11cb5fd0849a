/**
 * Makes elements. What comes from a dataset or a model is text: nothing here reads markup.
 *
 * @typedef {Node | string | null | undefined | false} Child
 * @typedef {string | number | boolean | null | undefined | EventListener} Attribute
 * @typedef {Record<string, Attribute>} Attributes
 */

/**
 * Makes an element.
 *
 * Attributes that are functions are listeners: `{onclick: …}` listens to "click". `true` is an
 * attribute without a value; `false`, null and undefined leave it out.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes | null} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) {
      made.setAttribute(name, String(value));
    }
  }
  made.append(...present(children));
  return made;
}

/**
 * Replaces what an element holds.
 *
 * @param {Element} parent
 * @param {...Child} children
 */
export function fill(parent, ...children) {
  parent.replaceChildren(...present(children));
}

/**
 * Text of foreign origin, isolated: its direction does not reach what stands beside it.
 *
 * @param {string} text
 * @returns {HTMLElement}
 */
export function foreign(text) {
  return element("bdi", null, visible(text));
}

/**
 * Shows control characters, such as the ANSI escape, as their pictures.
 *
 * @param {string} text
 * @returns {string}
 */
export function visible(text) {
  return text
    .replace(/[\u0000-\u001f]/g, (sign) => String.fromCharCode(0x2400 + sign.charCodeAt(0)))
    .replace(/\u007f/g, "\u2421");
}

/**
 * Isolates foreign text where no element can do it, as in `title` and in the options of a select.
 *
 * Marks that turn the direction of text are shown as U+FFFD there, since nothing ends their reach.
 *
 * @param {string} text
 * @returns {string}
 */
export function isolated(text) {
  const plain = visible(text).replace(/[\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
  return /[\u0590-\u08ff\u200f\ufb1d-\ufefc]/.test(plain) ? `\u2068${plain}\u2069` : plain;
}

/** Paths in a square of 16, drawn as lines. */
const ICONS = {
  new: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11z",
  accepted: "M2.5 8.5l3.5 3.5l7.5-8",
  corrected: "M3 13l.6-3L11 2.6l2.4 2.4L6 12.4zM9.3 4.3l2.4 2.4",
  failed: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  finding: "M8 2.2l6.3 11.3H1.7zM8 6.5v3.4M8 11.4v.4",
  mistake: "M4 14V2.5h8l-2 3l2 3H4",
  apart: "M5 2.5v5M11 8.5v5M5 7.5L11 8.5",
};

/**
 * A small picture beside words that say the same; screen readers pass it over.
 *
 * @param {keyof typeof ICONS} name
 * @returns {SVGElement}
 */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [key, value] of Object.entries({
    class: `icon icon-${name}`,
    viewBox: "0 0 16 16",
    "aria-hidden": "true",
  })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/**
 * Writes a whole number as "12,345".
 *
 * @param {number} value
 * @returns {string}
 */
export function count(value) {
  return value.toLocaleString("en-US");
}

/**
 * Writes a number with its noun: "1 episode", "1,234 episodes".
 *
 * @param {number} value
 * @param {string} noun
 * @returns {string}
 */
export function counted(value, noun) {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/**
 * Writes seconds: "0.03 s", "4.2 s", "75 s".
 *
 * @param {number} value
 * @returns {string}
 */
export function seconds(value) {
  if (value > 0 && value < 0.095) return `${value.toFixed(2)} s`;
  return `${value < 59.95 ? value.toFixed(1) : Math.round(value)} s`;
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
function present(children) {
  return /** @type {(Node | string)[]} */ (
    children.filter((child) => child !== null && child !== undefined && child !== false)
  );
}
