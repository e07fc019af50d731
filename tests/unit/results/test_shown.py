"""What a prompt and a notebook show of results: a line, and a table."""

from __future__ import annotations

import sim


def test_a_line_and_a_table() -> None:
    both = sim.compare(
        ["licences-only", {"name": "<b>Own</b>", "timeline": [{"access": {"start": 1}}]}],
        organisation="small-firm", weeks=4, replicates=2,
    )  # fmt: skip
    said = "<Comparison of Licences only, <b>Own</b>: 60 people, 4 weeks, 2 replicates, seed 0>"
    assert repr(both) == said
    page = both._repr_html_()
    assert "<b>Own" not in page  # names are shown, not obeyed
    assert "&lt;b&gt;Own" in page
    assert f"{both.estimate('access', 0).mean:.3f}" in page
    assert len(page) < 40_000
    assert repr(both.organisation).startswith("<Organisation 'Template - small firm': 60 people, ")
    assert str(both.scenarios[0]) == "<Scenario 'Licences only': 1 entry, 52 weeks>"
