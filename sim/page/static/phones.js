// Bets from phones: where they find the page that takes one, and what has come in.

import { button, h, put, s } from "uptake/dom";
import { count } from "uptake/words";

const OFTEN = 1500;

/** A QR code as one path; `squares` is 1 where it is dark. */
export function codeOf(squares) {
  const [high, wide] = squares.shape, quiet = 4;
  let path = "";
  for (let y = 0; y < high; y += 1) for (let x = 0; x < wide; x += 1) if (squares.at2(y, x)) path += `M${x + quiet} ${y + quiet}h1v1h-1z`;
  const size = wide + 2 * quiet;
  return s("svg", { class: "qr", viewBox: `0 0 ${size} ${size}`, width: 7 * size, height: 7 * size, role: "img", "aria-label": "The address as a code to scan" },
    s("rect", { width: size, height: size, fill: "#fff" }), s("path", { d: path, fill: "#000" }));
}

/** Ask the server with `ask(body)`. `open(question)` gives a round: its element, its bets, its end. */
export function createPhones(ask) {
  return {
    async open(question) {
      const words = h("span", { class: "small" }), element = h("span", { class: "phones" }, words);
      let over = false, timer = 0;
      const say = (bets) => { words.textContent = bets.length ? `${count(bets.length, "bet")} by phone` : "No bet by phone yet"; };
      const look = async () => {
        if (over) return;
        try {
          const { bets, open } = await ask({ do: "read" });
          if (open) say(bets);
          else words.textContent = "The server was restarted: bets by phone are lost, ask for them again.";
        } catch {
          words.textContent = "The server has gone: bets by phone wait.";
        }
        timer = setTimeout(look, OFTEN);
      };
      const round = {
        element,
        /** The bets that came in, {who, guess}; it takes no more. */
        async end() {
          over = true;
          clearTimeout(timer);
          try {
            return (await ask({ do: "end" })).bets;
          } catch {
            return [];
          }
        },
      };
      try {
        const { addresses, squares } = await ask({ do: "open", port: Number(location.port) || 80, ...question });
        if (!addresses.length) put(element, h("span", { class: "small", title: "uptake serve --host 0.0.0.0 lets phones in the same network bet; they get no more than the question" }, "In turn, here; by phone only where it was started for others"));
        else {
          const dialog = invitation(addresses, squares);
          element.prepend(button("By phone …", () => dialog.showModal()), dialog);
          look();
        }
      } catch (error) {
        words.textContent = error.message;
      }
      return round;
    },
  };
}

function invitation(addresses, squares) {
  const dialog = h("dialog", { class: "wide", "aria-label": "Bet by phone" },
    h("div", { class: "panel-head" }, h("h2", {}, "Bet by phone"), button("Close", () => dialog.close())),
    h("p", {}, "In the same network, scan this or open the address. It takes a bet, and shows nothing else."),
    squares ? codeOf(squares) : null, addresses.map((one) => h("p", { class: "bet-address" }, one)));
  return dialog;
}
