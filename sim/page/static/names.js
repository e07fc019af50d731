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

/** How wide each of some texts may be, so that all fit: the widest give way first. */
export function shared(widths, room) {
  let left = room, cap = Infinity;
  const ascending = widths.toSorted((a, b) => a - b);
  for (let i = 0; i < ascending.length; i += 1) {
    const part = left / (ascending.length - i);
    if (ascending[i] > part) {
      cap = part;
      break;
    }
    left -= ascending[i];
  }
  return widths.map((width) => Math.min(width, cap));
}

/**
 * Names side by side on one line of a width, none on another and none left out: each as near to its
 * place `x` as there is room, cut at its end where there is not. → [{text, x}]
 */
export function inLine(names, width, measure, gap = 6) {
  const wide = shared(names.map(({ name }) => measure(name)), width - gap * (names.length - 1));
  const texts = names.map(({ name }, i) => cut(name, wide[i] + 0.01, measure)), places = [];
  let from = 0;
  for (const [i, { x }] of names.entries()) {
    places[i] = Math.max(x, from);
    from = places[i] + wide[i] + gap;
  }
  let until = width + gap;
  for (let i = names.length - 1; i >= 0; i -= 1) {
    places[i] = Math.max(0, Math.min(places[i], until - gap - wide[i]));
    until = places[i];
  }
  return texts.map((text, i) => ({ text, x: places[i] }));
}
