// What uploaded files of any kind are taken for: shown with samples, to be corrected before a run.

import { h } from "uptake/dom";

/** One sheet: its kind, and which of its columns is read as what. */
function sheetForm({ name, kind, columns, refused, rows }, kinds, fields, readings) {
  const samples = Object.fromEntries(rows.map(([ours, , shown]) => [ours, shown]));
  const chosen = Object.fromEntries(rows.map(([ours, theirs]) => [ours, theirs]));
  const option = (value, text, now) => h("option", { value, selected: value === now }, text);
  const body = h("tbody", {}), selects = new Map();
  let touched = !kind; // what nobody has looked at may still be found doubtful
  const what = h("select", { "aria-label": `What ${name} is`, onchange: () => fill(what.value) },
    Object.entries(kinds).map(([key, text]) => option(key, text, kind || "nothing")));

  const decided = Object.entries(readings).map(([key, ways]) => {
    const select = h("select", { "aria-label": `${key} in ${name}` }, option("", "as the cells tell", ""),
      Object.entries(ways).map(([value, means]) => option(value, `${value}: ${means}`, "")));
    return { key, select };
  });

  function fill(now) {
    selects.clear();
    const shown = new Set([...(now === kind ? Object.keys(chosen) : []), ...(fields[now] ?? [])]);
    body.replaceChildren(...[...shown].map((ours) => {
      const select = h("select", { "aria-label": `${ours} in ${name}` }, option("", "–", chosen[ours] ?? ""),
        columns.map((column) => option(column, column, chosen[ours] ?? "")));
      selects.set(ours, select);
      return h("tr", {}, h("th", { scope: "row" }, ours), h("td", {}, select), h("td", { class: "small" }, samples[ours] ?? ""));
    }));
  }
  fill(what.value);
  const readingsPlace = h("details", {}, h("summary", { class: "small" }, "Where cells do not tell"),
    decided.map(({ key, select }) => h("label", { class: "small" }, `${key} `, select)));
  return {
    element: h("section", { class: "sheet", onchange: ({ target }) => { touched ||= !readingsPlace.contains(target); } }, h("h3", {}, name), h("div", {}, h("span", {}, "Read as "), what),
      h("table", {}, h("thead", {}, h("tr", {}, ["read as", "column", "samples"].map((head) => h("th", { scope: "col" }, head)))), body),
      readingsPlace,
      refused.length ? h("p", { class: "small" }, `Refused, because of what they are about: ${refused.join(", ")}.`) : null),
    /** Go to the control that decides what is in doubt: from now on what it shows is meant. */
    ask(key) {
      const select = decided.find((one) => one.key === key)?.select;
      if (select) readingsPlace.open = true;
      else touched = true;
      (select ?? selects.get(key) ?? what).focus();
    },
    /** The sheet's entry of a mapping. */
    said() {
      const kept = [...selects].filter(([, select]) => select.value).map(([ours, select]) => [ours, select.value]);
      const told = decided.filter(({ select }) => select.value).map(({ key, select }) => [key, select.value]);
      return { ...(touched ? { kind: what.value, columns: Object.fromEntries(kept) } : {}), ...Object.fromEntries(told) };
    },
  };
}

/** A form for all sheets of the files; `said()` is the mapping as it stands. */
export function createMapping({ sheets, kinds, fields, readings }) {
  const forms = new Map(sheets.map((sheet) => [sheet.name, sheetForm(sheet, kinds, fields, readings)]));
  return {
    element: h("div", { class: "sheets" }, [...forms.values()].map((form) => form.element)),
    ask: (name, key) => forms.get(name)?.ask(key),
    said: () => Object.fromEntries([...forms].map(([name, form]) => [name, form.said()])),
  };
}
