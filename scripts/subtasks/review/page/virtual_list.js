/**
 * A long list of which only the rows in sight exist.
 *
 * Rows have one height and are used again: row `index` lives in slot `index % slots`, so scrolling
 * by one row fills one slot.
 */

import { element } from "./elements.js";

/** Rows beyond the sight on either side, so that a fast wheel finds them drawn. */
const SPARE = 6;

/**
 * @template {HTMLElement} Row
 * @typedef {object} Rows
 * @property {number} height of a row in pixels
 * @property {() => Row} make an empty row
 * @property {(row: Row, index: number) => void} show shows an item in a row
 */

/** @template {HTMLElement} Row */
export class VirtualList {
  /** What stands in each slot; -1 for nothing. @type {{row: Row, index: number}[]} */
  #slots = [];
  #length = 0;
  #asked = 0;
  #space = element("div", { class: "space", role: "presentation" });
  #scroller;
  #rows;
  #above;
  #observer;

  /**
   * @param {HTMLElement} scroller what scrolls; the list is added at its end
   * @param {Rows<Row>} rows
   * @param {() => number} above the height of what stays in sight on top of it, in pixels
   */
  constructor(scroller, rows, above = () => 0) {
    this.#scroller = scroller;
    this.#rows = rows;
    this.#above = above;
    scroller.append(this.#space);
    this.#observer = new ResizeObserver(() => this.#draw());
    this.#observer.observe(scroller);
    scroller.addEventListener("scroll", this.#later, { passive: true });
  }

  get length() {
    return this.#length;
  }

  /** How many rows fit into sight, at least one. */
  get page() {
    const height = this.#scroller.clientHeight - this.#above();
    return Math.max(1, Math.floor(height / this.#rows.height));
  }

  /**
   * Shows a list of this length, all rows anew.
   *
   * @param {number} length
   */
  reset(length) {
    this.#length = length;
    this.#space.style.height = `${length * this.#rows.height}px`;
    this.redraw();
  }

  /** Shows all rows in sight anew. */
  redraw() {
    for (const slot of this.#slots) slot.index = -1;
    this.#draw();
  }

  /**
   * Scrolls no further than needed to bring a row into sight.
   *
   * @param {number} index
   */
  reveal(index) {
    const { height } = this.#rows;
    const sight = this.#scroller.clientHeight - this.#above();
    const top = index * height;
    const { scrollTop } = this.#scroller;
    if (top < scrollTop) this.#scroller.scrollTop = top;
    else if (top + height > scrollTop + sight) this.#scroller.scrollTop = top + height - sight;
    this.#draw();
  }

  /**
   * Returns the row of an item if it is drawn.
   *
   * @param {number} index
   * @returns {Row | undefined}
   */
  row(index) {
    return this.#slots.find((slot) => slot.index === index)?.row;
  }

  /** Ends it. */
  close() {
    cancelAnimationFrame(this.#asked);
    this.#observer.disconnect();
    this.#scroller.removeEventListener("scroll", this.#later);
  }

  #later = () => {
    this.#asked ||= requestAnimationFrame(() => this.#draw());
  };

  #draw() {
    cancelAnimationFrame(this.#asked);
    this.#asked = 0;
    const { height } = this.#rows;
    const first = Math.max(0, Math.floor(this.#scroller.scrollTop / height) - SPARE);
    const fitting = Math.ceil(this.#scroller.clientHeight / height) + 2 * SPARE;
    while (this.#slots.length < Math.min(fitting, this.#length)) {
      const row = this.#rows.make();
      // Slots change what they hold when there are more of them.
      for (const slot of this.#slots) slot.index = -1;
      this.#slots.push({ row, index: -1 });
      this.#space.append(row);
    }
    const slots = this.#slots.length;
    for (let index = first; index < first + slots; index++) {
      this.#place(this.#slots[index % slots], index);
    }
  }

  /**
   * @param {{row: Row, index: number}} slot
   * @param {number} index
   */
  #place(slot, index) {
    const { row } = slot;
    row.hidden = index >= this.#length;
    if (slot.index === index || row.hidden) return;
    slot.index = index;
    row.style.transform = `translateY(${index * this.#rows.height}px)`;
    this.#rows.show(row, index);
  }
}
