// Colours come from the style sheet, so that there is one place for them; shapes are here.

/** Dashes of the plans' lines, in the order of the plans; none is told by colour alone. */
export const DASHES = ["6 3", "", "2 2", "8 3 2 3", "4 2", "10 4", "1 4", "7 2 1 2 1 2"];
export const N_PLANS = DASHES.length;

/** Stages by the code of a replay's state. */
export const HIDDEN = 0, NONE = 1, UNAWARE = 2, CONSIDERING = 3, TRYING = 4, USING = 5, LAPSED = 6, OWN = 7;

/** Bit of a replay's state: began to consider the tool this week, with somebody seen using it. */
export const BEGINS = 64;

const STAGES = ["hidden", "none", "unaware", "considering", "trying", "using", "lapsed", "own"];

const RAMP = [0, 1, 2, 3, 4, 5];

/** All colours of the theme that is on. */
export function readColours(element = document.documentElement) {
  const style = getComputedStyle(element);
  const read = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    plans: DASHES.map((_, plan) => read(`plan-${plan}`)),
    stages: STAGES.map((name) => read(`stage-${name}`)),
    edges: STAGES.map((name) => read(`edge-${name}`) || null),
    ink: read("ink"), muted: read("muted"), grid: read("grid"), panel: read("panel"),
    tie: read("tie"), mark: read("mark"), glow: read("glow"), select: read("select"), ray: read("ray"),
    cool: RAMP.map((step) => read(`cool-${step}`)), warm: RAMP.map((step) => read(`warm-${step}`)),
    dark: document.documentElement.dataset.theme === "dark",
  };
}

/**
 * Follow the system's theme, or the one that was chosen.
 * @param {Store} store
 */
export function followTheme(store, signal) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const { theme } = store.state;
    document.documentElement.dataset.theme = theme === "auto" ? (system.matches ? "dark" : "light") : theme;
    store.set({ shown_theme: document.documentElement.dataset.theme });
  };
  system.addEventListener("change", apply, { signal });
  store.on(["theme"], apply);
  apply();
}
