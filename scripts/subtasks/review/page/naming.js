/**
 * The box in which a subtask is named: any text, completed from the dataset's labels.
 *
 * @import {Colours} from "./colours.js"
 */

import { MAX_LABEL, cleanLabel, completions } from "./editing.js";
import { element, fill, foreign } from "./elements.js";

/** Completions that are listed at most. */
const LISTED = 100;

/**
 * @typedef {{
 *   label: string,
 *   labels: string[],
 *   colours: Colours,
 *   near: DOMRect,
 *   named: (label: string) => void,
 *   closed: () => void,
 * }} Settings `near` is where the subtask is on the screen; `closed` is called after `named`, or
 *   alone
 */

/** The open box. */
export class Naming {
  #settings;
  #input;
  #list = element("ul", { role: "listbox", id: "completions", "aria-label": "Labels" });
  #hint = element("p", { class: "hint" });
  /** @type {string[]} */
  #offered = [];
  /** Which of them is chosen; -1 if none is, and the text counts. */
  #chosen = -1;
  #open = true;

  /** @param {Settings} settings */
  constructor(settings) {
    this.#settings = settings;
    this.#input = element("input", {
      type: "text",
      role: "combobox",
      "aria-label": "Name of the subtask",
      "aria-expanded": "true",
      "aria-controls": "completions",
      "aria-autocomplete": "list",
      autocomplete: "off",
      spellcheck: "false",
      dir: "auto",
      value: settings.label,
    });
    this.element = element("div", { class: "naming" }, this.#input, this.#list, this.#hint);
    this.#input.addEventListener("input", () => this.#offer(this.#input.value));
    this.#input.addEventListener("keydown", (event) => this.#pressed(event));
    this.#input.addEventListener("blur", () => this.#left());
    this.#list.addEventListener("pointerdown", (event) => {
      // Keeps the focus in the text until the choice is made.
      event.preventDefault();
      const option = event.target instanceof Element && event.target.closest("[data-option]");
      if (option) this.#take(this.#offered[Number(option.getAttribute("data-option"))]);
    });
    this.#offer("");
  }

  /** Takes the focus, and stands beside the subtask. */
  show() {
    this.#input.focus();
    this.#input.select();
    const { near } = this.#settings;
    const { width, height } = this.element.getBoundingClientRect();
    const left = Math.max(8, Math.min(near.left, window.innerWidth - width - 8));
    const above = near.top - height - 6;
    this.element.style.left = `${left}px`;
    this.element.style.top = `${above > 8 ? above : Math.min(near.bottom + 6, window.innerHeight - height - 8)}px`;
  }

  /** Closes it without a name. */
  close() {
    if (!this.#open) return;
    this.#open = false;
    this.element.remove();
    this.#settings.closed();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    // Escape and Enter mean something else to the view.
    event.stopPropagation();
    if (event.isComposing) return;
    switch (event.key) {
      case "ArrowDown":
        this.#choose(this.#chosen + 1);
        break;
      case "ArrowUp":
        this.#choose(this.#chosen - 1);
        break;
      case "Enter":
        this.#take(this.#offered[this.#chosen] ?? this.#input.value);
        break;
      case "Escape":
        this.close();
        break;
      case "Tab":
        // Completes, as a shell does.
        if (this.#offered.length) this.#complete(this.#offered[Math.max(0, this.#chosen)]);
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  /** Somebody clicks elsewhere: what was written counts. */
  #left() {
    // The window may only have lost the focus to another.
    if (!this.#open || !document.hasFocus()) return;
    if (cleanLabel(this.#input.value) === this.#settings.label) this.close();
    else this.#take(this.#input.value);
  }

  /** @param {string} label */
  #take(label) {
    if (!this.#open) return;
    if (cleanLabel(label)) this.#settings.named(label);
    this.close();
  }

  /** @param {string} label */
  #complete(label) {
    this.#input.value = label;
    this.#offer(label);
  }

  /**
   * Lists what completes a text.
   *
   * @param {string} typed
   */
  #offer(typed) {
    this.#offered = completions(this.#settings.labels, typed).slice(0, LISTED);
    fill(this.#list, ...this.#offered.map((label, index) => this.#option(label, index)));
    this.#list.hidden = !this.#offered.length;
    this.#choose(-1);
    const label = cleanLabel(typed);
    fill(
      this.#hint,
      !label || this.#settings.labels.includes(label)
        ? "↑ ↓ choose, Enter takes, Esc leaves it"
        : [...cleanLabel(typed)].length >= MAX_LABEL
          ? `At most ${MAX_LABEL} characters`
          : "A new label: Enter takes it",
    );
  }

  /**
   * @param {string} label
   * @param {number} index
   */
  #option(label, index) {
    const chip = element("span", { class: "swatch" });
    this.#settings.colours.paint(chip, label);
    return element(
      "li",
      { role: "option", id: `completion-${index}`, "data-option": index, "aria-selected": "false" },
      chip,
      foreign(label),
    );
  }

  /** @param {number} index -1 chooses the text itself */
  #choose(index) {
    this.#list.children[this.#chosen]?.setAttribute("aria-selected", "false");
    const count = this.#offered.length;
    this.#chosen = index < -1 ? count - 1 : index >= count ? -1 : index;
    const option = this.#list.children[this.#chosen];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.#input.setAttribute("aria-activedescendant", option.id);
    else this.#input.removeAttribute("aria-activedescendant");
  }
}
