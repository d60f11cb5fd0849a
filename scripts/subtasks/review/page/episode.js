/**
 * The view of one episode: its videos, its subtasks on the time axis, and what can be done to them.
 *
 * @import {Action} from "./keys.js"
 * @import {Session} from "./session.js"
 * @import {Context, Leave, OverviewEpisode} from "./types.js"
 */

import { ordered } from "./colours.js";
import { Curves } from "./curves.js";
import {
  borderAt,
  mergeAfter,
  mergeBefore,
  moveBorder,
  nextBorder,
  rename,
  segmentAt,
  split,
  toggleMistake,
} from "./editing.js";
import { element, fill, foreign, isolated } from "./elements.js";
import { Surroundings } from "./surroundings.js";
import { Strip } from "./filmstrip.js";
import { frameSeenAt, written } from "./frames.js";
import { actionOf } from "./keys.js";
import { Naming } from "./naming.js";
import { Player } from "./player.js";
import { toEpisode, toOverview } from "./routes.js";
import { say } from "./said.js";
import { openSession, reviewedHere } from "./session.js";
import { Timeline, lane } from "./timeline.js";
import { differences, nextDifference, summary, takeTrue } from "./truth.js";
import { TruthTrack } from "./truth_track.js";

const NO_TRUTH = "Nobody has said what is true of this episode.";
/** Milliseconds between two tries to load an episode. */
const RELOAD = 2000;

/**
 * Shows an episode.
 *
 * @param {HTMLElement} container
 * @param {Context} context
 * @param {string} dataset
 * @param {number} number
 * @param {number | null} [time] second to be shown first
 * @returns {Promise<Leave>}
 */
export async function showEpisode(container, context, dataset, number, time = context.time) {
  fill(container, element("p", { class: "loading" }, "Loading…"));
  const session = await openSession(context, dataset, number);
  if (!("message" in session)) {
    const view = new View(container, context, session, time);
    return () => view.leave();
  }
  return showFailure(container, context, dataset, number, session);
}

/**
 * Says why an episode cannot be shown, and tries again where that may help.
 *
 * @param {HTMLElement} container
 * @param {Context} context
 * @param {string} dataset
 * @param {number} number
 * @param {{message: string, again: boolean}} failure
 * @returns {Leave}
 */
function showFailure(container, context, dataset, number, { message, again }) {
  /** @type {Leave} */
  let leave = () => {};
  let left = false;
  const retry = async () => {
    const later = await showEpisode(container, context, dataset, number);
    if (left) later();
    else leave = later;
  };
  fill(
    container,
    element(
      "div",
      { class: "loading" },
      element("p", null, `Episode ${number} cannot be shown: `, foreign(message)),
      again && element("p", null, "Trying again …"),
      element("p", null, element("a", { href: toOverview(dataset) }, "All episodes")),
    ),
  );
  const timer = again ? setTimeout(retry, RELOAD) : undefined;
  leave = () => clearTimeout(timer);
  /** @param {KeyboardEvent} event */
  const pressed = (event) => {
    if (actionOf(event) === "leave" && !document.querySelector("dialog[open]")) {
      context.go(toOverview(dataset));
    }
  };
  document.addEventListener("keydown", pressed);
  return () => {
    left = true;
    document.removeEventListener("keydown", pressed);
    leave();
  };
}

/** The view, from when an episode is loaded until it is left. */
class View {
  #context;
  #session;
  #player;
  #timeline;
  #around;
  /** @type {Curves | null} */
  #curves = null;
  /** Null where nothing is known to be true. @type {TruthTrack | null} */
  #truth = null;
  /** @type {Naming | null} */
  #naming = null;
  /** What the last change was, so that a held key continues it. */
  #last = "";
  /** @param {KeyboardEvent} event */
  #pressed = (event) => this.#press(event);

