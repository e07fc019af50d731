"""The command ``uptake doctor``: versions, caches, processors, and what would be slow and why."""

from __future__ import annotations

import rich_click as click

from sim.cli.echo import echo

__all__ = ["doctor"]


@click.command()
def doctor() -> None:
    """Say what Uptake finds here, and what would be slow and why.

    Put what it prints into a report of a fault: it names no person and no folder of yours but the
    cache.
    """
    import os
    import platform
    import time
    from shutil import which

    from sim.extensions import extensions
    from sim.extras import EXTRAS, missing_of
    from sim.results.manifest import LIBRARIES, platform_entry, uptake_version

    entry = platform_entry((*LIBRARIES, "mesa", "pandas", "scipy", "duckdb"))
    echo(f"uptake {uptake_version()}, Python {entry['python']}, {platform.platform()}")
    echo(", ".join(f"{name} {version}" for name, version in entry["libraries"].items()))
    counted = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    echo(f"processors: {counted} to work with")
    there = [f"{one.distribution} {one.version}" for one in extensions()]
    echo(f"plugins: {', '.join(dict.fromkeys(there)) or 'none'}")
    missing = [extra for extra in EXTRAS if missing_of(extra)]
    echo(f"extras that are not here: {', '.join(missing) or 'none'}")
    browsers = ("chromium", "chromium-browser", "google-chrome", "msedge", "chrome")
    found = next((name for name in browsers if which(name)), None)
    echo(f"browser for PDF: {found or 'none on the path; reports are HTML all the same'}")
    _say_cache()
    begin = time.perf_counter()
    from sim.runner import run

    run("licences-only", organisation="small-firm", replicates=1, weeks=4, threads=1)
    first = time.perf_counter() - begin
    begin = time.perf_counter()
    run("licences-only", organisation="small-firm", replicates=200, weeks=52, threads=1)
    many = time.perf_counter() - begin
    echo(f"first run {first:.1f} s, then {200 / many:,.0f} runs a second of 60 people and 52 weeks")


def _say_cache() -> None:
    import os
    from pathlib import Path

    from platformdirs import user_cache_dir

    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or user_cache_dir("uptake"))
    home = next(one for one in (folder, *folder.parents) if one.exists())
    if not os.access(home, os.W_OK):
        echo(f"cache: {folder} cannot be written, so every start compiles anew (about a minute)")
        return
    files = [file for file in folder.rglob("*") if file.is_file()] if folder.exists() else []
    size = sum(file.stat().st_size for file in files)
    echo(f"cache: {folder}, {size / 1e6:.0f} MB; where it is empty, the first run compiles")
