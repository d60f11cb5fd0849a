/**
 * An episode's labels while they are worked on. They outlive the view until they are saved.
 *
 * @import {Progress} from "./saving.js"
 * @import {Segments} from "./editing.js"
 * @import {Context, Episode, Label, Saved, Status} from "./types.js"
 */

import { History, equal, fromSubtasks, toSubtasks } from "./editing.js";
import { element, fill } from "./elements.js";
import { toEpisode } from "./routes.js";
import { Saver } from "./saving.js";

/** Saved sessions that are kept, so that what was done in them can be undone later. */
const KEPT = 100;

/** Sessions by dataset and number, the longest unseen first. @type {Map<string, Session>} */
const open = new Map();

/** The labels of one episode: what was done to them, and how far that is saved. */
export class Session {
  /** Is called when the labels, the status or the progress of saving have changed. */
  changed = () => {};
  /** Whether a view shows it. */
  shown = false;
  #status;

  /**
   * @param {Context} context
   * @param {string} dataset
   * @param {Episode} episode
   */
  constructor(context, dataset, episode) {
    const { episode: number, fps, length } = episode;
    this.dataset = dataset;
    this.episode = episode;
    this.annotated = fromSubtasks(episode.annotated, fps, length);
    this.#status = episode.status;
    /** @param {Pick<Saved, "status" | "subtasks">} saved */
    const read = ({ status, subtasks }) => ({
      segments: fromSubtasks(subtasks, fps, length),
      reviewed: status === "accepted" || status === "corrected",
    });
    const state = read(episode);
    this.history = new History(state);
    this.saver = new Saver(
      {
        // Labels may be new and yet others than the annotator's: renamed in the whole dataset.
        send: (version, { segments, reviewed }) =>
          reviewed || !equal(segments, this.annotated)
            ? context.server.saveEpisode(dataset, number, version, toSubtasks(segments, fps))
            : context.server.removeCorrection(dataset, number, version),
        read,
      },
      episode.version,
      state,
      (_, saved) => {
        if (saved) {
          this.#status = saved.status;
          const { status, agreement } = saved;
          context.changed(number, { status, labels: labelsOf(saved), agreement });
        }
        showElsewhere();
        this.changed();
      },
    );
  }

  get number() {
    return this.episode.episode;
  }

  /** The status; of what is not saved yet, the one that it will have. @returns {Status} */
  get status() {
    if (this.saver.progress.kind === "saved") return this.#status;
    const { reviewed, segments } = this.history.state;
    if (!reviewed) return this.annotated.length ? "new" : "failed";
    return equal(segments, this.annotated) ? "accepted" : "corrected";
  }

  /** @returns {Progress} */
  get progress() {
    return this.saver.progress;
  }

  /**
   * Takes the outcome of an operation, and saves it.
   *
   * @param {Segments} segments
   * @param {boolean} [same] whether it continues the last one
   * @returns {boolean} whether anything has changed
   */
  edit(segments, same = false) {
    return this.#saved(this.history.change(segments, same));
  }

  /** Says that the labels are right. */
  accept() {
    return this.#saved(this.history.accept());
  }

  undo() {
    return this.#saved(this.history.undo());
  }

  redo() {
    return this.#saved(this.history.redo());
  }

  /** Gives way to what somebody else has saved. */
  takeTheirs() {
    const state = this.saver.takeTheirs();
    if (state) this.history.take(state);
    this.changed();
  }

  /** Overwrites what somebody else has saved. */
  keepMine() {
    this.saver.keepMine();
  }

  /** The view is left; what is not saved yet goes on being saved. */
  leave() {
    this.shown = false;
    this.changed = () => {};
    showElsewhere();
  }

  /**
   * @param {Episode} episode as the server has it now
   * @returns {boolean} whether this is still all there is to say about it
   */
  holds({ version, status, subtasks, annotated, fps, length }) {
    return (
      version === this.saver.version &&
      status === this.#status &&
      equal(fromSubtasks(subtasks, fps, length), this.history.state.segments) &&
      equal(fromSubtasks(annotated, fps, length), this.annotated)
    );
  }

  /** @param {boolean} changed */
  #saved(changed) {
    if (changed) this.saver.save(this.history.state);
    this.changed();
    return changed;
  }
}

/**
 * Opens an episode; one that is not saved yet as it was left.
 *
 * @param {Context} context
 * @param {string} dataset
 * @param {number} number
 * @returns {Promise<Session | {message: string, again: boolean}>} or why not, and whether it is
 *   worth trying again
 */
export async function openSession(context, dataset, number) {
  const kept = open.get(keyOf(dataset, number));
  if (kept && kept.progress.kind !== "saved") return entered(kept);
  const outcome = await context.server.loadEpisode(dataset, number);
  if (outcome.kind !== "done") {
    return { message: outcome.message, again: outcome.kind === "offline" };
  }
  const episode = outcome.value;
  if (!kept?.holds(episode)) return entered(new Session(context, dataset, episode));
  // What else is known of it may be new.
  kept.episode = episode;
  return entered(kept);
}

/**
 * Says whether somebody has reviewed an episode here, even if that is not saved yet.
 *
 * @param {string} dataset
 * @param {number} number
 * @returns {boolean}
 */
export function reviewedHere(dataset, number) {
  return open.get(keyOf(dataset, number))?.history.state.reviewed === true;
}

/** @param {Session} session */
function entered(session) {
  session.shown = true;
  const key = keyOf(session.dataset, session.number);
  open.delete(key);
  open.set(key, session);
  for (const [other, { shown, progress }] of open) {
    if (open.size <= KEPT) break;
    if (!shown && progress.kind === "saved") open.delete(other);
  }
  showElsewhere();
  return session;
}

/**
 * @param {string} dataset
 * @param {number} number
 */
function keyOf(dataset, number) {
  return `${number} ${dataset}`;
}

/**
 * @param {Saved} saved
 * @returns {Label[]}
 */
function labelsOf({ subtasks }) {
  return subtasks.map(({ time, subtask, mistake }) => [time, subtask, mistake === true]);
}

/** Names the episodes that are not saved and that no view shows, wherever the page is. */
function showElsewhere() {
  const troubled = [...open.values()].filter(
    ({ shown, progress }) => !shown && progress.kind !== "saved" && progress.kind !== "saving",
  );
  const old = document.getElementById("elsewhere");
  if (!troubled.length) return old?.remove();
  const box = old ?? element("aside", { id: "elsewhere", role: "alert" });
  if (!old) document.body.append(box);
  fill(
    box,
    ...troubled.map(({ dataset, number, progress }) =>
      element(
        "p",
        null,
        progress.kind === "waiting"
          ? `Episode ${number} is not saved yet, trying again. `
          : `Episode ${number} is not saved. `,
        element("a", { href: toEpisode(dataset, number) }, "Look at it"),
      ),
    ),
  );
}