  /**
   * @param {HTMLElement} container
   * @param {Context} context
   * @param {Session} session
   * @param {number | null} time
   */
  constructor(container, context, session, time) {
    const { episode } = session;
    const { fps, length } = episode;
    this.#context = context;
    this.#session = session;
    const strip = episode.filmstrip && new Strip(episode.filmstrip);
    this.#timeline = new Timeline({
      fps,
      length,
      strip,
      colours: context.colours,
      annotated: session.annotated,
      findings: episode.findings,
      sought: (frame) => this.#seek(frame),
      dragged: (border, frame) => this.#drag(border, frame),
      dropped: (keep) => this.#drop(keep),
      stepped: (border, by) => this.#moveBorder(border, by, false),
      named: () => this.#rename(),
      scaled: () => {
        this.#truth?.draw();
        this.#curves?.draw();
      },
    });
    this.#addTruth();
    this.#addCurves();
    this.#player = new Player({
      cameras: episode.cameras,
      fps,
      length,
      strip,
      moved: (frame) => this.#moved(frame),
      played: (playing) => this.#around.playing(playing),
    });
    this.#around = new Surroundings({
      context,
      session,
      order: context.order(),
      cameras: this.#player.element,
      timeline: this.#timeline.element,
      perform: (action) => this.perform(action, false),
      sought: (frame) => this.#seek(frame),
      paced: (rate) => {
        this.#player.rate = rate;
      },
    });
    fill(container, this.#around.element);
    session.changed = () => this.#update();
    document.addEventListener("keydown", this.#pressed);
    this.#timeline.resize();
    this.#update();
    this.#player.seek(time === null ? 0 : frameSeenAt(time, fps, length));
  }

  leave() {
    document.removeEventListener("keydown", this.#pressed);
    this.#timeline.release();
    this.#naming?.close();
    this.#timeline.leave();
    this.#player.leave();
    this.#session.leave();
  }

  /**
   * Does what a key or a button stands for.
   *
   * @param {Action} action
   * @param {boolean} held whether a key is held down for it
   */
  perform(action, held) {
    const { fps, length } = this.#session.episode;
    const { frame } = this.#player;
    const second = Math.max(1, Math.round(fps));
    switch (action) {
      case "play":
        return this.#player.toggle();
      case "playBorder":
        return this.#playBorder(second);
      case "back":
        return this.#seek(frame - 1);
      case "forward":
        return this.#seek(frame + 1);
      case "secondBack":
        return this.#seek(frame - second);
      case "secondForward":
        return this.#seek(frame + second);
      case "first":
        return this.#seek(0);
      case "last":
        return this.#seek(length - 1);
      case "borderBefore":
        return this.#seek(nextBorder(this.#segments, frame, -1, length));
      case "borderAfter":
        return this.#seek(nextBorder(this.#segments, frame, 1, length));
      case "moveBack":
        return this.#moveBorder(borderAt(this.#segments, frame), -1, held);
      case "moveForward":
        return this.#moveBorder(borderAt(this.#segments, frame), 1, held);
      case "split":
        return this.#split();
      case "merge":
        return this.#merge(mergeBefore);
      case "mergeNext":
        return this.#merge(mergeAfter);
      case "rename":
        return this.#rename();
      case "mistake":
        return this.#mistake();
      case "undo":
        return this.#say(this.#session.undo() ? "Undone." : "There is nothing to undo.");
      case "redo":
        return this.#say(this.#session.redo() ? "Done again." : "There is nothing to do again.");
      case "accept":
        return this.#accept();
      case "previous":
        return this.#neighbour(-1);
      case "next":
        return this.#neighbour(1);
      case "zoomIn":
        return this.#timeline.zoom(2 / 3);
      case "zoomOut":
        return this.#timeline.zoom(3 / 2);
      case "zoomAll":
        return this.#timeline.zoom(0);
      case "nextDifference":
        return this.#nextDifference();
      case "takeTrue":
        return this.#takeTrue();
      case "panel":
        return this.#around.turnPanel();
      case "leave":
        return this.#context.go(toOverview(this.#session.dataset));
    }
  }

  get #segments() {
    return this.#session.history.segments;
  }

  // Frames

  /** @param {number} frame */
  #seek(frame) {
    this.#player.pause();
    this.#player.seek(frame);
  }

  /** @param {number} frame */
  #moved(frame) {
    this.#timeline.seek(frame);
    this.#around.seek(frame);
  }

  /** @param {number} reach frames on either side of the border */
  #playBorder(reach) {
    const border = borderAt(this.#segments, this.#player.frame);
    if (border < 0) return this.#say("There is no border at or before the playhead.");
    const { start } = this.#segments[border];
    this.#player.playPart(start - reach, start + reach, start);
  }

  // Labels

  /** @param {string} [what] of the change, if a held key may continue it */
  #changes(what = "") {
    this.#last = what;
  }

  /**
   * @param {number} border
   * @param {number} by frames
   * @param {boolean} held
   */
  #moveBorder(border, by, held) {
    const { fps, length } = this.#session.episode;
    if (border < 0) return this.#say("There is no border at or before the playhead.");
    const from = this.#segments[border].start;
    const what = `move ${border}`;
    const moved = moveBorder(this.#segments, border, from + by, length);
    const { start } = moved[border];
    if (this.#session.edit(moved, held && this.#last === what)) {
      this.#changes(what);
      this.#say(`Border at ${written(start / fps)}, frame ${start}.`);
    } else this.#say("The border goes no further: every subtask keeps a frame.");
    this.#seek(start);
  }

  /**
   * @param {number} border
   * @param {number} frame
   */
  #drag(border, frame) {
    const { history, episode } = this.#session;
    const segments = moveBorder(history.state.segments, border, frame, episode.length);
    history.draft(segments);
    this.#update();
    this.#seek(segments[border].start);
  }

  /** @param {boolean} keep */
  #drop(keep) {
    const { history } = this.#session;
    this.#changes();
    if (keep) this.#session.edit(history.segments);
    else {
      history.draft(null);
      this.#update();
    }
  }

  #split() {
    const { fps, length } = this.#session.episode;
    const { frame } = this.#player;
    if (!this.#segments.length) return this.#rename();
    this.#player.pause();
    this.#changes();
    if (this.#session.edit(split(this.#segments, frame, length))) {
      this.#say(`Split at ${written(frame / fps)}: e names the second half.`);
    } else this.#say("A subtask begins on this frame already.");
  }

  /** @param {typeof mergeBefore} operation */
  #merge(operation) {
    this.#changes();
    const merged = operation(this.#segments, segmentAt(this.#segments, this.#player.frame));
    this.#say(this.#session.edit(merged) ? "Merged." : "There is no other subtask to merge with.");
  }

  #mistake() {
    this.#changes();
    const index = segmentAt(this.#segments, this.#player.frame);
    if (!this.#session.edit(toggleMistake(this.#segments, index))) {
      return this.#say("There is no subtask here.");
    }
    this.#say(this.#segments[index].mistake ? "Marked as a mistake." : "No longer a mistake.");
  }

  #rename() {
    if (this.#naming) return;
    this.#player.pause();
    const index = segmentAt(this.#segments, this.#player.frame);
    const before = document.activeElement;
    this.#naming = new Naming({
      label: this.#segments[index]?.label ?? "",
      labels: this.#labels(),
      colours: this.#context.colours,
      near: this.#timeline.place(),
      named: (name) => {
        this.#changes();
        if (this.#session.edit(rename(this.#segments, index, name))) this.#say("Renamed.");
      },
      closed: () => {
        this.#naming = null;
        if (before instanceof HTMLElement) before.focus();
      },
    });
    this.#around.element.append(this.#naming.element);
    this.#naming.show();
  }

  /** Returns the dataset's labels and those of this episode, the commonest first. */
  #labels() {
    const { overview } = this.#context;
    const all = overview.episodes.flatMap(({ labels }) => labels.map(([, label]) => label));
    return ordered([...all, ...this.#segments.map(({ label }) => label)]);
  }

  // True labels

  /** @returns {import("./truth.js").Differences | null} null where nothing is known to be true */
  #differences() {
    const { truth, fps, length } = this.#session.episode;
    return truth && differences(this.#segments, truth, fps, length);
  }

  #nextDifference() {
    const found = this.#differences();
    if (!found) return this.#say(NO_TRUTH);
    const place = nextDifference(found, this.#player.frame);
    if (!place) return this.#say("All borders are where the true ones are.");
    this.#seek(place.frame);
    this.#say(place.sentence);
  }

  #takeTrue() {
    const { fps, length } = this.#session.episode;
    const found = this.#differences();
    if (!found) return this.#say(NO_TRUTH);
    const taken = takeTrue(this.#segments, found, this.#player.frame, length);
    if (!taken) return this.#say("No true border belongs to the selected one: t leads to others.");
    this.#changes();
    const { segments, frame } = taken;
    if (this.#session.edit(segments)) this.#say(`Border at ${written(frame / fps)}, as is true.`);
    else this.#say("The border is where the true one is, or can go no nearer.");
    this.#seek(frame);
  }

  // Going on

  #accept() {
    const { dataset, number, progress } = this.#session;
    if (!this.#segments.length) {
      return this.#say("There are no labels to accept: e names the first subtask.");
    }
    if (progress.kind === "conflict") {
      return this.#say("First choose between your labels and the other ones, above.");
    }
    this.#player.pause();
    this.#session.accept();
    const next = nextInNeed(
      this.#context.overview.episodes,
      this.#context.order(),
      number,
      (other) => reviewedHere(dataset, other),
    );
    if (next !== null) this.#context.go(toEpisode(dataset, next));
    else this.#say("Accepted. All episodes of this list are reviewed.");
  }

  /** @param {1 | -1} direction */
  #neighbour(direction) {
    const order = this.#context.order();
    const place = order.indexOf(this.#session.number);
    const other = order[place < 0 ? 0 : place + direction];
    if (other === undefined || other === this.#session.number) {
      return this.#say(direction > 0 ? "This is the last episode." : "This is the first episode.");
    }
    this.#context.go(toEpisode(this.#session.dataset, other));
  }

  // The screen

  #update() {
    this.#timeline.show(this.#segments);
    this.#around.update();
    const found = this.#differences();
    if (!found) return;
    this.#truth?.show(found);
    this.#around.compared(summary(found));
  }

  #addTruth() {
    const { truth, fps } = this.#session.episode;
    if (!truth) return;
    this.#truth = new TruthTrack(truth, fps, this.#timeline.scale, this.#context.colours);
    this.#timeline.addBelowBars(this.#truth.element);
  }

  #addCurves() {
    const { motion, fault, fps } = this.#session.episode;
    if (motion) {
      this.#curves = new Curves(motion, fps, this.#timeline.scale);
      for (const each of this.#curves.rows) this.#timeline.add(each);
      return;
    }
    const words = fault ?? "The motion of this episode is not known.";
    const track = element("div", { class: "track none", title: isolated(words) }, foreign(words));
    this.#timeline.add(lane("Motion", track));
  }

  /** @param {string} sentence */
  #say(sentence) {
    this.#around.say(sentence);
    say(sentence);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const { target } = event;
    if (event.defaultPrevented || this.#naming || document.querySelector("dialog[open]")) return;
    if (target instanceof Element) {
      if (target.closest("input, textarea, select, [contenteditable]")) return;
      const pressable = target.closest("button, a[href], summary, [role=button]");
      if (pressable && (event.key === "Enter" || event.key === " ")) return;
    }
    const action = actionOf(event);
    if (!action) return;
    event.preventDefault();
    if (this.#timeline.dragging) {
      // What is dragged is not done yet: nothing else can be done to it.
      if (action === "leave") this.#timeline.release();
      return;
    }
    this.perform(action, event.repeat);
  }
}

/**
 * Returns the next episode that nobody has reviewed, from the present one on and round.
 *
 * @param {OverviewEpisode[]} episodes
 * @param {number[]} order
 * @param {number} number the present one
 * @param {(number: number) => boolean} reviewed whether that is known although not saved yet
 * @returns {number | null}
 */
export function nextInNeed(episodes, order, number, reviewed) {
  const status = new Map(episodes.map((each) => [each.episode, each.status]));
  const place = order.indexOf(number);
  const round = [...order.slice(place + 1), ...order.slice(0, Math.max(0, place))];
  const next = round.find((other) => {
    const known = status.get(other);
    return (known === "new" || known === "failed") && other !== number && !reviewed(other);
  });
  return next ?? null;
}
