/**
 * All labels of a dataset: how often each is used, and for how long.
 *
 * @import {LabelFacts} from "./statistics.js"
 * @import {Context, Leave} from "./types.js"
 */

import { count, counted, element, fill, foreign, isolated, seconds } from "./elements.js";
import { typing } from "./help.js";
import { openRename } from "./rename.js";
import { toLabels } from "./routes.js";
import { say } from "./said.js";
import { labelFacts, sortedLabels } from "./statistics.js";
import { VirtualList } from "./virtual_list.js";

/** Pixels; the style sheet has the same. */
const ROW_HEIGHT = 34;

/** Columns of the table: what they are called, and what they show. */
/** @type {Record<string, {title: string, text: (facts: LabelFacts) => string}>} */
const COLUMNS = {
  segments: { title: "Segments", text: ({ segments }) => count(segments) },
  episodes: { title: "Episodes", text: ({ episodes }) => count(episodes) },
  typical: { title: "Typical length", text: ({ typical }) => seconds(typical) },
  shortest: { title: "Shortest", text: ({ shortest }) => seconds(shortest) },
  longest: { title: "Longest", text: ({ longest }) => seconds(longest) },
  mistakes: { title: "Mistakes", text: ({ mistakes }) => (mistakes ? count(mistakes) : "") },
};

/**
 * Shows the labels of a dataset.
 *
 * @param {HTMLElement} container
 * @param {Context} context
 * @param {string} dataset
 * @param {() => Promise<void>} reload loads the overview anew, after labels were renamed
 * @returns {{leave: Leave, renew: () => void}}
 */
export function showLabels(container, context, dataset, reload) {
  const shown = new LabelsView(context, dataset, reload);
  shown.open(container);
  return { leave: () => shown.leave(), renew: () => shown.renew() };
}

/** A row of the list with its cells. @typedef {HTMLElement & {cells: Cells}} Row */
/**
 * @typedef {object} Cells
 * @property {HTMLElement} swatch
 * @property {HTMLAnchorElement} link
 * @property {HTMLElement[]} values
 * @property {number} index
 */

