/**
 * Shows an episode frame by frame and plays it: its videos in step, and where a video cannot be
 * played the filmstrip of sampled frames.
 *
 * @import {Camera} from "./types.js"
 * @import {Strip} from "./filmstrip.js"
 */

import { element, foreign } from "./elements.js";
import { frameSeenAt, frameShown, seekTime, written } from "./frames.js";

/** What browsers are asked about a codec, by the names that FFmpeg gives them. */
const TYPES = /** @type {Record<string, string>} */ ({
  av1: 'video/mp4; codecs="av01.0.05M.08"',
  h264: 'video/mp4; codecs="avc1.640028"',
  hevc: 'video/mp4; codecs="hvc1.1.6.L93.B0"',
  mpeg4: 'video/mp4; codecs="mp4v.20.9"',
  vp9: 'video/mp4; codecs="vp09.00.40.08"',
});

/** Seconds by which a camera may lag behind the first while playing. */
const LAG = 0.15;

/**
 * What a camera is shown with.
 *
 * @typedef {{
 *   element: HTMLElement,
 *   show: (frame: number) => void,
 *   leave: () => void,
 * }} View
 *
 * @typedef {{
 *   cameras: Camera[],
 *   fps: number,
 *   length: number,
 *   strip: Strip | null,
 *   moved: (frame: number) => void,
 *   played: (playing: boolean) => void,
 * }} Settings `moved` is called when another frame is to be seen, `played` when playing starts or
 *   ends
 */

/** All cameras of an episode behind one interface that counts in frames. */
export class Player {
  /** The frame under the playhead. */
  frame = 0;
  playing = false;
  #rate = 1;
  #settings;
  /** @type {View[]} */
  #views;
  /** Where playing ends, and where the playhead goes then. @type {{at: number, to: number} | null} */
  #end = null;
  /** Where playing began, for when no video leads. */
  #began = { frame: 0, at: 0 };
  #ticking = 0;

