/**
 * What stands around the videos and the time axis of an episode: the line on top, notices, the
 * buttons, the findings, the list of subtasks and the definitions.
 *
 * @import {Action} from "./keys.js"
 * @import {Session} from "./session.js"
 * @import {Context, Finding, Status} from "./types.js"
 */

import { borderAt, segmentAt, stopOf } from "./editing.js";
import { counted, element, fill, foreign, icon, isolated } from "./elements.js";
import { frameOf, written } from "./frames.js";
import { keyOf } from "./keys.js";

/** @type {Record<Status, string>} */
const STATUS = { new: "new", accepted: "accepted", corrected: "corrected", failed: "failed" };

/** How fast can be played. */
const RATES = [0.25, 0.5, 1, 2, 4];

/** Where the choice of the panel is kept. */
const PANEL = "subtasks.panel";

/**
 * @typedef {{
 *   context: Context,
 *   session: Session,
 *   order: number[],
 *   cameras: HTMLElement,
 *   timeline: HTMLElement,
 *   perform: (action: Action) => void,
 *   sought: (frame: number) => void,
 *   paced: (rate: number) => void,
 * }} Settings
 */

/** The elements of the view. */
export class Surroundings {
  #settings;
  #frame = 0;
  /** @type {Map<Action, HTMLButtonElement>} */
  #buttons = new Map();
  #status = element("span", { class: "status" });
  #saved = element("span", { class: "saved", role: "status" });
  #notice = element("div", { class: "notice", role: "alert", hidden: true });
  #since = element("li", { class: "since quiet", hidden: true }, "In the labels as they were at the last run:");
  #failure = element("div", { class: "failure" }, icon("failed"));
  #place = element("span", { class: "frame-number" });
  #words = element("span", { class: "where" });
  #said = element("span", { class: "message", "aria-hidden": "true" });
  #none = element(
    "li",
    { class: "none" },
    "No labels yet. Press e to name the first subtask, then s to split it.",
  );
  #list = element("ol", { class: "subtasks" }, this.#none);
  /** What the list shows. @type {{button: HTMLElement, swatch: HTMLElement, key: string}[]} */
  #items = [];
  /** Which of it is marked as the one at the playhead; -2 if that has to be found out. */
  #current = -2;
  #compared = element("span", { class: "words" });
  #panel = element("div", { class: "panel" });
  /** @type {HTMLButtonElement[]} */
  #tabs = [];
  /** Whose notice is shown; it is not built anew under the pointer. */
  #noticed = "";

  /** @param {Settings} settings */
  constructor(settings) {
    this.#settings = settings;
    const { session, cameras, timeline } = settings;
    this.#failure.append(foreign(session.episode.failure ?? ""));
    this.element = element(
      "section",
      { class: "episode", "data-episode": session.number, "aria-label": `Episode ${session.number}` },
      this.#top(),
      this.#notice,
      this.#failure,
      element("div", { class: "middle" }, cameras, this.#side()),
      this.#tools(),
      element("div", { class: "below" }, this.#place, this.#words, this.#said),
      timeline,
    );
  }

  /** Shows what the session says now. */
  update() {
    const { session } = this.#settings;
    const { history, status, progress } = session;
    fill(this.#status, icon(status), STATUS[status]);
    this.#status.dataset.status = status;
    this.#since.hidden = status !== "corrected";
    this.#failure.hidden = !session.episode.failure || history.segments.length > 0;
    this.#showSaved();
    this.#showNotice();
    this.#showList();
    this.#enable("undo", history.canUndo);
    this.#enable("redo", history.canRedo);
    this.#enable("accept", history.segments.length > 0 && progress.kind !== "conflict");
    this.#showPlace();
  }

  /** @param {string} summary how the labels agree with the true ones */
  compared(summary) {
    this.#compared.textContent = summary;
  }

  /** @param {number} frame */
  seek(frame) {
    this.#frame = frame;
    this.#showPlace();
  }

  /** @param {boolean} playing */
  playing(playing) {
    const button = this.#buttons.get("play");
    if (!button) return;
    const word = playing ? "Pause" : "Play";
    fill(button, word, key("play"));
    button.setAttribute("aria-label", word);
  }

  /** @param {string} sentence */
  say(sentence) {
    this.#said.textContent = sentence;
  }

  /** Shows the other half of the panel, where there is room for one. */
  turnPanel() {
    this.#turn(this.#panel.dataset.shown === "subtasks" ? "definitions" : "subtasks");
  }

  // Made once

  #top() {
    const { session, order, perform } = this.#settings;
    const place = order.indexOf(session.number);
    const { task } = session.episode;
    return element(
      "div",
      { class: "top" },
      element("h2", null, `Episode ${session.number}`),
      element(
        "span",
        { class: "quiet position" },
        place < 0 ? "not in the present list" : `${place + 1} of ${order.length} in this order`,
      ),
      this.#status,
      element("span", { class: "task", title: isolated(task) }, foreign(task || "no task")),
      this.#saved,
      this.#button("previous", "‹", "The episode before", perform),
      this.#button("next", "›", "The episode after", perform),
      this.#button("accept", "Accept", "Accept, and go on", perform, "main"),
    );
  }

  #tools() {
    const { perform, paced } = this.#settings;
    const speed = element(
      "select",
      {
        "aria-label": "Speed of playing",
        onchange: () => {
          paced(Number(speed.value));
          // Keys belong to the view again.
          speed.blur();
        },
      },
      ...RATES.map((rate) =>
        element("option", { value: rate, selected: rate === 1 }, `${rate} ×`),
      ),
    );
    /**
     * @param {Action} action
     * @param {string} words
     * @param {string} [title]
     */
    const make = (action, words, title = words) => this.#button(action, words, title, perform);
    return element(
      "div",
      { class: "tools", role: "toolbar", "aria-label": "Episode" },
      group(
        make("play", "Play"),
        make("back", "−1", "A frame back"),
        make("forward", "+1", "A frame on"),
        make("playBorder", "▸|◂", "Play around the selected border"),
        make("borderBefore", "|‹", "To the border before"),
        make("borderAfter", "›|", "To the border after"),
        speed,
      ),
      group(
        make("moveBack", "‹ border", "Move the selected border a frame back"),
        make("moveForward", "border ›", "Move the selected border a frame on"),
      ),
      group(
        make("split", "Split"),
        make("merge", "Merge", "Merge with the subtask before"),
        make("rename", "Rename"),
        make("mistake", "Mistake", "A mistake of the robot"),
      ),
      group(make("undo", "Undo"), make("redo", "Redo")),
      group(
        make("zoomIn", "+", "Show less time"),
        make("zoomOut", "−", "Show more time"),
        make("zoomAll", "All", "Show all of the time"),
      ),
    );
  }

  #side() {
    const { context, session } = this.#settings;
    const { protocol } = context.overview;
    // Why an episode failed is said above the videos.
    const findings = session.episode.findings.filter(({ kind }) => kind !== "failed");
    this.#tabs = [
      this.#tab("subtasks", "Subtasks"),
      this.#tab("definitions", "Definitions"),
    ];
    this.#panel.append(
      element("div", { class: "half", "data-half": "subtasks" }, this.#list),
      element(
        "div",
        { class: "half definitions", "data-half": "definitions", tabindex: 0, "aria-label": "Definitions" },
        ...definitions(protocol.name, protocol.text),
      ),
    );
    const side = element(
      "aside",
      { class: "side" },
      this.#truth(),
      findings.length > 0 && this.#findings(findings),
      element("div", { class: "tabs", role: "group", "aria-label": "Panel" }, ...this.#tabs),
      this.#panel,
    );
    this.#turn(remembered() === "definitions" ? "definitions" : "subtasks");
    return side;
  }

  /** Returns how the labels agree with true ones, and what can be done; null without any. */
  #truth() {
    const { session, perform } = this.#settings;
    const { truth, truth_trouble: trouble } = session.episode;
    if (trouble) {
      const words = element("span", { class: "words" }, "True labels are not shown: ", foreign(trouble));
      return element("p", { class: "agreement", role: "status" }, icon("finding"), words);
    }
    return (
      truth &&
      element(
        "div",
        { class: "agreement", role: "group", "aria-label": "Agreement with the true labels" },
        this.#compared,
        this.#button("nextDifference", "Next", "The next place that differs from the true labels", perform),
        this.#button("takeTrue", "Take true", "Take the true border", perform),
      )
    );
  }

  /** @param {Finding[]} findings */
  #findings(findings) {
    const { session, sought } = this.#settings;
    const { fps, length } = session.episode;
    return element(
      "ul",
      { class: "found", "aria-label": "What the checks found" },
      this.#since,
      ...findings.map(({ kind, time, sentence }) => {
        const words = element("span", { class: "finding", title: isolated(sentence) }, foreign(sentence));
        if (time === null) {
          return element("li", { "data-finding": kind }, icon("finding"), words);
        }
        const button = element(
          "button",
          {
            type: "button",
            class: "plain",
            onclick: (event) => {
              release(event);
              sought(frameOf(time, fps, length));
            },
          },
          icon("finding"),
          words,
          element("span", { class: "quiet time" }, written(time)),
        );
        return element("li", { "data-finding": kind }, button);
      }),
    );
  }

  /**
   * @param {"subtasks" | "definitions"} half
   * @param {string} words
   */
  #tab(half, words) {
    return element(
      "button",
      {
        type: "button",
        "data-tab": half,
        onclick: (event) => {
          release(event);
          this.#turn(half);
        },
      },
      words,
    );
  }

  /** @param {"subtasks" | "definitions"} half */
  #turn(half) {
    this.#panel.dataset.shown = half;
    for (const tab of this.#tabs) {
      tab.setAttribute("aria-pressed", String(tab.dataset.tab === half));
    }
    try {
      localStorage.setItem(PANEL, half);
    } catch {
      // Remembering it is a convenience.
    }
  }

  /**
   * @param {Action} action
   * @param {string} words
   * @param {string} title
   * @param {(action: Action) => void} perform
   * @param {string} [name] its class
   */
  #button(action, words, title, perform, name = "") {
    const button = element(
      "button",
      {
        type: "button",
        class: name,
        "data-does": action,
        title: `${title} (${keyOf(action)})`,
        "aria-label": title,
        "aria-keyshortcuts": keyOf(action).replace("space", "Space"),
        onclick: (event) => {
          release(event);
          perform(action);
        },
      },
      words,
      // "+" and "−" say it already.
      words.length > 1 || action === "previous" || action === "next" ? key(action) : null,
    );
    this.#buttons.set(action, button);
    return button;
  }

  // Shown anew

  /**
   * @param {Action} action
   * @param {boolean} enabled
   */
  #enable(action, enabled) {
    const button = this.#buttons.get(action);
    if (button) button.disabled = !enabled;
  }

  #showSaved() {
    const { progress } = this.#settings.session;
    const [state, words] = /** @type {const} */ ({
      saved: ["saved", "Saved"],
      saving: ["saving", "Saving …"],
      waiting: ["unsaved", "Not saved yet, trying again"],
      conflict: ["conflict", "Not saved: changed elsewhere"],
      refused: ["unsaved", "Not saved"],
    })[progress.kind];
    const touched = this.#settings.session.history.state.reviewed;
    const shown = state === "saved" && !touched ? "Nothing to save" : words;
    this.#saved.dataset.save = state;
    // Only what is new is read out.
    if (this.#saved.textContent !== shown) this.#saved.textContent = shown;
  }

  #showNotice() {
    const { session } = this.#settings;
    const { progress } = session;
    const noticed = "message" in progress ? `${progress.kind} ${progress.message}` : "";
    if (noticed === this.#noticed) return;
    this.#noticed = noticed;
    this.#notice.hidden = !noticed;
    if (progress.kind === "conflict") {
      const { subtasks, status } = progress.theirs;
      fill(
        this.#notice,
        element(
          "p",
          null,
          element("b", null, "Another tab or person has changed this episode meanwhile"),
          ` (${counted(subtasks.length, "subtask")}, ${STATUS[status]}). `,
          "Your labels are here and not saved. Which are to stay?",
        ),
        press("Take theirs", "theirs", () => session.takeTheirs()),
        press("Keep mine", "mine", () => session.keepMine()),
        element("span", { class: "quiet" }, "After taking theirs, undo brings yours back."),
      );
    } else if (progress.kind === "waiting" || progress.kind === "refused") {
      fill(
        this.#notice,
        element(
          "p",
          null,
          element("b", null, progress.kind === "waiting" ? "Not saved yet, trying again. " : "Not saved. "),
          foreign(progress.message),
        ),
        press("Try now", "retry", () => session.saver.retry()),
      );
    } else fill(this.#notice);
  }

  /** Shows the list; only what has changed is made anew, since a drag changes two of many. */
  #showList() {
    const { session } = this.#settings;
    const { fps, length } = session.episode;
    const { segments } = session.history;
    segments.forEach(({ start, label, mistake }, index) => {
      const stop = stopOf(segments, index, length);
      const key = `${start} ${stop} ${mistake} ${label}`;
      const item = this.#items[index] ?? this.#addItem(index);
      if (item.key === key) return;
      item.key = key;
      item.button.title = isolated(label);
      this.#settings.context.colours.paint(item.swatch, label);
      fill(
        item.button,
        item.swatch,
        element("span", { class: "label" }, foreign(label)),
        mistake && icon("mistake"),
        mistake && element("span", { class: "unseen" }, "a mistake"),
        element("span", { class: "quiet time" }, written(start / fps)),
        element("span", { class: "quiet span" }, `${((stop - start) / fps).toFixed(2)} s`),
      );
    });
    for (const { button } of this.#items.splice(segments.length)) button.parentElement?.remove();
    this.#none.hidden = segments.length > 0;
    this.#current = -2;
  }

  /** @param {number} index */
  #addItem(index) {
    const { session, sought } = this.#settings;
    const button = element("button", {
      type: "button",
      class: "plain",
      "data-index": index,
      onclick: (event) => {
        release(event);
        sought(session.history.segments[index].start);
      },
    });
    this.#list.append(element("li", null, button));
    const item = { button, swatch: element("span", { class: "swatch" }), key: "" };
    this.#items.push(item);
    return item;
  }

  #showPlace() {
    const { session } = this.#settings;
    const { fps, length } = session.episode;
    const { segments } = session.history;
    const frame = this.#frame;
    this.#place.dataset.frame = String(frame);
    this.#place.textContent = `Frame ${frame} of ${length} · ${written(frame / fps)}`;
    const current = segmentAt(segments, frame);
    const border = borderAt(segments, frame);
    fill(
      this.#words,
      current >= 0 && foreign(segments[current].label),
      border > 0
        ? element("span", { class: "quiet" }, `border at ${written(segments[border].start / fps)} selected`)
        : null,
    );
    for (const action of /** @type {const} */ (["playBorder", "moveBack", "moveForward"])) {
      this.#enable(action, border > 0);
    }
    for (const action of /** @type {const} */ (["merge", "mergeNext"])) {
      this.#enable(action, segments.length > 1);
    }
    this.#enable("mistake", current >= 0);
    if (current === this.#current) return;
    this.#current = current;
    this.#list.querySelector("[aria-current]")?.removeAttribute("aria-current");
    const item = this.#list.querySelector(`[data-index="${current}"]`);
    item?.setAttribute("aria-current", "true");
    if (item) reveal(this.#list.parentElement, item);
  }
}

