"""Build sdist and wheel, and do the main job with the wheel in an empty environment.

python .ci/wheel.py [--python PYTHON ...] [--keep DIR] [--tag vX.Y.Z]
"""

import argparse
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
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


def main() -> None:
    """Build once; try in an environment for each Python."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", action="append")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--tag")
    given = parser.parse_args()
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    if given.tag and (version is None or given.tag != f"v{version[1]}"):
        sys.exit(f"the tag {given.tag} is not the version of pyproject.toml")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        out = given.keep.absolute() if given.keep else folder / "dist"
        builder = made(sys.executable, folder)
        run(builder, "-m", "pip", "install", "-q", "build", where=folder)
        run(builder, "-m", "build", "--outdir", out, ROOT, where=folder)
        (wheel,) = out.glob("*.whl")
        for python in given.python or [sys.executable]:
            there = made(python, folder)
            constraints = ROOT / "constraints.txt"
            run(there, "-m", "pip", "install", "-q", "-c", constraints, wheel, where=folder)
            results = folder / f"results-{there.parent.parent.name}"
            print(run(there, "-m", "sim", *JOB, "--out", results, where=folder))
            size = sum(f.stat().st_size for f in there.parent.parent.rglob("*") if f.is_file())
            print(f"{python}: the wheel does its job; the environment holds {size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
