/**
 * How the robot moves, on the time axis: the speed of each limb, the opening of each hand, and the
 * moments at which hands open and close.
 *
 * @import {Motion} from "./types.js"
 * @import {Scale} from "./timeline.js"
 */

import { element, fill, foreign } from "./elements.js";
import { written } from "./frames.js";
import { lane } from "./timeline.js";

/** A share of the typical speed that fills the height at least. */
const FAST = 1;
/** Pixels that a curve keeps from the edges. */
const EDGE = 4;
/** Lines of one colour differ by their dashes too. */
const DASHES = [[], [6, 3], [2, 3]];

/** The two rows of curves. */
export class Curves {
  #motion;
  #scale;
  #fps;
  #speed = element("canvas");
  #opening = element("canvas");
  #actions = element("div", { class: "actions" });
  /** @type {HTMLElement[]} */
  rows;

  /**
   * @param {Motion} motion
   * @param {number} fps
   * @param {Scale} scale
   */
  constructor(motion, fps, scale) {
    this.#motion = motion;
    this.#fps = fps;
    this.#scale = scale;
    this.rows = [];
    if (Object.keys(motion.speed).length) {
      this.rows.push(rowOf("Speed", Object.keys(motion.speed), this.#speed));
    }
    if (Object.keys(motion.opening).length) {
      this.rows.push(rowOf("Hand open", Object.keys(motion.opening), this.#opening, this.#actions));
    }
  }

  /** Draws what the scale shows. */
  draw() {
    const { speed, opening } = this.#motion;
    let most = FAST;
    for (const values of Object.values(speed)) for (const value of values) most = Math.max(most, value);
    this.#drawAll(this.#speed, speed, most);
    this.#drawAll(this.#opening, opening, 1);
    this.#drawActions();
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Record<string, number[]>} curves
   * @param {number} most the value at the top
   */
  #drawAll(canvas, curves, most) {
    const { clientWidth: width, clientHeight: height } = canvas;
    const drawing = canvas.getContext("2d");
    if (!width || !height || !drawing) return;
    const density = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(height * density);
    drawing.scale(density, density);
    const style = getComputedStyle(canvas);
    drawing.lineWidth = 1.6;
    drawing.lineJoin = "round";
    Object.entries(curves).forEach(([name, values], index) => {
      const { tint, dashes } = looks(name, index);
      drawing.strokeStyle = style.getPropertyValue(tint) || style.color;
      drawing.setLineDash(dashes);
      this.#stroke(drawing, values, (value) => height - EDGE - (value / most) * (height - 2 * EDGE));
    });
  }

  /**
   * @param {CanvasRenderingContext2D} drawing
   * @param {number[]} values
   * @param {(value: number) => number} y
   */
  #stroke(drawing, values, y) {
    const step = this.#motion.seconds * this.#fps;
    const first = Math.max(0, Math.floor(this.#scale.from / step) - 1);
    const last = Math.min(values.length - 1, Math.ceil(this.#scale.to / step) + 1);
    drawing.beginPath();
    for (let index = first; index <= last; index++) {
      // The middle of the frame, where the playhead stands on it.
      drawing.lineTo(this.#scale.x(index * step + 0.5), y(values[index]));
    }
    drawing.stroke();
  }

  #drawActions() {
    const hands = Object.keys(this.#motion.opening);
    const made = this.#motion.actions.flatMap(({ hand, start, stop, closes }) => {
      const left = this.#scale.x(start * this.#fps);
      const right = this.#scale.x(stop * this.#fps);
      if (right < 0 || left > this.#scale.width) return [];
      const mark = element(
        "div",
        {
          class: `action ${closes ? "closes" : "opens"}`,
          "data-said": `${hand} ${closes ? "closes" : "opens"}, ${written(start)} to ${written(stop)}`,
        },
        element("span", { "aria-hidden": "true" }, closes ? "▾" : "▴"),
      );
      mark.style.left = `${left}px`;
      mark.style.width = `${Math.max(2, right - left)}px`;
      mark.style.setProperty("--tint", `var(${looks(hand, hands.indexOf(hand)).tint})`);
      return [mark];
    });
    fill(this.#actions, ...made);
  }
}

/**
 * Returns how the curve of a limb or hand looks: both of one side have one colour.
 *
 * @param {string} name
 * @param {number} index among its row's
 * @returns {{tint: string, dashes: number[]}}
 */
function looks(name, index) {
  const side = /\bright\b/i.test(name) ? 0 : /\bleft\b/i.test(name) ? 1 : 2 + (index % 2);
  return { tint: `--curve-${side}`, dashes: DASHES[Math.floor(index / 2) % DASHES.length] };
}

/**
 * @param {string} title
 * @param {string[]} names
 * @param {...HTMLElement} drawn
 */
function rowOf(title, names, ...drawn) {
  const legend = names.map((name, index) => {
    const key = element("span", { class: "key" }, foreign(name));
    key.style.setProperty("--tint", `var(${looks(name, index).tint})`);
    return key;
  });
  const track = element("div", { class: "track curve" }, ...drawn);
  return lane(title, track, "curve-lane", ...legend);
}
