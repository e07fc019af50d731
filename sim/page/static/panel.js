// One network with its heading: the plan, and the counts of the replicate that is replayed.

import { CONSIDERING, HIDDEN, LAPSED, TRYING, USING } from "uptake/colours";
import { button, h, put } from "uptake/dom";
import { createNetwork, levelsOf } from "uptake/network";
import { figure, letter, share } from "uptake/words";

/** How many are in each stage in a week, and how many are shown at all. */
export function countsAt(replay, week) {
  const people = replay.state.shape[1], counts = Array.from({ length: 8 }, () => 0);
  for (let i = (week - 1) * people; i < week * people; i += 1) counts[replay.state[i] & 7] += 1;
  return { counts, shown: people - counts[HIDDEN] };
}

/** The way of people through the stages in a week, in words; all are shares of those shown. */
export function stageWords({ counts, shown }) {
  if (!shown) return [];
  const part = (...codes) => share(codes.reduce((sum, code) => sum + counts[code], 0) / shown);
  return [`${part(USING)} using, ${part(CONSIDERING, TRYING)} on the way`, " in this replicate"];
}

/**
 * What a plan comes to in a week, in the outcome that is followed: the figure of curve and table, the
 * mean of the replicates. With weekly use, also who lapsed.
 * @param {Model} model
 */
export function outcomeWords(model, plan, outcome, week) {
  const { outcomes } = model.payload, { curves, provisional } = model.plans[plan], of = (name) => outcomes.findIndex((one) => one.name === name);
  const row = Math.max(0, of(outcome)), { name, label, unit } = outcomes[row], lapsed = of("lapsed");
  const value = figure(curves.mean.at2(row, week - 1), unit), [words] = label.split(":"), rough = provisional ? "~" : "";
  const said = unit === "share" ? `${rough}${value} ${words.toLowerCase()}` : `${words} ${rough}${value}`;
  return [said, name === "weekly_users" && lapsed >= 0 ? ` · ${rough}${share(curves.mean.at2(lapsed, week - 1))} lapsed` : ""];
}

/** The way from considering to lapsed, as parts of a bar. */
const WAY = [[CONSIDERING, "considering"], [TRYING, "trying"], [USING, "using"], [LAPSED, "lapsed"]];

/**
 * @param {Model} model
 * @param {Store} store
 */
export function createPanel(model, store, plan, view, hover) {
  const canvas = h("canvas", { role: "img", class: "network" });
  const name = h("strong", { class: "plan-title" }), numbers = h("span", { class: "numbers" });
  const parts = WAY.map(([, stage]) => h("span", { class: `part part-${stage}` })), way = h("div", { class: "way", "aria-hidden": "true" }, parts);
  const grow = button("⤢", () => store.set({ large: store.state.large === plan ? null : plan }), { class: "grow-it" });
  const element = h("section", { class: `network-panel panel plan-${plan}`, "aria-label": `Plan ${letter(plan)}` },
    h("h2", { class: "network-head" }, h("span", { class: "letter", "aria-hidden": "true" }, letter(plan)), name, numbers, grow), way, canvas);
  const panel = { model, store, plan, canvas, name, numbers, parts, network: createNetwork(canvas, view), view, colours: null };
  const ends = [store.on(["week", "playing", "revision", "secret", "follow", "outcome"], () => update(panel)), store.on(["follow"], () => show(panel))];
  followPointer(panel, hover);
  show(panel);
  update(panel);
  return {
    element, canvas,
    get network() { return panel.network; },
    draw: (position) => panel.network.draw(position),
    refresh(colours) {
      panel.colours = colours;
      panel.network.refresh(colours);
    },
    show: () => show(panel),
    /** Other people: everything is placed anew. */
    renew() {
      panel.network = createNetwork(canvas, view);
      show(panel);
      update(panel);
    },
    stage(on, any) {
      element.classList.toggle("on-stage", on);
      put(grow, on ? "✕" : "⤢");
      const words = on ? "All networks side by side (Escape)" : any ? "Put this network on the stage" : "Large view";
      grow.title = words;
      grow.setAttribute("aria-label", `${words}: plan ${letter(plan)}`);
    },
    end: () => ends.forEach((off) => off()),
  };
}

/**
 * What is replayed of a plan: the plan, or where somebody starts, the plan with that.
 * @param {Model} model
 * @param {Store} store
 */
function replayOf(model, store, plan) {
  const { follow } = store.state;
  return follow && follow.plan === plan ? { state: follow.state } : model.plans[plan]?.replay;
}

function show({ network, model, store, plan }) {
  const one = model.plans[plan], replay = replayOf(model, store, plan);
  if (!one) return;
  const { follow } = store.state, started = follow?.plan === plan ? follow : null;
  const before = started ? one.replay.state : one.ghost?.replay.state ?? null;
  network.show(replay, before, levelsOf(model, one, store.state.outcome), started ? [...started.rows] : null);
}

function update({ model, store, plan, canvas, name, numbers, parts }) {
  const one = model.plans[plan], { week, playing, secret } = store.state;
  if (!one) return;
  const found = countsAt(replayOf(model, store, plan), week);
  name.textContent = one.name;
  name.title = one.purpose;
  const { follow, outcome } = store.state, started = follow?.plan === plan;
  const [most = "", also = ""] = secret ? [] : started ? stageWords(found) : outcomeWords(model, plan, outcome, week);
  put(numbers, most, h("span", { class: "also" }, also));
  parts.forEach((part, k) => {
    const [code, stage] = WAY[k], many = secret ? 0 : found.counts[code];
    part.style.setProperty("flex-grow", String(many));
    part.title = `${stage}: ${many}`;
  });
  parts[0].parentElement.style.setProperty("--left", String(secret ? found.shown : found.shown - WAY.reduce((sum, [code]) => sum + found.counts[code], 0)));
  numbers.title = started ? "With who starts here. On the way: considering or trying" : "Mean of the replicates, as in the curve and the table; the bar below counts the one that is replayed";
  if (playing) return;
  const said = model.payload.stages.map(({ label }, code) => (found.counts[code] ? `${found.counts[code]} ${label}` : "")).filter(Boolean);
  canvas.setAttribute("aria-label", `Network of plan ${letter(plan)}, ${one.name}, week ${week}${secret ? "" : `: ${said.join(", ")}. The table of teams says the same in numbers`}.`);
}

function followPointer(panel, hover) {
  const { canvas, store, model, plan } = panel, known = () => model.organisation.people_shown;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return panel.network.hit(event.clientX - box.left, event.clientY - box.top);
  };
  canvas.addEventListener("pointermove", (event) => {
    const person = known() && !store.state.secret ? at(event).person : null;
    store.set({ hover: person });
    if (person === null) hover.hide();
    else hover.show(plan, person, event.clientX, event.clientY, panel.network.tree());
  });
  canvas.addEventListener("pointerleave", () => {
    store.set({ hover: null });
    hover.hide();
  });
  canvas.addEventListener("click", (event) => {
    const { person, team } = at(event);
    if (store.state.secret) return;
    if (person !== null) store.set({ team: model.layout.team[person], person: known() ? person : null, plan });
    else store.set({ person: null, team: store.state.team === team ? null : team, plan });
  });
}
