/**
 * All that the overview knows of one episode, in words.
 *
 * @import {Finding, OverviewEpisode} from "./types.js"
 */

import { counted, element, fill, foreign, icon, seconds } from "./elements.js";
import { tellingFindings } from "./segments.js";

/**
 * Shows an episode; nothing if there is none.
 *
 * @param {HTMLElement} container
 * @param {OverviewEpisode | undefined} episode
 * @param {number} fps
 */
export function showDetail(container, episode, fps) {
  container.scrollTop = 0;
  if (!episode) return fill(container);
  const { failure } = episode;
  const findings = tellingFindings(episode);
  const { agreement } = episode;
  const agreed =
    agreement === null ? "" : `${agreement.toFixed(2)} F1 of borders within 0.5 s of true ones · `;
  const parts = counted(episode.labels.length, "subtask");
  fill(
    container,
    element(
      "p",
      { class: "about" },
      element("strong", null, `Episode ${episode.episode}`),
      ` · ${seconds(episode.length / fps)} · ${parts} · ${agreed}`,
      foreign(episode.task),
    ),
    failure !== null && element("p", { class: "failure" }, icon("failed"), foreign(failure)),
    element("ul", null, ...findings.map(line)),
    !findings.length &&
      failure === null &&
      element("p", { class: "quiet" }, "The checks found nothing."),
  );
}

/**
 * @param {Finding} finding
 * @returns {HTMLElement}
 */
function line({ time, sentence }) {
  return element(
    "li",
    null,
    icon("finding"),
    foreign(sentence),
    time !== null && element("span", { class: "quiet" }, ` at ${seconds(time)}`),
  );
}
