/**
 * The one time axis of all episodes. Pure.
 *
 * @typedef {{end: number, cut: number}} Axis `end` in seconds; `cut`: how many episodes go beyond
 */

/** Seconds between two marks that people count in. */
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** How many times longer than nine in ten others an episode may be before it is cut. */
const FAR = 2;

/**
 * Chooses where the axis ends: at the longest episode, unless a few are so long that all others
 * would be too small to read.
 *
 * @param {number[]} durations in seconds
 * @param {boolean} whole whether the longest is shown whole anyway
 * @returns {Axis}
 */
export function axis(durations, whole) {
  if (!durations.length) return { end: 1, cut: 0 };
  const sorted = [...durations].sort((one, other) => one - other);
  const longest = sorted[sorted.length - 1];
  const most = sorted[Math.floor((sorted.length - 1) * 0.9)];
  if (whole || most <= 0 || longest <= FAR * most) return { end: Math.max(longest, 0.1), cut: 0 };
  const end = most * 1.25;
  return { end, cut: sorted.filter((duration) => duration > end).length };
}

/**
 * Returns the marks of a ruler, with what is written at them.
 *
 * @param {number} end of the axis, in seconds
 * @param {number} width of the ruler, in pixels
 * @param {number} [apart] the least pixels between two marks
 * @returns {{time: number, text: string}[]}
 */
export function marks(end, width, apart = 64) {
  const least = (end * apart) / Math.max(width, apart);
  const step = STEPS.find((each) => each >= least) ?? Math.ceil(least / 3600) * 3600;
  return Array.from({ length: Math.floor(end / step + 1e-6) + 1 }, (_, index) => {
    const time = Number((index * step).toFixed(1));
    return { time, text: written(time, end) };
  });
}

/**
 * @param {number} time
 * @param {number} end
 * @returns {string}
 */
function written(time, end) {
  if (end < 120) return `${time} s`;
  const [minutes, rest] = [Math.floor(time / 60), Math.round(time % 60)];
  return `${minutes}:${String(rest).padStart(2, "0")}`;
}
