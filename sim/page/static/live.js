// The socket to the server: requests and their answers, and what happens when it goes.

import { readFrame, writeFrame } from "uptake/payload";

/** An answer that says what is wrong: each problem with its place, and what would be right. */
export class Wrong extends Error {
  constructor(problems, text) {
    super(text ?? problems.map(({ where, path, what, right }) => `${[where, path].filter(Boolean).join(" ")}: ${what} — ${right}`).join("\n"));
    this.problems = problems;
  }
}

/** Connect; `tell(state)` hears of "open", "gone" and "back". */
export function connect(tell, url = addressOf(location)) {
  const waiting = new Map();
  let socket = null, next = 1, opened = null, ever = false;

  function open() {
    opened = new Promise((done) => {
      socket = new WebSocket(url);
      socket.binaryType = "arraybuffer";
      socket.addEventListener("open", () => {
        done();
        tell(ever ? "back" : "open");
        ever = true;
      });
      socket.addEventListener("message", ({ data }) => {
        const answer = readFrame(data), one = waiting.get(answer.id);
        waiting.delete(answer.id);
        if (!one) return;
        if (answer.problems) one.fail(new Wrong(answer.problems));
        else if (answer.error) one.fail(new Wrong([], answer.error));
        else one.done(answer);
      });
      socket.addEventListener("close", ({ code, reason }) => {
        const text = code === 1009 ? "The upload is larger than the server takes." : reason || "The server has gone; what is here still plays.";
        for (const one of waiting.values()) one.fail(new Wrong([], text));
        waiting.clear();
        tell("gone");
        setTimeout(open, 1500);
      });
    });
  }
  open();

  return {
    /** Ask for something; arrays of bytes in `body` go along as they are. */
    async request(type, body = {}, bytes = false) {
      await opened;
      const id = next;
      next += 1;
      const message = { id, type, ...body };
      const packed = bytes ? await writeFrame(message) : JSON.stringify(message);
      return new Promise((done, fail) => {
        waiting.set(id, { done, fail });
        try {
          socket.send(packed);
        } catch (error) {
          waiting.delete(id);
          fail(error);
        }
      });
    },
  };
}

function addressOf({ protocol, host, search }) {
  const token = new URLSearchParams(search).get("token");
  return `${protocol === "https:" ? "wss" : "ws"}://${host}/live${token ? `?token=${encodeURIComponent(token)}` : ""}`;
}

/** Only the last of many changes counts: one is on its way, the newest waits for it. */
export function latest(send) {
  let busy = false, next = null;
  return async function ask(...change) {
    if (busy) {
      next = change;
      return;
    }
    busy = true;
    try {
      await send(...change);
    } finally {
      busy = false;
      if (next) {
        const waiting = next;
        next = null;
        ask(...waiting);
      }
    }
  };
}
