"""The command ``uptake example``: a made-up firm to copy."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from sim.cli.echo import echo

__all__ = ["example"]


@click.command()
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path), required=True,
    help="The folder to make.",
)  # fmt: skip
def example(out: Path) -> None:
    """Write a made-up firm of sixty to copy: its organisation, and a client's exports.

    People, ties, an HR export, a Copilot file, a pulse survey and its questionnaire, all made by
    script. README.md in the folder says what to do with them.
    """
    from sim.importing.example import write_example
    from sim.results.store import output_folder

    with output_folder(out) as folder:
        files = write_example(folder)
    echo(f"In {out}, nobody of it real: {', '.join(files)}")
    echo(f"Next: uptake describe {out}, or what {out / 'README.md'} says")
