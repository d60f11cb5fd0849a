/** The values of the server's HTTP interface, and what the parts of the page tell one another. */

export type Status = "new" | "accepted" | "corrected" | "failed";

/** A subtask in the overview: where it begins in seconds, its label, whether it is a mistake. */
export type Label = [time: number, label: string, mistake: boolean];

export interface DatasetSummary {
  name: string;
  episodes: number;
  accepted: number;
  corrected: number;
  failed: number;
}

/** Something a check found; `time` in seconds, null if it concerns the whole episode. */
export interface Finding {
  kind: string;
  score: number;
  time: number | null;
  sentence: string;
}

export interface OverviewEpisode {
  episode: number;
  task: string;
  /** In frames. */
  length: number;
  status: Status;
  /** Why there are no labels; null if there are. */
  failure: string | null;
  labels: Label[];
  /** How much it deserves a look; 0 if no check found anything. */
  score: number;
  findings: Finding[];
  filmstrip: boolean;
  /** F1 of borders within 0.5 s of true ones, 0 to 1; null where nothing is known to be true. */
  agreement: number | null;
}

export interface Overview {
  dataset: string;
  fps: number;
  /** Whether a vocabulary unifies the labels: it decides where renaming is written. */
  unified: boolean;
  protocol: { name: string; text: string };
  /** Where true labels come from, or why they cannot be read; null if there are none. */
  truth: { origin: string | null; trouble: string | null } | null;
  episodes: OverviewEpisode[];
}

/** Tiles in reading order; `times` in seconds, `width` and `height` of a tile in pixels. */
export interface Filmstrip {
  url: string;
  width: number;
  height: number;
  columns: number;
  times: number[];
}

export interface Subtask {
  time: number;
  subtask: string;
  mistake?: boolean;
}

/** A true label in seconds, and the frames that it is put on. They are sorted; gaps may remain. */
export interface TrueLabel {
  start: number;
  end: number;
  label: string;
  frames: [start: number, stop: number];
}

export interface HandAction {
  hand: string;
  start: number;
  stop: number;
  closes: boolean;
}

/** Curves with a value every `seconds`; speeds are shares of what is typical, openings 0 to 1. */
export interface Motion {
  seconds: number;
  speed: Record<string, number[]>;
  opening: Record<string, number[]>;
  actions: HandAction[];
  changes: { time: number; what: string }[];
}

/** A video; `start` and `stop` are the episode's seconds in its file. */
export interface Camera {
  name: string;
  /** Null where no browser can show it. */
  url: string | null;
  codec: string | null;
  start: number;
  stop: number;
}

export interface Episode {
  episode: number;
  task: string;
  /** In frames. */
  length: number;
  fps: number;
  status: Status;
  failure: string | null;
  version: string;
  subtasks: Subtask[];
  /** What the annotator said; equals `subtasks` where nobody corrected it. */
  annotated: Subtask[];
  motion: Motion | null;
  /** Why the motion is unknown. */
  fault: string | null;
  filmstrip: Filmstrip | null;
  cameras: Camera[];
  findings: Finding[];
  /** Null where nobody has said what is true of this episode. */
  truth: TrueLabel[] | null;
  /** Why the true labels of the dataset cannot be read; null if they can be, or there are none. */
  truth_trouble: string | null;
}

/** What the server has after saving, or what somebody else saved before. */
export interface Saved {
  version: string;
  status: Status;
  subtasks: Subtask[];
  agreement: number | null;
}

export interface Renamed {
  /** How many episodes change. */
  episodes: number;
  /** What was written. */
  files: string[];
}

export type Done<T> = { kind: "done"; value: T };
/** Somebody else saved the episode meanwhile. */
export type Conflict = { kind: "conflict"; message: string; current: Saved };
/** The server was not reached, or did not answer properly: worth trying again. */
export type Offline = { kind: "offline"; message: string };
/** The server will not do this; `status` is the HTTP status. */
export type Refused = { kind: "refused"; status: number; message: string };

export type Loaded<T> = Done<T> | Offline | Refused;
export type SaveOutcome = Done<Saved> | Conflict | Offline | Refused;

/** What the overview is told of an episode that was saved. */
export interface Change {
  status: Status;
  labels: Label[];
  agreement: number | null;
}

/** What a view is given. */
export interface Context {
  server: typeof import("./server.js");
  /** Kept up to date. */
  readonly overview: Overview;
  colours: import("./colours.js").Colours;
  /** The episodes in the order and with the filter that the overview showed last. */
  order(): number[];
  /** Go to another place of the page, such as `#/demo/labels`. */
  go(hash: string): void;
  /** Tell the overview that an episode was saved. */
  changed(episode: number, change: Change): void;
  /** The second at which an episode should be shown, from `?t=` in the address. */
  readonly time: number | null;
}

/** Leaves a view: removes what it added outside its container. */
export type Leave = () => void;

/** A key of the help: what is pressed, and what it does. */
export interface HelpKey {
  keys: string[];
  does: string;
}
