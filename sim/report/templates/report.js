// The replay of a report: the page in its frame, as high as it needs, and what the report folds.

import { checkpointAt } from "uptake/drivers";
import { mountPage } from "uptake/page";
import { readPayload } from "uptake/payload";
import { count, letter } from "uptake/words";

const ONE_VIEW = 1000; // narrower, the page's parts stand below each other
/** An element that the template has for certain. */
const part = (page, id) => /** @type {HTMLElement} */ (page.getElementById(id));
const read = (id) => JSON.parse(part(document, id).textContent ?? "");
const outer = window.parent, report = outer.document;
const { whys, leading } = await readPayload(read("settings"));
const told = JSON.parse(new TextDecoder().decode(whys.text));

/** What is in the file; there is no engine to ask for more. */
const backend = {
  recorded: true,
  async why({ team, person, plan, week }) {
    if (person !== null) throw new Error("Why one person stands where they do is not in this file: ask with uptake serve. Click a team instead.");
    const { at, reruns } = told[plan][team], served = Object.values(told[plan]).filter((one) => one.reruns).length;
    const none = served ? `In this file single changes are run again for the ${count(served, "team")} with the least use under plan ${letter(plan)}`
      : `In this file no single changes are run again under plan ${letter(plan)}`;
    return { ...at[checkpointAt(whys.weeks, week)], ...(reruns ?? { none: `${none}: for all teams it would have taken too long. uptake serve does it for any.` }) };
  },
};

/** Where the parts stand below each other, the frame is as high as all of them. */
function fit(root) {
  const frame = part(report, "replay");
  frame.style.height = innerWidth < ONE_VIEW && innerWidth > 0 ? `${Math.ceil(root.scrollHeight) + 2}px` : "";
}

/** Unfold what an address points into; print everything, and fold it again after. */
function unfold() {
  const open = () => report.getElementById(outer.location.hash.slice(1))?.closest("details")?.setAttribute("open", "");
  /** @type {HTMLDetailsElement[]} */
  let folded = [];
  open();
  outer.addEventListener("hashchange", open);
  outer.addEventListener("beforeprint", () => {
    folded = /** @type {HTMLDetailsElement[]} */ ([...report.querySelectorAll("details.part:not([open])")]);
    for (const one of folded) one.open = true;
  });
  outer.addEventListener("afterprint", () => {
    for (const one of folded) one.open = false;
  });
}

const root = part(document, "uptake");
const { store, why } = mountPage(root, await readPayload(read("payload")), { backend, address: false });
store.set({ plan: leading });
new ResizeObserver(() => fit(root)).observe(root);
addEventListener("resize", () => fit(root));
store.on(["team"], ({ team }) => {
  if (team !== null && innerWidth < ONE_VIEW) why.element.scrollIntoView({ block: "nearest" });
});
const follow = () => { report.documentElement.dataset.theme = store.state.shown_theme; };
store.on(["shown_theme"], follow);
follow();
unfold();
report.documentElement.dataset.ready = "true";
