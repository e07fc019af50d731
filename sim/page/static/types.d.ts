/** What the modules hand each other, for the type check: nothing of it runs or is shipped. */

/** Numbers with a shape, rows first; at2 and at3 read one of them. */
type Numbers = (Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array) & {
  shape: number[];
  at2(i: number, j: number): number;
  at3(i: number, j: number, k: number): number;
};
type Bands = { mean: Numbers; low: Numbers; high: Numbers };
/** A timeline as a scenario file has it. */
type Entries = Record<string, Record<string, any>>[];
type Segment = { text: string; plan?: number; strong?: boolean };

interface Bar {
  kind: string; label: string; shock: boolean; start: number; lasts: number; rounds: [number, number][];
  audience: string; dose: number; hours: number; entry: Record<string, any>;
}

/** See sim/page/payload.py, which documents every part. */
interface Plan {
  name: string; purpose: string; yaml: string; bars: Bar[]; curves: Bands; teams: Bands | null;
  drivers: Bands & { weeks: number[]; all: Numbers };
  replay: Record<string, Numbers>;
  ghost?: { curves: Bands; replay: Record<string, Numbers>; bars: Bar[] } | null;
  changed?: Segment[] | null;
  provisional?: boolean;
}

interface Organisation {
  name: string; n_people: number; n_teams: number; n_ties: number; smallest_team: number;
  pseudonyms: boolean; people_shown: boolean; made_up: boolean; notes: [string, number][];
  teams: { name: string[]; start: Numbers; manager: Numbers; shown: Numbers };
  people: { name: string[]; role: Numbers; roles: string[]; level: Numbers; kind: Numbers; manager: Numbers; listens: Numbers };
  ties: { source: Numbers; target: Numbers; weight: Numbers };
  between: { from: Numbers; to: Numbers; share: Numbers };
}

interface OutcomeShown { name: string; label: string; unit: string; meaning: string }

interface Payload {
  format: string; uptake: string; weeks: number; seed: number; worlds: number; samples: number;
  sentence: Segment[]; compared: string; verdict: string; bands: string; source: string; warnings: string[];
  organisation: Organisation; outcomes: OutcomeShown[]; team_outcomes: string[];
  drivers: { name: string; label: string; words: string; meaning: string }[];
  stages: { name: string; label: string; meaning: string }[];
  world: { index: number; seed: string };
  plans: Plan[];
  shown?: Record<string, any>;
}

interface Layout {
  teams: number; people: number; strips: number; deep: number; largest: number; spacing: number;
  team: Int32Array; dx: Float32Array; dy: Float32Array;
  cells: { strip: number; row: number; rows: number; left: number; right: number; rest: string; alone: boolean }[];
  heads: { name: string; strip: number; left: number; right: number }[];
}

interface Model {
  payload: Payload; organisation: Organisation; plans: Plan[]; layout: Layout; revision: number;
  neighbours: { start: Int32Array; list: Int32Array };
  /** The ties of a person, the strongest first, as rows of organisation.ties. */
  listens(person: number): number[];
}

/** The state of a page. `secret`: a bet is placed, nothing may give it away; `quiet`: no sentence. */
interface State {
  week: number; outcome: string; speed: string; theme: string; degrees: number; sort: string;
  team: number | null; person: number | null; plan: number | null; large: number | null; hover: number | null;
  selected: { plan: number; bar: number } | null;
  /** Whether the waves that leave informal leaders are shown; and what followed where somebody starts. */
  leaders: boolean; follow: Follow | null;
  /** Whether single letters act as keys. */
  letters: boolean;
  playing: boolean; reveal: boolean; betting: boolean; secret: boolean; quiet: boolean;
  revision: number; shown_theme: string;
}

/** A plan run again with people who use the tool from the first week; `state` is the replayed replicate. */
interface Follow {
  plan: number; rows: Numbers; state: Numbers; by_week: Numbers;
  others: { mean: number; low: number; high: number; replicates: number }; teams: { team: number; more: number }[];
}

interface Store {
  readonly state: State;
  set(patch: Partial<State>): void;
  /** Be told when one of the keys changes; gives what ends it. */
  on(keys: string[], tell: (state: State, changed: string[]) => void): () => void;
}

interface Clock {
  readonly position: number;
  onFrame(drawer: (position: number, now: number) => void): void;
  redraw(): void; play(): void; pause(): void; toggle(): void; seek(week: number): void;
}

/** What a tab wants to see. */
interface Wanted {
  plans: string[]; organisation: string; uploaded: boolean; pseudonyms: boolean; outcome: string;
  parameters: Record<string, number>; edits: Record<string, Entries>;
}

/** Who got it from whom: rows of people (−1: nobody here), and weeks (0: never). */
interface Tree { from: Int32Array; week: Uint16Array }

interface Problem { where: string; what: string; right: string; path?: string; line?: string; doubt?: { sheet: string; key: string } }

/** The live page: what it shows, and what was asked of it. `shown` is what was answered last. */
interface Live {
  timings: { ms: number; replicates: number }[]; page: any; hello: any; wanted: Wanted; shown: Wanted;
  stage: string; files: any; rest: ReturnType<typeof setTimeout>; held: boolean; [other: string]: any;
}

interface Window { uptake: any }
