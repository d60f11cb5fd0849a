/** The keys of the episode's view. @import {HelpKey} from "./types.js" */

/** @type {HelpKey[]} */
export const KEYS = [];
