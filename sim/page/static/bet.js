// Place your bet: draw a guess, or several people in turn; nothing gives the answer away until Reveal.

import { spread } from "uptake/chart";
import { button, freshId, h, heldByFinger, put, s } from "uptake/dom";
import { letter, points, ranged, share } from "uptake/words";

/** A guess at every week from guesses at a few: straight lines between them, from 0 before the first. */
export function filled(guess, weeks) {
  const known = [[0, 0], ...Object.entries(guess).map(([week, value]) => [Number(week), value])].toSorted((a, b) => a[0] - b[0]);
  return Array.from({ length: weeks }, (_, i) => {
    const week = i + 1;
    const after = known.findIndex(([one]) => one >= week);
    if (after < 0) return known[known.length - 1][1];
    const [w1, v1] = known[after];
    if (after === 0 || w1 === week) return v1;
    const [w0, v0] = known[after - 1];
    return v0 + ((v1 - v0) * (week - w0)) / (w1 - w0);
  });
}

/** What came of a bet, in words; `who` placed it. */
export function outcomeWords(guess, mean, low, high, week, who = "") {
  const inside = guess >= low && guess <= high;
  const where = inside ? "inside the range of the replicates" : guess > high ? "above every ordinary replicate" : "below every ordinary replicate";
  const off = Math.abs(guess - mean) < 0.0005 ? "to the point" : `${points(guess - mean)} points off`;
  return `Week ${week}: ${who || "you"} said ${share(guess)}, the model says ${ranged(mean, low, high, "share")}. The bet is ${where}, ${off}.`;
}

/** So many bets are named at most. */
const NAMED = 6;

/** What came of several bets, the nearest first. */
export function ranking(bets, mean, week) {
  const guesses = bets.map(({ who, line }, i) => ({ who: who || `bet ${i + 1}`, guess: line[week - 1] }))
    .toSorted((a, b) => Math.abs(a.guess - mean) - Math.abs(b.guess - mean));
  const said = guesses.slice(0, NAMED).map(({ who, guess }) => `${who} (${share(guess)})`).join(", "), rest = guesses.length - NAMED;
  const all = guesses.reduce((sum, { guess }) => sum + guess, 0) / guesses.length;
  return `The model says ${share(mean)} in week ${week}. Nearest: ${said}${rest > 0 ? `, and ${rest} more; the mean of all ${guesses.length} bets is ${share(all)}` : ""}.`;
}

/** The weeks at which a guess is asked for in numbers. */
const marksOf = (weeks) => [...new Set([Math.round(weeks / 4), Math.round(weeks / 2), weeks])].filter((week) => week >= 1);

/**
 * @param {Model} model
 * @param {Store} store
 * @param {Clock} clock
 */
export function createBet(model, store, deck, clock, say, phones = null) {
  const element = h("div", { class: "bet", hidden: true });
  /** @type {any} */
  const bet = { model, store, deck, clock, say, phones, element, now: null, area: null };
  bet.open = button("Place your bet", () => start(bet), { class: "quiet", "aria-keyshortcuts": "b" });
  deck.onScales(() => draw(bet));
  return {
    element, open: bet.open,
    start: (plan, then) => start(bet, plan, then),
    stop: () => stop(bet),
    /** Put it away, as what it is about goes. */
    close: () => bet.now && stop(bet),
  };
}

/** Begin: the answer is hidden. `then` is called when the curve has been revealed. */
function start(bet, plan = bet.model.plans.length - 1, then = null) {
  const { model, store, clock, element } = bet;
  clock.pause();
  const one = model.payload.outcomes.find(({ name }) => name === store.state.outcome);
  if (one?.unit !== "share") store.set({ outcome: "weekly_users" });
  bet.now?.round?.then((round) => round.end());
  bet.now = { plan, bets: [], who: "", guess: {}, done: false, then, round: null };
  invite(bet);
  clock.seek(1);
  store.set({ reveal: true, betting: true, secret: true, team: null, person: null, hover: null, playing: false });
  form(bet);
  element.querySelector("input")?.focus();
}

