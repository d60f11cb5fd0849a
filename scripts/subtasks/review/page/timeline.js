/**
 * The time axis of an episode: its subtasks as bars whose borders can be dragged, what the
 * annotator said, the findings, and the playhead over it all.
 *
 * @import {Colours} from "./colours.js"
 * @import {Segments} from "./editing.js"
 * @import {Strip} from "./filmstrip.js"
 * @import {Finding} from "./types.js"
 */

import { borderAt, segmentAt, stopOf } from "./editing.js";
import { element, fill, foreign, icon, isolated } from "./elements.js";
import { frameOf, roundStep, secondsOf, written } from "./frames.js";

/** Pixels around a border in which it is taken hold of. */
const REACH = 6;
/** Pixels that a pointer moves before it drags a border. */
const DRAG = 3;
/** Frames that the axis shows at least. */
const LEAST = 10;
/** Pixels that a bar needs to hold a name. */
const ROOM = 26;

/** Which frames the axis shows, and where. Pixels count from the left of a row's track. */
export class Scale {
  from = 0;
  to;
  width = 1;
  #length;

  /** @param {number} length frames of the episode */
  constructor(length) {
    this.#length = this.to = length;
  }

  get zoomed() {
    return this.to - this.from < this.#length;
  }

  /**
   * @param {number} frame
   * @returns {number} pixels
   */
  x(frame) {
    return ((frame - this.from) / (this.to - this.from)) * this.width;
  }

  /**
   * @param {number} x pixels
   * @returns {number} frame, with a fraction
   */
  at(x) {
    return this.from + (x / this.width) * (this.to - this.from);
  }

