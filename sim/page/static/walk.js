// The guided walk: scenes from files, one idea each; nothing a bet is about is shown before it.

import { button, h, put } from "uptake/dom";
import { letter, share } from "uptake/words";

const SETTLED = 4;

/** The level of an outcome at the end: the mean of its last weeks. */
export function levelOf(values, row, weeks, over = SETTLED) {
  const from = Math.max(0, weeks - over);
  let sum = 0;
  for (let w = from; w < weeks; w += 1) sum += values.at2(row, w);
  return sum / (weeks - from);
}

/** The highest week of an outcome: {value, week}. */
export function peakOf(values, row, weeks) {
  let week = 0;
  for (let w = 1; w < weeks; w += 1) if (values.at2(row, w) > values.at2(row, week)) week = w;
  return { value: values.at2(row, week), week: week + 1 };
}

/**
 * The team with the lowest share at the end under a plan, of those that are shown.
 * @param {Model} model
 */
export function lastTeam(model, plan) {
  const { teams } = model.plans[plan], week = model.payload.weeks - 1;
  let found = null, least = 2;
  model.organisation.teams.shown.forEach((shown, team) => {
    const value = teams ? teams.mean.at3(0, week, team) : NaN;
    if (shown && value < least) [found, least] = [team, value];
  });
  return found;
}

/**
 * The words of a scene, with what stands in braces filled in from the run.
 * @param {Model} model
 */
export function filledIn(text, model) {
  const { payload, plans, organisation } = model, row = payload.outcomes.findIndex(({ name }) => name === "weekly_users");
  const known = {
    firm: () => organisation.name, people: () => String(organisation.n_people), weeks: () => String(payload.weeks),
    verdict: () => payload.compared, "last team": () => organisation.teams.name[lastTeam(model, plans.length - 1) ?? -1] ?? "no team",
  };
  plans.forEach((plan, p) => {
    const { mean } = plan.curves;
    known[letter(p)] = () => plan.name;
    known[`level ${letter(p)}`] = () => `about ${share(levelOf(mean, row, payload.weeks))}`;
    known[`peak ${letter(p)}`] = () => {
      const { value, week } = peakOf(mean, row, payload.weeks);
      return `${share(value)} in week ${week}`;
    };
  });
  const filled = text.replace(/\{([^{}]*)\}/g, (_, name) => known[name]?.() ?? "");
  return filled.charAt(0).toUpperCase() + filled.slice(1); // what is filled in may begin a sentence
}

/** The strip of the walk. `acts` has open(patch), done() and entered(). */
export function createWalk(page, scenes, acts) {
  const title = h("b", { class: "scene-title" }), words = h("span", { class: "step", role: "status" }), dots = h("span", { class: "dots" });
  /** @type {any} */
  const walk = { page, scenes, acts, title, words, dots, at: 0, entered: 0, off: null, waits: false };
  walk.back = button("Back", () => go(walk, walk.at - 1));
  walk.on = button("Next", () => (walk.at + 1 < scenes.length ? go(walk, walk.at + 1) : acts.done()), { class: "primary" });
  return {
    element: h("section", { class: "strip panel walk", "aria-label": "Guided walk" }, dots, h("p", { class: "scene" }, title, " ", words), walk.back, walk.on),
    start: () => scenes.length && go(walk, walk.at),
    leave: () => leave(walk),
    /** Whether a scene waits for the server. */
    get waits() { return walk.waits; },
    /** Whether the scene wants what to do next to be seen. */
    get next() { return scenes[walk.at]?.do === "next"; },
  };
}

/** Let go of a scene: its bet, its waiting. */
function leave(walk) {
  walk.off?.();
  walk.off = null;
  walk.entered += 1;
  walk.page.bet.close();
  walk.page.store.set({ secret: false, quiet: false, reveal: false, large: null });
}

async function go(walk, step) {
  leave(walk);
  const { page, scenes, acts, dots, title, words, back, on } = walk, { store, clock } = page, mine = walk.entered;
  walk.at = Math.max(0, Math.min(scenes.length - 1, step));
  const scene = scenes[walk.at];
  dots.textContent = `${walk.at + 1} of ${scenes.length}`;
  title.textContent = scene.title;
  words.textContent = "";
  back.disabled = walk.at === 0;
  put(on, walk.at + 1 < scenes.length ? "Next" : "To the plans");
  clock.pause();
  clock.seek(1);
  // Hidden before anything is asked for: the answer is not there to be seen, not even for a moment.
  store.set({ secret: scene.do === "bet", quiet: scene.do === "play", reveal: false, team: null, person: null, outcome: scene.outcome });
  walk.waits = !await acts.open({ plans: scene.plans, edits: {}, outcome: scene.outcome });
  if (mine !== walk.entered) return;
  if (walk.waits) { // what is shown is another scene's: nothing is said of it
    words.textContent = "The server is away; the scene begins when it is back.";
    return;
  }
  put(words, filledIn(scene.words, page.model));
  enter(walk, scene);
}

const PLAN = (text) => text.charCodeAt(0) - 65;

/** What happens in a scene. */
function enter(walk, scene) {
  const { page, words } = walk, { store, clock, model } = page;
  const after = () => { put(words, filledIn(scene.after || scene.words, model)); };
  const here = { large: scene.large ? PLAN(scene.large) : null };
  acted(walk);
  if (scene.do === "bet") page.bet.start(PLAN(scene.bet_on), after);
  else if (scene.do === "play") {
    store.set({ ...here, reveal: true });
    clock.seek(scene.week);
    walk.off = store.on(["playing"], ({ playing, week }) => {
      if (playing || week < model.payload.weeks) return;
      store.set({ reveal: false, quiet: false });
      after();
    });
    clock.play();
  } else {
    store.set(here);
    clock.seek(scene.week);
    if (scene.do === "why") store.set({ team: lastTeam(model, model.plans.length - 1), plan: model.plans.length - 1 });
  }
}

/** Told once a scene has been entered. */
function acted({ acts }) {
  acts.entered?.();
}

