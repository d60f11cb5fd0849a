/**
 * The sampled frames of an episode's first camera, which lie in one image.
 *
 * @import {Filmstrip} from "./types.js"
 */

import { nearest, tilePlace } from "./frames.js";

/** Draws sampled frames on canvases. */
export class Strip {
  #image = new Image();
  #strip;
  #ready = false;

  /** @param {Filmstrip} strip */
  constructor(strip) {
    this.#strip = strip;
    this.#image.decoding = "async";
    this.#image.src = strip.url;
    /** Whether the image has arrived. @type {Promise<boolean>} */
    this.loaded = this.#image.decode().then(
      () => (this.#ready = true),
      () => false,
    );
  }

  get width() {
    return this.#strip.width;
  }

  get height() {
    return this.#strip.height;
  }

  /**
   * Draws the sampled frame that is nearest to a time.
   *
   * @param {HTMLCanvasElement} canvas
   * @param {number} time seconds
   * @returns {number | null} the frame's time in seconds; null if there is none to draw (yet)
   */
  draw(canvas, time) {
    const { times, width, height } = this.#strip;
    const tile = nearest(times, time);
    if (tile < 0 || !this.#ready) return null;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const { x, y } = tilePlace(tile, this.#strip);
    canvas.getContext("2d")?.drawImage(this.#image, x, y, width, height, 0, 0, width, height);
    return times[tile];
  }
}
