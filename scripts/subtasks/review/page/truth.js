/**
 * How the labels of an episode differ from true ones: which borders belong together, which true ones
 * are missed and which others are extra. Counted as the library's package `evaluation` counts. Pure.
 *
 * @import {Segments} from "./editing.js"
 * @import {TrueLabel} from "./types.js"
 */

import { borderAt, moveBorder, rename, segmentAt, split, stopOf } from "./editing.js";
import { counted } from "./elements.js";
import { secondsOf } from "./frames.js";

/** Seconds between two borders that belong together, at most. */
export const TOGETHER = 1;
/** Seconds from a true border within which one counts as found. */
export const WITHIN = 0.5;
/** Seconds from a true border beyond which a person should look. */
export const FAR = 0.25;
/** Seconds: files round times to microseconds, which must not decide whether two agree. */
const ROUNDING = 1e-6;

const ARTICLES = new Set(["a", "an", "the"]);

/**
 * Two borders that belong together: `index` is the segment that begins at the one, in `frame`;
 * `trueFrame` is that of the other. The first is `by` seconds later.
 *
 * @typedef {{index: number, frame: number, trueFrame: number, by: number, label: string}} Pair
 */
/** A true border without another: its frame, and what begins there. */
/** @typedef {{frame: number, label: string}} Missed */
/** A border without a true one: its frame, and the index of the segment that begins there. */
/** @typedef {{frame: number, index: number}} Extra */
/** @typedef {{pairs: Pair[], missed: Missed[], extra: Extra[]}} Differences */
/** A place to look at, and what is there. @typedef {{frame: number, sentence: string}} Place */

/**
 * Compares the borders of an episode with true ones.
 *
 * @param {Segments} segments
 * @param {TrueLabel[]} truth
 * @param {number} fps
 * @param {number} length frames of the episode
 * @returns {Differences}
 */
export function differences(segments, truth, fps, length) {
  const found = judgeable(joined(segments, length), truth).filter(({ start }) => start > 0);
  const wanted = truth.filter(({ start }) => start > 0);
  const times = found.map(({ start }) => secondsOf(start, fps));
  const matches = matchBorders(times, wanted.map(({ start }) => start), TOGETHER);
  const taken = new Set(matches.map(([one]) => one));
  const met = new Set(matches.map(([, other]) => other));
  return {
    pairs: matches.map(([one, other]) => ({
      index: found[one].index,
      frame: found[one].start,
      trueFrame: wanted[other].frames[0],
      by: times[one] - wanted[other].start,
      label: wanted[other].label,
    })),
    missed: wanted
      .filter((_, place) => !met.has(place))
      .map(({ frames, label }) => ({ frame: frames[0], label })),
    extra: found
      .filter((_, place) => !taken.has(place))
      .map(({ start, index }) => ({ frame: start, index })),
  };
}

/**
 * Pairs times with true times, each at most once, the nearest pair first; of two equally near ones
 * the earlier.
 *
 * @param {number[]} found sorted
 * @param {number[]} truth sorted
 * @param {number} tolerance seconds
 * @returns {[number, number][]} their places, in order of time
 */
export function matchBorders(found, truth, tolerance) {
  const reach = tolerance + ROUNDING;
  /** @type {number[][]} */
  const near = [];
  let first = 0;
  found.forEach((time, one) => {
    while (first < truth.length && truth[first] < time - reach) first++;
    for (let other = first; other < truth.length; other++) {
      const distance = Math.abs(time - truth[other]);
      if (distance <= reach) near.push([distance, truth[other], time, one, other]);
      else if (truth[other] > time) break;
    }
  });
  near.sort(compared);
  /** @type {Map<number, number>} */
  const pairs = new Map();
  const taken = new Set();
  for (const [, , , one, other] of near) {
    if (pairs.has(one) || taken.has(other)) continue;
    pairs.set(one, other);
    taken.add(other);
  }
  return [...pairs].sort(compared);
}

/**
 * Says how many borders are where they should be.
 *
 * @param {Differences} differences
 * @returns {string} such as "7 of 8 true borders within 0.5 s, 1 missed, 2 extra"; no line of it ends
 *   inside a time
 */
export function summary({ pairs, missed, extra }) {
  const within = pairs.filter(({ by }) => Math.abs(by) <= WITHIN + ROUNDING).length;
  const further = pairs.length - within;
  const all = counted(pairs.length + missed.length, "true border");
  return [
    `${within} of ${all} within ${WITHIN}\u00a0s`,
    ...(further ? [`${further} more within ${TOGETHER}\u00a0s`] : []),
    ...(missed.length ? [`${missed.length} missed`] : []),
    ...(extra.length ? [`${extra.length} extra`] : []),
  ].join(", ");
}

