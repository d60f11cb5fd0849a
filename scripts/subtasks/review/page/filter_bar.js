/**
 * What stands above the list of episodes: the search, what can be chosen, the key to the colours.
 *
 * @import {Filter} from "./filters.js"
 * @import {Context, Status} from "./types.js"
 */

import { count, counted, element, fill, foreign, icon, isolated } from "./elements.js";
import { counts, EVERYTHING, isCompared, ORDERS, STATUSES, writeFilter } from "./filters.js";
import { toLabels } from "./routes.js";

/** More colours than these are no key to anything; the view of the labels has all. */
const MOST_IN_LEGEND = 12;
/** A list of choices with more entries helps nobody, and takes seconds to open. */
const MOST_CHOICES = 500;
const MOST_CHARACTERS = 80;
/** Pixels from the top of the legend's first line to that of its second, at most. */
const SECOND_LINE = 40;
/** Milliseconds without a key before the search begins: long lists are sorted at each. */
const PAUSE = 120;

/** The choices for a list of episodes. */
export class FilterBar {
  #search = element("input", {
    type: "search",
    placeholder: "Search tasks, labels, findings, #17",
    "aria-label": "Search",
    spellcheck: "false",
    oninput: () => this.#soon(),
  });
  #statuses = element("div", { class: "choices", role: "group", "aria-label": "Status" });
  /** @type {Map<Status | "", {button: HTMLElement, number: HTMLElement}>} */
  #statusButtons = new Map();
  #labels = element("select", {
    "aria-label": "Label",
    onchange: () => this.#choose({ label: this.#labelChoices[this.#labels.selectedIndex] ?? "" }),
  });
  /** @type {string[]} */
  #labelChoices = [];
  #tasks = element("select", {
    "aria-label": "Task",
    onchange: () => this.#choose({ task: this.#taskChoices[this.#tasks.selectedIndex] ?? "" }),
  });
  /** @type {string[]} */
  #taskChoices = [];
  #orders = element(
    "select",
    { onchange: () => this.#choose({ order: this.#orders.value }) },
    ...Object.entries(ORDERS).map(([name, { title }]) => element("option", { value: name }, title)),
  );
  #all = element("button", { type: "button", onclick: () => this.showAll() }, "Show all");
  #apartNumber = element("span", { class: "count" });
  #apart = element(
    "button",
    {
      type: "button",
      class: "apart",
      title: "Borders that are missed, extra, or more than 0.5 s from a true one",
      onclick: () => this.#choose({ truth: this.#filter.truth ? "" : "apart" }),
    },
    icon("apart"),
    "Apart from the truth ",
    this.#apartNumber,
  );
  #number = element("output", { class: "number" });
  #legend = element("div", { class: "legend", role: "group", "aria-label": "Show one label" });
  #waiting = 0;
  /** @type {Filter} */
  #filter;
  #context;
  #dataset;
  #narrowed;

  /**
   * @param {Context} context
   * @param {string} dataset
   * @param {Filter} filter
   * @param {(filter: Filter) => void} narrowed is told what is looked for when that changes
   */
  constructor(context, dataset, filter, narrowed) {
    this.#context = context;
    this.#dataset = dataset;
    this.#filter = filter;
    this.#narrowed = narrowed;
    this.#search.value = filter.text;
    this.#addStatus("");
    STATUSES.forEach((status) => this.#addStatus(status));
  }

  /**
   * Returns the two lines.
   *
   * @param {HTMLElement} atTheEnd what else stands in the second
   * @returns {HTMLElement[]}
   */
  elements(atTheEnd) {
    const order = element("label", { class: "order" }, "Order ", this.#orders);
    const first = [this.#search, this.#statuses, order, this.#all, this.#number];
    const second = [this.#labels, this.#tasks, this.#apart, this.#legend, atTheEnd];
    return [
      element("div", { class: "filters" }, ...first),
      element("div", { class: "legends" }, ...second),
    ];
  }

  /**
   * Calls a function when a key leads from the search to the list.
   *
   * @param {() => void} left
   */
  onLeaving(left) {
    this.#search.addEventListener("keydown", (event) => {
      if (!["Enter", "Escape", "ArrowDown"].includes(event.key)) return;
      event.preventDefault();
      event.stopPropagation();
      if (this.#search.value !== this.#filter.text) this.#choose({});
      left();
    });
  }

  /** Puts the cursor into the search. */
  search() {
    this.#search.select();
  }

  /** Takes all limits away; the order stays. */
  showAll() {
    this.#search.value = "";
    this.#choose({ ...EVERYTHING, order: this.#filter.order });
  }

  /** Ends it. */
  close() {
    clearTimeout(this.#waiting);
  }

  /**
   * Shows what can be chosen, each with the number of episodes it would leave.
   *
   * @param {number} found how many episodes are shown
   */
  show(found) {
    const { episodes } = this.#context.overview;
    const { statuses, labels, tasks, truths } = counts(episodes, this.#filter);
    const all = [...statuses.values()].reduce((sum, each) => sum + each, 0);
    for (const [status, { button, number }] of this.#statusButtons) {
      number.textContent = count(status ? (statuses.get(status) ?? 0) : all);
      button.setAttribute("aria-pressed", String(this.#filter.status === status));
    }
    this.#labelChoices = choose(this.#labels, "All labels", labels, this.#filter.label);
    this.#taskChoices = choose(this.#tasks, "All tasks", tasks, this.#filter.task);
    this.#tasks.hidden = this.#taskChoices.length < 3 && !this.#filter.task;
    this.#showTruth(truths.get("apart") ?? 0);
    this.#orders.value = this.#filter.order;
    this.#all.hidden = writeFilter({ ...this.#filter, order: EVERYTHING.order }).size === 0;
    this.#number.textContent =
      found === episodes.length
        ? counted(found, "episode")
        : `${count(found)} of ${counted(episodes.length, "episode")}`;
    this.#showLegend(labels);
  }

  /** @param {number} apart how many episodes differ from the truth */
  #showTruth(apart) {
    const compared = isCompared(this.#context.overview);
    const { order, truth } = this.#filter;
    this.#apart.hidden = !compared && !truth;
    this.#apart.setAttribute("aria-pressed", String(truth !== ""));
    this.#apartNumber.textContent = count(apart);
    for (const option of this.#orders.options) {
      // An address may ask for it all the same.
      option.hidden = option.value === "truth" && !compared && order !== "truth";
    }
  }

  /** @param {Partial<Filter>} change */
  #choose(change) {
    clearTimeout(this.#waiting);
    // With what was typed last, even if the search has not begun.
    this.#filter = { ...this.#filter, text: this.#search.value, ...change };
    this.#narrowed(this.#filter);
  }

  #soon() {
    clearTimeout(this.#waiting);
    this.#waiting = window.setTimeout(() => this.#choose({}), PAUSE);
  }

  /**
   * Adds the button that shows the episodes of one status, or all.
   *
   * @param {Status | ""} status
   */
  #addStatus(status) {
    const number = element("span", { class: "count" });
    const word = status ? status.charAt(0).toUpperCase() + status.slice(1) : "All";
    const button = element(
      "button",
      { type: "button", onclick: () => this.#choose({ status }) },
      status && icon(status),
      `${word} `,
      number,
    );
    this.#statusButtons.set(status, { button, number });
    this.#statuses.append(button);
  }

  /** @param {Map<string, number>} labels */
  #showLegend(labels) {
    // In the order of the palette, so that nothing moves while the filter changes.
    const names = this.#context.colours.sorted(labels.keys());
    const chips = names.slice(0, MOST_IN_LEGEND).map((label) => {
      const chip = element(
        "button",
        {
          type: "button",
          class: "chip",
          title: `${isolated(label)}: in ${counted(labels.get(label) ?? 0, "episode")}`,
          "aria-pressed": String(this.#filter.label === label),
          onclick: () => this.#choose({ label: this.#filter.label === label ? "" : label }),
        },
        foreign(label),
      );
      this.#context.colours.paint(chip, label);
      return chip;
    });
    const rest = element("a", { href: toLabels(this.#dataset) });
    // Chips are made anew; the one that was pressed keeps the focus.
    const at = [...this.#legend.children].findIndex((chip) => chip === document.activeElement);
    const pressed = this.#legend.children[at]?.textContent;
    fill(this.#legend, ...chips, rest);
    fit(chips, rest, names.length);
    if (pressed) chips.find((chip) => chip.textContent === pressed)?.focus();
  }
}

/**
 * Takes chips away until the legend has two lines: the list is worth more than its key.
 *
 * @param {HTMLElement[]} chips
 * @param {HTMLElement} rest says how many labels there are besides
 * @param {number} all how many labels there are
 */
function fit(chips, rest, all) {
  const shown = [...chips];
  for (;;) {
    const more = all - shown.length;
    rest.hidden = !more;
    rest.textContent = `and ${counted(more, "other label")}`;
    const last = more ? rest : shown[shown.length - 1];
    if (shown.length < 2 || last.offsetTop - shown[0].offsetTop < SECOND_LINE) return;
    shown.pop()?.remove();
  }
}

/**
 * Fills a select with values and their counts; returns the values by place.
 *
 * @param {HTMLSelectElement} select
 * @param {string} all what the choice of everything is called
 * @param {Map<string, number>} values
 * @param {string} chosen
 * @returns {string[]}
 */
function choose(select, all, values, chosen) {
  const names = [...values]
    .sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
    .slice(0, MOST_CHOICES)
    .map(([name]) => name);
  if (chosen && !names.includes(chosen)) names.unshift(chosen);
  const options = names.map((name) => {
    const shown = isolated(
      name.length > MOST_CHARACTERS ? `${name.slice(0, MOST_CHARACTERS)}…` : name,
    );
    return element(
      "option",
      { selected: name === chosen },
      `${shown} (${count(values.get(name) ?? 0)})`,
    );
  });
  fill(select, element("option", { selected: !chosen }, all), ...options);
  return ["", ...names];
}
