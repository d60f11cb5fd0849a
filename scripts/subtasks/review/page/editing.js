/**
 * The labels of an episode and everything that can be done to them. Nothing here needs a browser.
 *
 * Labels are counted in frames. They always are what the server takes: the first begins on frame 0,
 * no two begin on one frame, none beyond the last, and every name is clean. Operations return new
 * lists, or the one they were given where there is nothing to do.
 *
 * @import {Subtask} from "./types.js"
 */

import { frameOf, secondsOf } from "./frames.js";

/** @typedef {{readonly start: number, readonly label: string, readonly mistake: boolean}} Segment */
/** @typedef {readonly Segment[]} Segments */

/** Characters of a label, as the server counts them: code points. */
export const MAX_LABEL = 200;

/** White space as Python sees it, which is not quite what JavaScript's `\s` says. */
const WHITE_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/gu;

// Names

/**
 * Folds white space, drops control and invisible characters, and cuts, as the server does.
 *
 * @param {string} label
 * @returns {string}
 */
export function cleanLabel(label) {
  const visible = label.replace(WHITE_SPACE, " ").replace(/\p{C}/gu, "");
  const folded = visible.replace(WHITE_SPACE, " ").replace(/^ | $/g, "");
  return [...folded].slice(0, MAX_LABEL).join("").replace(/ $/, "");
}

/**
 * Orders the labels that complete what somebody has typed: those that begin with it, those in
 * which a word does, those that hold its words anywhere; each group as it was.
 *
 * @param {readonly string[]} labels
 * @param {string} typed
 * @returns {string[]}
 */
export function completions(labels, typed) {
  const wanted = cleanLabel(typed).toLowerCase();
  if (!wanted) return [...labels];
  const words = wanted.split(" ");
  /** @type {string[][]} */
  const groups = [[], [], []];
  for (const label of labels) {
    const lower = label.toLowerCase();
    if (lower.startsWith(wanted)) groups[0].push(label);
    else if (` ${lower}`.includes(` ${wanted}`)) groups[1].push(label);
    else if (words.every((word) => lower.includes(word))) groups[2].push(label);
  }
  return groups.flat();
}

// To and from the server's form

/**
 * Reads the server's subtasks.
 *
 * @param {readonly Subtask[]} subtasks
 * @param {number} fps
 * @param {number} length frames of the episode
 * @returns {Segments}
 */
export function fromSubtasks(subtasks, fps, length) {
  /** @type {Map<number, Segment>} */
  const found = new Map();
  for (const { time, subtask, mistake } of [...subtasks].sort((a, b) => a.time - b.time)) {
    const label = cleanLabel(subtask);
    const start = found.size ? frameOf(time, fps, length) : 0;
    if (label) found.set(start, { start, label, mistake: mistake === true });
  }
  return [...found.values()];
}

/**
 * Writes the server's subtasks.
 *
 * @param {Segments} segments
 * @param {number} fps
 * @returns {Subtask[]}
 */
export function toSubtasks(segments, fps) {
  return segments.map(({ start, label, mistake }) => {
    const subtask = { time: secondsOf(start, fps), subtask: label };
    return mistake ? { ...subtask, mistake } : subtask;
  });
}

/**
 * @param {Segments} some
 * @param {Segments} others
 * @returns {boolean} whether both say the same
 */
export function equal(some, others) {
  return (
    some.length === others.length &&
    some.every(
      (one, index) =>
        one.start === others[index].start &&
        one.label === others[index].label &&
        one.mistake === others[index].mistake,
    )
  );
}

// Where things are

/**
 * Returns the index of the segment that a frame lies in; -1 if there are none.
 *
 * @param {Segments} segments
 * @param {number} frame
 * @returns {number}
 */
export function segmentAt(segments, frame) {
  return segments.findLastIndex(({ start }) => start <= frame);
}

/**
 * Returns the selected border, which is the one at or nearest before a frame: the index of the
 * segment that begins there. The start of an episode is no border: -1 if there is no other.
 *
 * @param {Segments} segments
 * @param {number} frame
 * @returns {number}
 */
export function borderAt(segments, frame) {
  return segmentAt(segments, frame) || -1;
}

/**
 * Returns the frame after the last of a segment.
 *
 * @param {Segments} segments
 * @param {number} index
 * @param {number} length frames of the episode
 * @returns {number}
 */
export function stopOf(segments, index, length) {
  return segments[index + 1]?.start ?? length;
}

/**
 * Returns where `[` and `]` go: the next border in a direction, else the episode's first or last
 * frame.
 *
 * @param {Segments} segments
 * @param {number} frame
 * @param {1 | -1} direction
 * @param {number} length frames of the episode
 * @returns {number}
 */
export function nextBorder(segments, frame, direction, length) {
  const starts = segments.map(({ start }) => start);
  return direction > 0
    ? (starts.find((start) => start > frame) ?? length - 1)
    : (starts.findLast((start) => start < frame) ?? 0);
}

// Operations

/**
 * Moves the border at which segment `index` begins as near to a frame as its neighbours allow:
 * every segment keeps a frame.
 *
 * @param {Segments} segments
 * @param {number} index 1 or more
 * @param {number} frame
 * @param {number} length frames of the episode
 * @returns {Segments}
 */