  /**
   * Shows more or less; what is at a frame stays where it is.
   *
   * @param {number} factor of the frames shown
   * @param {number} frame
   */
  zoom(factor, frame) {
    const shown = this.to - this.from;
    const wanted = Math.max(Math.min(LEAST, this.#length), Math.min(shown * factor, this.#length));
    this.#show(frame - ((frame - this.from) / shown) * wanted, wanted);
  }

  /** Shows all. */
  all() {
    this.#show(0, this.#length);
  }

  /**
   * @param {number} from the first frame to be shown
   */
  move(from) {
    this.#show(from, this.to - this.from);
  }

  /**
   * Makes a frame visible.
   *
   * @param {number} frame
   * @returns {boolean} whether anything had to move
   */
  reveal(frame) {
    const shown = this.to - this.from;
    if (frame >= this.from && frame + 1 <= this.to) return false;
    const near = frame < this.to + shown / 4 && frame > this.from - shown / 4;
    // What moves on step by step has the whole width before it; a leap ends in the middle.
    this.#show(frame - shown * (near ? (frame < this.from ? 0.9 : 0.1) : 0.5), shown);
    return true;
  }

  /**
   * @param {number} from
   * @param {number} shown
   */
  #show(from, shown) {
    this.from = Math.max(0, Math.min(from, this.#length - shown));
    this.to = this.from + shown;
  }
}

/**
 * @typedef {{
 *   fps: number,
 *   length: number,
 *   colours: Colours,
 *   strip: Strip | null,
 *   annotated: Segments,
 *   findings: Finding[],
 *   sought: (frame: number) => void,
 *   dragged: (border: number, frame: number) => void,
 *   dropped: (keep: boolean) => void,
 *   stepped: (border: number, by: number) => void,
 *   named: () => void,
 *   scaled: () => void,
 * }} Settings
 *
 * `sought`: a frame was pointed at. `dragged`: a border is held over a frame; `dropped`: it was let
 * go of, to stay there or not. `stepped`: a border was moved by a number of frames with the
 * keyboard. `named`: the subtask at the playhead is to be named. `scaled`: the scale has changed.
 */

/** The rows of the time axis. */
export class Timeline {
  /** @type {Segments} */
  #segments = [];
  #frame = 0;
  #settings;
  #ruler = element("div", { class: "track axis" });
  #bars = element("div", { class: "track bars" });
  #ghost = element("div", { class: "track ghost", "data-ghost": true });
  #marks = element("div", { class: "track marks" });
  #playhead = element("div", { class: "playhead", "aria-hidden": "true" });
  #over = element("div", { class: "over" }, this.#playhead);
  #tipWords = element("span");
  #tipPicture = element("canvas");
  #tip = element("div", { class: "tip", hidden: true }, this.#tipPicture, this.#tipWords);
  #inside = element("div");
  #scroller = element("div", { class: "scroller", hidden: true }, this.#inside);
  /** @type {HTMLElement[]} */
  #barElements = [];
  /** @type {HTMLElement[]} */
  #borderElements = [];
  /**
   * What the pointer holds: a border, or the playhead (-1); where it began, how far from the
   * border's middle that was, and whether it drags.
   *
   * @type {{border: number, x: number, beside: number, moving: boolean} | null}
   */
  #held = null;
  #observer = new ResizeObserver(() => this.resize());

  /** @param {Settings} settings */
  constructor(settings) {
    this.#settings = settings;
    this.scale = new Scale(settings.length);
    this.slider = element("div", {
      class: "lane ruler-lane",
      role: "slider",
      tabindex: 0,
      "aria-label": "Playhead",
      "aria-valuemin": 0,
      "aria-valuemax": settings.length - 1,
    });
    this.slider.append(element("span", { class: "head" }), this.#ruler);
    this.element = element(
      "div",
      { class: "timeline" },
      this.slider,
      lane("Subtasks", this.#bars, "subtasks-lane"),
      lane("Annotator", this.#ghost),
      settings.findings.some(({ time }) => time !== null) && lane("Checks", this.#marks),
      this.#over,
      this.#tip,
      this.#scroller,
    );
    this.#listen();
    this.#observer.observe(this.#ruler);
  }

  /**
   * Adds a row below the others.
   *
   * @param {HTMLElement} added
   */
  add(added) {
    this.#over.before(added);
  }

  /**
   * Adds a row right below the subtasks.
   *
   * @param {HTMLElement} added
   */
  addBelowBars(added) {
    this.#bars.parentElement?.after(added);
  }

  /**
   * Shows segments.
   *
   * @param {Segments} segments
   */
  show(segments) {
    this.#segments = segments;
    this.#drawBars();
    this.#drawHead();
  }

  /**
   * Puts the playhead on a frame.
   *
   * @param {number} frame
   */
  seek(frame) {
    this.#frame = frame;
    if (!this.#held?.moving && this.scale.reveal(frame)) this.#scaled();
    else this.#drawHead();
  }

  /**
   * Shows more or less time around the playhead.
   *
   * @param {number} factor of the time shown; 0 shows all
   */
  zoom(factor) {
    if (factor) this.scale.zoom(factor, this.#frame);
    else this.scale.all();
    this.#scaled();
  }

  /** Fits the rows into the width there is. */
  resize() {
    const width = this.#ruler.clientWidth;
    if (!width) return;
    this.scale.width = width;
    this.#over.style.left = `${this.#ruler.offsetLeft}px`;
    this.#over.style.width = `${width}px`;
    this.#scaled();
  }

  /** Lets go of a border that is being dragged: it goes back. */
  release() {
    if (!this.#held) return;
    const { moving } = this.#held;
    this.#held = null;
    this.element.classList.remove("dragging");
    this.#tip.hidden = true;
    if (moving) this.#settings.dropped(false);
  }

  /** @returns {boolean} whether a border is being dragged */
  get dragging() {
    return this.#held?.moving === true;
  }

  /** @returns {DOMRect} where the bar of the subtask at the playhead is */
  place() {
    const bar = this.#barElements[segmentAt(this.#segments, this.#frame)] ?? this.#bars;
    return bar.getBoundingClientRect();
  }

  leave() {
    this.#observer.disconnect();
  }

  // Drawing

  #scaled() {
    const { scale } = this;
    this.#scroller.hidden = !scale.zoomed;
    this.#scroller.style.marginLeft = `${this.#ruler.offsetLeft}px`;
    const whole = (scale.width * this.#settings.length) / (scale.to - scale.from);
    this.#inside.style.width = `${whole}px`;
    this.#scroller.scrollLeft = (scale.from / this.#settings.length) * whole;
    this.#drawRuler();
    this.#drawBars();
    this.#drawGhost();
    this.#drawMarks();
    this.#drawHead();
    this.#settings.scaled();
  }

  #drawRuler() {
    const { fps } = this.#settings;
    const { scale } = this;
    const step = roundStep((scale.to - scale.from) / fps, scale.width / 80);
    const marks = [];
    for (let mark = Math.ceil(scale.from / fps / step); mark * step * fps < scale.to; mark++) {
      const time = mark * step;
      const x = scale.x(time * fps);
      const words = time >= 60 ? clock(time, step) : `${Number(time.toFixed(1))} s`;
      const made = element("span", { class: x > scale.width - 40 ? "mark last" : "mark" }, words);
      made.style.left = `${x}px`;
      marks.push(made);
    }
    fill(this.#ruler, ...marks);
  }

  #drawBars() {
    const { colours, fps, length } = this.#settings;
    const segments = this.#segments;
    while (this.#barElements.length < segments.length) this.#addBar();
    for (const bar of this.#barElements.splice(segments.length)) bar.remove();
    for (const border of this.#borderElements.splice(Math.max(0, segments.length - 1))) {
      border.remove();
    }
    segments.forEach(({ start, label, mistake }, index) => {
      const stop = stopOf(segments, index, length);
      const bar = this.#barElements[index];
      const wide = this.#place(bar, start, stop);
      const said = described(label, mistake, start, stop, fps);
      if (bar.dataset.said !== said || bar.dataset.wide !== String(wide)) {
        bar.dataset.said = said;
        bar.dataset.wide = String(wide);
        bar.dataset.start = String(start);
        bar.dataset.stop = String(stop);
        bar.setAttribute("aria-label", isolated(said));
        bar.classList.toggle("mistaken", mistake);
        colours.paint(bar, label);
        fill(bar, wide && mistake && icon("mistake"), wide && foreign(label));
      }
      if (index) this.#drawBorder(index);
    });
    this.#bars.classList.toggle("empty", !segments.length);
    if (!segments.length) this.#bars.dataset.words = "No labels yet: press e to name the first.";
  }

  /** @param {number} index */
  #drawBorder(index) {
    const { fps, length } = this.#settings;
    const { start, label } = this.#segments[index];
    const border = this.#borderElements[index - 1];
    const x = this.scale.x(start);
    border.hidden = x < -1 || x > this.scale.width + 1;
    border.style.left = `${x}px`;
    if (border.dataset.frame === String(start) && border.dataset.label === label) return;
    border.dataset.frame = String(start);
    border.dataset.label = label;
    border.setAttribute("aria-label", isolated(`Border before ${short(label)}`));
    border.setAttribute("aria-valuenow", String(secondsOf(start, fps)));
    border.setAttribute("aria-valuemin", "0");
    border.setAttribute("aria-valuemax", String(secondsOf(length, fps)));
    border.setAttribute("aria-valuetext", `${written(start / fps)}, frame ${start}`);
  }

  #addBar() {
    const index = this.#barElements.length;
    const bar = element("div", {
      class: "bar",
      role: "button",
      tabindex: -1,
      "data-segment": index,
      onkeydown: (event) => {
        const { key } = /** @type {KeyboardEvent} */ (event);
        if (key !== "Enter" && key !== " ") return;
        event.preventDefault();
        event.stopPropagation();
        this.#settings.sought(this.#segments[index].start);
      },
    });
    this.#barElements.push(bar);
    this.#bars.append(bar);
    if (!index) return;
    const border = element("div", {
      class: "border",
      role: "slider",
      tabindex: -1,
      "data-border": index,
      onkeydown: (event) => {
        const { key } = /** @type {KeyboardEvent} */ (event);
        if (key !== "ArrowLeft" && key !== "ArrowRight") return;
        event.preventDefault();
        event.stopPropagation();
        this.#settings.stepped(index, key === "ArrowLeft" ? -1 : 1);
      },
    });
    this.#borderElements.push(border);
    this.#bars.append(border);
  }

  #drawGhost() {
    const { annotated, colours, fps, length } = this.#settings;
    const bars = annotated.map(({ start, label, mistake }, index) => {
      const stop = stopOf(annotated, index, length);
      const said = described(label, mistake, start, stop, fps);
      const bar = element("div", { class: "bar", "data-start": start, "data-stop": stop });
      const wide = this.#place(bar, start, stop);
      colours.paint(bar, label);
      bar.dataset.said = said;
      if (wide) bar.append(foreign(label));
      return bar;
    });
    fill(this.#ghost, ...(bars.length ? bars : [element("span", { class: "none" }, "no labels")]));
  }

  #drawMarks() {
    const { fps, length, findings } = this.#settings;
    const marks = findings.flatMap(({ time, sentence }) => {
      if (time === null) return [];
      const frame = frameOf(time, fps, length);
      const x = this.scale.x(frame);
      if (x < -8 || x > this.scale.width + 8) return [];
      const mark = element(
        "button",
        {
          type: "button",
          class: "finding-mark",
          "aria-label": isolated(`${written(time)}: ${sentence}`),
          "data-said": sentence,
          onclick: () => this.#settings.sought(frame),
        },
        icon("finding"),
      );
      mark.style.left = `${x}px`;
      return [mark];
    });
    fill(this.#marks, ...marks);
  }

  #drawHead() {
    const { fps, length } = this.#settings;
    const frame = this.#frame;
    const x = this.scale.x(frame);
    this.#playhead.style.left = `${x}px`;
    this.#playhead.style.width = `${Math.max(1, this.scale.x(frame + 1) - x)}px`;
    this.#playhead.hidden = x < -1 || x > this.scale.width + 1;
    const current = segmentAt(this.#segments, frame);
    const selected = borderAt(this.#segments, frame) - 1;
    this.#barElements.forEach((bar, index) => {
      bar.classList.toggle("current", index === current);
      bar.tabIndex = index === current ? 0 : -1;
    });
    this.#borderElements.forEach((border, index) => {
      border.classList.toggle("selected", index === selected);
      border.tabIndex = index === selected ? 0 : -1;
    });
    const label = this.#segments[current]?.label ?? "no label";
    this.slider.setAttribute("aria-valuenow", String(frame));
    this.slider.setAttribute(
      "aria-valuetext",
      isolated(`frame ${frame} of ${length}, ${written(frame / fps)}, ${short(label)}`),
    );
  }

  /**
   * Puts a bar where its frames are.
   *
   * @param {HTMLElement} bar
   * @param {number} start
   * @param {number} stop
   * @returns {boolean} whether it has room for words
   */
  #place(bar, start, stop) {
    const left = Math.max(-4, this.scale.x(start));
    const right = Math.min(this.scale.width + 4, this.scale.x(stop));
    bar.hidden = right < 0 || left > this.scale.width;
    bar.style.left = `${left}px`;
    bar.style.width = `${Math.max(0, right - left)}px`;
    return right - left >= ROOM;
  }

  // The pointer

  #listen() {
    const { element: root } = this;
    root.addEventListener("pointerdown", (event) => this.#pressed(event));
    root.addEventListener("pointermove", (event) => this.#moved(event));
    root.addEventListener("pointerup", (event) => this.#lifted(event));
    root.addEventListener("pointercancel", () => this.release());
    root.addEventListener("pointerleave", () => {
      if (!this.#held) this.#tip.hidden = true;
    });
    root.addEventListener("dblclick", (event) => {
      // What the pointer is held by is the event's target, not what it is over.
      const over = document.elementFromPoint(event.clientX, event.clientY);
      if (this.#bars.contains(over)) this.#settings.named();
    });
    root.addEventListener("wheel", (event) => this.#turned(event), { passive: false });
    this.#scroller.addEventListener("scroll", () => {
      const from = (this.#scroller.scrollLeft / this.#inside.clientWidth) * this.#settings.length;
      // A pixel either way is what the browser made of the position it was given.
      if (Math.abs(this.scale.x(from)) <= 1) return;
      this.scale.move(from);
      this.#scaled();
    });
  }

  /** @param {PointerEvent} event */
  #pressed(event) {
    const { target } = event;
    if (event.button || !(target instanceof Element) || !target.closest(".track")) return;
    if (target.closest("button")) return;
    // Neither selects text nor takes the focus from where it is.
    event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
    const x = this.#x(event);
    const border = this.#bars.contains(target) ? this.#borderNear(x) : -1;
    const frame = border < 0 ? this.#frameAt(x) : this.#segments[border].start;
    this.#held = { border, x, beside: border < 0 ? 0 : x - this.scale.x(frame), moving: false };
    this.#settings.sought(frame);
  }

  /** @param {PointerEvent} event */
  #moved(event) {
    const x = this.#x(event);
    const held = this.#held;
    if (!held) return this.#hover(event, x);
    if (held.border < 0) {
      this.#settings.sought(this.#frameAt(x));
      return this.#hover(event, x);
    }
    held.moving ||= Math.abs(x - held.x) >= DRAG;
    if (!held.moving) return;
    this.element.classList.add("dragging");
    this.#settings.dragged(held.border, Math.round(this.scale.at(x - held.beside)));
    const { start } = this.#segments[held.border];
    this.#showTip(this.scale.x(start), start, "");
  }

  /** @param {PointerEvent} event */
  #lifted(event) {
    const held = this.#held;
    this.#held = null;
    this.element.classList.remove("dragging");
    if (held?.moving) this.#settings.dropped(true);
    this.#hover(event, this.#x(event));
  }

  /** @param {WheelEvent} event */
  #turned(event) {
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (event.ctrlKey) this.scale.zoom(event.deltaY < 0 ? 0.8 : 1.25, this.scale.at(this.#x(event)));
    else if (sideways && this.scale.zoomed) {
      this.scale.move(this.scale.at(sideways));
    } else return;
    event.preventDefault();
    this.#scaled();
  }

  /**
   * Shows what is at the pointer.
   *
   * @param {PointerEvent} event
   * @param {number} x
   */
  #hover(event, x) {
    const { target } = event;
    const track = target instanceof Element ? target.closest(".track, .finding-mark") : null;
    if (!track || x < 0 || x > this.scale.width) {
      this.#tip.hidden = true;
      return;
    }
    const border = this.#bars.contains(track) ? this.#borderNear(x) : -1;
    this.#bars.classList.toggle("at-border", border > 0);
    const said = /** @type {HTMLElement | null} */ (
      /** @type {Element} */ (target).closest("[data-said]")
    )?.dataset.said;
    const frame = border > 0 ? this.#segments[border].start : this.#frameAt(x);
    this.#showTip(x, frame, border > 0 ? "border, drag to move" : (said ?? ""));
  }

  /**
   * @param {number} x
   * @param {number} frame
   * @param {string} words
   */
  #showTip(x, frame, words) {
    const { fps, strip } = this.#settings;
    const time = frame / fps;
    fill(
      this.#tipWords,
      element("b", null, `${written(time)}, frame ${frame}`),
      words && element("span", { class: "words" }, foreign(words)),
    );
    const drawn = strip?.draw(this.#tipPicture, time) ?? null;
    this.#tipPicture.hidden = drawn === null;
    this.#tip.hidden = false;
    const half = this.#tip.offsetWidth / 2;
    const left = this.#ruler.offsetLeft + x;
    const most = this.element.clientWidth - half - 4;
    this.#tip.style.left = `${Math.max(half + 4, Math.min(left, most))}px`;
  }

  /** @param {MouseEvent} event */
  #x(event) {
    return event.clientX - this.#ruler.getBoundingClientRect().left;
  }

  /** @param {number} x */
  #frameAt(x) {
    return Math.max(0, Math.min(Math.floor(this.scale.at(x)), this.#settings.length - 1));
  }

  /**
   * Returns the border that is nearest to a place, if one is near; -1 if none is.
   *
   * @param {number} x
   */
  #borderNear(x) {
    let best = -1;
    let least = REACH + 0.01;
    this.#segments.forEach(({ start }, index) => {
      const distance = Math.abs(this.scale.x(start) - x);
      if (index && distance < least) {
        least = distance;
        best = index;
      }
    });
    return best;
  }
}

/**
 * Says all about a segment.
 *
 * @param {string} label
 * @param {boolean} mistake
 * @param {number} start
 * @param {number} stop
 * @param {number} fps
 * @returns {string}
 */
export function described(label, mistake, start, stop, fps) {
  const times = `${written(start / fps)} to ${written(stop / fps)}`;
  return `${short(label)}${mistake ? ", a mistake" : ""}, ${times}, frames ${start} to ${stop - 1}`;
}

/**
 * @param {string} label
 * @returns {string} no longer than is comfortable to read or hear
 */
function short(label) {
  const signs = [...label];
  return signs.length > 120 ? `${signs.slice(0, 119).join("")}…` : label;
}

/**
 * @param {number} time seconds
 * @param {number} step
 */
function clock(time, step) {
  const whole = Math.floor(time + 1e-6);
  const rest = time - whole;
  const tenths = step < 1 ? rest.toFixed(1).slice(1) : "";
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}${tenths}`;
}

/**
 * Makes a lane of the axis: what it shows, and its track.
 *
 * @param {string} title
 * @param {HTMLElement} track
 * @param {string} [name] of its class
 * @param {...Node} legend
 */
export function lane(title, track, name = "", ...legend) {
  const head = element("span", { class: "head" }, element("span", null, title), ...legend);
  return element("div", { class: `lane ${name}` }, head, track);
}
