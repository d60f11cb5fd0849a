/**
 * The places of the page, as they stand behind `#` in the address.
 *
 * `#/<dataset>`, `#/<dataset>/labels`, `#/<dataset>/labels/<label>`, `#/<dataset>/episodes/<n>`,
 * each with `?name=value` behind it. A dataset named "labels" is no trouble: it stands first.
 */

import { part } from "./server.js";

/**
 * @typedef {(
 *   | {view: "datasets"}
 *   | {view: "overview", dataset: string}
 *   | {view: "labels", dataset: string}
 *   | {view: "label", dataset: string, label: string}
 *   | {view: "episode", dataset: string, episode: number}
 * ) & {settings: URLSearchParams}} Route
 */

/**
 * Reads a place; what is none leads to the choice of datasets.
 *
 * @param {string} hash
 * @returns {Route}
 */
export function route(hash) {
  const mark = hash.indexOf("?");
  const path = mark < 0 ? hash : hash.slice(0, mark);
  const settings = new URLSearchParams(mark < 0 ? "" : hash.slice(mark + 1));
  const [, dataset, kind, which] = path.split("/").map(decoded);
  if (!dataset) return { view: "datasets", settings };
  if (kind === "labels" && which) return { view: "label", dataset, label: which, settings };
  if (kind === "labels") return { view: "labels", dataset, settings };
  if (kind === "episodes" && /^\d{1,15}$/.test(which ?? "")) {
    return { view: "episode", dataset, episode: Number(which), settings };
  }
  return { view: "overview", dataset, settings };
}

/**
 * Writes the place of a dataset's episodes.
 *
 * @param {string} dataset
 * @param {URLSearchParams} [settings]
 * @returns {string}
 */
export function toOverview(dataset, settings) {
  const written = settings?.toString();
  return `#/${part(dataset)}${written ? `?${written}` : ""}`;
}

/**
 * Writes the place of a dataset's labels, or of one of them.
 *
 * @param {string} dataset
 * @param {string} [label]
 * @returns {string}
 */
export function toLabels(dataset, label) {
  return `#/${part(dataset)}/labels${label === undefined ? "" : `/${part(label)}`}`;
}

/**
 * Writes the place of an episode, at a time in seconds.
 *
 * @param {string} dataset
 * @param {number} number
 * @param {number} [time]
 * @returns {string}
 */
export function toEpisode(dataset, number, time) {
  const at = time === undefined ? "" : `?t=${Number(time.toFixed(3))}`;
  return `#/${part(dataset)}/episodes/${number}${at}`;
}

/**
 * Reads the time of a place in seconds; null if it has none.
 *
 * @param {Route} place
 * @returns {number | null}
 */
export function time(place) {
  const written = place.settings.get("t");
  const read = written ? Number(written) : NaN;
  return Number.isFinite(read) && read >= 0 ? read : null;
}

/**
 * @param {string} text
 * @returns {string}
 */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
