"""The command ``uptake values``: what matters to people, beside the global ranks."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

__all__ = ["values"]

CAVEAT = (
    "Ranks are not effect sizes: a value that ranks high says what to speak of, not how much "
    "a conversation will do. Compare plans for that (uptake compare)."
)


@click.command()
@click.argument("organisation", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--out",
    metavar="PICTURE",
    type=click.Path(path_type=Path),
    help="Save a picture: .png or .svg.",
)
def values(organisation: Path, out: Path | None) -> None:
    """Rank what people at DIR say matters to them, and say which conversation it speaks for.

    DIR is a folder with people.csv whose columns value_… hold answers of the questionnaire; what
    nobody answered does not count.
    """
    from rich.table import Table
    from rich.text import Text

    from sim.cli.describe import check_picture
    from sim.organisation.profile import differs, value_profile
    from sim.report.console import Terminal

    check_picture(out)
    profile, people = value_profile(organisation)
    table = Table(box=None, padding=(0, 1, 0, 0))
    for head in ("value", "importance", "95%", "first two", "people", "of 56", "speaks for"):
        table.add_column(head, no_wrap=True)
    for one in profile:
        leads = "" if one.leads != one.leads else f"{one.leads:.0%}"
        rank = "" if one.global_rank is None else str(one.global_rank)
        table.add_row(
            one.value, f"{one.mean:.2f}", f"{one.low:.2f}–{one.high:.2f}", leads,
            f"{one.answered:,}/{people:,}", rank, one.speaks_for.removesuffix(" conversation"),
        )  # fmt: skip
    console = Terminal(highlight=False)
    console.print(table)
    first = profile[0]
    said = f"{first.value.capitalize()} matters most: it speaks for the {first.speaks_for}."
    if not differs(profile):
        said = f"No value stands clear of the next: {first.value} is first by a margin of chance."
    console.print(Text(f"\n{said}\n{CAVEAT}"))
    if out is not None:
        from sim.report.values_figure import save_values_figure

        save_values_figure(profile, organisation.resolve().name, out)
        console.print(f"Picture: {out}", soft_wrap=True)
