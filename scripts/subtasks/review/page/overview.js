/**
 * All episodes at a glance: a row an episode, its subtasks as bars on one time axis.
 *
 * @import {Row} from "./episode_row.js"
 * @import {Filter} from "./filters.js"
 * @import {Kept} from "./kept.js"
 * @import {Context, Leave, OverviewEpisode} from "./types.js"
 */

import { counted, element, fill, foreign } from "./elements.js";
import { showDetail } from "./episode_detail.js";
import { EpisodeRows, mark, ROW_HEIGHT, rowOf, told } from "./episode_row.js";
import { FilterBar } from "./filter_bar.js";
import { found, isCompared, readFilter, writeFilter } from "./filters.js";
import { typing } from "./help.js";
import { keep, kept } from "./kept.js";
import { toEpisode, toOverview } from "./routes.js";
import { say } from "./said.js";
import { VirtualList } from "./virtual_list.js";

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

class OverviewView {
  /** @type {OverviewEpisode[]} */
  #rows = [];
  /** Place in `#rows` of the row that keys act on. */
  #active = 0;
  /** What the lines below the list are about. @type {OverviewEpisode | undefined} */
  #described = undefined;
  #ended = new AbortController();
  #cut = element("button", { type: "button", class: "cut", onclick: () => this.#toggleWhole() });
  #grid = element("div", {
    class: "grid",
    role: "grid",
    tabindex: "0",
    "aria-label": "Episodes",
  });
  #nothing = element("p", { class: "nothing", hidden: true }, "No episode fits.");
  /** Why there is no truth although there should be. */
  #trouble = element("p", { class: "truth-trouble", role: "status", hidden: true });
  #detail = element("section", { class: "detail", "aria-label": "The chosen episode" });
  /** @type {Context} */
  #context;
  #dataset;
  #ordered;
  /** @type {Filter} */
  #filter;
  /** @type {Kept | null} */
  #kept;
  #whole = false;
  #bar;
  #look;
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
    this.#bar = new FilterBar(context, dataset, this.#filter, (filter) => this.#narrow(filter));
    this.#look = new EpisodeRows(context, dataset, () => this.#list.redraw());
    this.#grid.append(this.#look.head);
    this.#list = new VirtualList(
      this.#grid,
      {
        height: ROW_HEIGHT,
        make: () => this.#look.make(),
        show: (row, at) => this.#look.show(row, at, this.#rows[at], at === this.#active),
      },
      () => this.#look.head.offsetHeight,
    );
  }

  /** @param {HTMLElement} container */
  open(container) {
    const bar = this.#bar.elements(this.#cut);
    fill(container, ...bar, this.#trouble, this.#grid, this.#nothing, this.#detail);
    this.#look.dress();
    this.#listen();
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
    this.#ended.abort();
    this.#bar.close();
    this.#look.close();
    this.#list.close();
  }

  #listen() {
    const { signal } = this.#ended;
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.#bar.onLeaving(() => this.#grid.focus({ preventScroll: true }));
    this.#grid.addEventListener("click", (event) => this.#click(event));
    this.#grid.addEventListener("pointermove", (event) => this.#point(event));
    this.#grid.addEventListener("pointerleave", () => this.#describe());
    const dressed = () => {
      this.#look.dress();
      this.#list.redraw();
    };
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", dressed, { signal });
  }

  /**
   * Looks for the episodes anew.
   *
   * @param {number | null} active the episode that keys shall act on, if it is shown
   */
  #refresh(active) {
    const { episodes } = this.#context.overview;
    this.#rows = found(episodes, this.#filter);
    this.#ordered(this.#rows.map(({ episode }) => episode));
    const at = this.#rows.findIndex(({ episode }) => episode === active);
    this.#active = Math.max(at, 0);
    this.#showTruth();
    this.#bar.show(this.#rows.length);
    this.#showCut(this.#look.scale(this.#rows, this.#whole));
    this.#grid.setAttribute("aria-rowcount", String(this.#rows.length + 1));
    this.#nothing.hidden = this.#rows.length > 0;
    this.#list.reset(this.#rows.length);
    this.#described = undefined;
    this.#describe();
  }

  /**
   * Changes what is looked for.
   *
   * @param {Filter} filter
   */
  #narrow(filter) {
    this.#filter = filter;
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

  #toggleWhole() {
    this.#whole = !this.#whole;
    this.renew();
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

  #showTruth() {
    const { overview } = this.#context;
    this.#grid.classList.toggle("compared", isCompared(overview));
    const trouble = overview.truth?.trouble ?? "";
    this.#trouble.hidden = !trouble;
    fill(this.#trouble, "True labels are not shown: ", foreign(trouble));
  }

  /** @param {number} cut how many episodes go beyond the axis */
  #showCut(cut) {
    this.#cut.hidden = !cut && !this.#whole;
    this.#cut.textContent = this.#whole
      ? "Let few long episodes be cut"
      : `${counted(cut, "long episode")} cut: show whole`;
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
    mark(this.#list.row(this.#active), false);
    this.#active = Math.min(Math.max(index, 0), this.#rows.length - 1);
    this.#list.reveal(this.#active);
    mark(this.#list.row(this.#active), true);
    this.#grid.setAttribute("aria-activedescendant", `row-${this.#active}`);
    this.#describe();
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
    showDetail(this.#detail, episode, this.#context.overview.fps);
  }

  /**
   * @param {number} index
   * @param {number} [time]
   */
  #go(index, time) {
    const episode = this.#rows[index];
    if (!episode) return;
    mark(this.#list.row(this.#active), false);
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
    const part = target === bars ? this.#look.under(this.#rows[index], event) : undefined;
    this.#go(index, part?.start);
  }

  /** @param {PointerEvent} event */
  #point(event) {
    const row = rowOf(/** @type {Element} */ (event.target));
    if (!row) return this.#describe();
    const { bars, index } = row.cells;
    this.#describe(this.#rows[index]);
    if (event.target !== bars) return;
    const title = told(this.#look.under(this.#rows[index], event));
    if (bars.title !== title) bars.title = title;
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
      "/": () => this.#bar.search(),
      Escape: () => this.#bar.showAll(),
    };
    // A button or link in focus does what it does on Enter.
    if (!target.matches("button, a")) actions.Enter = () => this.#go(this.#active);
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    if (event.key !== "/" && event.key !== "Escape") this.#grid.focus({ preventScroll: true });
    action();
  }
}
