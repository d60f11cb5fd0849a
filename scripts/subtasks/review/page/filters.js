/**
 * Which episodes the overview shows, and in which order. Pure: no page, no network.
 *
 * @import {Change, Overview, OverviewEpisode, Status} from "./types.js"
 */

/** @type {Status[]} */
export const STATUSES = ["new", "accepted", "corrected", "failed"];

/**
 * The orders by name. Each breaks ties by the episode's number.
 *
 * @type {Record<string, {title: string, key: (episode: OverviewEpisode) => (string | number)[]}>}
 */
export const ORDERS = {
  look: {
    title: "Most in need of a look",
    key: ({ status, score }) => [place(status), -score],
  },
  number: { title: "Number", key: () => [] },
  longest: { title: "Longest", key: ({ length }) => [-length] },
  shortest: { title: "Shortest", key: ({ length }) => [length] },
  most: { title: "Most subtasks", key: ({ labels }) => [-labels.length] },
  fewest: { title: "Fewest subtasks", key: ({ labels }) => [labels.length] },
  alike: {
    title: "Same labels together",
    key: ({ labels }) => [labels.map(([, label]) => label).join("\n")],
  },
  task: { title: "Task", key: ({ task }) => [task] },
  truth: {
    title: "Furthest from the truth",
    // What cannot be compared comes last.
    key: ({ agreement }) => [agreement ?? Infinity],
  },
};

/**
 * What is looked for; empty text means no limit. `truth` leaves the episodes with borders that are
 * apart from the true ones.
 *
 * @typedef {{
 *   text: string, label: string, status: Status | "", task: string, truth: "apart" | "",
 *   order: string,
 * }} Filter
 */

/** @type {Filter} */
export const EVERYTHING = { text: "", label: "", status: "", task: "", truth: "", order: "look" };

/**
 * Reads a filter from the address; what makes no sense there is no limit.
 *
 * @param {URLSearchParams} settings
 * @returns {Filter}
 */
export function readFilter(settings) {
  const status = STATUSES.find((each) => each === settings.get("status"));
  const order = settings.get("order") ?? "";
  return {
    text: settings.get("text") ?? "",
    label: settings.get("label") ?? "",
    status: status ?? "",
    task: settings.get("task") ?? "",
    truth: settings.get("truth") === "apart" ? "apart" : "",
    order: Object.hasOwn(ORDERS, order) ? order : EVERYTHING.order,
  };
}

/**
 * Writes what differs from showing everything.
 *
 * @param {Filter} filter
 * @returns {URLSearchParams}
 */
export function writeFilter(filter) {
  return new URLSearchParams(
    Object.entries(filter).filter(
      ([name, value]) => value !== EVERYTHING[/** @type {keyof Filter} */ (name)],
    ),
  );
}

/**
 * Returns the episodes that a filter leaves, in its order.
 *
 * @param {OverviewEpisode[]} episodes
 * @param {Filter} filter
 * @returns {OverviewEpisode[]}
 */
export function found(episodes, filter) {
  const fits = test(filter);
  const { key } = ORDERS[filter.order] ?? ORDERS.look;
  return episodes
    .filter(fits)
    .map((episode) => ({ episode, keys: [...key(episode), episode.episode] }))
    .sort((one, other) => compared(one.keys, other.keys))
    .map(({ episode }) => episode);
}

/**
 * Counts, for each thing that can be chosen, how many episodes it would leave: all else that is
 * chosen stays.
 *
 * @param {OverviewEpisode[]} episodes
 * @param {Filter} filter
 * @returns {Record<"statuses" | "labels" | "tasks" | "truths", Map<string, number>>}
 */
export function counts(episodes, filter) {
  return {
    statuses: tally(episodes, { ...filter, status: "" }, ({ status }) => [status]),
    labels: tally(episodes, { ...filter, label: "" }, labelsOf),
    tasks: tally(episodes, { ...filter, task: "" }, ({ task }) => [task]),
    truths: tally(episodes, { ...filter, truth: "apart" }, () => ["apart"]),
  };
}

