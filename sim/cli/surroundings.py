"""What a command finds around it: streams, an environment and folders that may be odd or missing.

Everything here is for a process of Uptake's own, never for a program that imports ``sim``.
"""

from __future__ import annotations

import atexit
import codecs
import gc
import io
import os
import platform
import re
import sys
import warnings
from collections.abc import Iterator, MutableMapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sim.errors import is_text, refusal


class ReaderGone(BaseException):  # no error: nothing on the way is to catch it
    """Whoever read standard output has gone, as ``head`` does."""


def settle() -> list[str]:
    """Make streams and environment such that nothing in them stops a command.

    Returns what is set in the environment and cannot be used, a sentence each.
    """
    if sys.flags.optimize > 1 or (sys.flags.inspect and "PYTHONINSPECT" in os.environ):
        _begin_anew()
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _DEEPEST))
    gc.set_threshold(_NEW_OBJECTS)
    atexit.register(_leave_garbage)
    codecs.register_error(_HANDLER, _plainly)
    codecs.register(_ascii_by_another_name)
    for name in ("stdout", "stderr"):
        setattr(sys, name, _forgiving(getattr(sys, name)))
    _open_streams()
    if sys.warnoptions:  # a warning of a library is no error, whatever PYTHONWARNINGS says
        warnings.resetwarnings()
        for kind in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
            warnings.simplefilter("ignore", kind)
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # other packages' code in every model
    return _tidy(os.environ)


_NEW_OBJECTS = 200_000
"""Objects made between two searches for garbage: a start makes fewer, and nearly all are kept."""


def _leave_garbage() -> None:
    """Search nothing for garbage as Python ends, unless DuckDB would complain of what is left."""
    if "_duckdb" not in sys.modules:
        gc.freeze()


_DEEPEST = 1000
"""Calls within calls: Python's own limit, where a start-up file has set a lower one."""


def _begin_anew() -> None:
    """Begin anew without settings of Python that cannot be undone.

    PYTHONOPTIMIZE=2 leaves out docstrings, in which help and catalogues are written; with
    PYTHONINSPECT, Python asks for more at the end, and the exit code is lost.
    """
    given = [os.environ.pop(name, None) for name in ("PYTHONOPTIMIZE", "PYTHONINSPECT")]
    if not any(given) and "-OO" not in sys.orig_argv:
        return
    words = [sys.executable, *(word for word in sys.orig_argv[1:] if word != "-OO")]
    if os.name == "nt":  # a process there cannot become another
        from subprocess import call

        sys.exit(call(words))
    os.execv(sys.executable, words)


# -- streams

_HANDLER = "uptake.plain"


def _open_streams() -> None:
    """Open what was closed before the start, so that no file of ours gets its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is not None:
            continue
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
        stream = open(os.devnull, "r" if number == 0 else "w", encoding="utf-8")  # noqa: SIM115
        setattr(sys, name, stream)


class _Output(io.FileIO):
    def __init__(self, stream: io.TextIOWrapper) -> None:
        super().__init__(stream.fileno(), "w", closefd=False)
        self.held = stream  # what is let go of closes its file

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            raise ReaderGone from None


def _forgiving(stream: object) -> object:
    """Return a standard stream that takes any character, and says when its reader has gone."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    raw = getattr(stream.buffer, "raw", stream.buffer)
    if os.name == "nt" or type(raw) is not io.FileIO:  # a Windows console, or a test's own
        stream.reconfigure(errors=_HANDLER)
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Output(stream)),
        encoding=_ASCII if codecs.lookup(stream.encoding).name == "ascii" else stream.encoding,
        errors=_HANDLER, newline="\n", line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )  # fmt: skip


_ASCII = "uptake_ascii"


def _ascii_by_another_name(name: str) -> codecs.CodecInfo | None:
    """Return ASCII under a name that click does not take for a mistake and replace by UTF-8."""
    if name != _ASCII:
        return None
    info = codecs.lookup("ascii")
    return codecs.CodecInfo(
        info.encode, info.decode, info.streamreader, info.streamwriter,
        info.incrementalencoder, info.incrementaldecoder, name=_ASCII,
    )  # fmt: skip


