/**
 * What can be said of the labels of a dataset. Pure.
 *
 * @import {Segment} from "./segments.js"
 * @import {Overview, Status} from "./types.js"
 */

import { segments } from "./segments.js";

/**
 * A label; lengths in seconds.
 *
 * @typedef {object} LabelFacts
 * @property {string} label
 * @property {number} segments how many segments have it
 * @property {number} episodes in how many episodes
 * @property {number} typical the median of their lengths
 * @property {number} shortest
 * @property {number} longest
 * @property {number} mistakes how many are marked as mistakes
 */

/** A segment of a label, and whose it is. */
/** @typedef {Segment & {episode: number, status: Status, filmstrip: boolean}} Occurrence */

/**
 * The orders of labels, by the columns of their table.
 *
 * @type {Record<string, (facts: LabelFacts) => string | number>}
 */
export const LABEL_ORDERS = {
  label: ({ label }) => label,
  segments: ({ segments }) => segments,
  episodes: ({ episodes }) => episodes,
  typical: ({ typical }) => typical,
  shortest: ({ shortest }) => shortest,
  longest: ({ longest }) => longest,
  mistakes: ({ mistakes }) => mistakes,
};

/**
 * The orders of a label's segments: the first puts those first whose length is unlike the others'.
 *
 * @type {Record<string, {title: string, key: (one: Occurrence, typical: number) => number}>}
 */
export const OCCURRENCE_ORDERS = {
  unlike: {
    title: "Unlike the others in length",
    key: (one, typical) => -unlike(one, typical),
  },
  episode: { title: "Episode", key: () => 0 },
  longest: { title: "Longest", key: (one) => -length(one) },
  shortest: { title: "Shortest", key: length },
};

/**
 * Returns what is to be said of each label of a dataset, in no order.
 *
 * @param {Overview} overview
 * @returns {LabelFacts[]}
 */
export function labelFacts({ episodes, fps }) {
  /** @type {Map<string, {lengths: number[], episodes: number, last: number, mistakes: number}>} */
  const found = new Map();
  for (const episode of episodes) {
    for (const segment of segments(episode, fps)) {
      const facts = found.get(segment.label) ?? { lengths: [], episodes: 0, last: -1, mistakes: 0 };
      found.set(segment.label, facts);
      facts.lengths.push(length(segment));
      facts.mistakes += segment.mistake ? 1 : 0;
      if (facts.last !== episode.episode) facts.episodes += 1;
      facts.last = episode.episode;
    }
  }
  return [...found].map(([label, { lengths, episodes, mistakes }]) => {
    lengths.sort((one, other) => one - other);
    return {
      label,
      segments: lengths.length,
      episodes,
      typical: median(lengths),
      shortest: lengths[0],
      longest: lengths[lengths.length - 1],
      mistakes,
    };
  });
}

/**
 * Sorts labels; ties are in order of their names.
 *
 * @param {LabelFacts[]} facts
 * @param {string} order a name of LABEL_ORDERS
 * @param {boolean} falling
 * @returns {LabelFacts[]}
 */
export function sortedLabels(facts, order, falling) {
  const key = LABEL_ORDERS[order];
  const sign = falling ? -1 : 1;
  return [...facts].sort((one, other) => {
    const [a, b] = [key(one), key(other)];
    if (a !== b) return a < b ? -sign : sign;
    return one.label < other.label ? -1 : 1;
  });
}

/**
 * Returns all segments of a label.
 *
 * @param {Overview} overview
 * @param {string} label
 * @returns {Occurrence[]}
 */
export function occurrences({ episodes, fps }, label) {
  return episodes.flatMap((episode) =>
    segments(episode, fps)
      .filter((segment) => segment.label === label)
      .map((segment) => ({
        ...segment,
        episode: episode.episode,
        status: episode.status,
        filmstrip: episode.filmstrip,
      })),
  );
}

/**
 * Sorts segments of one label; ties are in order of time.
 *
 * @param {Occurrence[]} found
 * @param {string} order a name of OCCURRENCE_ORDERS
 * @returns {Occurrence[]}
 */
export function sortedOccurrences(found, order) {
  const typical = median(found.map(length).sort((one, other) => one - other));
  const { key } = OCCURRENCE_ORDERS[order];
  return found
    .map((one) => ({ one, at: key(one, typical) }))
    .sort((a, b) => a.at - b.at || a.one.episode - b.one.episode || a.one.start - b.one.start)
    .map(({ one }) => one);
}

/**
 * Returns the tiles that show a segment's first and last frame: places in a filmstrip's times.
 *
 * They lie inside the segment if any does; a segment between two tiles has the nearest.
 *
 * @param {number[]} times in seconds, rising, at least one
 * @param {{start: number, stop: number}} segment
 * @returns {{first: number, last: number}}
 */
export function tiles(times, { start, stop }) {
  // Times are rounded when they are written.
  const slack = 1e-3;
  const inside = times.flatMap((time, index) =>
    time >= start - slack && time < stop - slack ? [index] : [],
  );
  if (inside.length) return { first: inside[0], last: inside[inside.length - 1] };
  const nearest = nearestTo(times, (start + stop) / 2);
  return { first: nearest, last: nearest };
}

/** @param {{start: number, stop: number}} segment */
export function length({ start, stop }) {
  return stop - start;
}

/**
 * How many times longer or shorter than the others, as a logarithm.
 *
 * @param {Occurrence} one
 * @param {number} typical
 */
function unlike(one, typical) {
  return Math.abs(Math.log(Math.max(length(one), 0.01) / Math.max(typical, 0.01)));
}

/** @param {number[]} sorted */
export function median(sorted) {
  const half = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  return sorted.length ? (low + high) / 2 : 0;
}

/**
 * @param {number[]} times
 * @param {number} time
 */
function nearestTo(times, time) {
  let nearest = 0;
  times.forEach((each, index) => {
    if (Math.abs(each - time) < Math.abs(times[nearest] - time)) nearest = index;
  });
  return nearest;
}
