/**
 * Tiles of many episodes, asked for when they come into sight.
 *
 * @import {Filmstrip} from "./types.js"
 */

/** Episodes a request may name. */
const MOST = 100;
/** Milliseconds that requests are gathered. */
const PAUSE = 60;

/** Knows where the tiles of a dataset's episodes are. */
export class Filmstrips {
  /** @type {Map<number, Filmstrip | null>} */
  #known = new Map();
  /** @type {Set<number>} */
  #wanted = new Set();
  #timer = 0;
  #closed = false;
  #server;
  #dataset;
  #arrived;

  /**
   * @param {typeof import("./server.js")} server
   * @param {string} dataset
   * @param {() => void} arrived is called when more is known
   */
  constructor(server, dataset, arrived) {
    this.#server = server;
    this.#dataset = dataset;
    this.#arrived = arrived;
  }

  /**
   * Returns an episode's filmstrip; null if it has none, or as long as it is not known.
   *
   * @param {number} episode
   * @returns {Filmstrip | null}
   */
  of(episode) {
    if (!this.#known.has(episode)) {
      this.#wanted.add(episode);
      this.#timer ||= window.setTimeout(() => this.#load(), PAUSE);
    }
    return this.#known.get(episode) ?? null;
  }

  /** Ends it: what is still under way is dropped. */
  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #load() {
    // The last ones that were asked for are in sight.
    const numbers = [...this.#wanted].slice(-MOST);
    this.#wanted.clear();
    const outcome = await this.#server.loadFilmstrips(this.#dataset, numbers);
    this.#timer = 0;
    if (this.#closed) return;
    // What could not be loaded is asked for when it comes into sight again.
    if (outcome.kind !== "done") return;
    for (const number of numbers) this.#known.set(number, outcome.value[number] ?? null);
    this.#arrived();
  }
}

/**
 * Shows one tile of a filmstrip in an element, as large as fits.
 *
 * @param {HTMLElement} element
 * @param {Filmstrip | null} filmstrip
 * @param {number | undefined} place of the tile
 * @param {{width: number, height: number}} most in pixels
 * @param {string} name what it shows
 */
export function showTile(element, filmstrip, place, most, name) {
  const { style } = element;
  if (!filmstrip || place === undefined) {
    style.cssText = "";
    style.width = `${most.width}px`;
    style.height = `${most.height}px`;
    element.setAttribute("aria-label", `${name}: no picture`);
    return;
  }
  const { url, width, height, columns, times } = filmstrip;
  const scale = Math.min(most.width / width, most.height / height);
  const rows = Math.ceil(times.length / columns);
  const [across, down] = [Math.floor(width * scale), Math.floor(height * scale)];
  style.width = `${across}px`;
  style.height = `${down}px`;
  style.backgroundImage = `url("${new URL(url, document.baseURI).href}")`;
  style.backgroundSize = `${across * columns}px ${down * rows}px`;
  const [column, row] = [place % columns, Math.floor(place / columns)];
  style.backgroundPosition = `-${column * across}px -${row * down}px`;
  element.setAttribute("aria-label", `${name}, at ${times[place].toFixed(1)} s`);
}
