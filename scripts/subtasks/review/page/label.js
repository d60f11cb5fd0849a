/**
 * All segments of one label, each with its first and last frame: wrong ones stand out.
 *
 * @import {Occurrence} from "./statistics.js"
 * @import {Context, Leave} from "./types.js"
 */

import { counted, element, fill, foreign, icon, isolated, seconds } from "./elements.js";
import { Filmstrips, showTile } from "./filmstrips.js";
import { typing } from "./help.js";
import { openRename } from "./rename.js";
import { toEpisode, toLabels, toOverview } from "./routes.js";
import {
  labelFacts,
  length,
  occurrences,
  OCCURRENCE_ORDERS,
  sortedOccurrences,
  tiles,
} from "./statistics.js";
import { VirtualList } from "./virtual_list.js";

/** Pixels of a card, and between two; the style sheet has the same. */
const CARD_WIDTH = 232;
const GAP = 12;
const ROW_HEIGHT = 144;
/** Pixels that a tile has at most. */
const TILE = { width: 106, height: 84 };

/**
 * Shows a label.
 *
 * @param {HTMLElement} container
 * @param {Context} context
 * @param {string} dataset
 * @param {string} written the label as it stands in the address
 * @param {() => Promise<void>} reload loads the overview anew, after labels were renamed
 * @returns {Leave}
 */
export function showLabel(container, context, dataset, written, reload) {
  const shown = new LabelView(context, dataset, present(context, dataset, written), reload);
  shown.open(container);
  return () => shown.leave();
}

/**
 * Returns the label that an address means: some texts cannot stand in one as they are.
 *
 * @param {Context} context
 * @param {string} dataset
 * @param {string} written
 * @returns {string}
 */
function present({ overview }, dataset, written) {
  const address = toLabels(dataset, written);
  for (const { labels } of overview.episodes) {
    for (const [, label] of labels) {
      if (label === written || toLabels(dataset, label) === address) return label;
    }
  }
  return written;
}

/** What changes in a card. @typedef {Record<"words" | "length", HTMLElement>} Words */
/** A segment. @typedef {HTMLAnchorElement & {parts: Words & {tiles: HTMLElement[]}}} Card */
/** @typedef {HTMLDivElement & {cards: Card[]}} Row */

class LabelView {
  /** @type {Occurrence[]} */
  #found = [];
  #columns = 1;
  #active = 0;
  #ended = new AbortController();
  /** @type {Context} */
  #context;
  #dataset;
  #label;
  #reload;
  #filmstrips;
  #typical = 0;
  #orders = element(
    "select",
    { onchange: () => this.#sort() },
    ...Object.entries(OCCURRENCE_ORDERS).map(([name, { title }]) =>
      element("option", { value: name }, title),
    ),
  );
  #grid = element("div", { class: "cards", tabindex: "-1" });
  /** @type {VirtualList<Row>} */
  #list;

