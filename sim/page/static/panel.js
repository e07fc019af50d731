// One network with its heading: the plan, and the counts of the world that is replayed.

import { CONSIDERING, HIDDEN, TRYING, USING } from "uptake/colours";
import { h } from "uptake/dom";
import { createNetwork } from "uptake/network";
import { letter, share } from "uptake/words";

/** How many are in each stage in a week, and how many are shown at all. */
export function countsAt(replay, week) {
  const people = replay.state.shape[1], counts = new Array(8).fill(0);
  for (let i = (week - 1) * people; i < week * people; i += 1) counts[replay.state[i] & 7] += 1;
  return { counts, shown: people - counts[HIDDEN] };
}

export function createPanel(model, store, clock, plan, view, hover) {
  const canvas = h("canvas", { role: "img", class: "network" });
  const network = createNetwork(canvas, view);
  const name = h("strong", { class: "plan-title" }), numbers = h("span", { class: "numbers" });
  const element = h("section", { class: `network-panel panel plan-${plan}`, "aria-label": `Plan ${letter(plan)}` },
    h("h2", { class: "network-head" }, h("span", { class: "letter", "aria-hidden": "true" }, letter(plan)), name, numbers), canvas);

  function update() {
    const one = model.plans[plan];
    const { week, playing } = store.state;
    const { counts, shown } = countsAt(one.replay, week);
    name.textContent = one.name;
    name.title = one.purpose;
    numbers.textContent = `${share(counts[USING] / shown)} using · ${share((counts[CONSIDERING] + counts[TRYING]) / shown)} on the way`;
    numbers.title = "On the way: considering or trying. In the one world that is replayed";
    if (playing) return;
    const said = model.payload.stages.map(({ label }, code) => (counts[code] ? `${counts[code]} ${label}` : "")).filter(Boolean);
    canvas.setAttribute("aria-label", `Network of plan ${letter(plan)}, ${one.name}, week ${week}: ${said.join(", ")}. The table of teams says the same in numbers.`);
  }

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return network.hit(event.clientX - box.left, event.clientY - box.top);
  };
  canvas.addEventListener("pointermove", (event) => {
    const { person } = at(event);
    store.set({ hover: person });
    if (person === null) hover.hide();
    else hover.show(plan, person, event.clientX, event.clientY);
  });
  canvas.addEventListener("pointerleave", () => {
    store.set({ hover: null });
    hover.hide();
  });
  canvas.addEventListener("click", (event) => {
    const { person, team } = at(event);
    if (person !== null) store.set({ person, team: null, degrees: store.state.degrees || 1, plan });
    else store.set({ person: null, team: store.state.team === team ? null : team, plan });
  });
  store.on(["week", "playing", "revision"], update);
  network.show(model.plans[plan].replay);
  update();
  return {
    element, canvas, draw: network.draw, network,
    refresh: network.refresh,
    show() {
      network.show(model.plans[plan].replay);
    },
  };
}