/**
 * Counts episodes by status: reviewed are those that a person accepted or corrected.
 *
 * @param {OverviewEpisode[]} episodes
 * @returns {Record<"episodes" | "reviewed" | "accepted" | "corrected" | "failed", number>}
 */
export function progress(episodes) {
  const of = tally(episodes, EVERYTHING, ({ status }) => [status]);
  const accepted = of.get("accepted") ?? 0;
  const corrected = of.get("corrected") ?? 0;
  return {
    episodes: episodes.length,
    reviewed: accepted + corrected,
    accepted,
    corrected,
    failed: of.get("failed") ?? 0,
  };
}

/**
 * Takes what was saved of an episode.
 *
 * @param {OverviewEpisode[]} episodes
 * @param {number} number
 * @param {Change} change
 */
export function take(episodes, number, change) {
  const episode = episodes.find((each) => each.episode === number);
  if (!episode) return;
  episode.status = change.status;
  episode.labels = change.labels;
  episode.agreement = change.agreement;
  words.delete(episode);
}

/**
 * Says whether a dataset has true labels that can be compared with.
 *
 * @param {Overview} overview
 * @returns {boolean}
 */
export function isCompared({ truth }) {
  return truth !== null && truth.trouble === null;
}

/**
 * Says whether an episode has borders that are missed, extra, or too far from the true ones.
 *
 * @param {OverviewEpisode} episode
 * @returns {boolean}
 */
export function isApart({ agreement }) {
  return agreement !== null && agreement < 1;
}

/**
 * Returns the labels of an episode, each once.
 *
 * @param {OverviewEpisode} episode
 * @returns {string[]}
 */
export function labelsOf({ labels }) {
  return [...new Set(labels.map(([, label]) => label))];
}

/**
 * Failed ones first, reviewed ones last.
 *
 * @param {Status} status
 * @returns {number}
 */
function place(status) {
  return { failed: 0, new: 1, corrected: 2, accepted: 2 }[status];
}

/**
 * @param {Filter} filter
 * @returns {(episode: OverviewEpisode) => boolean}
 */
function test({ text, label, status, task, truth }) {
  const sought = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (episode) =>
    (!status || episode.status === status) &&
    (!task || episode.task === task) &&
    (!truth || isApart(episode)) &&
    (!label || episode.labels.some(([, each]) => each === label)) &&
    (!sought.length || sought.every((word) => searched(episode).includes(word)));
}

/**
 * What the search looks at, made once an episode: it is sought at every key.
 *
 * @type {WeakMap<OverviewEpisode, string>}
 */
const words = new WeakMap();

/**
 * @param {OverviewEpisode} episode
 * @returns {string}
 */
function searched(episode) {
  const text =
    words.get(episode) ??
    [
      `#${episode.episode}`,
      episode.task,
      ...labelsOf(episode),
      ...episode.findings.map(({ sentence }) => sentence),
      episode.failure ?? "",
    ]
      .join("\n")
      .toLowerCase();
  words.set(episode, text);
  return text;
}

/**
 * @param {OverviewEpisode[]} episodes
 * @param {Filter} filter
 * @param {(episode: OverviewEpisode) => string[]} values
 * @returns {Map<string, number>}
 */
function tally(episodes, filter, values) {
  const fits = test(filter);
  /** @type {Map<string, number>} */
  const numbers = new Map();
  for (const episode of episodes) {
    if (!fits(episode)) continue;
    for (const value of values(episode)) numbers.set(value, (numbers.get(value) ?? 0) + 1);
  }
  return numbers;
}

/**
 * @param {(string | number)[]} one
 * @param {(string | number)[]} other
 * @returns {number}
 */
function compared(one, other) {
  for (let index = 0; index < one.length; index++) {
    if (one[index] !== other[index]) return one[index] < other[index] ? -1 : 1;
  }
  return 0;
}
