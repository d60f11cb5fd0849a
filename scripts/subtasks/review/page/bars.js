/**
 * Draws an episode's subtasks as bars on the time axis.
 *
 * A canvas a row: with rows of hundreds of subtasks, elements would be too many to scroll.
 *
 * @import {Colours} from "./colours.js"
 * @import {Axis} from "./axis.js"
 * @import {Segment} from "./segments.js"
 */

import { visible } from "./elements.js";

/** Pixels between a bar's edge and its text. */
const MARGIN = 5;
/** No bar is wide enough for more characters; measuring 10,000 of them takes long. */
const MOST_CHARACTERS = 200;
/** Can be seen on all colours of the palette. */
const MISTAKE = "#990000";
const ELLIPSIS = "…";

/** Draws bars in one style, with one axis. */
export class Bars {
  /** Texts that fit, by text and pixels. @type {Map<string, string>} */
  #fitting = new Map();
  /** @type {Colours} */
  #colours;
  #font = "";
  #grid = "";

  /** @param {Colours} colours */
  constructor(colours) {
    this.#colours = colours;
  }

  /**
   * Reads the colours and the font from the style sheet.
   *
   * @param {HTMLElement} element
   */
  dress(element) {
    const style = getComputedStyle(element);
    const font = `12px ${style.fontFamily}`;
    if (font !== this.#font) this.#fitting.clear();
    this.#font = font;
    this.#grid = style.getPropertyValue("--line");
  }

  /**
   * Draws an episode.
   *
   * @param {HTMLCanvasElement} canvas
   * @param {number} width in pixels of the style sheet
   * @param {number} height
   * @param {Segment[]} segments
   * @param {{duration: number, axis: Axis, marks: number[]}} scale in seconds
   */
  draw(canvas, width, height, segments, { duration, axis, marks }) {
    const drawing = this.#prepared(canvas, width, height);
    if (!drawing) return;
    const scale = width / axis.end;
    drawing.fillStyle = this.#grid;
    for (const mark of marks) drawing.fillRect(Math.round(mark * scale), 0, 1, height);
    for (const { start, stop, label, mistake } of segments) {
      const left = Math.round(start * scale);
      if (left >= width) break;
      // A gap tells neighbours of one label apart; the shortest bar can still be seen.
      const bar = Math.max(Math.min(Math.round(stop * scale), width) - left - 1, 1);
      drawing.fillStyle = this.#colours.fill(drawing, label);
      drawing.fillRect(left, 2, bar, height - 4);
      const text = bar > 24 ? this.#fit(drawing, label, bar - 2 * MARGIN) : "";
      if (text) this.#write(drawing, text, label, left + MARGIN, height / 2 + 0.5);
      if (mistake) this.#flag(drawing, left, bar, height);
    }
    if (duration > axis.end) this.#goesOn(drawing, width, height, duration);
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {number} width
   * @param {number} height
   * @returns {CanvasRenderingContext2D | null}
   */
  #prepared(canvas, width, height) {
    const dense = window.devicePixelRatio || 1;
    const [across, down] = [Math.round(width * dense), Math.round(height * dense)];
    const drawing = canvas.getContext("2d");
    if (!drawing) return null;
    if (canvas.width !== across || canvas.height !== down) {
      canvas.width = across;
      canvas.height = down;
    }
    drawing.setTransform(dense, 0, 0, dense, 0, 0);
    drawing.clearRect(0, 0, width, height);
    drawing.font = this.#font;
    drawing.textBaseline = "middle";
    drawing.direction = "ltr";
    return drawing;
  }

  /**
   * @param {CanvasRenderingContext2D} drawing
   * @param {string} text
   * @param {string} label
   * @param {number} left
   * @param {number} middle
   */
  #write(drawing, text, label, left, middle) {
    const look = this.#colours.of(label);
    if (look.hatch) {
      // Text stands on the colour alone, not on lines.
      drawing.strokeStyle = look.background;
      drawing.lineWidth = 5;
      drawing.lineJoin = "round";
      drawing.strokeText(text, left, middle);
    }
    drawing.fillStyle = look.text;
    drawing.fillText(text, left, middle);
  }

  /**
   * Marks a mistake: a frame, and a corner that is seen without colours.
   *
   * @param {CanvasRenderingContext2D} drawing
   * @param {number} left
   * @param {number} bar
   * @param {number} height
   */
  #flag(drawing, left, bar, height) {
    drawing.lineWidth = 2;
    drawing.strokeStyle = "#ffffff";
    drawing.strokeRect(left + 3, 5, Math.max(bar - 6, 1), height - 10);
    drawing.strokeStyle = drawing.fillStyle = MISTAKE;
    drawing.strokeRect(left + 1, 3, Math.max(bar - 2, 1), height - 6);
    drawing.beginPath();
    drawing.moveTo(left + bar, 2);
    drawing.lineTo(left + bar - Math.min(14, bar), 2);
    drawing.lineTo(left + bar, 16);
    drawing.fill();
  }

  /**
   * Says that an episode is longer than the axis.
   *
   * @param {CanvasRenderingContext2D} drawing
   * @param {number} width
   * @param {number} height
   * @param {number} duration
   */
  #goesOn(drawing, width, height, duration) {
    const text = `to ${Math.round(duration)} s »`;
    const room = drawing.measureText(text).width + 2 * MARGIN;
    drawing.fillStyle = "#111111";
    drawing.fillRect(width - room, 2, room, height - 4);
    drawing.fillStyle = "#ffffff";
    drawing.fillText(text, width - room + MARGIN, height / 2 + 0.5);
  }

  /**
   * Shortens a text to a width; empty if hardly anything of it fits.
   *
   * @param {CanvasRenderingContext2D} drawing
   * @param {string} label
   * @param {number} room
   * @returns {string}
   */
  #fit(drawing, label, room) {
    // Steps of four pixels, so that what was measured serves many bars.
    const steps = Math.floor(room / 4);
    const key = `${steps} ${label}`;
    const known = this.#fitting.get(key);
    if (known !== undefined) return known;
    if (this.#fitting.size > 20_000) this.#fitting.clear();
    const text = shortened(drawing, visible(label.slice(0, MOST_CHARACTERS)), steps * 4);
    this.#fitting.set(key, text);
    return text;
  }
}

/**
 * @param {CanvasRenderingContext2D} drawing
 * @param {string} text
 * @param {number} room
 * @returns {string}
 */
function shortened(drawing, text, room) {
  if (drawing.measureText(text).width <= room) return text;
  // Whole characters: half an emoji is a box.
  const characters = [...text];
  let [fits, over] = [0, characters.length];
  while (over - fits > 1) {
    const middle = (fits + over) >> 1;
    const tried = characters.slice(0, middle).join("") + ELLIPSIS;
    if (drawing.measureText(tried).width <= room) fits = middle;
    else over = middle;
  }
  return fits > 2 ? characters.slice(0, fits).join("") + ELLIPSIS : "";
}