/** Let people bet by phone, where there is a server that they reach. */
function invite({ phones, model, store, now }) {
  const { weeks, outcomes } = model.payload, one = outcomes.find(({ name }) => name === store.state.outcome);
  now.round?.then((round) => round.end());
  now.place ??= h("span", { class: "phones-place" });
  now.round = phones?.open({ plan: model.plans[now.plan].name, outcome: `${one.label}: ${one.meaning}`, firm: model.organisation.name, weeks, marks: marksOf(weeks) }) ?? null;
  now.round?.then((round) => put(now.place, round.element));
}

function stop(bet) {
  const { store, element, open } = bet, inside = element.contains(document.activeElement);
  bet.now?.round?.then((round) => round.end());
  bet.now = null;
  element.hidden = true;
  store.set({ reveal: false, betting: false, secret: false });
  draw(bet);
  if (inside) open.focus();
}

const weeksOf = (bet) => bet.model.payload.weeks;
const valueOf = ({ now }, week) => (now.guess[week] === undefined ? "" : Math.round(now.guess[week] * 100));

function form(bet) {
  const { element, model, now } = bet, id = freshId("bet");
  element.hidden = false;
  const plan = h("select", { id, onchange: () => {
    now.plan = Number(plan.value);
    invite(bet);
    draw(bet);
  } },
    model.plans.map((one, p) => h("option", { value: p, selected: p === now.plan }, `${letter(p)} ${one.name}`)));
  const who = h("input", { type: "text", class: "who", maxlength: 24, placeholder: "Name", "aria-label": "Whose bet", value: now.who, oninput: () => { now.who = who.value.trim(); } });
  const inputs = marksOf(weeksOf(bet)).map((week) => {
    const input = h("input", {
      type: "number", min: 0, max: 100, step: 1, value: valueOf(bet, week), "data-week": week, "aria-label": `Percent in week ${week}`,
      oninput: () => {
        if (input.value === "") delete now.guess[week];
        else now.guess[week] = Math.max(0, Math.min(1, Number(input.value) / 100));
        draw(bet);
      },
    });
    return h("label", {}, `wk ${week} `, input, "%");
  });
  put(element, h("label", { for: id }, "Bet on "), plan, who, inputs, h("span", { class: "small" }, "or draw it below"), now.place,
    button("Another bet", () => keep(bet) && form(bet), { title: "Keep this bet out of sight, and let somebody else place theirs" }),
    button("Reveal", () => reveal(bet), { class: "primary" }), button("Cancel", () => stop(bet)),
    now.bets.length ? h("span", { class: "small" }, `${now.bets.length} placed`) : null);
  draw(bet);
}

/** Keep the guess that is drawn; whether there was one. */
function keep(bet) {
  const { now, say } = bet;
  if (!Object.keys(now.guess).length) {
    say("Draw a line first, or fill in a number.");
    return false;
  }
  now.bets.push({ who: now.who, line: filled(now.guess, weeksOf(bet)) });
  Object.assign(now, { who: "", guess: {} });
  return true;
}

async function reveal(bet) {
  const { store, clock, element, now } = bet, weeks = weeksOf(bet);
  if (Object.keys(now.guess).length) keep(bet);
  const phoned = await (await now.round)?.end() ?? [];
  if (bet.now !== now) return;
  now.bets.push(...phoned.map(({ who, guess }) => ({ who, line: filled(guess, weeks) })));
  now.round = null;
  if (!now.bets.length && !keep(bet)) {
    invite(bet);
    return;
  }
  const off = store.on(["playing"], ({ playing, week }) => {
    if (playing) return;
    off();
    if (bet.now === now && week >= weeks) told(bet);
  });
  const first = now.bets.slice(0, NAMED).map(({ who, line }) => `${who ? `${who}: ` : ""}${share(line[weeks - 1])}`).join(", ");
  const said = now.bets.length > NAMED ? `${first} … (${now.bets.length} bets)` : first;
  put(element, h("span", {}, `On ${letter(now.plan)} in week ${weeks}: ${said}. Let us see.`), button("Cancel", () => stop(bet)));
  store.set({ secret: false });
  clock.seek(1);
  draw(bet);
  clock.play();
}