_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−─━═╌╍┄┅┈┉╴╶╸╺", "-"),
        **dict.fromkeys("│┃║╎╏┆┇┊┋╵╷╹╻", "|"),
        **dict.fromkeys("•·∙●○◦▪■□▲△▼▽◆◇★☆✓✔", "*"),
        **dict.fromkeys("‘’‚‛“”„‟«»‹›′″", "'"),  # never a double quote: JSON stays JSON
        **dict.fromkeys("█▉▊▋▌▍▎▏▓▒░", "#"),
        **{"→": "->", "←": "<-", "↑": "^", "↓": "v", "⇒": "=>", "↔": "<->", "…": "..."},
        **{"≥": ">=", "≤": "<=", "≠": "!=", "≈": "~", "±": "+-", "×": "x", "÷": "/", "√": "sqrt"},
        **{"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O"},
        **{"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "þ": "th", "ı": "i", "€": "EUR"},
        **{"µ": "u", "μ": "u", "σ": "sigma", "Δ": "delta", "∞": "inf", "∑": "sum"},
    }
)


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Return plain characters for those that an encoding lacks: ``-`` for a minus sign.

    >>> _plainly(UnicodeEncodeError("ascii", "Zoë → 3 ≥ 漢", 0, 11, "lacks"))
    ('Zoe -> 3 >= ?', 11)
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    import unicodedata

    lacking = error.object[error.start : error.end].translate(_PLAIN)
    if 0x2500 <= ord(error.object[error.start]) < 0x2580 and not lacking.isascii():
        lacking = "+" * len(lacking)  # corners and crossings of tables
    decomposed = unicodedata.normalize("NFKD", lacking)
    kept = "".join(
        char if char.isascii() else "?" for char in decomposed if not unicodedata.combining(char)
    )
    return kept, error.end


def mute() -> None:
    """Let what is still to be written go nowhere: Python would complain of it as it ends."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, ReaderGone):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def end_as_unix_tools_do() -> int:
    """End by the signal that a write into a closed pipe sends; return 0 where there is none."""
    import signal

    mute()
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGPIPE)
    return 0


# -- environment

_SILENTLY = (
    "MATPLOTLIBRC", "MPLBACKEND", "PYTHONINSPECT", "PYTHONWARNINGS", "RICH_CLICK_THEME",
    "TERMINAL_WIDTH",
)  # fmt: skip
"""Settings of libraries that are somebody else's business."""

_COMPILER = frozenset({"NUMBA_CACHE_DIR", "NUMBA_CPU_FEATURES", "NUMBA_CPU_NAME"})
"""The only settings of the compiler that Uptake leaves to the user."""
_TEMPORARY = ("TMPDIR", "TEMP", "TMP")
"""Where temporary files go; libraries in C want text."""
_NARROWEST, _WIDEST = 72, 1000
"""Columns: in fewer, tables break words; nothing becomes clearer in more."""


def _tidy(environment: MutableMapping[str, str]) -> list[str]:
    """Set aside what would change or stop a command; return what was no use, in words.

    >>> kept = {"COLUMNS": "0", "MPLBACKEND": "gone", "NUMBA_NUM_THREADS": "0", "HOME": "/h"}
    >>> _tidy(kept)
    ['NUMBA_NUM_THREADS=0 is not used: it is no number from 1']
    >>> kept
    {'HOME': '/h'}
    """
    notes = [
        f"{name}={_shown(environment.pop(name))} is not used: it is no text"
        for name in _TEMPORARY
        if not is_text(environment.get(name, ""))
    ]
    for name in ("COLUMNS", "LINES"):
        if not _whole(environment.get(name, "1")):
            del environment[name]
    width = _whole(environment.get("COLUMNS", "")) or _width_of_terminal()
    if width and not _NARROWEST <= width <= _WIDEST:
        environment["COLUMNS"] = str(min(max(width, _NARROWEST), _WIDEST))
    for name in (*_SILENTLY, *_relative(environment)):
        environment.pop(name, None)
    date = environment.pop("SOURCE_DATE_EPOCH", "0")
    if _whole(date) is None:
        notes.append(f"SOURCE_DATE_EPOCH={_shown(date)} is not used: it is no number of seconds")
    for name in sorted(environment):
        if not name.startswith("NUMBA_") or name in _COMPILER:
            continue
        value = environment.pop(name)
        if name != "NUMBA_NUM_THREADS":
            notes.append(f"{name}={_shown(value)} is not used: Uptake sets its compiler itself")
        elif not _whole(value):
            notes.append(f"{name}={_shown(value)} is not used: it is no number from 1")
    return notes