  /** @param {Settings} settings */
  constructor(settings) {
    this.#settings = settings;
    this.element = element("div", { class: "cameras" });
    this.#views = settings.cameras.map((camera, index) => this.#view(camera, index));
    if (!this.#views.length) this.#views = [this.#standIn(null, 0, "")];
    this.element.append(...this.#views.map((view) => view.element));
    this.element.dataset.cameras = String(this.#views.length);
  }

  get rate() {
    return this.#rate;
  }

  set rate(rate) {
    this.#rate = rate;
    for (const { video } of this.#videos()) video.playbackRate = rate;
    this.#began = { frame: this.frame, at: performance.now() };
  }

  /**
   * Shows a frame; the nearest there is.
   *
   * @param {number} frame
   */
  seek(frame) {
    this.frame = Math.max(0, Math.min(Math.round(frame), this.#settings.length - 1));
    this.#began = { frame: this.frame, at: performance.now() };
    for (const view of this.#views) view.show(this.frame);
    this.#settings.moved(this.frame);
  }

  /**
   * Plays some frames, and returns to one.
   *
   * @param {number} from
   * @param {number} to the last frame that is played
   * @param {number} back
   */
  playPart(from, to, back) {
    this.pause();
    this.seek(from);
    this.play({ at: Math.min(to, this.#settings.length - 1), to: back });
  }

  /**
   * Plays from the present frame; from the start if that is the last.
   *
   * @param {{at: number, to: number} | null} [end]
   */
  play(end = null) {
    if (this.playing) return;
    this.#end = end;
    if (!end && this.frame >= this.#settings.length - 1) this.seek(0);
    this.playing = true;
    this.#began = { frame: this.frame, at: performance.now() };
    for (const view of this.#videos()) view.play(this.#rate);
    this.#settings.played(true);
    this.#ticking = requestAnimationFrame(() => this.#tick());
  }

  /** Stops on the frame that is seen. */
  pause() {
    if (!this.playing) return;
    this.playing = false;
    cancelAnimationFrame(this.#ticking);
    for (const { video } of this.#videos()) video.pause();
    this.seek(this.frame);
    this.#settings.played(false);
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  /** Ends everything, and lets go of the files. */
  leave() {
    this.playing = false;
    cancelAnimationFrame(this.#ticking);
    for (const view of this.#views) view.leave();
  }

  /** Follows what plays. */
  #tick() {
    const { length } = this.#settings;
    const [leader, ...others] = this.#videos();
    const frame = leader ? leader.seen() : this.#clock();
    if (frame !== this.frame) {
      this.frame = frame;
      for (const view of this.#views) if (!(view instanceof VideoView)) view.show(frame);
      this.#settings.moved(frame);
    }
    for (const other of others) {
      const lag = leader.position - other.position;
      if (Math.abs(lag) > LAG && !other.video.seeking) other.video.currentTime += lag;
    }
    const end = this.#end;
    if (end && this.frame >= end.at) {
      this.pause();
      this.seek(end.to);
    } else if (this.frame >= length - 1) this.pause();
    else this.#ticking = requestAnimationFrame(() => this.#tick());
  }

  /** Returns the frame that is due without a video. */
  #clock() {
    const { fps, length } = this.#settings;
    const seconds = ((performance.now() - this.#began.at) / 1000) * this.#rate;
    return frameSeenAt(this.#began.frame / fps + seconds, fps, length);
  }

  /** Returns the views that play a video. */
  #videos() {
    return this.#views.filter((view) => view instanceof VideoView);
  }

  /**
   * @param {Camera} camera
   * @param {number} index
   * @returns {View}
   */
  #view(camera, index) {
    const { fps, length } = this.#settings;
    if (!camera.url) return this.#standIn(camera, index, "There is no video that a browser can play.");
    if (!playable(camera.codec)) {
      return this.#standIn(camera, index, `This browser cannot play ${camera.codec}.`);
    }
    const view = new VideoView(camera, camera.url, fps, length, () => {
      const reason = view.reached
        ? `This browser cannot play the video${camera.codec ? ` (${camera.codec})` : ""}.`
        : "The video could not be loaded.";
      const again = () => this.#replace(other, this.#view(camera, index));
      const other = this.#standIn(camera, index, reason, again);
      this.#replace(view, other);
    });
    return view;
  }

  /**
   * @param {Camera | null} camera
   * @param {number} index
   * @param {string} reason why there is no video
   * @param {(() => void) | null} [again] tries the video again
   * @returns {View}
   */
  #standIn(camera, index, reason, again = null) {
    const { strip, fps } = this.#settings;
    // The filmstrip is of the first camera.
    return index === 0 && strip
      ? new StripView(strip, camera, fps, reason, again)
      : blank(camera, reason || "There are no pictures of this episode.", again);
  }

  /**
   * @param {View} old
   * @param {View} view
   */
  #replace(old, view) {
    old.leave();
    old.element.replaceWith(view.element);
    this.#views = this.#views.map((each) => (each === old ? view : each));
    view.show(this.frame);
    this.#began = { frame: this.frame, at: performance.now() };
    if (this.playing && view instanceof VideoView) view.play(this.#rate);
  }
}

/** A camera whose video is played. */
class VideoView {
  /** Whether anything of the file has arrived. */
  reached = false;
  #camera;
  #fps;
  #length;
  #frame = 0;
  /** Second of the file at which the frame on the screen begins. @type {number | null} */
  #shown = null;
  #left = false;

  /**
   * @param {Camera} camera
   * @param {string} url
   * @param {number} fps
   * @param {number} length
   * @param {() => void} failed is called when the video cannot be played
   */
  constructor(camera, url, fps, length, failed) {
    this.#camera = camera;
    this.#fps = fps;
    this.#length = length;
    this.video = element("video", { preload: "auto", playsinline: true, "aria-hidden": "true" });
    this.video.muted = true;
    this.video.disablePictureInPicture = true;
    this.element = figure(camera, this.video);
    const fail = () => this.#left || failed();
    this.video.addEventListener("error", fail);
    this.video.addEventListener("loadedmetadata", () => {
      this.reached = true;
      // A file whose sound alone can be played has no width.
      if (!this.video.videoWidth) fail();
      else this.#seek();
    });
    this.video.addEventListener("seeked", () => this.#seek());
    this.#watch();
    this.video.src = url;
  }

  /** Seconds since the episode's start. */
  get position() {
    return this.video.currentTime - this.#camera.start;
  }

  /** @param {number} frame */
  show(frame) {
    this.#frame = frame;
    this.#seek();
  }

  /** @param {number} rate */
  play(rate) {
    this.video.playbackRate = rate;
    // Refused if it is paused before it has begun, which is what was wanted.
    this.video.play().catch(() => {});
  }

  /** Returns the frame that is seen while the video plays. */
  seen() {
    const { start } = this.#camera;
    // What is drawn next may already be another episode's.
    if (this.position * this.#fps >= this.#length - 0.5) return this.#length - 1;
    return this.#shown === null
      ? frameSeenAt(this.position, this.#fps, this.#length)
      : frameShown(this.#shown, this.#fps, start, this.#length);
  }

  leave() {
    this.#left = true;
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
  }

  /** Goes to the frame that is wanted. One seek at a time: those in between are left out. */
  #seek() {
    const { video } = this;
    if (!video.paused || video.seeking || video.readyState < HTMLMediaElement.HAVE_METADATA) return;
    const time = seekTime(this.#frame, this.#fps, this.#camera.start);
    // Half a frame is what the middle of a frame leaves on both sides.
    if (Math.abs(video.currentTime - time) > 0.1 / this.#fps) {
      // Beyond the end, a video stays where it is, and would be sought forever.
      if (time < video.duration || video.currentTime < video.duration - 0.5 / this.#fps) {
        video.currentTime = time;
        this.#shown = null;
      }
    }
  }

  /** Takes note of each frame that is drawn. */
  #watch() {
    this.video.requestVideoFrameCallback?.((_, { mediaTime }) => {
      // What is still drawn of where the video was says nothing about where it is.
      this.#shown = this.video.seeking ? null : mediaTime;
      this.element.dataset.shown = String(
        frameShown(mediaTime, this.#fps, this.#camera.start, this.#length),
      );
      if (!this.#left) this.#watch();
    });
  }
}

/** The first camera, shown with sampled frames. */
class StripView {
  #canvas = element("canvas", { class: "filmstrip", "data-filmstrip": true, "aria-hidden": "true" });
  #words = element("span");
  #strip;
  #fps;
  #frame = 0;

  /**
   * @param {Strip} strip
   * @param {Camera | null} camera
   * @param {number} fps
   * @param {string} reason
   * @param {(() => void) | null} again tries the video again
   */
  constructor(strip, camera, fps, reason, again) {
    this.#strip = strip;
    this.#fps = fps;
    this.#canvas.width = strip.width;
    this.#canvas.height = strip.height;
    this.element = figure(camera, this.#canvas);
    const said = element("div", { class: "stand-in" }, note(reason, again), " ", this.#words);
    this.element.firstElementChild?.append(said);
    void strip.loaded.then(() => this.show(this.#frame));
  }

  /** @param {number} frame */
  show(frame) {
    this.#frame = frame;
    const time = frame / this.#fps;
    const drawn = this.#strip.draw(this.#canvas, time);
    if (drawn === null) this.#words.textContent = "";
    else {
      const off = drawn - time;
      const where = Math.abs(off) < 0.5 / this.#fps
        ? "this very frame"
        : `${written(Math.abs(off))} ${off < 0 ? "before" : "after"} the playhead`;
      this.#words.textContent = `The nearest sampled frame: ${written(drawn)}, ${where}.`;
    }
  }

  leave() {}
}

/**
 * Says whether a browser may play a codec; one that is not known here is tried.
 *
 * @param {string | null} codec
 * @returns {boolean}
 */
function playable(codec) {
  const type = TYPES[codec ?? ""];
  return !type || document.createElement("video").canPlayType(type) !== "";
}

/**
 * @param {Camera | null} camera
 * @param {string} reason
 * @param {(() => void) | null} again
 * @returns {View}
 */
function blank(camera, reason, again) {
  const made = figure(camera, element("div", { class: "blank" }, note(reason, again)));
  made.classList.add("empty");
  return {
    element: made,
    show() {},
    leave() {},
  };
}

/**
 * @param {string} reason
 * @param {(() => void) | null} again
 * @returns {HTMLElement}
 */
function note(reason, again) {
  return element(
    "span",
    { class: "reason" },
    reason,
    again && " ",
    again && element("button", { type: "button", onclick: again }, "Try again"),
  );
}

/**
 * @param {Camera | null} camera
 * @param {HTMLElement} picture
 * @returns {HTMLElement}
 */
function figure(camera, picture) {
  const name = camera && element("span", { class: "name" }, foreign(camera.name));
  return element(
    "figure",
    { class: "camera" },
    element("div", { class: "picture" }, picture),
    element("figcaption", null, name),
  );
}
