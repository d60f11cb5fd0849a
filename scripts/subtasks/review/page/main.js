/**
 * The entry: follows the address, and keeps what is known of the datasets.
 *
 * @import {Context, DatasetSummary, Leave, Loaded, Overview} from "./types.js"
 * @import {Route} from "./routes.js"
 */

import { Colours, colours, labelsInOrder } from "./colours.js";
import { count, element, fill, foreign } from "./elements.js";
import { showEpisode } from "./episode.js";
import { take } from "./filters.js";
import { Header } from "./header.js";
import { openHelp, typing } from "./help.js";
import { showLabel } from "./label.js";
import { showLabels } from "./labels.js";
import { presentOrder, showOverview } from "./overview.js";
import { route, time, toOverview } from "./routes.js";
import * as server from "./server.js";

/**
 * A dataset, kept while the page is open so that its labels keep their colours.
 *
 * `saved` counts what was saved from this page: an overview that was asked for before is old.
 *
 * @typedef {{overview: Overview, colours: Colours, order: number[] | null, saved: number}} Known
 */

const view = /** @type {HTMLElement} */ (document.getElementById("view"));
const header = new Header(/** @type {HTMLElement} */ (document.getElementById("header")));

/** @type {Map<string, Known>} */
const known = new Map();
/** @type {DatasetSummary[]} */
let datasets = [];
/** @type {Leave} */
let leave = () => {};
/** Shows anew what the server has, where the present view can. @type {(() => void) | null} */
let renew = null;
/** Counts the places visited, so that what comes too late for one is dropped. */
let visit = 0;

window.addEventListener("hashchange", show);
document.addEventListener("visibilitychange", refresh);
document.addEventListener("keydown", (event) => {
  if (event.key === "?" && !typing(event)) openHelp();
});
start();

/** Finds out which datasets there are; if there is one, goes there. */
async function start() {
  const outcome = await server.loadDatasets();
  if (outcome.kind !== "done") return trouble(outcome.message, start);
  datasets = outcome.value;
  if (datasets.length === 1 && route(location.hash).view === "datasets") {
    // Replaced, so that going back leaves the page instead of coming here again.
    history.replaceState(null, "", toOverview(datasets[0].name));
  }
  await show();
}

/** Shows the place in the address. */
async function show() {
  const present = ++visit;
  const place = route(location.hash);
  leave();
  leave = () => {};
  renew = null;
  view.className = `view-${place.view}`;
  view.replaceChildren();
  header.place(place, datasets);
  if (place.view === "datasets") return showDatasets();

  const remembered = known.has(place.dataset);
  if (!remembered) {
    fill(view, element("p", { class: "waiting" }, "Loading the episodes …"));
    const outcome = await load(place.dataset);
    if (present !== visit) return;
    if (outcome.kind !== "done") return trouble(outcome.message, show);
    view.replaceChildren();
  }
  const dataset = /** @type {Known} */ (known.get(place.dataset));
  header.progress(dataset.overview.episodes);
  const left = await open(place, dataset);
  if (present !== visit) return left();
  leave = left;
  if (remembered) await refresh();
}

/**
 * @param {Exclude<Route, {view: "datasets"}>} place
 * @param {Known} dataset
 * @returns {Promise<Leave>}
 */
async function open(place, dataset) {
  const context = contextOf(place, dataset);
  const name = place.dataset;
  const again = async () => {
    await load(name);
  };
  if (place.view === "episode") return showEpisode(view, context, name, place.episode);
  if (place.view === "overview") {
    /** @param {number[]} order */
    const ordered = (order) => {
      dataset.order = order;
    };
    const shown = showOverview(view, context, name, place.settings, ordered);
    renew = shown.renew;
    return shown.leave;
  }
  if (place.view === "labels") {
    const shown = showLabels(view, context, name, again);
    renew = shown.renew;
    return shown.leave;
  }
  return showLabel(view, context, name, place.label, again);
}

/**
 * @param {Exclude<Route, {view: "datasets"}>} place
 * @param {Known} dataset
 * @returns {Context}
 */
function contextOf(place, dataset) {
  return {
    server,
    get overview() {
      return dataset.overview;
    },
    colours: dataset.colours,
    order: () => dataset.order ?? presentOrder(place.dataset, dataset.overview.episodes),
    go(hash) {
      location.hash = hash;
    },
    changed(number, change) {
      dataset.saved += 1;
      take(dataset.overview.episodes, number, change);
      dataset.colours.add(change.labels.map(([, label]) => label));
      header.progress(dataset.overview.episodes);
    },
    time: time(place),
  };
}

/**
 * Loads a dataset's overview, for the first time or again.
 *
 * @param {string} name
 * @returns {Promise<Loaded<Overview>>}
 */
async function load(name) {
  const saved = known.get(name)?.saved ?? 0;
  const outcome = await server.loadOverview(name);
  if (outcome.kind !== "done") return outcome;
  const overview = outcome.value;
  const dataset = known.get(name);
  if (!dataset) {
    known.set(name, { overview, colours: colours(overview), order: null, saved: 0 });
  } else if (dataset.saved === saved) {
    dataset.overview = overview;
    dataset.colours.add(labelsInOrder(overview));
  }
  return outcome;
}

/** Asks what the server has now, where the present view can show it: others may have saved. */
async function refresh() {
  const place = route(location.hash);
  const present = visit;
  if (document.hidden || !renew || place.view === "datasets") return;
  const outcome = await load(place.dataset);
  if (outcome.kind !== "done" || present !== visit) return;
  header.progress(/** @type {Known} */ (known.get(place.dataset)).overview.episodes);
  renew();
}

/** Shows which datasets there are. */
function showDatasets() {
  const rows = datasets.map(({ name, episodes, accepted, corrected, failed }) =>
    element(
      "li",
      null,
      element("a", { href: toOverview(name) }, foreign(name)),
      element(
        "span",
        null,
        `${count(accepted + corrected)} of ${count(episodes)} reviewed`,
        failed ? ` · ${count(failed)} failed` : "",
      ),
    ),
  );
  fill(
    view,
    element("h2", null, "Datasets"),
    rows.length
      ? element("ul", { class: "datasets" }, ...rows)
      : element(
          "p",
          null,
          "There is nothing to review yet. Run: ",
          element("code", null, "snakemake review --cores 2"),
        ),
  );
  view.querySelector("a")?.focus();
}

/**
 * Says what went wrong, and offers to try again.
 *
 * @param {string} message
 * @param {() => void} again
 */
function trouble(message, again) {
  const button = element("button", { type: "button", onclick: again }, "Try again");
  fill(
    view,
    element(
      "div",
      { class: "trouble", role: "alert" },
      element("p", null, foreign(message)),
      element(
        "p",
        null,
        button,
        " ",
        datasets.length > 1 && element("a", { href: "#/" }, "All datasets"),
      ),
    ),
  );
  button.focus();
}
