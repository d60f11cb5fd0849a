/**
 * The true labels of an episode on the time axis, below the subtasks: which borders belong together
 * is seen from lines between the two, and what has no partner from its own sign.
 *
 * @import {Colours} from "./colours.js"
 * @import {Scale} from "./timeline.js"
 * @import {Differences, Extra, Missed, Pair} from "./truth.js"
 * @import {TrueLabel} from "./types.js"
 */

import { element, fill, foreign } from "./elements.js";
import { lane, described } from "./timeline.js";
import { apart, isFar } from "./truth.js";

/** Pixels between the subtasks and the true labels; the style sheet has the same. */
const HEIGHT = 20;
/** Pixels from a line or sign to where the pointer still finds it. */
const REACH = 9;
/** Pixels that the seconds at a line take. */
const WORDS = 52;
/** Pixels that a bar needs to hold a name. */
const ROOM = 26;
const SPACE = "http://www.w3.org/2000/svg";

/** The row of the true labels; it is seen and not changed. */
export class TruthTrack {
  #truth;
  #fps;
  #scale;
  #colours;
  /** @type {Differences} */
  #differences = { pairs: [], missed: [], extra: [] };
  #links = document.createElementNS(SPACE, "svg");
  #bars = element("div", { class: "true-bars" });

  /**
   * @param {TrueLabel[]} truth
   * @param {number} fps
   * @param {Scale} scale
   * @param {Colours} colours
   */
  constructor(truth, fps, scale, colours) {
    this.#truth = truth;
    this.#fps = fps;
    this.#scale = scale;
    this.#colours = colours;
    this.#links.setAttribute("class", "links");
    this.#links.setAttribute("aria-hidden", "true");
    const track = element("div", { class: "track truth", "data-truth": true }, this.#bars);
    track.prepend(this.#links);
    this.element = lane(
      "True labels",
      track,
      "truth-lane",
      element("span", { class: "signs" }, sign("missed"), "missed ", sign("extra"), "extra"),
    );
  }

  /**
   * Shows how the present labels differ.
   *
   * @param {Differences} differences
   */
  show(differences) {
    this.#differences = differences;
    this.#drawLinks();
  }

  /** Draws what the scale shows. */
  draw() {
    this.#drawBars();
    this.#drawLinks();
  }

  #drawBars() {
    const { width } = this.#scale;
    const bars = this.#truth.flatMap(({ label, frames: [start, stop] }) => {
      const left = Math.max(-4, this.#scale.x(start));
      const right = Math.min(width + 4, this.#scale.x(stop));
      if (right < 0 || left > width) return [];
      const colour = element("span", { class: "colour" });
      this.#colours.paint(colour, label);
      const bar = element(
        "div",
        {
          class: "bar",
          "data-start": start,
          "data-stop": stop,
          "data-said": `true: ${described(label, false, start, stop, this.#fps)}`,
        },
        colour,
        right - left >= ROOM && foreign(label),
      );
      bar.style.left = `${left}px`;
      bar.style.width = `${Math.max(0, right - left)}px`;
      return [bar];
    });
    fill(this.#bars, ...bars);
  }

  #drawLinks() {
    const { pairs, missed, extra } = this.#differences;
    let free = 0;
    const links = [];
    for (const pair of pairs) {
      const [from, to] = [this.#scale.x(pair.frame), this.#scale.x(pair.trueFrame)];
      const middle = (from + to) / 2;
      if (!this.#shows(from) && !this.#shows(to)) continue;
      // Seconds that would stand on others are left to the pointer.
      const spoken = isFar(pair.by) && middle - WORDS / 2 >= free;
      if (spoken) free = middle + WORDS / 2;
      links.push(this.#link(pair, from, to, spoken));
    }
    const signs = [
      ...missed.map((each) => this.#missed(each)),
      ...extra.map((each) => this.#extra(each)),
    ];
    this.#links.replaceChildren(...links, ...signs.filter((each) => each !== null));
  }

  /** @param {number} x */
  #shows(x) {
    return x >= -REACH && x <= this.#scale.width + REACH;
  }

  /**
   * @param {Pair} pair
   * @param {number} from
   * @param {number} to
   * @param {boolean} spoken whether the seconds are written at the line
   */
  #link({ by, frame, label }, from, to, spoken) {
    const line = { x1: from, y1: 0, x2: to, y2: HEIGHT };
    const far = isFar(by);
    const group = made("g", {
      class: far ? "link far" : "link",
      "data-link": frame,
      "data-said": `border ${apart(by)}: ${label}`,
    });
    group.append(made("line", { ...line, class: "reach" }), made("line", line));
    if (spoken) {
      const words = made("text", { x: (from + to) / 2, y: HEIGHT / 2 + 4 });
      words.textContent = `${by > 0 ? "+" : "−"}${Math.abs(by).toFixed(2)} s`;
      group.append(words);
    }
    return group;
  }

  /** @param {Missed} missed */
  #missed({ frame, label }) {
    return this.#sign("missed", frame, HEIGHT - 6, `true border that is missed: ${label}`);
  }

  /** @param {Extra} extra */
  #extra({ frame }) {
    return this.#sign("extra", frame, 6, "border without a true one");
  }

  /**
   * @param {"missed" | "extra"} kind
   * @param {number} frame
   * @param {number} y
   * @param {string} said
   */
  #sign(kind, frame, y, said) {
    const x = this.#scale.x(frame);
    if (!this.#shows(x)) return null;
    const group = made("g", { class: kind, [`data-${kind}`]: frame, "data-said": said });
    group.append(made("circle", { class: "reach", cx: x, cy: y, r: REACH }), ...shapes(kind, x, y));
    return group;
  }
}

/**
 * A sign of the legend.
 *
 * @param {"missed" | "extra"} kind
 */
function sign(kind) {
  const svg = made("svg", { class: kind, viewBox: "0 0 12 12", "aria-hidden": "true" });
  svg.append(...shapes(kind, 6, 6));
  return svg;
}

/**
 * What is missed is a hollow circle, what is extra a cross: told apart without colours.
 *
 * @param {"missed" | "extra"} kind
 * @param {number} x
 * @param {number} y
 */
function shapes(kind, x, y) {
  if (kind === "missed") return [made("circle", { cx: x, cy: y, r: 4.2 })];
  const [low, high] = [-3.6, 3.6];
  return [
    made("line", { x1: x + low, y1: y + low, x2: x + high, y2: y + high }),
    made("line", { x1: x + low, y1: y + high, x2: x + high, y2: y + low }),
  ];
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 */
function made(name, attributes) {
  const element = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}
