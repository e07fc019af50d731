// What the tests of the layout ask of a page, as functions of one object.
({
  /** All that should be true of a page as it is now. */
  all() {
    const { beside, alike, cut, drawn, small, below } = this;
    return { beside: beside(), alike: alike(), cut: cut(), drawn: drawn(), small: small(), below: below(), wide: document.documentElement.scrollWidth };
  },
  /** Visible parts that lie on each other, by more than a pixel each way. */
  beside() {
    const seen = (one) => one.getClientRects().length && getComputedStyle(one).visibility !== "hidden" && getComputedStyle(one).position !== "fixed";
    const groups = [
      ".top, .strip, .sentence, .next, .networks-place, .legend, .deck, .teams, .why, .side, .bands",
      ".network-panel", ".network-head, .network", ".network-head > *",
      ".deck-head, .bet, .bars-scroll, .chart-place, input.week", ".deck-head > *", ".bet > *",
      ".end-name, .end-figure", ".lane-name", ".top > *", ".strip > *", ".legend li", ".one-bar .hold", ".axis-note, .chart-place .tick",
    ];
    const name = (one) => `${one.className.baseVal ?? one.className} "${one.textContent.slice(0, 30)}"`;
    const overlaps = [];
    for (const group of groups) {
      const boxes = [...document.querySelectorAll(group)].filter(seen).map((one) => [one, one.getBoundingClientRect()])
        .filter(([, box]) => box.width && box.height);
      boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
        if (a.contains(b) || b.contains(a)) return;
        const across = Math.min(p.right, q.right) - Math.max(p.left, q.left), down = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
        if (across > 1 && down > 1) overlaps.push(`${name(a)} and ${name(b)} by ${across.toFixed(0)} x ${down.toFixed(0)}`);
      }));
    }
    return overlaps;
  },
  /** Teams that the table shows under one name, though they have several. */
  alike() {
    const shown = new Map();
    for (const one of document.querySelectorAll(".team-table button.team")) shown.set(one.textContent, (shown.get(one.textContent) ?? new Set()).add(one.title));
    return [...shown].filter(([, names]) => names.size > 1).map(([text, names]) => `${text}: ${[...names].join(", ")}`);
  },
  /** What holds a team back, where its words are cut off. */
  cut() {
    return [...document.querySelectorAll(".team-table .chip")].filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent);
  },
  /** By how much each canvas is drawn wider and higher than it is shown; and how large it is shown. */
  drawn() {
    const scale = Math.min(2, devicePixelRatio);
    return [...document.querySelectorAll("canvas.network")].map((one) =>
      [one.width / scale - one.clientWidth, one.height / scale - one.clientHeight, one.clientWidth, one.clientHeight]);
  },
  /** Text of ten pixels or less. */
  small() {
    const own = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    return [...document.querySelectorAll("#uptake *")]
      .filter((one) => own(one) && one.getClientRects().length && !one.closest(".hear") && parseFloat(getComputedStyle(one).fontSize) <= 10)
      .map((one) => one.outerHTML.slice(0, 80));
  },
  /** Parts that should be seen without scrolling, on a screen, and are not. */
  below() {
    if (innerWidth < 1000 || innerHeight < 600) return [];
    const end = (one) => Math.min(innerHeight, one.closest(".left")?.getBoundingClientRect().bottom ?? innerHeight);
    return [...document.querySelectorAll(".network-panel, .sentence, .deck-head, .chart-place, input.week")]
      .filter((one) => one.getClientRects().length && one.getBoundingClientRect().bottom > end(one) + 1)
      .map((one) => `${one.className} ends at ${one.getBoundingClientRect().bottom}, seen to ${end(one)}`);
  },
  /** Width and height that a finger has to take hold of each bar. */
  bars() {
    return [...document.querySelectorAll(".one-bar .hold")].map((one) => one.getBoundingClientRect()).map(({ width, height }) => [width, height]);
  },
  /** Put fifteen bars on the last plan. */
  fifteen() {
    const { page, change, hello } = window.uptake, kinds = hello.catalogue.map(({ kind }) => kind);
    change(page.model.plans.length - 1, kinds.slice(0, 15).map((kind, i) => ({ [kind]: { start: 1 + 3 * i } })), true);
  },
})
