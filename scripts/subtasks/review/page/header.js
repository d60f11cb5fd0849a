/**
 * The line on top: which dataset, which view, how much is reviewed.
 *
 * @import {DatasetSummary, OverviewEpisode} from "./types.js"
 * @import {Route} from "./routes.js"
 */

import { count, element, fill, isolated } from "./elements.js";
import { progress } from "./filters.js";
import { openHelp } from "./help.js";
import { toLabels, toOverview } from "./routes.js";

/** The header of the page. */
export class Header {
  #chooser = element("div", { class: "chooser" });
  #places = element("nav", { "aria-label": "Views" });
  #bar = element("progress", { "aria-hidden": "true", max: 1, value: 0 });
  #words = element("span", { class: "words" });
  #progress = element("div", { class: "progress", hidden: true }, this.#bar, this.#words);

  /** @param {HTMLElement} container */
  constructor(container) {
    const help = element(
      "button",
      { type: "button", class: "help", title: "Keys (?)", "aria-label": "Keys", onclick: openHelp },
      "?",
    );
    fill(container, this.#chooser, this.#places, this.#progress, help);
  }

  /**
   * Shows where the page is.
   *
   * @param {Route} place
   * @param {DatasetSummary[]} datasets
   */
  place(place, datasets) {
    if (place.view === "datasets") {
      fill(this.#chooser, element("h1", null, "Subtasks"));
      fill(this.#places);
      this.#progress.hidden = true;
      document.title = "Subtasks";
      return;
    }
    fill(this.#chooser, chooser(place.dataset, datasets));
    const { view } = place;
    fill(
      this.#places,
      link("Episodes", toOverview(place.dataset), view === "overview" || view === "episode"),
      link("Labels", toLabels(place.dataset), view === "labels" || view === "label"),
    );
    document.title = `${title(place)} · ${isolated(place.dataset)}`;
  }

  /**
   * Shows how much is reviewed.
   *
   * @param {OverviewEpisode[]} episodes
   */
  progress(episodes) {
    const of = progress(episodes);
    this.#progress.hidden = false;
    this.#bar.value = of.episodes ? of.reviewed / of.episodes : 0;
    this.#words.textContent =
      `${count(of.reviewed)} of ${count(of.episodes)} reviewed ` +
      `(${count(of.accepted)} accepted, ${count(of.corrected)} corrected)` +
      (of.failed ? ` · ${count(of.failed)} failed` : "");
  }
}

/**
 * @param {string} present
 * @param {DatasetSummary[]} datasets
 * @returns {HTMLElement}
 */
function chooser(present, datasets) {
  const shown = isolated(present);
  if (datasets.length < 2) return element("h1", { title: shown }, element("bdi", null, shown));
  const select = element(
    "select",
    {
      "aria-label": "Dataset",
      onchange: () => {
        location.hash = toOverview(select.value);
      },
    },
    ...datasets.map(({ name }) =>
      element("option", { value: name, selected: name === present }, isolated(name)),
    ),
  );
  return select;
}

/**
 * @param {string} text
 * @param {string} href
 * @param {boolean} present
 * @returns {HTMLElement}
 */
function link(text, href, present) {
  return element("a", { href, "aria-current": present ? "page" : null }, text);
}

/**
 * @param {Exclude<Route, {view: "datasets"}>} place
 * @returns {string}
 */
function title(place) {
  switch (place.view) {
    case "overview":
      return "Episodes";
    case "labels":
      return "Labels";
    case "label":
      return isolated(place.label.slice(0, 80));
    case "episode":
      return `Episode ${place.episode}`;
  }
}
