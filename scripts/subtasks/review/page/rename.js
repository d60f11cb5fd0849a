/**
 * The dialog that gives a label another name in the whole dataset.
 *
 * @import {LabelFacts} from "./statistics.js"
 * @import {Context, Renamed} from "./types.js"
 */

import { counted, element, fill, foreign, isolated } from "./elements.js";
import { labelFacts } from "./statistics.js";

/** More completions than these slow the field down and are not read. */
const MOST_COMPLETIONS = 300;
const MOST_CHARACTERS = 200;

/**
 * Asks for the new name, says what will change and where, and renames.
 *
 * @param {Context} context
 * @param {string} dataset
 * @param {string} label
 * @param {(to: string) => void} renamed is called after it, when the dialog is closed
 */
export function openRename(context, dataset, label, renamed) {
  const facts = labelFacts(context.overview);
  const field = element("input", {
    type: "text",
    value: label.length > MOST_CHARACTERS ? "" : label,
    list: "labels-to-choose",
    autocomplete: "off",
    spellcheck: "false",
    dir: "auto",
    oninput: () => explain(),
  });
  const explanation = element("div", { class: "explanation", "aria-live": "polite" });
  const trouble = element("p", { class: "failure", role: "alert" });
  const submit = element("button", { type: "submit", class: "main" }, "Rename");
  const cancel = element("button", { type: "button", onclick: () => dialog.close() }, "Cancel");
  const form = element(
    "form",
    { method: "dialog" },
    element("h2", null, "Rename or merge a label"),
    element("p", { class: "whole" }, foreign(label)),
    element("label", { class: "field" }, "New name", field),
    completions(facts, label),
    explanation,
    trouble,
    element("p", { class: "buttons" }, cancel, submit),
  );
  const dialog = element(
    "dialog",
    { class: "rename", "aria-label": "Rename or merge a label" },
    form,
  );
  /** @type {string | null} */
  let done = null;

  const explain = () => {
    const to = field.value.trim();
    const other = facts.find((each) => each.label === to);
    submit.disabled = !to || to === label;
    submit.textContent = other && to !== label ? "Merge" : "Rename";
    fill(
      explanation,
      ...changes(facts, label, to).map((line) => element("p", null, line)),
      element("p", { class: "quiet" }, ...where(context, dataset, facts, label)),
    );
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const to = field.value.trim();
    if (submit.disabled) return;
    submit.disabled = true;
    trouble.textContent = "";
    const outcome = await context.server.renameLabel(dataset, label, to);
    if (outcome.kind !== "done") {
      submit.disabled = false;
      fill(trouble, foreign(outcome.message));
      return;
    }
    done = to;
    context.colours.rename(label, to);
    // Closed while it was under way: renamed all the same.
    if (!dialog.open) return renamed(to);
    showDone(form, dialog, dataset, label, to, outcome.value);
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (done !== null) renamed(done);
  });
  document.body.append(dialog);
  explain();
  dialog.showModal();
  field.select();
}

/**
 * @param {LabelFacts[]} facts
 * @param {string} label
 * @returns {HTMLElement}
 */
function completions(facts, label) {
  const names = facts
    .filter((each) => each.label !== label && each.label.length <= MOST_CHARACTERS)
    .sort((one, other) => other.segments - one.segments)
    .slice(0, MOST_COMPLETIONS);
  return element(
    "datalist",
    { id: "labels-to-choose" },
    ...names.map((each) =>
      element("option", { value: each.label }, counted(each.segments, "segment")),
    ),
  );
}

/**
 * Says what will change.
 *
 * @param {LabelFacts[]} facts
 * @param {string} label
 * @param {string} to
 * @returns {string[]}
 */
function changes(facts, label, to) {
  const own = facts.find((each) => each.label === label);
  const other = facts.find((each) => each.label === to);
  const segments = counted(own?.segments ?? 0, "segment");
  const size = `${segments} in ${counted(own?.episodes ?? 0, "episode")}`;
  if (!to || to === label) return [`${size} ${own?.segments === 1 ? "has" : "have"} this label.`];
  if (!other) return [`${size} will be renamed.`];
  return [
    `There is a label of this name already, with ${counted(other.segments, "segment")}.`,
    `${size} will be merged into it. This cannot be undone here.`,
  ];
}

/**
 * Says where it is written.
 *
 * @param {Context} context
 * @param {string} dataset
 * @param {LabelFacts[]} facts
 * @param {string} label
 * @returns {(string | HTMLElement)[]}
 */
function where({ overview }, dataset, facts, label) {
  const folder = element("code", null, `corrections/${isolated(dataset)}/`);
  if (overview.unified) {
    return [
      "Written to ",
      element("code", null, `vocabularies/${isolated(dataset)}.yaml`),
      ", the dataset’s vocabulary, and to corrections that have the label, in ",
      folder,
      ".",
    ];
  }
  const episodes = facts.find((each) => each.label === label)?.episodes ?? 0;
  return [
    "This dataset’s labels have no vocabulary. So a correction is written for each episode, to ",
    folder,
    `: ${counted(episodes, "episode")}. None of them counts as reviewed for that.`,
  ];
}

/**
 * Says what was written, and what to run.
 *
 * @param {HTMLElement} form
 * @param {HTMLDialogElement} dialog
 * @param {string} dataset
 * @param {string} label
 * @param {string} to
 * @param {Renamed} renamed
 */
function showDone(form, dialog, dataset, label, to, { episodes, files }) {
  const most = 5;
  const shown = files
    .slice(0, most)
    .map((file) => element("li", null, element("code", null, isolated(file))));
  const rest = files.length - shown.length;
  const close = element(
    "button",
    { type: "button", class: "main", onclick: () => dialog.close() },
    "Close",
  );
  fill(
    form,
    element("h2", null, "Renamed"),
    element("p", { class: "whole" }, foreign(label), " → ", foreign(to)),
    element("p", null, `${counted(episodes, "episode")} changed. Written:`),
    element(
      "ul",
      null,
      ...shown,
      rest > 0 && element("li", null, `and ${counted(rest, "other file")}`),
    ),
    element(
      "p",
      null,
      "So that ",
      element("code", null, `results/${isolated(dataset)}`),
      " has it too, run:",
    ),
    element("pre", null, "snakemake --cores 2"),
    element("p", { class: "buttons" }, close),
  );
  close.focus();
}