export function moveBorder(segments, index, frame, length) {
  if (!(index > 0 && index < segments.length)) return segments;
  const least = segments[index - 1].start + 1;
  const most = stopOf(segments, index, length) - 1;
  const start = Math.max(least, Math.min(Math.round(frame), most));
  return start === segments[index].start ? segments : changed(segments, index, { start });
}

/**
 * Divides the segment that a frame lies in: the second half begins on the frame. Both halves keep
 * the name, and the mistake.
 *
 * @param {Segments} segments
 * @param {number} frame
 * @param {number} length frames of the episode
 * @returns {Segments}
 */
export function split(segments, frame, length) {
  const index = segmentAt(segments, frame);
  if (index < 0 || frame >= length || segments[index].start === frame) return segments;
  return segments.toSpliced(index + 1, 0, { ...segments[index], start: frame });
}

/**
 * Joins segment `index` with the one before it, whose name stays; the first with the one after it.
 *
 * @param {Segments} segments
 * @param {number} index
 * @returns {Segments}
 */
export function mergeBefore(segments, index) {
  return removeBorder(segments, Math.max(index, 1));
}

/**
 * Joins segment `index` with the one after it, whose name goes; the last with the one before it.
 *
 * @param {Segments} segments
 * @param {number} index
 * @returns {Segments}
 */
export function mergeAfter(segments, index) {
  return removeBorder(segments, Math.min(index + 1, segments.length - 1));
}

/**
 * Names segment `index`; the first name of an episode without labels makes one segment of it.
 *
 * @param {Segments} segments
 * @param {number} index
 * @param {string} name is cleaned; an empty one changes nothing
 * @returns {Segments}
 */
export function rename(segments, index, name) {
  const label = cleanLabel(name);
  if (!label) return segments;
  if (!segments.length) return [{ start: 0, label, mistake: false }];
  if (!segments[index] || segments[index].label === label) return segments;
  return changed(segments, index, { label });
}

/**
 * Says that the robot fails in segment `index`, or takes it back.
 *
 * @param {Segments} segments
 * @param {number} index
 * @returns {Segments}
 */
export function toggleMistake(segments, index) {
  if (!segments[index]) return segments;
  return changed(segments, index, { mistake: !segments[index].mistake });
}

/**
 * @param {Segments} segments
 * @param {number} index
 * @param {Partial<Segment>} change
 * @returns {Segments}
 */
function changed(segments, index, change) {
  return segments.with(index, { ...segments[index], ...change });
}

/**
 * @param {Segments} segments
 * @param {number} index
 * @returns {Segments}
 */
function removeBorder(segments, index) {
  return index > 0 && index < segments.length ? segments.toSpliced(index, 1) : segments;
}

// What was done

/**
 * What an episode says at one moment. `reviewed` is false while no person has said anything: the
 * labels are the annotator's then.
 *
 * @typedef {{readonly segments: Segments, readonly reviewed: boolean}} State
 */

/** The states of an episode's labels, one of which is the present. */
export class History {
  /** @type {State[]} */
  #states;
  #present = 0;
  /** What a drag shows until it ends. @type {Segments | null} */
  #draft = null;

  /** @param {State} state */
  constructor(state) {
    this.#states = [state];
  }

  /** What is to be saved. */
  get state() {
    return this.#states[this.#present];
  }

  /** What is to be shown. */
  get segments() {
    return this.#draft ?? this.state.segments;
  }

  get canUndo() {
    return this.#present > 0;
  }

  get canRedo() {
    return this.#present < this.#states.length - 1;
  }

  /**
   * Takes the outcome of an operation.
   *
   * @param {Segments} segments
   * @param {boolean} [same] whether it continues the last one, as a held key does: one undo takes
   *   both back
   * @returns {boolean} whether anything has changed
   */
  change(segments, same = false) {
    this.#draft = null;
    if (equal(segments, this.state.segments)) return false;
    this.#add({ segments, reviewed: true }, same && this.canUndo && !this.canRedo);
    return true;
  }

  /**
   * Says that the labels are right as they are.
   *
   * @returns {boolean} whether that is news
   */
  accept() {
    this.#draft = null;
    if (this.state.reviewed || !this.segments.length) return false;
    this.#add({ ...this.state, reviewed: true }, false);
    return true;
  }

  /**
   * Takes what somebody else has saved. It can be undone as well.
   *
   * @param {State} state
   */
  take(state) {
    this.#draft = null;
    if (!same(state, this.state)) this.#add(state, false);
  }

  /**
   * Shows segments that are not done yet; null shows the state again.
   *
   * @param {Segments | null} segments
   */
  draft(segments) {
    this.#draft = segments;
  }

  /** @returns {boolean} whether there was anything to undo */
  undo() {
    return this.#go(-1);
  }

  /** @returns {boolean} whether there was anything to do again */
  redo() {
    return this.#go(1);
  }

  /**
   * @param {State} state
   * @param {boolean} replace
   */
  #add(state, replace) {
    this.#states.splice(replace ? this.#present : ++this.#present, Infinity, state);
  }

  /** @param {1 | -1} direction */
  #go(direction) {
    this.#draft = null;
    if (!(direction > 0 ? this.canRedo : this.canUndo)) return false;
    this.#present += direction;
    return true;
  }
}

/**
 * @param {State} one
 * @param {State} other
 * @returns {boolean} whether both would be saved the same
 */
export function same(one, other) {
  return one.reviewed === other.reviewed && equal(one.segments, other.segments);
}