def _relative(environment: MutableMapping[str, str]) -> list[str]:
    """Return names of folders that do not count, by their specification: no whole paths."""
    names = (name for name in environment if name.startswith("XDG_") and name.endswith("_HOME"))
    return [name for name in names if not os.path.isabs(environment[name])]


def _width_of_terminal() -> int:
    """Return the columns of the terminal; 0 where there is none, or it does not say."""
    try:
        return os.get_terminal_size(1).columns
    except (OSError, ValueError):
        return 0


def _whole(text: str) -> int | None:
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= 18 else None


def _shown(value: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in value[:60])


_READ = (
    "ARROW_", "BLIS_", "DUCKDB_", "LD_", "MKL_", "MPL", "NPY_", "NUMBA_", "NUMEXPR_", "OMP_",
    "OPENBLAS_", "PYTHON", "TMPDIR", "XDG_",
)  # fmt: skip


def read_by_libraries(environment: MutableMapping[str, str]) -> list[str]:
    """Return the variables in which libraries look for settings, as ``NAME=value``."""
    return [
        f"{name}={_shown(value)}"
        for name, value in sorted(environment.items())
        if name.startswith(_READ) and name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    ]


# -- paths

_HOME = re.compile(
    r"(?P<option>--[\w-]+=)?(?P<home>~[\w.-]*|\$HOME|\$\{HOME\}|%USERPROFILE%)(?P<rest>[/\\].*)?",
    re.DOTALL,
)


def expanded(argument: str) -> str:
    """Return an argument in which the home folder stands for ``~`` or ``$HOME`` at its start.

    A shell leaves ``--out=~/r`` as it is, and so do lists of arguments in files. What is there
    under the very name that was given is meant.

    Raises InputError where there is no such home folder.

    >>> expanded("--out=$HOME/r") == "--out=" + os.path.expanduser("~/r")
    True
    >>> expanded("--set=b_0=~1"), expanded("x/~/y")
    ('--set=b_0=~1', 'x/~/y')
    """
    found = _HOME.fullmatch(argument)
    if found is None:
        return argument
    option, home, rest = (found[name] or "" for name in ("option", "home", "rest"))
    given = home + rest
    if os.path.lexists(given):
        return argument
    meant = os.path.expanduser(home if home.startswith("~") else "~")
    if meant.startswith("~"):
        raise refusal(argument, "", f"there is no home folder {home}", "the path in full")
    return option + meant + rest


_KEPT = 20
"""Log files that are kept, the latest."""


def described(error: BaseException, arguments: Sequence[str]) -> str:
    """Keep the traceback of an error in a file; return one line that says so."""
    what = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    what = "".join(char if char.isprintable() else "?" for char in what)
    settings = read_by_libraries(os.environ)
    line = f"Unforeseen error ({what})"
    if settings:
        line += f", with {', '.join(settings)[:200]} in the environment"
    file = _logged(error, arguments, settings)
    where = "--debug shows the traceback" if file is None else f"the traceback is in {file}"
    return f"{line} — {where}"


def _logged(error: BaseException, arguments: Sequence[str], settings: Sequence[str]) -> Path | None:
    """Write the log file into the first folder that takes it."""
    import traceback

    from sim.extensions import uptake_version

    now = datetime.now()
    lines = [
        f"uptake {' '.join(arguments)}",
        f"Uptake {uptake_version()}, Python {sys.version}, {platform.platform()}, {now}",
        *settings, "", *traceback.format_exception(error),
    ]  # fmt: skip
    text = "\n".join(line.rstrip("\n") for line in lines) + "\n"
    name = f"error-{now:%Y%m%d-%H%M%S}-{os.getpid()}.log"
    for folder in _folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8", errors="backslashreplace")
            for old in sorted(folder.glob("error-*.log"))[:-_KEPT]:
                old.unlink(missing_ok=True)
        except OSError:
            continue
        return folder / name
    return None


def _folders() -> Iterator[Path]:
    import tempfile

    from platformdirs import user_log_path

    own = user_log_path("uptake", appauthor=False)
    if own.is_absolute():
        yield own
    try:
        yield Path(tempfile.gettempdir())
    except OSError:
        return
