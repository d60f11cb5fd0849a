/**
 * A row of the overview: an episode with its subtasks as bars, and the ruler above them.
 *
 * @import {Axis} from "./axis.js"
 * @import {Segment} from "./segments.js"
 * @import {Context, OverviewEpisode} from "./types.js"
 */

import { axis, marks } from "./axis.js";
import { Bars } from "./bars.js";
import { element, fill, foreign, icon, isolated, seconds } from "./elements.js";
import { isApart } from "./filters.js";
import { toEpisode } from "./routes.js";
import { segments, tellingFindings } from "./segments.js";

/** Pixels; the style sheet has the same. */
export const ROW_HEIGHT = 34;
const BAR_HEIGHT = 26;
const AGREEMENT = "How well borders agree with true ones: F1 within 0.5 s";
/** Subtasks that are read to people who do not see the bars. */
const MOST_SPOKEN = 40;

/** An episode's row, with its cells. @typedef {HTMLElement & {cells: Cells}} Row */
/**
 * @typedef {object} Cells
 * @property {HTMLAnchorElement} number
 * @property {HTMLElement} status
 * @property {HTMLElement} task
 * @property {HTMLCanvasElement} bars
 * @property {HTMLElement} failure
 * @property {HTMLElement} agreement
 * @property {HTMLElement} findings
 * @property {number} index
 */

/** Makes and fills rows that share one time axis. */
export class EpisodeRows {
  #ruler = element("div", { class: "ruler" });
  /** The titles of the columns. */
  head = element(
    "div",
    { class: "row head", role: "row", "aria-rowindex": 1 },
    element("div", { role: "columnheader" }, "Episode"),
    element("div", { role: "columnheader" }, "Status"),
    element("div", { role: "columnheader" }, "Task"),
    element("div", { role: "columnheader", class: "times", "aria-label": "Subtasks" }, this.#ruler),
    element("div", { role: "columnheader", class: "agreement", title: AGREEMENT }, "Truth"),
    element("div", { role: "columnheader" }, "Findings"),
  );
  /** @type {Axis} */
  #axis = { end: 1, cut: 0 };
  /** @type {number[]} */
  #marks = [];
  #width = 0;
  #context;
  #dataset;
  #bars;
  #observer;

  /**
   * @param {Context} context
   * @param {string} dataset
   * @param {() => void} resized is called when all rows have to be filled anew
   */
  constructor(context, dataset, resized) {
    this.#context = context;
    this.#dataset = dataset;
    this.#bars = new Bars(context.colours);
    this.#observer = new ResizeObserver(() => {
      if (this.#measure()) resized();
    });
    this.#observer.observe(this.#ruler);
  }

  /** Ends it. */
  close() {
    this.#observer.disconnect();
  }

  /** Reads the colours and the font from the style sheet. */
  dress() {
    this.#bars.dress(this.#ruler);
  }

