/**
 * All episodes at a glance: a row an episode, its subtasks as bars on one time axis.
 *
 * @import {Axis} from "./axis.js"
 * @import {Filter} from "./filters.js"
 * @import {Context, Leave, OverviewEpisode, Status} from "./types.js"
 */

import { axis, marks } from "./axis.js";
import { Bars } from "./bars.js";
import { count, counted, element, fill, foreign, icon, isolated, seconds } from "./elements.js";
import { counts, EVERYTHING, found, ORDERS, readFilter, STATUSES, writeFilter } from "./filters.js";
import { typing } from "./help.js";
import { toEpisode, toLabels, toOverview } from "./routes.js";
import { say } from "./said.js";
import { segments } from "./segments.js";
import { VirtualList } from "./virtual_list.js";

/** Pixels; the style sheet has the same. */
const ROW_HEIGHT = 34;
const BAR_HEIGHT = 26;
/** More colours than these are no key to anything; the view of the labels has all. */
const MOST_IN_LEGEND = 12;
/** A list of choices with more entries helps nobody, and takes seconds to open. */
const MOST_CHOICES = 500;
const MOST_CHARACTERS = 80;
/** Milliseconds without a key before the search begins: long lists are sorted at each. */
const PAUSE = 120;

/** What is kept of the view while others are shown. */
/** @typedef {{settings: string, top: number, active: number | null, whole: boolean}} Kept */

/**
 * Shows the overview of a dataset.
 *
 * @param {HTMLElement} container
 * @param {Context} context
 * @param {string} dataset
 * @param {URLSearchParams} settings of the address; without any, those that were left are taken
 * @param {(order: number[]) => void} ordered is told the order that is shown
 * @returns {{leave: Leave, renew: () => void}}
 */
export function showOverview(container, context, dataset, settings, ordered) {
  const shown = new OverviewView(context, dataset, settings, ordered);
  shown.open(container);
  return { leave: () => shown.leave(), renew: () => shown.renew() };
}

/**
 * Returns the order in which a dataset's episodes were shown last in this tab.
 *
 * @param {string} dataset
 * @param {OverviewEpisode[]} episodes
 * @returns {number[]}
 */
export function presentOrder(dataset, episodes) {
  const filter = readFilter(new URLSearchParams(kept(dataset)?.settings ?? ""));
  return found(episodes, filter).map(({ episode }) => episode);
}

/** A row of the list with its cells. @typedef {HTMLElement & {cells: Cells}} Row */
/**
 * @typedef {object} Cells
 * @property {HTMLAnchorElement} number
 * @property {HTMLElement} status
 * @property {HTMLElement} task
 * @property {HTMLCanvasElement} bars
 * @property {HTMLElement} failure
 * @property {HTMLElement} findings
 * @property {number} index
 */

class OverviewView {
  /** @type {OverviewEpisode[]} */
  #rows = [];
  /** Place in `#rows` of the row that keys act on. */
  #active = 0;
  /** What the lines below the list are about. @type {OverviewEpisode | undefined} */
  #described = undefined;
  /** @type {Axis} */
  #axis = { end: 1, cut: 0 };
  /** @type {number[]} */
  #marks = [];
  #width = 0;
  #waiting = 0;
  #ended = new AbortController();

