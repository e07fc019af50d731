// The socket to the server: requests and their answers, and what happens when it goes.

import { readFrame, writeFrame } from "uptake/payload";

const AGAIN = 1500;

/** An answer that says what is wrong: each problem with its place, and what would be right. */
export class Wrong extends Error {
  constructor(problems, text) {
    super(text ?? problems.map(({ where, path, what, right }) => `${[where, path].filter(Boolean).join(" ")}: ${what} — ${right}`).join("\n"));
    this.problems = problems;
  }
}

/** There is no server at the moment: what was asked for has not been answered. */
export class Gone extends Wrong {
  constructor(text) {
    super([], text || "The server has gone; what is here still plays.");
    this.gone = true;
  }
}

/** Connect; `tell(state)` hears of "open", "gone" and "back". */
export function connect(tell, url = addressOf(location)) {
  const line = { url, tell, waiting: new Map(), socket: null, next: 1, ready: null, ever: false };
  open(line);
  return { request: (type, body = {}, bytes = false) => request(line, type, body, bytes) };
}

function open(line) {
  line.ready = new Promise((/** @type {(value?: any) => void} */ done, fail) => {
    const socket = new WebSocket(line.url);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => {
      line.socket = socket;
      done();
      line.tell(line.ever ? "back" : "open");
      line.ever = true;
    });
    socket.addEventListener("message", ({ data }) => answer(line, readFrame(data)));
    socket.addEventListener("close", ({ code, reason }) => {
      const error = new Gone(code === 1009 ? "The upload is larger than the server takes." : reason);
      if (code === 1009) error.gone = false; // it is there, and refused
      line.socket = null;
      fail(error);
      for (const one of line.waiting.values()) one.fail(error);
      line.waiting.clear();
      line.tell("gone");
      setTimeout(() => open(line), AGAIN);
    });
  });
  line.ready.catch(() => {}); // whoever asks hears of it
}

function answer({ waiting }, { id, ...rest }) {
  const one = waiting.get(id);
  waiting.delete(id);
  if (!one) return;
  if (rest.problems) one.fail(new Wrong(rest.problems));
  else if (rest.error) one.fail(new Wrong([], rest.error));
  else one.done(rest);
}

/** Ask for something; arrays of bytes in `body` go along as they are. Fails at once while there is no server. */
async function request(line, type, body, bytes) {
  if (line.ever && !line.socket) throw new Gone();
  await line.ready;
  const id = line.next;
  line.next += 1;
  const message = { id, type, ...body };
  const packed = bytes ? await writeFrame(message) : JSON.stringify(message);
  if (!line.socket) throw new Gone();
  return new Promise((done, fail) => {
    line.waiting.set(id, { done, fail });
    try {
      line.socket.send(packed);
    } catch (error) {
      line.waiting.delete(id);
      fail(error);
    }
  });
}

function addressOf({ protocol, host, search }) {
  const token = new URLSearchParams(search).get("token");
  return `${protocol === "https:" ? "wss" : "ws"}://${host}/live${token ? `?token=${encodeURIComponent(token)}` : ""}`;
}
