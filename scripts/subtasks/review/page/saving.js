/**
 * Saves every change of an episode as it is made.
 *
 * One request is under way at a time; when it ends, the newest state is sent, if it is another.
 * While the server is away it is tried again and again. Nothing is given up: what could not be
 * saved stays, is shown, and holds back the closing of the page.
 *
 * @import {Saved, SaveOutcome} from "./types.js"
 */

import { same } from "./editing.js";

/** @import {State} from "./editing.js" */

/**
 * @typedef {(
 *   | {kind: "saved"}
 *   | {kind: "saving"}
 *   | {kind: "waiting", message: string}
 *   | {kind: "conflict", message: string, theirs: Saved}
 *   | {kind: "refused", message: string}
 * )} Progress
 *
 * How to reach the server: `send` saves a state, `read` makes a state of what the server has.
 * @typedef {{
 *   send: (version: string, state: State) => Promise<SaveOutcome>,
 *   read: (saved: Saved) => State,
 * }} Way
 */

/** Milliseconds before a lost request is sent again: at first, and at most. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 5000;

/** All that have something unsaved; the page cannot be closed unasked while there are any. */
const unsaved = new Set();

/** Saves one episode. */
export class Saver {
  /** @type {Progress} */
  progress = { kind: "saved" };
  #way;
  #version;
  #wanted;
  /** What the server has. @type {State | null} */
  #known;
  #told;
  /** What was sent without an answer: the server may have it or not. @type {State[]} */
  #lost = [];
  #sending = false;
  #wait = FIRST_WAIT;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {Way} way
   * @param {string} version of what the server has
   * @param {State} state what the server has
   * @param {(progress: Progress, saved: Saved | null) => void} told is called when the progress
   *   changes, with what the server has if that is news
   */
  constructor(way, version, state, told) {
    this.#way = way;
    this.#version = version;
    this.#wanted = this.#known = state;
    this.#told = told;
  }

  /** The version of what the server has, as far as is known. */
  get version() {
    return this.#version;
  }

  /**
   * Saves a state, in place of any that is not saved yet.
   *
   * @param {State} state
   */
  save(state) {
    this.#wanted = state;
    if (this.progress.kind !== "conflict") this.#next();
  }

  /** Tries again at once. */
  retry() {
    if (this.progress.kind === "waiting" || this.progress.kind === "refused") this.#next();
  }

  /** Overwrites what somebody else has saved. */
  keepMine() {
    if (this.progress.kind !== "conflict") return;
    this.#version = this.progress.theirs.version;
    this.#known = null;
    this.#next();
  }

  /**
   * Gives way to what somebody else has saved.
   *
   * @returns {State | null} what that is
   */
  takeTheirs() {
    if (this.progress.kind !== "conflict") return null;
    const { theirs } = this.progress;
    const state = this.#way.read(theirs);
    this.#version = theirs.version;
    this.#wanted = this.#known = state;
    this.#tell({ kind: "saved" }, theirs);
    return state;
  }

  /** Sends what is wanted, unless the server has it; later, if something is under way. */
  #next() {
    if (this.#sending) return;
    clearTimeout(this.#timer);
    if (this.#known && same(this.#wanted, this.#known)) this.#tell({ kind: "saved" });
    else void this.#send();
  }

  async #send() {
    const sent = this.#wanted;
    this.#sending = true;
    // Whoever waits is told so until it is over.
    if (this.progress.kind !== "waiting") this.#tell({ kind: "saving" });
    const outcome = await this.#way.send(this.#version, sent);
    this.#sending = false;
    switch (outcome.kind) {
      case "done":
        return this.#arrived(sent, outcome.value);
      case "conflict":
        return this.#met(sent, outcome.message, outcome.current);
      case "offline":
        this.#known = null;
        this.#lost.push(sent);
        this.#tell({ kind: "waiting", message: outcome.message });
        this.#timer = setTimeout(() => this.#next(), this.#wait);
        this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
        return;
      case "refused":
        this.#tell({ kind: "refused", message: outcome.message });
        // Something newer may be taken where this was not.
        if (!same(this.#wanted, sent)) this.#next();
    }
  }

  /**
   * The server has something other than was thought: somebody else's, or ours.
   *
   * @param {State} sent
   * @param {string} message
   * @param {Saved} theirs
   */
  #met(sent, message, theirs) {
    const state = this.#way.read(theirs);
    const ours = [sent, ...this.#lost].find((each) => same(each, state));
    if (ours) this.#arrived(ours, theirs);
    else this.#tell({ kind: "conflict", message, theirs });
  }

  /**
   * @param {State} sent
   * @param {Saved} saved
   */
  #arrived(sent, saved) {
    this.#version = saved.version;
    this.#known = sent;
    this.#lost = [];
    this.#wait = FIRST_WAIT;
    if (same(this.#wanted, sent)) this.#tell({ kind: "saved" }, saved);
    else {
      this.#tell({ kind: "saving" }, saved);
      this.#next();
    }
  }

  /**
   * @param {Progress} progress
   * @param {Saved | null} saved
   */
  #tell(progress, saved = null) {
    this.progress = progress;
    if (progress.kind === "saved") unsaved.delete(this);
    else unsaved.add(this);
    this.#told(progress, saved);
  }
}

if (typeof window !== "undefined") {
  window.addEventListener("beforeunload", (event) => {
    if (!unsaved.size) return;
    event.preventDefault();
    // Browsers that do not go by the above.
    event.returnValue = true;
  });
  window.addEventListener("online", () => unsaved.forEach((saver) => saver.retry()));
}
