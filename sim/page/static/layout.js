// One place for every team and person, the same on all sides and for ever: a grid of teams
// in their order, in each the manager in the middle and the others in a spiral around.

const GOLDEN = Math.PI * (3 - Math.sqrt(5));

const ASPECT = 1.45, LABEL = 0.72;

/** Columns and rows for so many teams: those that leave the clusters most room under their names. */
export function gridOf(teams) {
  let best = { columns: 1, rows: Math.max(1, teams) }, most = 0;
  for (let columns = 1; columns <= teams; columns += 1) {
    const rows = Math.ceil(teams / columns);
    const room = Math.min(ASPECT / columns, LABEL / rows);
    if (room > most * 1.001) [best, most] = [{ columns, rows }, room];
  }
  return best;
}

/**
 * Place everybody. Offsets are in radii of the largest team: a person stands at
 * (column + ½, row + ½) of their team and (dx, dy) from there.
 */
export function layoutOf(organisation) {
  const { start, manager } = organisation.teams;
  const teams = start.length - 1;
  const people = organisation.people.kind.length;
  const team = new Int32Array(people), dx = new Float32Array(people), dy = new Float32Array(people);
  let largest = 1;
  for (let t = 0; t < teams; t += 1) largest = Math.max(largest, start[t + 1] - start[t]);
  const unit = 0.93 / Math.sqrt(largest);
  for (let t = 0; t < teams; t += 1) {
    const head = manager[t];
    const inside = head >= start[t] && head < start[t + 1];
    let place = inside ? 1 : 0.4;
    for (let i = start[t]; i < start[t + 1]; i += 1) {
      team[i] = t;
      if (inside && i === head) continue;
      const radius = unit * Math.sqrt(place + 0.25), angle = GOLDEN * place + 0.6;
      dx[i] = radius * Math.cos(angle);
      dy[i] = radius * Math.sin(angle);
      place += 1;
    }
  }
  return { ...gridOf(teams), teams, people, team, dx, dy, largest, spacing: unit };
}

/** Short lines of a name that fit a width: whole words, then shortened ones, then an ellipsis. */
export function linesOf(name, width, measure, most = 2) {
  const wrapped = (words) => {
    const lines = [];
    for (const word of words) {
      const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
      if (lines.length && measure(longer) <= width) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  };
  const fits = (lines) => lines.length <= most && lines.every((line) => measure(line) <= width);
  const words = name.split(/\s+/).filter(Boolean);
  const short = words.map((word) => (word.length > 6 ? `${word.slice(0, 4)}.` : word));
  const head = words.findLastIndex((word) => word.length > 3 && !/\d/.test(word));
  const initials = [words.slice(0, Math.max(1, head)).map((word) => word[0]).join(""), ...words.slice(Math.max(1, head))];
  for (const some of [words, short, words.length > 1 ? initials : short]) {
    const lines = wrapped(some);
    if (fits(lines)) return lines;
  }
  const lines = wrapped(words.length > 2 ? initials : short), kept = lines.slice(0, most);
  return kept.map((line, i) => cut(line, width, measure, i === most - 1 && lines.length > most));
}

function cut(line, width, measure, more) {
  if (!more && measure(line) <= width) return line;
  let text = line;
  while (text.length > 1 && measure(`${text}…`) > width) text = text.slice(0, -1);
  return `${text}…`;
}