  /**
   * @param {Context} context
   * @param {string} dataset
   * @param {string} label
   * @param {() => Promise<void>} reload
   */
  constructor(context, dataset, label, reload) {
    this.#context = context;
    this.#dataset = dataset;
    this.#label = label;
    this.#reload = reload;
    this.#filmstrips = new Filmstrips(context.server, dataset, () => this.#list.redraw());
    this.#list = new VirtualList(this.#grid, {
      height: ROW_HEIGHT,
      make: () =>
        Object.assign(element("div", { class: "line" }), { cards: /** @type {Card[]} */ ([]) }),
      show: (row, index) => this.#showRow(row, index),
    });
  }

  /** @param {HTMLElement} container */
  open(container) {
    const rename = element(
      "button",
      { type: "button", onclick: () => this.#rename(), title: "Rename or merge (r)" },
      "Rename or merge …",
    );
    const [facts] = labelFacts(this.#context.overview).filter(({ label }) => label === this.#label);
    this.#typical = facts?.typical ?? 0;
    const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
    this.#context.colours.paint(swatch, this.#label);
    const name = foreign(this.#label);
    const episodes = toOverview(this.#dataset, new URLSearchParams({ label: this.#label }));
    fill(
      container,
      element(
        "div",
        { class: "filters" },
        element("a", { href: toLabels(this.#dataset), class: "back" }, "‹ All labels"),
        element("h2", { title: isolated(this.#label) }, swatch, name),
        rename,
        element("a", { href: episodes, class: "button" }, "Show its episodes"),
        element("label", { class: "order" }, "Order ", this.#orders),
      ),
      element(
        "p",
        { class: "facts" },
        facts
          ? `${counted(facts.segments, "segment")} in ${counted(facts.episodes, "episode")}, ` +
              `typically ${seconds(facts.typical)} ` +
              `(${seconds(facts.shortest)} to ${seconds(facts.longest)})` +
              (facts.mistakes ? `, ${counted(facts.mistakes, "marked mistake")}` : "")
          : "No segment has this label.",
      ),
      this.#grid,
    );
    const { signal } = this.#ended;
    document.addEventListener("keydown", (event) => this.#key(event), { signal });
    const observer = new ResizeObserver(() => this.#layOut());
    observer.observe(this.#grid);
    signal.addEventListener("abort", () => observer.disconnect());
    const kept = places.get(this.#place());
    if (kept) this.#orders.value = kept.order;
    this.#active = kept?.active ?? 0;
    this.#sort();
    this.#focus(this.#active);
  }

  leave() {
    places.set(this.#place(), { order: this.#orders.value, active: this.#active });
    this.#ended.abort();
    this.#filmstrips.close();
    this.#list.close();
  }

  #place() {
    return toLabels(this.#dataset, this.#label);
  }

  #sort() {
    const found = occurrences(this.#context.overview, this.#label);
    this.#found = sortedOccurrences(found, this.#orders.value);
    this.#columns = 0;
    this.#layOut();
  }

  #layOut() {
    const columns = Math.max(1, Math.floor((this.#grid.clientWidth + GAP) / (CARD_WIDTH + GAP)));
    if (columns === this.#columns) return;
    this.#columns = columns;
    this.#list.reset(Math.ceil(this.#found.length / columns));
  }

  /**
   * @param {Row} row
   * @param {number} index
   */
  #showRow(row, index) {
    while (row.cards.length < this.#columns) {
      const card = this.#makeCard();
      row.cards.push(card);
      row.append(card);
    }
    row.cards.forEach((card, column) => {
      const at = index * this.#columns + column;
      card.hidden = column >= this.#columns || at >= this.#found.length;
      if (!card.hidden) this.#showCard(card, at);
    });
  }

  /** @returns {Card} */
  #makeCard() {
    const shown = [0, 1].map(() => element("span", { class: "tile", role: "img" }));
    const words = element("span", { class: "words" });
    const length = element("span", { class: "length" });
    const card = element(
      "a",
      { class: "card" },
      element("span", { class: "tiles" }, ...shown),
      element("span", { class: "caption" }, words, length),
    );
    card.addEventListener("focus", () => {
      this.#active = Number(card.dataset.at);
    });
    return Object.assign(card, { parts: { tiles: shown, words, length } });
  }

  /**
   * @param {Card} card
   * @param {number} at
   */
  #showCard(card, at) {
    const one = this.#found[at];
    const { parts } = card;
    card.dataset.at = String(at);
    card.dataset.episode = String(one.episode);
    card.href = toEpisode(this.#dataset, one.episode, one.start);
    const lasts = length(one);
    fill(
      parts.words,
      icon(one.mistake ? "mistake" : one.status),
      `Episode ${one.episode} at ${one.start.toFixed(1)} s`,
    );
    const unlike = lasts > 2 * this.#typical || lasts < this.#typical / 2;
    parts.length.textContent = seconds(lasts);
    parts.length.classList.toggle("unlike", unlike);
    parts.length.title = unlike ? `others typically ${seconds(this.#typical)}` : "";
    card.title =
      `Episode ${one.episode}, ${one.start.toFixed(1)} to ${one.stop.toFixed(1)} s, ${one.status}` +
      (one.mistake ? ", marked as a mistake" : "");
    const filmstrip = one.filmstrip ? this.#filmstrips.of(one.episode) : null;
    const places = filmstrip?.times.length ? tiles(filmstrip.times, one) : null;
    showTile(parts.tiles[0], filmstrip, places?.first, TILE, "first frame");
    showTile(parts.tiles[1], filmstrip, places?.last, TILE, "last frame");
  }

  /** @param {number} at */
  #focus(at) {
    if (!this.#found.length || !this.#columns) return;
    this.#active = Math.min(Math.max(at, 0), this.#found.length - 1);
    const row = Math.floor(this.#active / this.#columns);
    this.#list.reveal(row);
    this.#list.row(row)?.cards[this.#active % this.#columns]?.focus({ preventScroll: true });
  }

  #rename() {
    openRename(this.#context, this.#dataset, this.#label, async (to) => {
      await this.#reload();
      const there = toLabels(this.#dataset, to);
      this.#context.go(there === location.hash ? toLabels(this.#dataset) : there);
    });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (typing(event)) return;
    const columns = this.#columns;
    const screen = columns * this.#list.page;
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowRight: () => this.#focus(this.#active + 1),
      ArrowLeft: () => this.#focus(this.#active - 1),
      ArrowDown: () => this.#focus(this.#active + columns),
      ArrowUp: () => this.#focus(this.#active - columns),
      j: () => this.#focus(this.#active + 1),
      k: () => this.#focus(this.#active - 1),
      PageDown: () => this.#focus(this.#active + screen),
      PageUp: () => this.#focus(this.#active - screen),
      Home: () => this.#focus(0),
      End: () => this.#focus(this.#found.length - 1),
      r: () => this.#rename(),
      Escape: () => this.#context.go(toLabels(this.#dataset)),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }
}

/**
 * Where the views of labels were left, by address.
 *
 * @type {Map<string, {order: string, active: number}>}
 */
const places = new Map();