/** The curve has come to its end: what came of the bets. */
function told(bet) {
  const { now, element, model, deck } = bet, weeks = weeksOf(bet), { mean, low, high } = model.plans[now.plan].curves, last = (values) => values.at2(deck.row, weeks - 1);
  now.done = true;
  const words = now.bets.length > 1 ? ranking(now.bets, last(mean), weeks)
    : outcomeWords(now.bets[0].line[weeks - 1], last(mean), last(low), last(high), weeks, now.bets[0].who);
  put(element, h("span", { class: "bet-result", role: "status" }, words),
    button("Bet again", () => start(bet, now.plan)), button("Close", () => stop(bet)));
  draw(bet);
  now.then?.();
}

const pathOf = ({ scales }, line) => line.map((v, i) => `${i ? "L" : "M"}${scales.at(i + 1).toFixed(1)} ${scales.y(v).toFixed(1)}`).join("");

/** The lines there are; the place to draw on stays the same element, whatever else is drawn anew. */
function draw(bet) {
  const { now, deck, store } = bet;
  if (!now) {
    put(deck.overlay);
    return;
  }
  const weeks = weeksOf(bet), [y, height] = deck.area(), { scales } = deck;
  bet.area ??= createArea(bet);
  const box = { x: scales.at(1) - 4, width: scales.at(weeks) - scales.at(1) + 8, y, height };
  for (const [key, value] of Object.entries(box)) bet.area.setAttribute(key, String(value));
  const drawing = Object.keys(now.guess).length ? [{ line: filled(now.guess, weeks) }] : [];
  const lines = [...(store.state.secret ? [] : now.bets), ...drawing];
  const named = lines.filter(({ who }) => who).slice(0, NAMED), tops = named.map(({ line }) => scales.y(line[weeks - 1]) - 4);
  const places = spread(tops, 13, y + 10, y + height);
  const found = [...lines.map(({ line }) => s("path", { class: "bet-line", d: pathOf(deck, line) })),
    ...named.map(({ who }, i) => s("text", { class: "bet-who", x: scales.at(weeks) - 4, y: places[i], "text-anchor": "end" }, who))];
  if (bet.area.parentNode !== deck.overlay) put(deck.overlay, bet.area);
  for (const old of Array.from(deck.overlay.children)) if (old !== bet.area) old.remove();
  deck.overlay.append(...found);
  bet.area.style.display = store.state.secret ? "" : "none";
}

function createArea(bet) {
  const area = s("rect", { class: "bet-area" });
  heldByFinger(area);
  area.addEventListener("pointerdown", (event) => sketch(bet, event));
  return area;
}

function sketch(bet, event) {
  const { area, now, deck, element } = bet, weeks = weeksOf(bet), over = new AbortController(), { signal } = over;
  event.preventDefault();
  area.setPointerCapture(event.pointerId);
  const fields = () => element.querySelectorAll("input[data-week]");
  const add = (one) => {
    const week = Math.max(1, Math.min(weeks, Math.floor(deck.scales.weekAt(one.clientX))));
    now.guess[week] = deck.scales.valueAt(one.clientY);
    for (const input of fields()) input.value = valueOf(bet, Number(input.dataset.week));
    draw(bet);
  };
  const end = () => {
    over.abort();
    for (const input of fields()) {
      const week = Number(input.dataset.week);
      now.guess[week] = filled(now.guess, weeks)[week - 1];
      input.value = valueOf(bet, week);
    }
  };
  add(event);
  area.addEventListener("pointermove", add, { signal });
  for (const way of ["pointerup", "pointercancel"]) area.addEventListener(way, end, { signal });
}
