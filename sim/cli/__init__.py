"""The command ``uptake``: parse, call, print."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from keyword import iskeyword
from typing import Any

import rich_click as click
from click import exceptions

from sim.cli.options import echo, misused
from sim.errors import UptakeError, did_you_mean, is_text, refusal, shown

__all__ = ["COMMANDS", "main", "uptake"]

COMMANDS = {
    "compare": "run", "run": "run", "report": "pages", "serve": "pages", "demo": "pages",
    "import": "organisation", "example": "organisation", "describe": "organisation",
    "diagnose": "firm", "values": "organisation", "validate": "files", "reproduce": "run",
    "interventions": "catalogues", "parameters": "catalogues", "calibrate": "firm",
    "claims": "catalogues", "sweep": "study", "plan": "plan", "replan": "plan", "track": "firm",
    "results": "study", "sensitivity": "study", "discover": "study", "schema": "files",
    "plugins": "catalogues", "new-plugin": "catalogues", "doctor": "catalogues",
}  # fmt: skip
"""Commands in the order in which help lists them, and the module of ``sim.cli`` that each is in."""

NEEDS = {
    "calibrate": ("study",), "diagnose": ("study",), "discover": ("study", "discovery"),
    "plan": ("plan",), "replan": ("plan",), "results": ("study",), "sensitivity": ("study",),
    "sweep": ("study",), "track": ("study",),
}  # fmt: skip
"""Extras of the installation that a command cannot do without; see ``sim.extensions``."""

COMPLETION = "_UPTAKE_COMPLETE"
"""Set by a shell that asks for completions; with bash_source (or zsh, fish) it gets its script."""

INTERRUPTED = 130
WRONG_INPUT = 2
UNFORESEEN = 70


class Commands(click.RichGroup):
    """Commands that are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> Any:
        """Return a command, or None where there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name.replace("-", "_")
        command = getattr(import_module(f"sim.cli.{COMMANDS[cmd_name]}"), name)
        if _DEBUG not in command.params:
            command.params.append(_DEBUG)  # said before or after the command's name
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Return the command that ``args`` name; suggest a near-miss."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            right = did_you_mean(args[0], list(COMMANDS))
            raise refusal(f"uptake {args[0]}", "", "there is no such command", right)
        if args and not ctx.resilient_parsing and not {"-h", "--help"} & set(args):
            from sim.extensions import need

            need(*NEEDS.get(args[0], ()), where=f"uptake {args[0]}")
        return super().resolve_command(ctx, args)


def _print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        from sim.extensions import uptake_version

        echo(f"uptake {uptake_version()}")
        ctx.exit()


def _note_debug(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        ctx.find_root().meta["debug"] = True


_DEBUG = click.Option(
    ["--debug"], is_flag=True, is_eager=True, expose_value=False, hidden=True, callback=_note_debug
)


def _switch_off(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        from sim.extensions import without_plugins

        ctx.find_root().with_resource(without_plugins())


def _at_once(flag: str, callback: Any, says: str) -> Callable[[Any], Any]:
    """Return a flag that is heeded before anything else."""
    return click.option(
        flag, is_flag=True, is_eager=True, expose_value=False, callback=callback, help=says
    )


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@_at_once("--debug", _note_debug, "Show the traceback of an error.")
@_at_once("--no-plugins", _switch_off, "Use nothing that other packages add.")
@_at_once("--version", _print_version, "Print the version.")
def uptake() -> None:
    """Rehearse an AI rollout before people live through it.

    Try uptake compare: two rollout plans, lived through by the same people.
    """  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; end the process with its exit code.

    Exit codes: 0 done; 1 done, with the answer no; 2 wrong input or no room; 70 an error that
    nobody foresaw; 130 interrupted (or ended by the signal itself, which shells show as 130
    too). Where whoever reads the output goes early, the process ends as Unix tools do.
    """
    if (instruction := os.environ.get(COMPLETION)) is not None:
        from click.shell_completion import shell_complete

        if not shell_complete(uptake, {}, "uptake", COMPLETION, instruction):
            sys.exit(0)
        right = "bash_source, zsh_source or fish_source"
        _say(f"{COMPLETION}: is {instruction!r:.40} — {right}, or not set")
        sys.exit(WRONG_INPUT)
    from sim.cli.surroundings import ReaderGone, end_as_unix_tools_do, mute, settle

    try:
        for note in settle():
            _say(f"Note: {note}")
        code = _exit_code(list(arguments or sys.argv[1:]))
    except ReaderGone:
        code = end_as_unix_tools_do()
    mute()
    sys.exit(code)


