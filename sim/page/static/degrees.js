// Who is how many ties away, whichever way the ties point.

/** Neighbours of everybody, as a start array and a list, from the strongest ties. */
export function neighboursOf(ties, people) {
  const start = new Int32Array(people + 1);
  for (let k = 0; k < ties.source.length; k += 1) {
    start[ties.source[k] + 1] += 1;
    start[ties.target[k] + 1] += 1;
  }
  for (let i = 0; i < people; i += 1) start[i + 1] += start[i];
  const next = start.slice(), list = new Int32Array(start[people]);
  for (let k = 0; k < ties.source.length; k += 1) {
    list[next[ties.source[k]]++] = ties.target[k];
    list[next[ties.target[k]]++] = ties.source[k];
  }
  return { start, list };
}

/** Degrees of separation from some people, up to `most`; 255 beyond. */
export function degreesFrom(neighbours, from, most) {
  const people = neighbours.start.length - 1;
  const degree = new Uint8Array(people).fill(255);
  let front = [...from];
  for (const i of front) degree[i] = 0;
  for (let d = 1; d <= most && front.length; d += 1) {
    const beyond = [];
    for (const i of front) {
      for (let k = neighbours.start[i]; k < neighbours.start[i + 1]; k += 1) {
        const j = neighbours.list[k];
        if (degree[j] === 255) {
          degree[j] = d;
          beyond.push(j);
        }
      }
    }
    front = beyond;
  }
  return degree;
}
