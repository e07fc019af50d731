"""Build sdist and wheel, and do the main job with the wheel in an empty environment.

python .ci/wheel.py [--python PYTHON ...] [--each] [--keep DIR] [--tag vX.Y.Z]

With --each, in one environment for each Python that Uptake is for; ends with 77 where one of
them is not on this machine, and says so.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EACH = ("3.11", "3.12", "3.13")
SKIPPED = 77
JOB = [
    "compare",
    "licences-only",
    "training-first",
    "--organisation",
    "small-firm",
    "--replicates",
    "4",
]


def run(*command: object, where: Path) -> str:
    """Run a command and return what it printed; end with it where it fails."""
    done = subprocess.run(
        [str(one) for one in command], cwd=where, text=True, stdout=subprocess.PIPE, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}ended with {done.returncode}")
    return done.stdout


def made(python: str, folder: Path) -> Path:
    """Return the Python of a new, empty environment."""
    home = folder / f"env-{Path(python).name}-{abs(hash(python)) % 10**6}"
    if python == sys.executable:
        venv.create(home, with_pip=True)
    else:
        run(python, "-m", "venv", home, where=folder)
    return home / ("Scripts" if sys.platform == "win32" else "bin") / "python"


def found(version: str) -> str | None:
    """Return a Python of a version: on the path, or of pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for python in (f"python{version}", *sorted(pyenv.glob(f"{version}.*/bin/python"))):
        asked = [str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        try:
            done = subprocess.run(asked, text=True, capture_output=True, check=False)
        except OSError:
            continue
        if done.stdout.strip() == version:
            return str(python)
    return None


def main() -> None:
    """Build once; try in an environment for each Python."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append")
    parser.add_argument("--each", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--tag")
    given = parser.parse_args()
    there = {version: found(version) for version in EACH} if given.each else {}
    absent = [version for version, python in there.items() if python is None]
    pythons = given.python or [one for one in there.values() if one] or [sys.executable]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        out = given.keep.absolute() if given.keep else folder / "dist"
        builder = made(sys.executable, folder)
        run(builder, "-m", "pip", "install", "-q", "build", where=folder)
        run(builder, "-m", "build", "--outdir", out, ROOT, where=folder)
        (wheel,) = out.glob("*.whl")
        version = wheel.name.split("-")[1]
        if given.tag and given.tag != f"v{version}":
            sys.exit(f"the tag {given.tag} is not the version that was built: {version}")
        for python in pythons:
            own = made(python, folder)
            constraints = ROOT / "constraints.txt"
            run(own, "-m", "pip", "install", "-q", "-c", constraints, wheel, where=folder)
            results = folder / f"results-{own.parent.parent.name}"
            run(own, "-m", "sim", *JOB, "--out", results, where=folder)
            print((results / "verdict.txt").read_text("utf-8"))
            size = sum(f.stat().st_size for f in own.parent.parent.rglob("*") if f.is_file())
            print(f"{python}: {version} does its job; the environment holds {size / 1e6:.0f} MB")
    if absent:
        print(f"not tried, as there is no such Python here: {', '.join(absent)}", file=sys.stderr)
        sys.exit(SKIPPED)


if __name__ == "__main__":
    main()
