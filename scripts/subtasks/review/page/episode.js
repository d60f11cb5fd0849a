/** The view of one episode. @import {Context, Leave} from "./types.js" */

import { element, fill } from "./elements.js";

/**
 * Shows an episode.
 *
 * @param {HTMLElement} container
 * @param {Context} context
 * @param {string} dataset
 * @param {number} number
 * @returns {Promise<Leave>}
 */
export async function showEpisode(container, context, dataset, number) {
  const outcome = await context.server.loadEpisode(dataset, number);
  fill(container, element("p", null, outcome.kind === "done" ? `Episode ${number}` : outcome.message));
  return () => {};
}
