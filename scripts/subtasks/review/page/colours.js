/**
 * The colours of labels: the same label has the same colour everywhere.
 *
 * Eight colours that people who do not see red and green can tell apart (Okabe and Ito; a dark
 * grey in place of their black), then the same eight with lines or dots on them.
 *
 * @import {Overview} from "./types.js"
 */

/** @typedef {"" | "rising" | "dots" | "both"} Hatch */
/** @typedef {{background: string, text: string, hatch: Hatch, line: string}} Look */

export const PALETTE = [
  "#E69F00",
  "#56B4E9",
  "#009E73",
  "#F0E442",
  "#0072B2",
  "#D55E00",
  "#CC79A7",
  "#666666",
];

/** The colours on which white is easier to read than black. */
const DARK = new Set(["#0072B2", "#666666"]);

/** @type {Hatch[]} */
export const HATCHES = ["", "rising", "dots", "both"];

/** Pixels from line to line. */
const PERIOD = 7;

/**
 * Returns how the label at a place in the order looks.
 *
 * Lines are lighter under dark text and darker under white, so they add to its contrast.
 *
 * @param {number} place
 * @returns {Look}
 */
export function look(place) {
  const background = PALETTE[place % PALETTE.length];
  const hatch = HATCHES[Math.floor(place / PALETTE.length) % HATCHES.length];
  // Dots are small.
  const stronger = hatch === "dots" ? 0.3 : 0;
  return DARK.has(background)
    ? { background, hatch, text: "#ffffff", line: `rgba(0, 0, 0, ${0.35 + stronger})` }
    : { background, hatch, text: "#111111", line: `rgba(255, 255, 255, ${0.45 + stronger})` };
}

/**
 * Orders labels for the palette: by how many segments have them, most first, then by name.
 *
 * @param {Iterable<string>} labels one a segment
 * @returns {string[]}
 */
export function ordered(labels) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts]
    .sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
    .map(([label]) => label);
}

/** Gives labels their colours; labels it has not seen come at the end and keep their place. */
export class Colours {
  /** @type {Map<string, number>} */
  #places = new Map();
  #next = 0;
  /** @type {Map<string, CanvasPattern | string>} */
  #fills = new Map();

  /** @param {Iterable<string>} labels in the order of the palette */
  constructor(labels) {
    this.add(labels);
  }

  /**
   * Gives places to labels that have none.
   *
   * @param {Iterable<string>} labels
   */
  add(labels) {
    for (const label of labels) {
      if (!this.#places.has(label)) this.#places.set(label, this.#next++);
    }
  }

  /**
   * Gives the colours of a label to its new name, unless that has its own.
   *
   * @param {string} from
   * @param {string} to
   */
  rename(from, to) {
    const place = this.#places.get(from);
    if (place === undefined || this.#places.has(to)) return;
    this.#places.set(to, place);
    this.#places.delete(from);
  }

  /**
   * Returns labels in the order of the palette.
   *
   * @param {Iterable<string>} labels
   * @returns {string[]}
   */
  sorted(labels) {
    const places = this.#places;
    return [...labels].sort((one, other) => (places.get(one) ?? 0) - (places.get(other) ?? 0));
  }

  /**
   * Returns how a label looks.
   *
   * @param {string} label
   * @returns {Look}
   */
  of(label) {
    this.add([label]);
    return look(this.#places.get(label) ?? 0);
  }

  /**
   * Gives an element the colours of a label.
   *
   * @param {HTMLElement} element
   * @param {string} label
   */
  paint(element, label) {
    const { background, text, hatch, line } = this.of(label);
    element.style.backgroundColor = background;
    element.style.backgroundImage = images(hatch, line).join(", ");
    element.style.backgroundSize = hatch === "dots" ? `${PERIOD}px ${PERIOD}px` : "";
    element.style.color = text;
    // Text stands on the colour alone, not on lines.
    const halo = hatch ? `0 0 2px ${background}` : "";
    element.style.textShadow = halo && [halo, halo, halo, halo, halo, halo].join(", ");
  }

  /**
   * Returns what a canvas fills the bars of a label with.
   *
   * @param {CanvasRenderingContext2D} drawing
   * @param {string} label
   * @returns {CanvasPattern | string}
   */
  fill(drawing, label) {
    const { background, hatch, line } = this.of(label);
    if (!hatch) return background;
    const key = `${background} ${hatch}`;
    const made = this.#fills.get(key) ?? pattern(drawing, background, hatch, line);
    this.#fills.set(key, made);
    return made;
  }
}

/**
 * Returns the colours of a dataset's labels.
 *
 * @param {Overview} overview
 * @returns {Colours}
 */
export function colours(overview) {
  return new Colours(labelsInOrder(overview));
}

/**
 * Returns the labels of a dataset in the order of the palette.
 *
 * @param {Overview} overview
 * @returns {string[]}
 */
export function labelsInOrder(overview) {
  return ordered(overview.episodes.flatMap(({ labels }) => labels.map(([, label]) => label)));
}

/**
 * Returns what is drawn on a label's colour, as images of CSS.
 *
 * @param {Hatch} hatch
 * @param {string} line
 * @returns {string[]}
 */
function images(hatch, line) {
  if (hatch === "dots") return [`radial-gradient(circle, ${line} 1.7px, transparent 2.2px)`];
  const angles = { "": [], rising: [-45], both: [-45, 45] }[hatch];
  return angles.map(
    (angle) => `repeating-linear-gradient(${angle}deg, ${line} 0 2px, transparent 2px ${PERIOD}px)`,
  );
}

/**
 * @param {CanvasRenderingContext2D} drawing
 * @param {string} background
 * @param {Hatch} hatch
 * @param {string} line
 * @returns {CanvasPattern | string}
 */
function pattern(drawing, background, hatch, line) {
  const size = hatch === "dots" ? PERIOD : 10;
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const inside = tile.getContext("2d");
  if (!inside) return background;
  inside.fillStyle = background;
  inside.fillRect(0, 0, size, size);
  if (hatch === "dots") {
    inside.fillStyle = line;
    inside.beginPath();
    inside.arc(size / 2, size / 2, 1.7, 0, 2 * Math.PI);
    inside.fill();
    return drawing.createPattern(tile, "repeat") ?? background;
  }
  inside.strokeStyle = line;
  inside.lineWidth = 2;
  // Beyond the corners too, so that lines continue from tile to tile.
  for (const shift of [-size, 0, size]) {
    stroke(inside, shift, size, shift + size, 0);
    if (hatch === "both") stroke(inside, shift, 0, shift + size, size);
  }
  return drawing.createPattern(tile, "repeat") ?? background;
}

/**
 * @param {CanvasRenderingContext2D} drawing
 * @param {number} left
 * @param {number} top
 * @param {number} right
 * @param {number} bottom
 */
function stroke(drawing, left, top, right, bottom) {
  drawing.beginPath();
  drawing.moveTo(left, top);
  drawing.lineTo(right, bottom);
  drawing.stroke();
}