  #search = element("input", {
    type: "search",
    placeholder: "Search tasks, labels, findings, #17",
    "aria-label": "Search",
    spellcheck: "false",
    oninput: () => this.#soon(),
  });
  #statuses = element("div", { class: "choices", role: "group", "aria-label": "Status" });
  #labels = element("select", {
    "aria-label": "Label",
    onchange: () => this.#narrow({ label: this.#labelChoices[this.#labels.selectedIndex] ?? "" }),
  });
  #tasks = element("select", {
    "aria-label": "Task",
    onchange: () => this.#narrow({ task: this.#taskChoices[this.#tasks.selectedIndex] ?? "" }),
  });
  #orders = element(
    "select",
    { onchange: () => this.#narrow({ order: this.#orders.value }) },
    ...Object.entries(ORDERS).map(([name, { title }]) => element("option", { value: name }, title)),
  );
  #all = element("button", { type: "button", onclick: () => this.#narrow(EVERYTHING) }, "Show all");
  #number = element("output", { class: "number" });
  #legend = element("div", { class: "legend", role: "group", "aria-label": "Show one label" });
  #ruler = element("div", { class: "ruler" });
  #cut = element("button", { type: "button", class: "cut", onclick: () => this.#toggleWhole() });
  #head = element(
    "div",
    { class: "row head", role: "row", "aria-rowindex": 1 },
    element("div", { role: "columnheader" }, "Episode"),
    element("div", { role: "columnheader" }, "Status"),
    element("div", { role: "columnheader" }, "Task"),
    element("div", { role: "columnheader", class: "times", "aria-label": "Subtasks" }, this.#ruler),
    element("div", { role: "columnheader" }, "Findings"),
  );
  #grid = element(
    "div",
    { class: "grid", role: "grid", tabindex: "0", "aria-label": "Episodes" },
    this.#head,
  );
  #nothing = element("p", { class: "nothing", hidden: true }, "No episode fits.");
  #detail = element("section", { class: "detail", "aria-label": "The chosen episode" });

  /** @type {string[]} */
  #labelChoices = [];
  /** @type {string[]} */
  #taskChoices = [];

  /** @type {Context} */
  #context;
  /** @type {string} */
  #dataset;
  /** @type {(order: number[]) => void} */
  #ordered;
  /** @type {Filter} */
  #filter;
  /** @type {Kept | null} */
  #kept;
  #whole = false;
  /** @type {Bars} */
  #bars;
  /** @type {VirtualList<Row>} */
  #list;

  /**
   * @param {Context} context
   * @param {string} dataset
   * @param {URLSearchParams} settings
   * @param {(order: number[]) => void} ordered
   */
  constructor(context, dataset, settings, ordered) {
    this.#context = context;
    this.#dataset = dataset;
    this.#ordered = ordered;
    this.#kept = kept(dataset);
    this.#whole = this.#kept?.whole ?? false;
    this.#filter = readFilter(
      settings.size ? settings : new URLSearchParams(this.#kept?.settings ?? ""),
    );
    this.#bars = new Bars(context.colours);
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
    const order = element("label", { class: "order" }, "Order ", this.#orders);
    fill(
      container,
      element(
        "div",
        { class: "filters" },
        this.#search,
        this.#statuses,
        order,
        this.#all,
        this.#number,
      ),
      element("div", { class: "legends" }, this.#labels, this.#tasks, this.#legend, this.#cut),
      this.#grid,
      this.#nothing,
      this.#detail,
    );
    const { signal } = this.#ended;
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.#search.addEventListener("keydown", (event) => this.#searchKey(event));
    this.#grid.addEventListener("click", (event) => this.#click(event));
    this.#grid.addEventListener("pointermove", (event) => this.#point(event));
    this.#grid.addEventListener("pointerleave", () => this.#describe());
    matchMedia("(prefers-color-scheme: dark)").addEventListener(
      "change",
      () => {
        this.#bars.dress(this.#grid);
        this.#list.redraw();
      },
      { signal },
    );
    this.#bars.dress(this.#grid);
    const observer = new ResizeObserver(() => this.#measure());
    observer.observe(this.#ruler);
    signal.addEventListener("abort", () => observer.disconnect());

    this.#search.value = this.#filter.text;
    const back = this.#kept?.settings === writeFilter(this.#filter).toString() ? this.#kept : null;
    this.#refresh(back?.active ?? null);
    if (back) this.#grid.scrollTop = back.top;
    this.#address();
    this.#activate(this.#active);
    this.#grid.focus({ preventScroll: true });
  }

  /** Shows what the server has now; the row that keys act on stays the same episode. */
  renew() {
    this.#refresh(this.#rows[this.#active]?.episode ?? null);
  }

  leave() {
    this.#keep();
    clearTimeout(this.#waiting);
    this.#ended.abort();
    this.#list.close();
  }

  /**
   * Looks for the episodes anew.
   *
   * @param {number | null} active the episode that keys shall act on, if it is shown
   */
  #refresh(active) {
    const { episodes, fps } = this.#context.overview;
    this.#rows = found(episodes, this.#filter);
    this.#ordered(this.#rows.map(({ episode }) => episode));
    this.#active = Math.max(
      0,
      this.#rows.findIndex(({ episode }) => episode === active),
    );
    this.#axis = axis(
      this.#rows.map(({ length }) => length / fps),
      this.#whole,
    );
    this.#showChoices();
    this.#showCut();
    this.#grid.setAttribute("aria-rowcount", String(this.#rows.length + 1));
    this.#nothing.hidden = this.#rows.length > 0;
    this.#measure();
    this.#list.reset(this.#rows.length);
    this.#described = undefined;
    this.#describe();
  }

  /**
   * Changes what is looked for.
   *
   * @param {Partial<Filter>} change
   */
  #narrow(change) {
    clearTimeout(this.#waiting);
    this.#filter = { ...this.#filter, ...change };
    if (change.text !== undefined) this.#search.value = change.text;
    this.#grid.scrollTop = 0;
    this.#refresh(null);
    this.#activate(0);
    this.#keep();
    this.#address();
    say(counted(this.#rows.length, "episode"));
  }

  /** Writes the filter into the address, so that it can be kept and sent. */
  #address() {
    // Replaced: going back leads to the episode before, not through every letter of a search.
    history.replaceState(null, "", toOverview(this.#dataset, writeFilter(this.#filter)));
  }

  #soon() {
    clearTimeout(this.#waiting);
    this.#waiting = window.setTimeout(() => this.#narrow({ text: this.#search.value }), PAUSE);
  }

  #toggleWhole() {
    this.#whole = !this.#whole;
    this.#refresh(this.#rows[this.#active]?.episode ?? null);
    this.#keep();
  }

  #keep() {
    keep(this.#dataset, {
      settings: writeFilter(this.#filter).toString(),
      top: this.#grid.scrollTop,
      active: this.#rows[this.#active]?.episode ?? null,
      whole: this.#whole,
    });
  }

  /** Shows what can be chosen, each with the episodes it would leave. */
  #showChoices() {
    const { episodes } = this.#context.overview;
    const { statuses, labels, tasks } = counts(episodes, this.#filter);
    const all = [...statuses.values()].reduce((sum, each) => sum + each, 0);
    fill(
      this.#statuses,
      this.#statusChoice("", "All", all),
      ...STATUSES.map((status) => {
        const word = status.charAt(0).toUpperCase() + status.slice(1);
        return this.#statusChoice(status, word, statuses.get(status) ?? 0);
      }),
    );
    this.#labelChoices = choose(this.#labels, "All labels", labels, this.#filter.label);
    this.#taskChoices = choose(this.#tasks, "All tasks", tasks, this.#filter.task);
    this.#tasks.hidden = this.#taskChoices.length < 3 && !this.#filter.task;
    this.#orders.value = this.#filter.order;
    const limits = { ...this.#filter, order: EVERYTHING.order };
    this.#all.hidden = writeFilter(limits).size === 0;
    this.#number.textContent =
      this.#rows.length === episodes.length
        ? counted(episodes.length, "episode")
        : `${count(this.#rows.length)} of ${counted(episodes.length, "episode")}`;
    this.#showLegend(labels);
  }

  /**
   * @param {Status | ""} status
   * @param {string} text
   * @param {number} number
   * @returns {HTMLElement}
   */
  #statusChoice(status, text, number) {
    return element(
      "button",
      {
        type: "button",
        class: status && `status-${status}`,
        "aria-pressed": String(this.#filter.status === status),
        onclick: () => {
          this.#narrow({ status });
          const at = STATUSES.indexOf(/** @type {Status} */ (status)) + 1;
          /** @type {HTMLElement} */ (this.#statuses.children[at]).focus();
        },
      },
      status && icon(status),
      `${text} `,
      element("span", { class: "count" }, count(number)),
    );
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
          onclick: () => this.#narrow({ label: this.#filter.label === label ? "" : label }),
        },
        foreign(label),
      );
      this.#context.colours.paint(chip, label);
      return chip;
    });
    const more = names.length - chips.length;
    const rest = more > 0 && `and ${counted(more, "other label")}`;
    // Chips are made anew; the one that was pressed keeps the focus.
    const at = [...this.#legend.children].findIndex((chip) => chip === document.activeElement);
    const pressed = this.#legend.children[at]?.textContent;
    fill(this.#legend, ...chips, rest && element("a", { href: toLabels(this.#dataset) }, rest));
    if (pressed) chips.find((chip) => chip.textContent === pressed)?.focus();
  }

  #showCut() {
    const { cut } = this.#axis;
    this.#cut.hidden = !cut && !this.#whole;
    this.#cut.textContent = this.#whole
      ? "Let few long episodes be cut"
      : `${counted(cut, "long episode")} cut: show whole`;
  }

  /** Fits ruler and bars to the width there is. */
  #measure() {
    const width = this.#ruler.clientWidth;
    if (!width) return;
    const found = marks(this.#axis.end, width);
    this.#marks = found.map(({ time }) => time);
    fill(
      this.#ruler,
      ...found.map(({ time, text }) => {
        const mark = element("span", null, text);
        mark.style.left = `${(time / this.#axis.end) * 100}%`;
        return mark;
      }),
    );
    if (width === this.#width) return;
    this.#width = width;
    this.#list.redraw();
  }

  /** @returns {Row} */
  #makeRow() {
    const number = element("a", { tabindex: "-1" });
    const status = element("div", { role: "gridcell", class: "status" });
    const task = element("div", { role: "gridcell", class: "task" });
    const bars = element("canvas", { role: "img" });
    const failure = element("div", { class: "failure" });
    const findings = element("div", { role: "gridcell", class: "findings" });
    const row = element(
      "div",
      { class: "row", role: "row" },
      element("div", { role: "gridcell", class: "which" }, number),
      status,
      task,
      element("div", { role: "gridcell", class: "times" }, bars, failure),
      findings,
    );
    return Object.assign(row, {
      cells: { number, status, task, bars, failure, findings, index: -1 },
    });
  }

  /**
   * @param {Row} row
   * @param {number} index
   */
  #showRow(row, index) {
    const episode = this.#rows[index];
    const { cells } = row;
    const { fps } = this.#context.overview;
    cells.index = index;
    row.id = `row-${index}`;
    row.dataset.episode = String(episode.episode);
    row.dataset.status = episode.status;
    row.setAttribute("aria-rowindex", String(index + 2));
    row.className = `row status-${episode.status}`;
    row.classList.toggle("active", index === this.#active);
    row.setAttribute("aria-selected", String(index === this.#active));
    cells.number.textContent = String(episode.episode);
    cells.number.href = toEpisode(this.#dataset, episode.episode);
    fill(cells.status, icon(episode.status), episode.status);
    fill(cells.task, foreign(episode.task));
    cells.task.title = isolated(episode.task);

    const parts = segments(episode, fps);
    const duration = episode.length / fps;
    const empty = !parts.length;
    const reason = episode.failure ?? "no subtasks";
    cells.failure.hidden = !empty;
    cells.bars.hidden = empty;
    fill(cells.failure, empty && foreign(reason));
    cells.failure.title = empty ? isolated(reason) : "";
    if (!empty && this.#width) {
      const scale = { duration, axis: this.#axis, marks: this.#marks };
      this.#bars.draw(cells.bars, this.#width, BAR_HEIGHT, parts, scale);
    }
    cells.bars.title = "";
    cells.bars.setAttribute("aria-label", spoken(parts));
    showFindings(cells.findings, episode);
  }

  /**
   * Makes a row the one that keys act on.
   *
   * @param {number} index
   */
  #activate(index) {
    if (!this.#rows.length) {
      this.#grid.removeAttribute("aria-activedescendant");
      return this.#describe();
    }
    this.#mark(this.#active, false);
    this.#active = Math.min(Math.max(index, 0), this.#rows.length - 1);
    this.#list.reveal(this.#active);
    this.#mark(this.#active, true);
    this.#grid.setAttribute("aria-activedescendant", `row-${this.#active}`);
    this.#describe();
  }

  /**
   * @param {number} index
   * @param {boolean} active
   */
  #mark(index, active) {
    const row = this.#list.row(index);
    row?.classList.toggle("active", active);
    row?.setAttribute("aria-selected", String(active));
  }

  /**
   * Shows all about an episode below the list: the one under the pointer, else the active one.
   *
   * @param {OverviewEpisode} [pointed]
   */
  #describe(pointed) {
    const episode = pointed ?? this.#rows[this.#active];
    if (episode && episode === this.#described) return;
    this.#described = episode;
    if (!episode) return fill(this.#detail);
    const { fps } = this.#context.overview;
    const parts = counted(episode.labels.length, "subtask");
    fill(
      this.#detail,
      element(
        "p",
        { class: "about" },
        element("strong", null, `Episode ${episode.episode}`),
        ` · ${seconds(episode.length / fps)} · ${parts} · `,
        foreign(episode.task),
      ),
      episode.failure !== null &&
        element("p", { class: "failure" }, icon("failed"), foreign(episode.failure)),
      element("ul", null, ...episode.findings.map(findingLine)),
      !episode.findings.length &&
        episode.failure === null &&
        element("p", { class: "quiet" }, "The checks found nothing."),
    );
    this.#detail.scrollTop = 0;
  }

  /**
   * @param {number} index
   * @param {number} [time]
   */
  #go(index, time) {
    const episode = this.#rows[index];
    if (!episode) return;
    this.#mark(this.#active, false);
    this.#active = index;
    this.#keep();
    this.#context.go(toEpisode(this.#dataset, episode.episode, time));
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const target = /** @type {Element} */ (event.target);
    const row = rowOf(target);
    // A link opens itself, in another tab if that is asked for.
    if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (target.closest("a")) event.preventDefault();
    // Whoever selects text to copy it does not want to leave.
    else if (String(getSelection())) return;
    const { index, bars } = row.cells;
    this.#go(index, target === bars ? this.#under(row, event)?.start : undefined);
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const row = rowOf(/** @type {Element} */ (event.target));
    if (!row) return this.#describe();
    this.#describe(this.#rows[row.cells.index]);
    const { bars } = row.cells;
    if (event.target !== bars) return;
    const under = this.#under(row, event);
    const title = under
      ? `${isolated(under.label)}\n${span(under)}${under.mistake ? "\nmarked as a mistake" : ""}`
      : "";
    if (bars.title !== title) bars.title = title;
  }

  /**
   * Returns the subtask under the pointer.
   *
   * @param {Row} row
   * @param {MouseEvent} event
   */
  #under(row, event) {
    const episode = this.#rows[row.cells.index];
    if (!episode || !this.#width) return undefined;
    const time = (event.offsetX / this.#width) * this.#axis.end;
    return segments(episode, this.#context.overview.fps).find(
      ({ start, stop }) => start <= time && time < stop,
    );
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (typing(event)) return;
    const target = /** @type {Element} */ (event.target);
    const { page } = this.#list;
    const last = this.#rows.length - 1;
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowDown: () => this.#activate(this.#active + 1),
      ArrowUp: () => this.#activate(this.#active - 1),
      j: () => this.#activate(this.#active + 1),
      k: () => this.#activate(this.#active - 1),
      PageDown: () => this.#activate(this.#active + page),
      PageUp: () => this.#activate(this.#active - page),
      Home: () => this.#activate(0),
      End: () => this.#activate(last),
      "/": () => this.#search.select(),
      Escape: () => this.#narrow({ ...EVERYTHING, order: this.#filter.order }),
    };
    // A button or link in focus does what it does on Enter.
    if (!target.matches("button, a")) actions.Enter = () => this.#go(this.#active);
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    if (event.key !== "/" && event.key !== "Escape") this.#grid.focus({ preventScroll: true });
    action();
  }

  /** @param {KeyboardEvent} event */
  #searchKey(event) {
    if (!["Enter", "Escape", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.#search.value !== this.#filter.text) this.#narrow({ text: this.#search.value });
    this.#grid.focus({ preventScroll: true });
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

/**
 * @param {HTMLElement} cell
 * @param {OverviewEpisode} episode
 */
function showFindings(cell, { findings }) {
  const [first, ...others] = findings;
  if (!first) {
    fill(cell);
    cell.title = "";
    return;
  }
  fill(
    cell,
    icon("finding"),
    element("span", { class: "sentence" }, foreign(first.sentence)),
    others.length > 0 &&
      element(
        "span",
        { class: "others", "aria-label": `and ${others.length} more` },
        `+${others.length}`,
      ),
  );
  cell.title = findings.map(({ sentence }) => isolated(sentence)).join("\n");
}

/**
 * @param {import("./types.js").Finding} finding
 * @returns {HTMLElement}
 */
function findingLine({ time, sentence }) {
  return element(
    "li",
    null,
    icon("finding"),
    foreign(sentence),
    time !== null && element("span", { class: "quiet" }, ` at ${seconds(time)}`),
  );
}

/**
 * @param {Element} target
 * @returns {Row | null}
 */
function rowOf(target) {
  const row = target.closest(".row");
  return row && "cells" in row ? /** @type {Row} */ (row) : null;
}

/** @param {import("./segments.js").Segment[]} parts */
function spoken(parts) {
  const most = 40;
  const texts = parts
    .slice(0, most)
    .map((part) => `${isolated(part.label.slice(0, 200))} ${span(part)}`);
  if (parts.length > most) texts.push(`and ${parts.length - most} more`);
  return texts.join("; ") || "no subtasks";
}

/** @param {import("./segments.js").Segment} part */
function span({ start, stop }) {
  return `${start.toFixed(1)} to ${stop.toFixed(1)} s (${seconds(stop - start)})`;
}

/**
 * @param {string} dataset
 * @param {Kept} state
 */
function keep(dataset, state) {
  try {
    sessionStorage.setItem(`overview of ${dataset}`, JSON.stringify(state));
  } catch {
    // Full or forbidden: then going back shows the list from its beginning.
  }
}

/**
 * @param {string} dataset
 * @returns {Kept | null}
 */
function kept(dataset) {
  try {
    return JSON.parse(sessionStorage.getItem(`overview of ${dataset}`) ?? "null");
  } catch {
    return null;
  }
}
