/**
 * The keys of the view of one episode: the one table that its listener and the help go by.
 *
 * @import {HelpKey} from "./types.js"
 */

/**
 * @typedef {(
 *   | "play" | "playBorder" | "back" | "forward" | "secondBack" | "secondForward" | "first" | "last"
 *   | "borderBefore" | "borderAfter" | "moveBack" | "moveForward"
 *   | "split" | "merge" | "mergeNext" | "rename" | "mistake" | "undo" | "redo"
 *   | "accept" | "previous" | "next" | "zoomIn" | "zoomOut" | "zoomAll"
 *   | "nextDifference" | "takeTrue" | "panel" | "leave"
 * )} Action
 *
 * What pressing one key does. `event` is KeyboardEvent's `key`, small letters with `shift` apart;
 * `code` the place of a letter on the keyboard, for those whose letters are not Latin. `held` says
 * that holding the key down does it again and again.
 * @typedef {{action: Action, event: string, shift?: boolean, code?: string, held?: boolean}} Binding
 */

/** @type {(HelpKey & {bindings: Binding[]})[]} */
export const KEYS = [
  line(["space"], "play or pause", { action: "play", event: " " }),
  line(
    ["b"],
    "play a second before and after the selected border, and return to it",
    letter("playBorder", "b"),
  ),
  line(
    ["←", "→"],
    "a frame back or on",
    { action: "back", event: "ArrowLeft", held: true },
    { action: "forward", event: "ArrowRight", held: true },
  ),
  line(
    ["Shift ←", "Shift →"],
    "a second back or on",
    { action: "secondBack", event: "ArrowLeft", shift: true, held: true },
    { action: "secondForward", event: "ArrowRight", shift: true, held: true },
  ),
  line(
    ["Home", "End"],
    "the first or the last frame",
    { action: "first", event: "Home" },
    { action: "last", event: "End" },
  ),
  line(
    ["[", "]"],
    "the border before or after",
    { action: "borderBefore", event: "[", held: true },
    { action: "borderAfter", event: "]", held: true },
  ),
  line(
    [",", "."],
    "move the selected border a frame back or on; selected is the one at or before the playhead",
    { action: "moveBack", event: ",", held: true },
    { action: "moveForward", event: ".", held: true },
  ),
  line(["s"], "split the subtask at the playhead", letter("split", "s")),
  line(["m"], "merge the subtask with the one before, whose name stays", letter("merge", "m")),
  line(["M"], "merge the subtask with the one after, whose name goes", {
    ...letter("mergeNext", "m"),
    shift: true,
  }),
  line(["e"], "rename the subtask", letter("rename", "e")),
  line(["x"], "mark the subtask as a mistake of the robot, or take it back", letter("mistake", "x")),
  line(["u"], "undo", { ...letter("undo", "u"), held: true }),
  line(["U"], "do again what was undone", { ...letter("redo", "u"), shift: true, held: true }),
  line(["Enter"], "accept, and go to the next episode that nobody has reviewed", {
    action: "accept",
    event: "Enter",
  }),
  line(
    ["p", "n"],
    "the episode before or after, without accepting",
    letter("previous", "p"),
    letter("next", "n"),
  ),
  line(
    ["+", "-", "0"],
    "show less time, more time, or all of it",
    { action: "zoomIn", event: "+", held: true },
    { action: "zoomOut", event: "-", held: true },
    { action: "zoomAll", event: "0" },
    { action: "zoomIn", event: "=", held: true },
  ),
  line(
    ["t", "T"],
    "the next difference from true labels, or take what is true",
    letter("nextDifference", "t"),
    { ...letter("takeTrue", "t"), shift: true },
  ),
  line(["d"], "the definitions beside the video, or the list of subtasks", letter("panel", "d")),
  line(["Esc"], "back to all episodes", { action: "leave", event: "Escape" }),
];

/**
 * What is read of a KeyboardEvent.
 *
 * @typedef {Pick<KeyboardEvent, "key" | "code" | "shiftKey" | "ctrlKey" | "altKey" | "metaKey" |
 *   "repeat" | "getModifierState">} Pressed
 */

/**
 * Returns what a pressed key does; null if it does nothing here.
 *
 * @param {Pressed} pressed
 * @returns {Action | null}
 */
export function actionOf(pressed) {
  // On many keyboards "[" is written with AltGr, which some systems report as Ctrl and Alt.
  const written = pressed.getModifierState("AltGraph") || /^[[\]]$/.test(pressed.key);
  if (pressed.metaKey || (!written && (pressed.ctrlKey || pressed.altKey))) return null;
  const binding = BINDINGS.find((each) => matches(each, pressed));
  return binding && (binding.held || !pressed.repeat) ? binding.action : null;
}

/**
 * Returns the keys that do something, as people write them: "Shift ←".
 *
 * @param {Action} action
 * @returns {string}
 */
export function keyOf(action) {
  for (const { keys, bindings } of KEYS) {
    const place = bindings.findIndex((each) => each.action === action);
    if (place >= 0) return keys[Math.min(place, keys.length - 1)];
  }
  return "";
}

const BINDINGS = KEYS.flatMap(({ bindings }) => bindings);

/**
 * @param {Binding} binding
 * @param {Pressed} pressed
 * @returns {boolean}
 */
function matches({ event, code, shift = false }, { key, code: place, shiftKey }) {
  if (code) {
    const latin = /^[a-z]$/i.test(key);
    return shift === shiftKey && (latin ? key.toLowerCase() === event : place === code);
  }
  // Signs stand on other keys elsewhere, some of them with Shift.
  return key === event && (key.length === 1 || shift === shiftKey);
}

/**
 * @param {Action} action
 * @param {string} event
 * @returns {Binding}
 */
function letter(action, event) {
  return { action, event, code: `Key${event.toUpperCase()}` };
}

/**
 * @param {string[]} keys
 * @param {string} does
 * @param {...Binding} bindings
 */
function line(keys, does, ...bindings) {
  return { keys, does, bindings };
}