def _exit_code(arguments: list[str]) -> int:
    from sim.cli.surroundings import expanded

    debug = "--debug" in arguments
    try:
        _check_words(arguments)
        # Not rich_click's own main: it ends the process and words errors its own way.
        with uptake.make_context("uptake", list(map(expanded, arguments))) as context:
            uptake.invoke(context)
        return _flushed(0)
    except exceptions.Exit as end:
        return _flushed(int(end.exit_code))
    except click.ClickException as error:
        if isinstance(error, getattr(exceptions, "NoArgsIsHelpError", ())):  # since click 8.2
            error.show()
        else:
            _say(misused(error))
        return WRONG_INPUT
    except (KeyboardInterrupt, click.Abort) as stop:
        _say(f"Interrupted: {stop}" if str(stop) else "Interrupted: nothing was written.")
        return INTERRUPTED
    except Exception as error:
        if debug:
            from traceback import print_exception

            print_exception(error)
        return _failed(error, arguments)


def _check_words(arguments: Sequence[str]) -> None:
    """Refuse an empty text, which would be the current folder or as if nothing had been said.

    Refuse too what is no text: a file with such a name can be named in no table and no report.
    """
    for before, word in zip(("", *arguments), arguments, strict=False):
        option, sign, value = word.partition("=") if word.startswith("--") else ("", "", word)
        if not value and (sign or not option):
            where = option or (before if before.startswith("-") else "") or "an argument"
            right = "a value, or leave it out; a shell gives this for a variable that is not set"
            raise refusal(where, "", "is an empty text", right)
        if not is_text(word):  # bytes that this system's encoding has not
            right = "another name for the file; or set PYTHONUTF8=1, where it is in UTF-8"
            raise refusal(shown(word), "", "is no text in UTF-8", right)


def _flushed(code: int) -> int:
    """Return a code once all is written: only then is it known that it could be."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _say(_said(error))
        return WRONG_INPUT
    return code


def _failed(error: Exception, arguments: Sequence[str]) -> int:
    """Say what went wrong, and return the exit code for it."""
    if isinstance(error, UptakeError):
        _say(str(error))
        return error.exit_code
    if isinstance(error, MemoryError):
        _say("Out of memory — fewer replicates, weeks, or people recorded")
        return WRONG_INPUT
    if isinstance(error, OSError):
        _say(_said(error))
        return WRONG_INPUT
    if isinstance(error, ModuleNotFoundError) and _is_of_an_extra(error, arguments):
        return WRONG_INPUT
    from sim.cli.surroundings import described

    _say(described(error, arguments))
    return UNFORESEEN


def _is_of_an_extra(error: ModuleNotFoundError, arguments: Sequence[str]) -> bool:
    """Say what to install, where what is missing comes with an extra."""
    from sim.extensions import extra_of, need

    module = (error.name or "").partition(".")[0]
    command = next((word for word in arguments if word in COMMANDS), "")
    try:
        need(*filter(None, [extra_of(module)]), where=f"uptake {command}".strip(), only=(module,))
    except UptakeError as said:
        _say(str(said))
        return True
    return False


def _said(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    reasons = {
        errno.ENOSPC: "the disk is full — room, or another --out; nothing half-written is left",
        errno.EFBIG: "the file is larger than allowed here — a higher limit, or another --out; "
        "nothing half-written is left",
        errno.EDQUOT: "the quota is used up — room, or another --out; nothing half-written is left",
        errno.EACCES: "may not be read or written — another place, or the right to it",
        errno.EPERM: "may not be read or written — another place, or the right to it",
        errno.EROFS: "cannot be written (read-only) — another --out",
        errno.ENOENT: "is not there, or its folder is not — a path that is there",
        errno.EEXIST: "stands where a folder is to be — another --out",
        errno.ENOTDIR: "leads through a file as if it were a folder — another path",
        errno.ENAMETOOLONG: "is longer than names here may be — a shorter one",
        errno.ELOOP: "is a link that leads round in a circle — another path",
    }
    text = (error.strerror or str(error) or type(error).__name__).splitlines()[0]
    if not where and isinstance(error, FileNotFoundError):
        try:
            os.getcwd()
        except OSError:
            return "the current folder is gone — cd to one that is there, or paths in full"
    return where + reasons.get(error.errno or 0, text)


def _say(text: str) -> None:
    with suppress(OSError):  # there is nobody left to tell
        echo(text, err=True)
