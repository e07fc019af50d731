"""Helper processes and imported libraries, kept from settings files of the current folder."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import IO, Any, BinaryIO

_HOME = Path(__file__).resolve().parents[1]

_SETTINGS = frozenset(
    {"MATPLOTLIBRC", "MPLBACKEND", "PYTHONINSPECT", "PYTHONOPTIMIZE", "PYTHONWARNINGS"}
)


class Helper:
    """Python code in a process of its own, with the import path of this one.

    It runs without ``site``: no sitecustomize, no .pth file and no hook of another package has
    a part in it. What it prints goes nowhere; what it answers comes through a pipe of its own.

    The code may import ``sim``; ``{answer}`` in it becomes the number from which ``answer_stream``
    makes the stream to answer through. Raises OSError where no process can be started.
    """

    def __init__(self, code: str) -> None:
        if not sys.executable:
            raise OSError("this Python does not know its own program")
        reading, writing = os.pipe()
        try:
            number, options = _handed_down(writing)
            path = [os.path.abspath(entry) for entry in sys.path if entry]
            begin = f"import sys; sys.path.insert(0, {str(_HOME)!r}); import sim"
            whole = f"{begin}; sys.path[:] = {path!r}; {code.format(answer=number)}"
            self.process = subprocess.Popen(
                [sys.executable, "-S", "-P", "-c", whole],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={key: text for key, text in os.environ.items() if key not in _SETTINGS},
                start_new_session=True,  # Ctrl-C is for the process that waits for this one
                **options,
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        assert self.process.stdin is not None
        self.requests: IO[bytes] = self.process.stdin
        self.answers: BinaryIO = open(reading, "rb")  # noqa: SIM115

    def end(self) -> None:
        """Kill the process and what it has started, if it still runs, and close its pipes."""
        if self.process.poll() is None:
            _kill_group(self.process)
        for pipe in (self.requests, self.answers):
            with suppress(OSError):  # what it was not told any more
                pipe.close()
        self.process.wait()


def _handed_down(pipe: int) -> tuple[int, dict[str, Any]]:
    """Return the number by which a child knows a pipe, and options that hand it down."""
    if sys.platform != "win32":
        return pipe, {"pass_fds": (pipe,)}
    import msvcrt

    handle = msvcrt.get_osfhandle(pipe)
    os.set_handle_inheritable(handle, True)
    start = subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]})
    return handle, {"startupinfo": start}


def answer_stream(number: int) -> BinaryIO:
    """Return the stream through which a helper answers."""
    if sys.platform == "win32":
        import msvcrt

        number = msvcrt.open_osfhandle(number, os.O_WRONLY)
    return open(number, "wb")


def end_with_parent() -> None:
    """End this helper, and what it has started, once whoever started it is gone.

    For one that has read what it was asked: that pipe closes then. Whoever was killed can end
    nobody, and what still writes into folders of the dead stands in the way of sweeping them.
    """

    def watch() -> None:
        while os.read(0, 4096):
            pass
        if os.name != "nt":
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if os.name != "nt":
        with suppress(OSError):  # it has ended by now
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def asked(module: str, function: str, *request: Any) -> Any:
    """Return what a function of a module gives, called in a process of its own.

    Raises OSError where it raises one, the process cannot be started, or it ends without an answer.
    """
    helper = Helper(f"from {__name__} import answer; answer({{answer}}, {module!r}, {function!r})")
    try:
        helper.requests.write(pickle.dumps(request))
        helper.requests.flush()
        said = helper.answers.read()
    finally:
        helper.end()
    if not said:
        raise OSError("it was killed")
    found = pickle.loads(said)
    if isinstance(found, OSError):
        raise found
    return found


def answer(number: int, module: str, function: str) -> None:
    """Call a function as ``asked`` asks through standard input."""
    request = pickle.load(sys.stdin.buffer)
    end_with_parent()
    found: object
    try:
        found = getattr(import_module(module), function)(*request)
    except OSError as error:
        found = error
    with answer_stream(number) as answers:
        answers.write(pickle.dumps(found))


def carried_out(
    command: Sequence[str], said: Path, seconds: float, environment: Mapping[str, str]
) -> int:
    """Run a program that ends at the latest when this process does; return its exit code.

    What it says on standard error goes into the file ``said``; it may take so many ``seconds``, and
    has the variables of ``environment`` beside those of this process. Raises OSError where it
    cannot be started, or takes longer.
    """
    return int(asked(__name__, "carry_out", list(command), said, seconds, dict(environment)))


def carry_out(
    command: Sequence[str], said: Path, seconds: float, environment: Mapping[str, str]
) -> int:
    """Do what ``carried_out`` does, in this process."""
    try:
        with open(said, "wb") as stream:
            return subprocess.run(
                command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=stream, timeout=seconds, check=False,
            ).returncode  # fmt: skip
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"took longer than {seconds:g} seconds") from None


@contextmanager
def elsewhere(*names: str) -> Iterator[None]:
    """Work in another folder meanwhile, if the current one is gone or holds any of ``names``.

    For the import of a library that takes its settings from files of these names.
    """
    if _is_there() and not any(os.path.lexists(name) for name in names):
        yield
        return
    back: int | str = ""
    with suppress(OSError):  # to a folder that is gone only its number leads back
        back = os.getcwd() if os.name == "nt" else os.open(".", os.O_RDONLY)
    os.chdir(_HOME / "sim")
    try:
        yield
    finally:
        if back != "":
            os.chdir(back)
        if isinstance(back, int):
            os.close(back)


def _is_there() -> bool:
    try:
        return bool(os.getcwd())
    except OSError:
        return False


@contextmanager
def environment_of(values: Mapping[str, str]) -> Iterator[None]:
    """Set some variables of the environment meanwhile."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