  /**
   * Fits the time axis to the episodes that are shown.
   *
   * @param {OverviewEpisode[]} episodes
   * @param {boolean} whole whether the longest is shown whole, however small all others become
   * @returns {number} how many go beyond the axis
   */
  scale(episodes, whole) {
    const { fps } = this.#context.overview;
    this.#axis = axis(
      episodes.map(({ length }) => length / fps),
      whole,
    );
    this.#measure();
    return this.#axis.cut;
  }

  /** @returns {Row} */
  make() {
    const number = element("a", { tabindex: "-1" });
    const status = element("div", { role: "gridcell", class: "status" });
    const task = element("div", { role: "gridcell", class: "task" });
    const bars = element("canvas", { role: "img" });
    const failure = element("div", { class: "failure" });
    const agreement = element("div", { role: "gridcell", class: "agreement" });
    const findings = element("div", { role: "gridcell", class: "findings" });
    const row = element(
      "div",
      { class: "row", role: "row" },
      element("div", { role: "gridcell", class: "which" }, number),
      status,
      task,
      element("div", { role: "gridcell", class: "times" }, bars, failure),
      agreement,
      findings,
    );
    return Object.assign(row, {
      cells: { number, status, task, bars, failure, agreement, findings, index: -1 },
    });
  }

  /**
   * Shows an episode in a row.
   *
   * @param {Row} row
   * @param {number} index its place in the list
   * @param {OverviewEpisode} episode
   * @param {boolean} active whether it is the one that keys act on
   */
  show(row, index, episode, active) {
    const { cells } = row;
    cells.index = index;
    row.id = `row-${index}`;
    row.dataset.episode = String(episode.episode);
    row.dataset.status = episode.status;
    row.setAttribute("aria-rowindex", String(index + 2));
    row.className = `row status-${episode.status}`;
    mark(row, active);
    cells.number.textContent = String(episode.episode);
    cells.number.href = toEpisode(this.#dataset, episode.episode);
    fill(cells.status, icon(episode.status), episode.status);
    fill(cells.task, foreign(episode.task));
    cells.task.title = isolated(episode.task);
    this.#showSubtasks(cells, episode);
    showAgreement(cells.agreement, episode);
    showFindings(cells.findings, episode);
  }

  /**
   * Returns the subtask of an episode under the pointer.
   *
   * @param {OverviewEpisode} episode
   * @param {MouseEvent} event in the bars of its row
   * @returns {Segment | undefined}
   */
  under(episode, event) {
    const time = (event.offsetX / Math.max(this.#width, 1)) * this.#axis.end;
    return segments(episode, this.#context.overview.fps).find(
      ({ start, stop }) => start <= time && time < stop,
    );
  }

  /**
   * @param {Cells} cells
   * @param {OverviewEpisode} episode
   */
  #showSubtasks({ bars, failure }, episode) {
    const { fps } = this.#context.overview;
    const parts = segments(episode, fps);
    const empty = !parts.length;
    const reason = episode.failure ?? "no subtasks";
    failure.hidden = !empty;
    failure.title = empty ? isolated(reason) : "";
    fill(failure, empty && foreign(reason));
    bars.hidden = empty;
    bars.title = "";
    bars.setAttribute("aria-label", spoken(parts));
    if (empty || !this.#width) return;
    const scale = { duration: episode.length / fps, axis: this.#axis, marks: this.#marks };
    this.#bars.draw(bars, this.#width, BAR_HEIGHT, parts, scale);
  }

  /**
   * Fits the ruler to the width there is.
   *
   * @returns {boolean} whether the width is another one now
   */
  #measure() {
    const width = this.#ruler.clientWidth;
    if (!width) return false;
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
    const changed = width !== this.#width;
    this.#width = width;
    return changed;
  }
}

/**
 * Shows whether a row is the one that keys act on.
 *
 * @param {Row | undefined} row undefined if it is out of sight
 * @param {boolean} active
 */
export function mark(row, active) {
  row?.classList.toggle("active", active);
  row?.setAttribute("aria-selected", String(active));
}

/**
 * Returns the row that an element is in.
 *
 * @param {Element} target
 * @returns {Row | null}
 */
export function rowOf(target) {
  const row = target.closest(".row");
  return row && "cells" in row ? /** @type {Row} */ (row) : null;
}

/**
 * Says of a subtask under the pointer what it is.
 *
 * @param {Segment | undefined} part
 * @returns {string}
 */
export function told(part) {
  if (!part) return "";
  return [isolated(part.label), span(part), ...(part.mistake ? ["marked as a mistake"] : [])].join(
    "\n",
  );
}

/**
 * Shows how well an episode's borders agree with true ones: a number, over a bar of that share.
 *
 * @param {HTMLElement} cell
 * @param {OverviewEpisode} episode
 */
function showAgreement(cell, episode) {
  const { agreement } = episode;
  const known = agreement !== null;
  cell.classList.toggle("apart", isApart(episode));
  cell.style.setProperty("--share", `${100 * (agreement ?? 0)}%`);
  cell.title = known ? `${AGREEMENT} is ${agreement.toFixed(2)}` : "";
  fill(cell, known && element("span", { class: "share" }, agreement.toFixed(2)));
}

/**
 * @param {HTMLElement} cell
 * @param {OverviewEpisode} episode
 */
function showFindings(cell, episode) {
  const findings = tellingFindings(episode);
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

/** @param {Segment[]} parts */
function spoken(parts) {
  const texts = parts
    .slice(0, MOST_SPOKEN)
    .map((part) => `${isolated(part.label.slice(0, 200))} ${span(part)}`);
  if (parts.length > MOST_SPOKEN) texts.push(`and ${parts.length - MOST_SPOKEN} more`);
  return texts.join("; ") || "no subtasks";
}

/** @param {Segment} part */
function span({ start, stop }) {
  return `${start.toFixed(1)} to ${stop.toFixed(1)} s (${seconds(stop - start)})`;
}
