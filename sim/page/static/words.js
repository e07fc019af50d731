// Numbers in words, exactly as the tables of `uptake compare` say them.

/** Round half to even, as Python's formats do. */
export function rounded(value) {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest < 0.5) return floor;
  if (rest > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

const percent = (value) => `${rounded(value * 100)}%`;

/** A share in whole percent, never rounded to a certainty that it is not. */
export function share(value) {
  if (value === null || Number.isNaN(value)) return "–";
  if (value >= 0.995 && value < 1) return ">99%";
  if (value > 0 && value < 0.005) return "<1%";
  return percent(value);
}

/** A range of shares, such as 55–66%. */
export function range(low, high) {
  const ends = [percent(low), percent(high)];
  return ends[0] === ends[1] ? ends[0] : `${ends[0].slice(0, -1)}–${ends[1]}`;
}

/** A difference of shares in percentage points, signed. */
export function points(value) {
  const text = (100 * Math.abs(value)).toFixed(1);
  if (Number(text) === 0) return "0";
  return (value < 0 ? "−" : "+") + text;
}

/** A value of an outcome: a share in percent, another to two digits. */
export function figure(value, unit) {
  if (value === null || Number.isNaN(value)) return "–";
  return unit === "share" ? share(value) : plain(value);
}

/** A value and its range. */
export function ranged(mean, low, high, unit) {
  if (mean === null || Number.isNaN(mean)) return "–";
  if (unit === "share") return low === high ? share(mean) : `${share(mean)} (${range(low, high)})`;
  return low === high ? plain(mean) : `${plain(mean)} (${plain(low)} to ${plain(high)})`;
}

function plain(value) {
  const text = Math.abs(value).toFixed(2);
  return Number(text) === 0 ? "0.00" : (value < 0 ? "−" : "") + text;
}

const grouped = new Intl.NumberFormat("en-GB");
/** 1 person, 2 people. */
export const count = (n, one, many = `${one}s`) => `${grouped.format(n)} ${n === 1 ? one : many}`;

/** A, B, C … for the plans. */
export const letter = (plan) => String.fromCharCode(65 + plan);

/** Words one after the other: a, b and c. */
export const listed = (words) =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
