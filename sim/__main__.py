"""``python -m sim``: the command ``uptake``."""

import os
import sys

_HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
if __name__ == "__main__" and not sys.flags.safe_path and sys.path[0] != _HOME:
    del sys.path[0]  # the current folder, whose random.py or numpy.py are somebody else's
if not callable(sys.excepthook):  # a start-up file has taken it away
    sys.excepthook = sys.__excepthook__

from sim.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