class LabelsView {
  /** @type {LabelFacts[]} */
  #facts = [];
  /** @type {LabelFacts[]} */
  #rows = [];
  #active = 0;
  #ended = new AbortController();
  #search = element("input", {
    type: "search",
    placeholder: "Search labels",
    "aria-label": "Search labels",
    spellcheck: "false",
    oninput: () => this.#show(),
  });
  #number = element("output", { class: "number" });
  /** @type {Map<string, HTMLElement>} */
  #titles = new Map();
  #head = element("div", { class: "row head", role: "row", "aria-rowindex": 1 });
  #grid = element(
    "div",
    { class: "grid labels", role: "grid", tabindex: "0", "aria-label": "Labels" },
    this.#head,
  );
  #nothing = element("p", { class: "nothing", hidden: true }, "No label fits.");
  /** @type {Context} */
  #context;
  /** @type {string} */
  #dataset;
  #reload;
  /** @type {VirtualList<Row>} */
  #list;
  #kept;

  /**
   * @param {Context} context
   * @param {string} dataset
   * @param {() => Promise<void>} reload
   */
  constructor(context, dataset, reload) {
    this.#context = context;
    this.#dataset = dataset;
    this.#reload = reload;
    this.#kept = kept.get(dataset) ?? { order: "segments", falling: true, text: "", active: "" };
    kept.set(dataset, this.#kept);
    this.#list = new VirtualList(
      this.#grid,
      {
        height: ROW_HEIGHT,
        make: () => this.#makeRow(),
        show: (row, at) => this.#showRow(row, at),
      },
      () => this.#head.offsetHeight,
    );
  }

  /** @param {HTMLElement} container */
  open(container) {
    const columns = [
      ["label", "Label"],
      ...Object.entries(COLUMNS).map(([name, { title }]) => [name, title]),
    ];
    for (const [name, title] of columns) {
      const sort = element("button", { type: "button", onclick: () => this.#sort(name) }, title);
      const cell = element("div", { role: "columnheader" }, sort);
      this.#titles.set(name, cell);
      this.#head.append(cell);
    }
    fill(
      container,
      element("div", { class: "filters" }, this.#search, this.#number),
      this.#grid,
      this.#nothing,
    );
    const { signal } = this.#ended;
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.#search.addEventListener("keydown", (event) => {
      if (!["Enter", "Escape", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      this.#grid.focus();
    });
    this.#grid.addEventListener("click", (event) => {
      const row = rowOf(/** @type {Element} */ (event.target));
      if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.#go(row.cells.index);
    });
    this.#search.value = this.#kept.text;
    this.renew();
    this.#grid.focus({ preventScroll: true });
  }

  /** Shows what the server has now. */
  renew() {
    this.#facts = labelFacts(this.#context.overview);
    this.#show();
  }

  leave() {
    this.#ended.abort();
    this.#list.close();
  }

  #show() {
    this.#kept.text = this.#search.value;
    const sought = this.#search.value.trim().toLowerCase();
    const fitting = this.#facts.filter(({ label }) => label.toLowerCase().includes(sought));
    this.#rows = sortedLabels(fitting, this.#kept.order, this.#kept.falling);
    const at = this.#rows.findIndex(({ label }) => label === this.#kept.active);
    for (const [name, cell] of this.#titles) {
      const direction = this.#kept.falling ? "descending" : "ascending";
      cell.setAttribute("aria-sort", name === this.#kept.order ? direction : "none");
    }
    this.#grid.setAttribute("aria-rowcount", String(this.#rows.length + 1));
    this.#nothing.hidden = this.#rows.length > 0;
    this.#number.textContent =
      fitting.length === this.#facts.length
        ? counted(fitting.length, "label")
        : `${count(fitting.length)} of ${counted(this.#facts.length, "label")}`;
    this.#list.reset(this.#rows.length);
    this.#activate(Math.max(0, at));
  }

  /** @param {string} order */
  #sort(order) {
    // Names begin with A, numbers with the largest.
    this.#kept.falling = order === this.#kept.order ? !this.#kept.falling : order !== "label";
    this.#kept.order = order;
    this.#grid.scrollTop = 0;
    this.#show();
    say(`Sorted by ${order}, ${this.#kept.falling ? "falling" : "rising"}`);
  }

  /** @returns {Row} */
  #makeRow() {
    const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
    const link = element("a", { tabindex: "-1" });
    const values = Object.keys(COLUMNS).map(() =>
      element("div", { role: "gridcell", class: "value" }),
    );
    const row = element(
      "div",
      { class: "row", role: "row" },
      element("div", { role: "gridcell", class: "name" }, swatch, link),
      ...values,
    );
    return Object.assign(row, { cells: { swatch, link, values, index: -1 } });
  }

  /**
   * @param {Row} row
   * @param {number} index
   */
  #showRow(row, index) {
    const facts = this.#rows[index];
    const { cells } = row;
    cells.index = index;
    row.id = `row-${index}`;
    row.dataset.label = facts.label;
    row.setAttribute("aria-rowindex", String(index + 2));
    this.#mark(row, index === this.#active);
    this.#context.colours.paint(cells.swatch, facts.label);
    fill(cells.link, foreign(facts.label));
    cells.link.title = isolated(facts.label);
    cells.link.href = toLabels(this.#dataset, facts.label);
    Object.values(COLUMNS).forEach(({ text }, at) => {
      cells.values[at].textContent = text(facts);
    });
  }

  /** @param {number} index */
  #activate(index) {
    this.#mark(this.#list.row(this.#active), false);
    this.#active = Math.min(Math.max(index, 0), Math.max(this.#rows.length - 1, 0));
    this.#kept.active = this.#rows[this.#active]?.label ?? "";
    this.#list.reveal(this.#active);
    this.#mark(this.#list.row(this.#active), true);
    if (this.#rows.length) this.#grid.setAttribute("aria-activedescendant", `row-${this.#active}`);
    else this.#grid.removeAttribute("aria-activedescendant");
  }

  /**
   * @param {HTMLElement | undefined} row
   * @param {boolean} active
   */
  #mark(row, active) {
    row?.classList.toggle("active", active);
    row?.setAttribute("aria-selected", String(active));
  }

  /** @param {number} index */
  #go(index) {
    const facts = this.#rows[index];
    if (!facts) return;
    this.#kept.active = facts.label;
    this.#context.go(toLabels(this.#dataset, facts.label));
  }

  #rename() {
    const label = this.#rows[this.#active]?.label;
    if (label === undefined) return;
    openRename(this.#context, this.#dataset, label, async (to) => {
      await this.#reload();
      this.#kept.active = to;
      this.renew();
      this.#grid.focus({ preventScroll: true });
    });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (typing(event)) return;
    const target = /** @type {Element} */ (event.target);
    const { page } = this.#list;
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowDown: () => this.#activate(this.#active + 1),
      ArrowUp: () => this.#activate(this.#active - 1),
      j: () => this.#activate(this.#active + 1),
      k: () => this.#activate(this.#active - 1),
      PageDown: () => this.#activate(this.#active + page),
      PageUp: () => this.#activate(this.#active - page),
      Home: () => this.#activate(0),
      End: () => this.#activate(this.#rows.length - 1),
      r: () => this.#rename(),
      "/": () => this.#search.select(),
      Escape: () => {
        this.#search.value = "";
        this.#show();
      },
    };
    if (!target.matches("button, a")) actions.Enter = () => this.#go(this.#active);
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    if (event.key !== "/" && event.key !== "r") this.#grid.focus({ preventScroll: true });
    action();
  }
}

/**
 * What is kept of the view while others are shown, by dataset.
 *
 * @type {Map<string, {order: string, falling: boolean, text: string, active: string}>}
 */
const kept = new Map();

/**
 * @param {Element} target
 * @returns {Row | null}
 */
function rowOf(target) {
  const row = target.closest(".row");
  return row && "cells" in row ? /** @type {Row} */ (row) : null;
}
