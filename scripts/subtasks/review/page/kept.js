/** What is kept of the overview in this tab while other views are shown. */

/**
 * The filter as it stands in the address; pixels scrolled; the episode that keys act on; whether
 * the longest episodes are shown whole.
 *
 * @typedef {{settings: string, top: number, active: number | null, whole: boolean}} Kept
 */

/**
 * Keeps the state of a dataset's overview.
 *
 * @param {string} dataset
 * @param {Kept} state
 */
export function keep(dataset, state) {
  try {
    sessionStorage.setItem(`overview of ${dataset}`, JSON.stringify(state));
  } catch {
    // Full or forbidden: then going back shows the list from its beginning.
  }
}

/**
 * Returns the state of a dataset's overview; null if nothing is kept.
 *
 * @param {string} dataset
 * @returns {Kept | null}
 */
export function kept(dataset) {
  try {
    return JSON.parse(sessionStorage.getItem(`overview of ${dataset}`) ?? "null");
  } catch {
    return null;
  }
}
