/**
 * The arithmetic of frames and seconds. Nothing here needs a browser.
 *
 * Frame k of an episode is shown from k / fps until (k + 1) / fps.
 */

/** Decimals of a time that is saved, as in the labels' files. */
const TIME_DECIMALS = 6;

/**
 * Returns the time at which a frame begins, as it is saved.
 *
 * @param {number} frame
 * @param {number} fps
 * @returns {number} seconds
 */
export function secondsOf(frame, fps) {
  return Number((frame / fps).toFixed(TIME_DECIMALS));
}

/**
 * Returns the frame that a saved time means: the nearest.
 *
 * @param {number} time seconds
 * @param {number} fps
 * @param {number} length frames of the episode
 * @returns {number}
 */
export function frameOf(time, fps, length) {
  return within(Math.round(time * fps), length);
}

/**
 * Returns the frame that is seen at a time, such as that of a moving playhead.
 *
 * @param {number} time seconds
 * @param {number} fps
 * @param {number} length frames of the episode
 * @returns {number}
 */
export function frameSeenAt(time, fps, length) {
  // Times of frames are rounded; a frame that begins a millionth later has begun.
  return within(Math.floor(time * fps + 1e-3), length);
}

/**
 * Returns where to seek in a video for a frame: to its middle, so that rounding on either side
 * cannot show its neighbour.
 *
 * @param {number} frame
 * @param {number} fps
 * @param {number} start second of the file at which the episode begins
 * @returns {number} seconds in the file
 */
export function seekTime(frame, fps, start) {
  return start + (frame + 0.5) / fps;
}

/**
 * Returns the frame of an episode that a video shows.
 *
 * @param {number} mediaTime second of the file at which the shown frame begins
 * @param {number} fps
 * @param {number} start second of the file at which the episode begins
 * @param {number} length frames of the episode
 * @returns {number}
 */
export function frameShown(mediaTime, fps, start, length) {
  return within(Math.round((mediaTime - start) * fps), length);
}

/**
 * Returns which of some sorted times is nearest; of two equally near ones the earlier.
 *
 * @param {number[]} times
 * @param {number} time
 * @returns {number} its index, -1 if there are no times
 */
export function nearest(times, time) {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < time) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return times.length ? 0 : -1;
  return low === times.length || time - times[low - 1] <= times[low] - time ? low - 1 : low;
}

/**
 * Returns where a tile of a filmstrip lies in its image.
 *
 * @param {number} tile its index
 * @param {{width: number, height: number, columns: number}} strip
 * @returns {{x: number, y: number}} pixels
 */
export function tilePlace(tile, { width, height, columns }) {
  return { x: (tile % columns) * width, y: Math.floor(tile / columns) * height };
}

/**
 * Writes a time for people: "4.20 s", "2:05.40".
 *
 * @param {number} time seconds
 * @returns {string}
 */
export function written(time) {
  const hundredths = Math.round(time * 100);
  const minutes = Math.floor(hundredths / 6000);
  const rest = ((hundredths % 6000) / 100).toFixed(2);
  return minutes ? `${minutes}:${rest.padStart(5, "0")}` : `${rest} s`;
}

/**
 * Chooses a round distance between the marks of a time axis.
 *
 * @param {number} seconds what the axis shows
 * @param {number} marks how many it has room for
 * @returns {number} seconds
 */
export function roundStep(seconds, marks) {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800];
  const least = seconds / Math.max(1, marks);
  return steps.find((step) => step >= least) ?? 3600 * Math.ceil(least / 3600);
}

/**
 * @param {number} frame
 * @param {number} length
 */
function within(frame, length) {
  return Math.max(0, Math.min(frame, length - 1));
}