/**
 * Writes the definitions as they are, line by line; a headline where Markdown has one.
 *
 * @param {string} name
 * @param {string} text
 * @returns {HTMLElement[]}
 */
function definitions(name, text) {
  return [
    element("h3", null, "Protocol: ", foreign(name)),
    ...text.split(/\r?\n/).map((line) => {
      const [, headline] = /^#+\s+(.*)$/.exec(line) ?? [];
      if (headline) return element("h4", null, foreign(headline));
      const [, item] = /^\s*[-*]\s+(.*)$/.exec(line) ?? [];
      const [, term, rest] = /^([^:]{1,60}):\s+(.*)$/.exec(item ?? "") ?? [];
      const words = term ? [element("b", null, foreign(term)), ": ", foreign(rest)] : [foreign(item ?? line)];
      return element("p", { class: item === undefined ? "" : "item" }, ...words);
    }),
  ];
}

/**
 * Scrolls a box, and nothing around it, so that something in it is seen.
 *
 * @param {HTMLElement | null} box
 * @param {Element} item
 */
function reveal(box, item) {
  if (!box) return;
  const outer = box.getBoundingClientRect();
  const inner = item.getBoundingClientRect();
  if (inner.top < outer.top) box.scrollTop += inner.top - outer.top;
  else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom;
}

/** @param {...Node} children */
function group(...children) {
  return element("span", { class: "group" }, ...children);
}

/** @param {Action} action */
function key(action) {
  return element("kbd", { "aria-hidden": "true" }, keyOf(action));
}

/**
 * @param {string} words
 * @param {string} does
 * @param {() => void} act
 */
function press(words, does, act) {
  return element(
    "button",
    {
      type: "button",
      "data-does": does,
      onclick: (event) => {
        release(event);
        act();
      },
    },
    words,
  );
}

/**
 * Gives the focus back after a click with the mouse: the next key belongs to the view, not to the
 * button.
 *
 * @param {Event} event
 */
function release(event) {
  if (event instanceof MouseEvent && event.detail && event.currentTarget instanceof HTMLElement) {
    event.currentTarget.blur();
  }
}

/** @returns {string | null} */
function remembered() {
  try {
    return localStorage.getItem(PANEL);
  } catch {
    return null;
  }
}
