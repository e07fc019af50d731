// Names of teams: grouped by division, and cut with an ellipsis where there is no room.

const wordsOf = (name) => name.split(/\s+/).filter(Boolean);

/**
 * Divisions: teams whose names begin with the same words, such as "Sales North" and "Sales South",
 * by the order of their first team. Every team is in one; `rest` is a team's name without the
 * division's, or all of it where it stands alone. → [{name, teams: [row], rest: [text]}]
 */
export function divisionsOf(names) {
  const words = names.map(wordsOf), counts = new Map();
  words.forEach((all) => {
    for (let n = 1; n < all.length; n += 1) {
      const head = all.slice(0, n).join(" ");
      counts.set(head, (counts.get(head) ?? 0) + 1);
    }
  });
  const headOf = (all) => {
    let found = "";
    for (let n = 1; n < all.length; n += 1) {
      const head = all.slice(0, n).join(" ");
      if (counts.get(head) < 2) break;
      if (!found || counts.get(head) === counts.get(found)) found = head; // the longest that loses nobody
    }
    return found;
  };
  const groups = new Map();
  words.forEach((all, team) => {
    const head = headOf(all), key = head || `\n${team}`;
    if (!groups.has(key)) groups.set(key, { name: head || names[team], teams: [], rest: [] });
    const group = groups.get(key);
    group.teams.push(team);
    group.rest.push(head ? all.slice(wordsOf(head).length).join(" ") : names[team]);
  });
  return [...groups.values()];
}

/** A text cut at its end to a width, with an ellipsis; "" where not even two letters fit. */
export function cut(text, width, measure) {
  if (measure(text) <= width) return text;
  let low = 0, high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measure(`${text.slice(0, middle).trimEnd()}…`) <= width) low = middle;
    else high = middle - 1;
  }
  return low < 2 ? "" : `${text.slice(0, low).trimEnd()}…`;
}

/**
 * A team's name for a width: in full; else with its division cut, as that is what teams share
 * ("Custom… North 2"); else cut at its end. Never a form that nobody uses.
 */
export function fitted(name, rest, width, measure) {
  if (measure(name) <= width) return name;
  if (rest && rest !== name) {
    const tail = ` ${rest}`, head = cut(name.slice(0, name.length - tail.length), width - measure(tail), measure);
    if (head) return `${head}${tail}`;
    if (measure(`…${rest}`) <= width) return `…${rest}`;
  }
  return cut(name, width, measure) || "…";
}
