// Numbers in words, by the table of sim/numbers.py, exactly as terminal and report say them.

import { NUMBERS } from "uptake/numbers";

const missing = (value) => value === null || !Number.isFinite(value);

/** Round half to even, as Python's formats do. */
export function rounded(value) {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest < 0.5) return floor;
  if (rest > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** A number with so many decimals; a zero has no sign. */
export function fixed(value, decimals = NUMBERS.otherDecimals, signed = false) {
  if (missing(value)) return NUMBERS.undefined;
  const size = Math.abs(value);
  // toFixed rounds an exact half up; only what is a whole number of such parts can be one.
  const isHalf = Number.isInteger(size * 2 ** (decimals + 1)) && (size * 10 ** decimals) % 1 === 0.5;
  const digits = (isHalf ? rounded(size * 10 ** decimals) / 10 ** decimals : size).toFixed(decimals);
  const text = digits.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",");
  if (!/[1-9]/.test(text)) return text;
  return (value < 0 ? NUMBERS.minus : signed ? "+" : "") + text;
}

/** A number as one may type it. */
export const typed = (value, digits = 3) =>
  String(Number.isInteger(Number(value)) ? Number(value) : Number(Number(value).toPrecision(digits)));

const percent = (value) => `${fixed(value * 100, 0)}%`;

/** A share in whole percent, never rounded to a certainty that it is not. */
export function share(value) {
  if (missing(value)) return NUMBERS.undefined;
  const [all, nearlyAll] = NUMBERS.nearlyAll, [none, nearlyNone] = NUMBERS.nearlyNone;
  if (value >= all && value < 1) return nearlyAll;
  if (value > 0 && value < none) return nearlyNone;
  return percent(value);
}

/** A range of shares, such as 55–66%. */
export function range(low, high) {
  if (missing(low) || missing(high)) return NUMBERS.undefined;
  const ends = [percent(low), percent(high)];
  return ends[0] === ends[1] ? ends[0] : `${ends[0].slice(0, -1)}–${ends[1]}`;
}

/** A difference of shares in percentage points, signed. */
export function points(value) {
  const text = fixed(100 * value, NUMBERS.points, true);
  return /[1-9–]/.test(text) ? text : "0";
}

/** A number in a unit: a share in percent, a week that may never come, others by the table. */
export function figure(value, unit) {
  if (unit.startsWith("share")) return share(value);
  if (unit === "week" && Math.abs(value) === Infinity) return NUMBERS.never;
  return fixed(value, NUMBERS.decimals[unit] ?? NUMBERS.otherDecimals);
}

/** A value and its range, which is left out where it says no more. */
export function ranged(mean, low, high, unit) {
  const text = figure(mean, unit);
  if (low === high || missing(mean)) return text;
  const ends = [figure(low, unit), figure(high, unit)];
  const band = unit.startsWith("share") ? range(low, high)
    : ends[0] === ends[1] ? ends[0]
    : unit === "week" && !ends.includes(NUMBERS.never) ? `${ends[0]}–${ends[1]}` : ends.join(" to ");
  return [text, "0%", "100%", NUMBERS.undefined].includes(band) ? text : `${text} (${band})`;
}

/** 1 person, 2 people. */
export const count = (n, one, many = `${one}s`) => `${fixed(n, 0)} ${n === 1 ? one : many}`;

/** A, B, C … for the plans. */
export const letter = (plan) => String.fromCharCode(65 + plan);

/** Words one after the other: a, b and c. */
export const listed = (words) =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
