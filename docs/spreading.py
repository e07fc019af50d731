"""Draw docs/images/spreading.svg: who uses the tool, week by week, in a made-up firm.

python docs/spreading.py
"""

from pathlib import Path

import networkx as nx

from sim.abm import UptakeModel
from sim.organisation import to_graph

SEED, WEEKS, SECONDS = 1, 52, 16
WIDE, HIGH, EDGE = 640, 400, 24
NOBODY, SOME, MOST = "#d9d9d9", "#86b6d9", "#08519c"  # light to dark: no colour must be told apart


def main() -> None:
    """Run once, and write an SVG that plays by itself."""
    model = UptakeModel("training-first", SEED, organisation="small-firm", weeks=WEEKS)
    graph = to_graph(model.organisation)
    place = nx.spring_layout(graph.to_undirected(), seed=SEED, k=0.35, iterations=200)
    low = [min(p[i] for p in place.values()) for i in (0, 1)]
    span = [max(p[i] for p in place.values()) - low[i] for i in (0, 1)]
    at = {
        node: (
            EDGE + (x - low[0]) / span[0] * (WIDE - 2 * EDGE),
            EDGE + (y - low[1]) / span[1] * (HIGH - 2 * EDGE - 28),
        )
        for node, (x, y) in place.items()
    }
    colours: dict[str, list[str]] = {node: [] for node in graph}
    users = []
    for _ in range(WEEKS):
        model.step()
        users.append(model.outcome("weekly_users"))
        for person in model.agents:
            days = person.use_days
            colours[person.id].append(NOBODY if not days else SOME if days < 3 else MOST)
    every = f'dur="{SECONDS}s" calcMode="discrete" repeatCount="indefinite"'
    pairs = {tuple(sorted(edge)) for edge in graph.edges}
    lines = "".join(
        f"M{at[a][0]:.0f} {at[a][1]:.0f}L{at[b][0]:.0f} {at[b][1]:.0f}" for a, b in sorted(pairs)
    )
    people = "\n".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="8" fill="{colours[node][-1]}">'
        f'<animate attributeName="fill" values="{";".join(colours[node])}" {every}/></circle>'
        for node, (x, y) in at.items()
    )
    bar = ";".join(f"{share * (WIDE - 2 * EDGE):.0f}" for share in users)
    text = f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" role="img">
<title>People of a made-up firm of 60 who use an AI tool, week by week for a year</title>
<rect width="{WIDE}" height="{HIGH}" fill="white"/>
<path d="{lines}" stroke="#ececec" fill="none"/>
<g stroke="#555" stroke-width="0.8">
{people}
</g>
<rect x="{EDGE}" y="{HIGH - 18}" width="{WIDE - 2 * EDGE}" height="8" fill="#ececec"/>
<rect x="{EDGE}" y="{HIGH - 18}" height="8" fill="{MOST}" width="{bar.split(";")[-1]}">
<animate attributeName="width" values="{bar}" {every}/></rect>
<text x="{EDGE}" y="{HIGH - 24}" font-family="sans-serif" font-size="11" fill="#444">\
weekly users, one year; darker: three days a week and more</text>
</svg>
"""
    (Path(__file__).parent / "images" / "spreading.svg").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
