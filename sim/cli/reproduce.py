"""The command ``uptake reproduce``: run a manifest again, and say whether it is the same."""

from __future__ import annotations

from pathlib import Path

import rich_click as click
from click.exceptions import Exit

from sim.cli.options import progress_bar

__all__ = ["reproduce"]


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--organisation",
    metavar="PATH",
    type=click.Path(path_type=Path),
    default=None,
    help="Where the organisation's files are now; they must be the same.",
)
@click.option("--threads", type=click.IntRange(1, 1024), default=None, help="Processors to use.")
def reproduce(folder: Path, organisation: Path | None, threads: int | None) -> None:
    """Run the manifest in DIR again; say table by table whether every number is the same.

    Ends with code 0 where all are the same, and 1 where any is not.
    """  # fmt: skip
    from rich.console import Console

    from sim.reproduce import check_tables, rerun
    from sim.results.manifest import read_manifest, uptake_version

    content = read_manifest(folder)
    console = Console(highlight=False)
    wrote = content["uptake"].get("version")
    if wrote != uptake_version():
        click.echo(f"Note: written by Uptake {wrote}, run again by {uptake_version()}", err=True)
    runs = len(content["scenarios"]) * content["replicates"]
    with progress_bar(runs) as progress:
        results = rerun(content, folder, organisation, threads=threads, progress=progress)
    checks = check_tables(results, content, folder)
    from rich.table import Table

    table = Table("table", "result", "largest difference", box=None, pad_edge=False)
    for check in checks:
        table.add_row(check.name, check.said, check.difference_text)
    console.print(table)
    same = all(check.same for check in checks)
    console.print("\nEvery number is the same." if same else "\nNot every number is the same.")
    if not same:
        raise Exit(1)
