// Place your bet: draw a guess, then the curve reveals itself up to the playhead.

import { button, freshId, h, put, s } from "uptake/dom";
import { letter, points, ranged, share } from "uptake/words";

/** A guess at every week from guesses at a few: straight lines between them, from 0 before the first. */
export function filled(guess, weeks) {
  const known = [[0, 0], ...Object.entries(guess).map(([week, value]) => [Number(week), value])].sort((a, b) => a[0] - b[0]);
  return Array.from({ length: weeks }, (_, i) => {
    const week = i + 1;
    const after = known.findIndex(([one]) => one >= week);
    if (after < 0) return known.at(-1)[1];
    const [w1, v1] = known[after];
    if (after === 0 || w1 === week) return v1;
    const [w0, v0] = known[after - 1];
    return v0 + ((v1 - v0) * (week - w0)) / (w1 - w0);
  });
}

/** What came of a bet, in words. */
export function outcomeWords(guess, mean, low, high, week) {
  const inside = guess >= low && guess <= high;
  const where = inside ? "inside the range of the worlds" : guess > high ? "above every ordinary world" : "below every ordinary world";
  const off = Math.abs(guess - mean) < 0.0005 ? "to the point" : `${points(guess - mean)} points off`;
  return `Week ${week}: you said ${share(guess)}, the model says ${ranged(mean, low, high, "share")}. Your bet is ${where}, ${off}.`;
}

export function createBet(model, store, deck, clock, say) {
  const { weeks } = model.payload;
  const marks = [...new Set([Math.round(weeks / 4), Math.round(weeks / 2), weeks])].filter((week) => week >= 1);
  const element = h("div", { class: "bet", hidden: true });
  const open = button("Place your bet", () => start(), { class: "quiet", "aria-keyshortcuts": "b" });
  let bet = null;

  const value = (week) => (bet.guess[week] === undefined ? "" : Math.round(bet.guess[week] * 100));

  function start() {
    clock.pause();
    const shares = model.payload.outcomes.find(({ name }) => name === store.state.outcome)?.unit === "share";
    if (!shares) store.set({ outcome: "weekly_users" });
    bet = { plan: model.plans.length - 1, guess: {}, done: false };
    clock.seek(1);
    store.set({ reveal: true, betting: true });
    form();
    element.querySelector("input")?.focus();
  }

  function stop() {
    bet = null;
    element.hidden = true;
    store.set({ reveal: false, betting: false });
    draw();
    open.focus();
  }

  function form() {
    element.hidden = false;
    const id = freshId("bet");
    const plan = h("select", { id, onchange: () => { bet.plan = Number(plan.value); draw(); } },
      model.plans.map((one, p) => h("option", { value: p, selected: p === bet.plan }, `${letter(p)} ${one.name}`)));
    const inputs = marks.map((week) => {
      const input = h("input", {
        type: "number", min: 0, max: 100, step: 1, value: value(week), "data-week": week, "aria-label": `Percent in week ${week}`,
        oninput: () => {
          if (input.value === "") delete bet.guess[week];
          else bet.guess[week] = Math.max(0, Math.min(1, Number(input.value) / 100));
          draw();
        },
      });
      return h("label", {}, `wk ${week} `, input, "%");
    });
    put(element, h("label", { for: id }, "Your bet on "), plan, inputs,
      h("span", { class: "small" }, "or draw it"),
      button("Reveal", reveal, { class: "primary" }), button("Cancel", stop));
    draw();
  }

  function reveal() {
    if (!Object.keys(bet.guess).length) {
      say("Draw a line first, or fill in a number.");
      return;
    }
    const row = deck.row, { mean, low, high } = model.plans[bet.plan].curves;
    const line = filled(bet.guess, weeks);
    const off = store.on(["playing"], ({ playing, week }) => {
      if (playing) return;
      off();
      if (!bet || week < weeks) return;
      bet.done = true;
      const words = outcomeWords(line[weeks - 1], mean.at2(row, weeks - 1), low.at2(row, weeks - 1), high.at2(row, weeks - 1), weeks);
      put(element, h("span", { class: "bet-result", role: "status" }, words), button("Bet again", start), button("Close", stop));
    });
    put(element, h("span", {}, `Your bet on ${letter(bet.plan)}: ${share(line[weeks - 1])} in week ${weeks}. Let us see.`),
      button("Cancel", stop));
    clock.seek(1);
    clock.play();
  }

  function draw() {
    if (!bet) {
      put(deck.overlay);
      return;
    }
    const { scales } = deck;
    const line = Object.keys(bet.guess).length ? filled(bet.guess, weeks) : null;
    const text = line?.map((v, i) => `${i ? "L" : "M"}${scales.at(i + 1).toFixed(1)} ${scales.y(v).toFixed(1)}`).join("");
    const [y, height] = deck.area();
    const area = s("rect", { class: "bet-area", x: scales.at(1) - 4, width: scales.at(weeks) - scales.at(1) + 8, y, height });
    put(deck.overlay, bet.done ? null : area, line ? s("path", { class: "bet-line", d: text }) : null);
    if (!bet.done) area.addEventListener("pointerdown", (event) => sketch(event, area));
  }

  function sketch(event, area) {
    event.preventDefault();
    area.setPointerCapture(event.pointerId);
    const add = (one) => {
      const week = Math.max(1, Math.min(weeks, Math.floor(deck.scales.weekAt(one.clientX))));
      bet.guess[week] = deck.scales.valueAt(one.clientY);
      for (const input of element.querySelectorAll("input[data-week]")) input.value = value(Number(input.dataset.week));
      redraw();
    };
    const redraw = () => {
      const line = filled(bet.guess, weeks);
      const text = line.map((v, i) => `${i ? "L" : "M"}${deck.scales.at(i + 1).toFixed(1)} ${deck.scales.y(v).toFixed(1)}`).join("");
      deck.overlay.querySelector(".bet-line")?.remove();
      deck.overlay.append(s("path", { class: "bet-line", d: text }));
    };
    const end = () => {
      area.removeEventListener("pointermove", add);
      for (const input of element.querySelectorAll("input[data-week]")) {
        const week = Number(input.dataset.week);
        bet.guess[week] = filled(bet.guess, weeks)[week - 1];
        input.value = value(week);
      }
    };
    add(event);
    area.addEventListener("pointermove", add);
    area.addEventListener("pointerup", end, { once: true });
  }

  deck.onScales(draw);
  return { element, open, start, stop };
}
