/**
 * All that the page asks of the server.
 *
 * What can go wrong is a value, never an exception: an outcome says whether it is done, another
 * one saved meanwhile, the server was not reached, or it refuses.
 *
 * @import {
 *   Conflict, DatasetSummary, Episode, Filmstrip, Loaded, Offline, Overview, Refused, Renamed,
 *   Saved, SaveOutcome, Subtask,
 * } from "./types.js"
 */

/** Milliseconds after which a request counts as lost. */
const PATIENCE = 60_000;

/** Bytes of what a closing page may still send. */
const SHORT = 60_000;

/** Answers of a server, or of a proxy before it, that say nothing about the request. */
const PASSING = new Set([408, 429, 500, 502, 503, 504]);

/**
 * Lists the datasets that can be reviewed.
 *
 * @returns {Promise<Loaded<DatasetSummary[]>>}
 */
export function loadDatasets() {
  return load("api/datasets");
}

/**
 * Loads what the overview shows of all episodes.
 *
 * @param {string} dataset
 * @returns {Promise<Loaded<Overview>>}
 */
export function loadOverview(dataset) {
  return load(`api/${part(dataset)}/overview`);
}

/**
 * Loads all about one episode.
 *
 * @param {string} dataset
 * @param {number} number
 * @returns {Promise<Loaded<Episode>>}
 */
export function loadEpisode(dataset, number) {
  return load(episodePath(dataset, number));
}

/**
 * Loads where the tiles of episodes are: by number, null where there are none.
 *
 * @param {string} dataset
 * @param {number[]} numbers at most 100
 * @returns {Promise<Loaded<Record<string, Filmstrip | null>>>}
 */
export function loadFilmstrips(dataset, numbers) {
  return load(`api/${part(dataset)}/filmstrips?episodes=${numbers.join(",")}`);
}

/**
 * Saves the labels of an episode, unless they were changed since `version`.
 *
 * @param {string} dataset
 * @param {number} number
 * @param {string} version
 * @param {Subtask[]} subtasks
 * @returns {Promise<SaveOutcome>}
 */
export function saveEpisode(dataset, number, version, subtasks) {
  return change(episodePath(dataset, number), "PUT", version, { subtasks });
}

/**
 * Removes a person's labels of an episode, unless they were changed since `version`.
 *
 * @param {string} dataset
 * @param {number} number
 * @param {string} version
 * @returns {Promise<SaveOutcome>}
 */
export function removeCorrection(dataset, number, version) {
  return change(episodePath(dataset, number), "DELETE", version);
}

/**
 * Gives a label another name in the whole dataset; merges the two if the other exists.
 *
 * @param {string} dataset
 * @param {string} from
 * @param {string} to
 * @returns {Promise<Loaded<Renamed>>}
 */
export async function renameLabel(dataset, from, to) {
  const outcome = await request(`api/${part(dataset)}/labels`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ rename: from, to }),
  });
  return outcome.kind === "conflict"
    ? { kind: "refused", status: 412, message: outcome.message }
    : outcome;
}

/**
 * Makes a part of a path of a text. Half a surrogate pair, which JSON can hold and an address
 * cannot, becomes U+FFFD.
 *
 * @param {string} text
 * @returns {string}
 */
export function part(text) {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd"));
}

/**
 * @param {string} dataset
 * @param {number} number
 */
function episodePath(dataset, number) {
  return `api/${part(dataset)}/episodes/${number}`;
}

/**
 * @param {string} path
 * @returns {Promise<Loaded<any>>}
 */
async function load(path) {
  // The browser asks whether what it has is still true, and the server seldom sends it again.
  const outcome = await request(path, { cache: "no-cache" });
  return outcome.kind === "conflict"
    ? { kind: "refused", status: 412, message: outcome.message }
    : outcome;
}

/**
 * @param {string} path
 * @param {"PUT" | "DELETE"} method
 * @param {string} version
 * @param {unknown} [body]
 * @returns {Promise<SaveOutcome>}
 */
function change(path, method, version, body) {
  /** @type {Record<string, string>} */
  const headers = { "If-Match": `"${version}"` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const text = body === undefined ? undefined : JSON.stringify(body);
  // It arrives even if the page is closed at once; browsers do that only for short ones.
  const keepalive = (text?.length ?? 0) * 3 < SHORT;
  return request(path, { method, headers, body: text, keepalive });
}

/**
 * @param {string} path
 * @param {Record<string, any>} options of fetch
 * @returns {Promise<{kind: "done", value: any} | Conflict | Offline | Refused>}
 */
async function request(path, options) {
  let response, text;
  try {
    response = await fetch(path, { ...options, signal: AbortSignal.timeout(PATIENCE) });
    text = await response.text();
  } catch {
    return { kind: "offline", message: "The server does not answer. Is review.py still running?" };
  }
  const value = parsed(text);
  const message = sentence(value, response.status);
  if (response.ok && value !== undefined) return { kind: "done", value };
  if (response.ok || PASSING.has(response.status)) return { kind: "offline", message };
  if (response.status === 412 && Array.isArray(value?.subtasks)) {
    return { kind: "conflict", message, current: saved(value) };
  }
  return { kind: "refused", status: response.status, message };
}

/**
 * @param {any} value
 * @returns {Saved}
 */
function saved(value) {
  const { version, status, subtasks, agreement = null } = value;
  return { version, status, subtasks, agreement };
}

/**
 * @param {string} text
 * @returns {any} undefined if it is no JSON
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * @param {any} value
 * @param {number} status
 * @returns {string}
 */
function sentence(value, status) {
  return typeof value?.message === "string"
    ? value.message
    : `The server answered ${status} and did not say why.`;
}
