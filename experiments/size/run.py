"""Measure what an installation holds: python experiments/size/run.py.

Takes some minutes, and the network. A fresh environment for the main job and for each extra;
prints the table of README.md.
"""

import subprocess
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = ("", "import", "mesa", "plan", "study", "all")


def main() -> None:
    """Install each way into an environment of its own, and add up the files."""
    print("| `pip install` | MB | of them the largest |\n| --- | --- | --- |")
    for extra in EXTRAS:
        with tempfile.TemporaryDirectory() as scratch:
            home = Path(scratch) / "env"
            venv.create(home, with_pip=True)
            what = f".[{extra}]" if extra else "."
            pip = [home / "bin" / "pip", "install", "-q", "-c", "constraints.txt", what]
            subprocess.run(pip, cwd=ROOT, check=True)
            sizes: dict[str, int] = {}
            (packages,) = home.glob("lib/python*/site-packages")
            for file in home.rglob("*"):
                if file.is_file() and not file.is_symlink():
                    inside = packages in file.parents
                    name = file.relative_to(packages).parts[0] if inside else "the rest"
                    name = name.partition(".")[0].lstrip("_")  # numpy.libs beside numpy
                    sizes[name] = sizes.get(name, 0) + file.stat().st_size
        largest = sorted(sizes, key=lambda name: -sizes[name])[:6]
        told = ", ".join(f"{name} {sizes[name] / 1e6:.0f}" for name in largest)
        print(f"| `{what}` | {sum(sizes.values()) / 1e6:.0f} | {told} |", flush=True)


if __name__ == "__main__":
    main()