/**
 * Returns the next place after a frame at which the labels differ from the true ones, the first
 * after the last; null if there is none.
 *
 * @param {Differences} differences
 * @param {number} frame
 * @returns {Place | null}
 */
export function nextDifference({ pairs, missed, extra }, frame) {
  const places = [
    ...pairs
      .filter(({ by }) => isFar(by))
      .map(({ frame, by }) => ({ frame, sentence: `This border is ${apart(by)}.` })),
    ...missed.map(({ frame }) => ({ frame, sentence: "A true border is missed here." })),
    ...extra.map(({ frame }) => ({
      frame,
      sentence: `No true border belongs to this one, within ${TOGETHER} s.`,
    })),
  ].sort((one, other) => one.frame - other.frame);
  return places.find((place) => place.frame > frame) ?? places[0] ?? null;
}

/**
 * Takes what is true at a frame: where a true border is missed, it is put there, with its label;
 * else the selected border moves to the true one that it belongs to.
 *
 * @param {Segments} segments
 * @param {Differences} differences
 * @param {number} frame
 * @param {number} length frames of the episode
 * @returns {{segments: Segments, frame: number} | null} the outcome, and where the border is then;
 *   null where there is nothing to take
 */
export function takeTrue(segments, { pairs, missed }, frame, length) {
  // Without a first label there is nothing that a border could divide.
  const here = segments.length ? missed.find((each) => each.frame === frame) : undefined;
  if (here) {
    const divided = split(segments, frame, length);
    return { segments: rename(divided, segmentAt(divided, frame), here.label), frame };
  }
  const border = borderAt(segments, frame);
  const pair = pairs.find(({ index }) => index === border);
  if (!pair) return null;
  const moved = moveBorder(segments, border, pair.trueFrame, length);
  return { segments: moved, frame: moved[border].start };
}

/** @param {number} by seconds */
export function isFar(by) {
  return Math.abs(by) > FAR + ROUNDING;
}

/**
 * @param {number} by seconds
 * @returns {string} "0.37 s after the true one"
 */
export function apart(by) {
  const size = Math.abs(by).toFixed(2);
  return size === "0.00" ? "where it should be" : `${size} s ${by > 0 ? "after" : "before"} the true one`;
}

/**
 * Folds what does not change the meaning of a label, as `normalise` of the library does.
 *
 * @param {string} label
 * @returns {string}
 */
export function normalised(label) {
  // Upper case first: what is written with two letters there is the same in both.
  const folded = label.toUpperCase().toLowerCase();
  const words = folded.replace(/[^\p{L}\p{N}\p{M}]+/gu, " ").split(" ");
  return words.filter((word) => word && !ARTICLES.has(word)).join(" ") || folded;
}

/** From frame `start` to `stop`, from segment `index` on. */
/** @typedef {{index: number, start: number, stop: number}} Stretch */

/**
 * Joins neighbours that say the same: between them is no border.
 *
 * @param {Segments} segments
 * @param {number} length
 * @returns {Stretch[]}
 */
function joined(segments, length) {
  /** @type {Stretch[]} */
  const found = [];
  let before = "";
  segments.forEach(({ start, label }, index) => {
    const text = normalised(label);
    const stop = stopOf(segments, index, length);
    if (found.length && text === before) found[found.length - 1].stop = stop;
    else found.push({ index, start, stop });
    before = text;
  });
  return found;
}

/**
 * Returns the stretches of which the truth can say whether they are right: what lies in a gap of it
 * is neither right nor wrong.
 *
 * @param {Stretch[]} stretches
 * @param {TrueLabel[]} truth
 * @returns {Stretch[]}
 */
function judgeable(stretches, truth) {
  let first = 0;
  return stretches.filter(({ start, stop }) => {
    while (first < truth.length && truth[first].frames[1] <= start) first++;
    let known = 0;
    for (let place = first; place < truth.length && truth[place].frames[0] < stop; place++) {
      const [from, to] = truth[place].frames;
      const common = Math.min(to, stop) - Math.max(from, start);
      known += common;
      if (2 * common >= to - from) return true;
    }
    return 2 * known > stop - start;
  });
}

/**
 * @param {number[]} one
 * @param {number[]} other
 * @returns {number}
 */
function compared(one, other) {
  const place = one.findIndex((value, index) => value !== other[index]);
  return place < 0 ? 0 : one[place] - other[place];
}
