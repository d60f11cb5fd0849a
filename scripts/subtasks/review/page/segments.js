/**
 * The subtasks and findings of an episode, as they are shown. Pure.
 *
 * @import {Finding, OverviewEpisode} from "./types.js"
 */

/** In seconds. @typedef {{start: number, stop: number, label: string, mistake: boolean}} Segment */

/**
 * Returns the subtasks of an episode with their ends: each ends where the next begins, the last
 * with the episode.
 *
 * @param {OverviewEpisode} episode
 * @param {number} fps
 * @returns {Segment[]}
 */
export function segments({ labels, length }, fps) {
  return labels.map(([start, label, mistake], index) => ({
    start,
    stop: labels[index + 1]?.[0] ?? Math.max(length / fps, start),
    label,
    mistake,
  }));
}

/**
 * Returns the findings that say more than why there are no labels, which is shown anyway.
 *
 * @param {OverviewEpisode} episode
 * @returns {Finding[]}
 */
export function tellingFindings({ findings, failure }) {
  return failure === null ? findings : findings.filter(({ kind }) => kind !== "failed");
}
