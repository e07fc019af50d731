// What the tests of the report ask of it, besides its replay, as functions of one object.
({
  /** Text of ten pixels or less, as it is seen: a drawing may be shown smaller than it is drawn. */
  small() {
    const own = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const scale = (one) => (one.ownerSVGElement ? one.getScreenCTM().a : 1);
    return [...document.querySelectorAll("body *")]
      .filter((one) => own(one) && one.checkVisibility() && one.getClientRects().length && !one.closest(".visually-hidden, noscript, .print-only, title, style"))
      .filter((one) => parseFloat(getComputedStyle(one).fontSize) * scale(one) <= 10)
      .map((one) => `${one.outerHTML.slice(0, 80)} ${parseFloat(getComputedStyle(one).fontSize) * scale(one)}`);
  },
  /** Cells whose words stick out of them, words broken into letters, and drawn text that leaves the window. */
  cut() {
    const found = [];
    for (const cell of document.querySelectorAll("th, td")) {
      if (!cell.checkVisibility() || cell.closest(".print-only")) continue;
      if (cell.scrollWidth > cell.clientWidth + 1 && !cell.querySelector("svg, .visually-hidden")) found.push(`sticks out: ${cell.textContent.trim().slice(0, 40)}`);
      const words = cell.textContent.trim().split(/\s+/), lines = cell.clientHeight / parseFloat(getComputedStyle(cell).lineHeight);
      if (cell.tagName === "TH" && cell.closest("thead") && words.length && cell.clientWidth < 24 && lines > 4) found.push(`broken: ${words.join(" ")}`);
    }
    for (const text of document.querySelectorAll("svg text")) {
      if (!text.checkVisibility() || text.closest(".scroll, .print-only, iframe")) continue;
      const box = text.getBoundingClientRect();
      if (box.width && (box.right > innerWidth || box.left < 0)) found.push(`leaves: ${text.textContent.slice(0, 40)}`);
    }
    return found;
  },
  /** Tables that must be scrolled sideways: on a phone, small ones with a bar only. */
  sideways() {
    const all = [...document.querySelectorAll(".scroll:not(.tall)")].filter((one) => one.checkVisibility() && (innerWidth > 1000 || one.querySelector("svg.amount")));
    return all.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => `${one.querySelector("table").className}: ${one.scrollWidth} in ${one.clientWidth}`);
  },
})
