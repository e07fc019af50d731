// Read what the server or the file carries: JSON with arrays deflated, or one binary frame.

const TYPES = {
  u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i4: Int32Array, f4: Float32Array, f8: Float64Array,
};

const length = (shape) => shape.reduce((product, size) => product * size, 1);
const isArray = (value) => value && typeof value === "object" && typeof value.array === "string" && value.shape;

/** An array with its shape: at(i, j, …) reads one number. */
function shaped(values, shape) {
  values.shape = shape;
  values.at3 = (i, j, k) => values[(i * shape[1] + j) * shape[2] + k];
  values.at2 = (i, j) => values[i * shape[1] + j];
  return values;
}

async function inflated(entry) {
  const packed = Uint8Array.from(atob(entry.deflate), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const bytes = await new Response(stream).arrayBuffer();
  const values = new TYPES[entry.array](bytes, 0, length(entry.shape));
  if (entry.differences) {
    const width = entry.shape[1];
    for (let i = width; i < values.length; i += 1) values[i] += values[i - width];
  }
  return shaped(values, entry.shape);
}

async function restored(value, read) {
  if (isArray(value)) return read(value);
  if (Array.isArray(value)) return Promise.all(value.map((inner) => restored(inner, read)));
  if (value && typeof value === "object") {
    const pairs = await Promise.all(
      Object.entries(value).map(async ([key, inner]) => [key, await restored(inner, read)]),
    );
    return Object.fromEntries(pairs);
  }
  return value;
}

function restoredNow(value, read) {
  if (isArray(value)) return read(value);
  if (Array.isArray(value)) return value.map((inner) => restoredNow(inner, read));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, restoredNow(inner, read)]));
  }
  return value;
}

/** The payload from its JSON form. */
export const readPayload = (json) => restored(json, inflated);

/** What a frame carries. */
export function readFrame(buffer) {
  const size = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
  const start = 4 + size;
  return restoredNow(head, (entry) =>
    shaped(new TYPES[entry.array](buffer, start + entry.at, length(entry.shape)), entry.shape));
}

/** A frame that carries `value`, in which every Uint8Array is an array. */
export function writeFrame(value) {
  const parts = [];
  let offset = 0;
  const replaced = (inner) => {
    if (inner instanceof Uint8Array) {
      const entry = { array: "u1", shape: [inner.length], at: offset };
      const padding = (8 - (inner.length % 8)) % 8;
      parts.push(inner, new Uint8Array(padding));
      offset += inner.length + padding;
      return entry;
    }
    if (Array.isArray(inner)) return inner.map(replaced);
    if (inner && typeof inner === "object") {
      return Object.fromEntries(Object.entries(inner).map(([key, one]) => [key, replaced(one)]));
    }
    return inner;
  };
  const text = new TextEncoder().encode(JSON.stringify(replaced(value)));
  const head = new Uint8Array(text.length + ((8 - ((text.length + 4) % 8)) % 8)).fill(32);
  head.set(text);
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, head.length, true);
  return new Blob([size, head, ...parts]).arrayBuffer();
}
