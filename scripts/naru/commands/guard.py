"""Runs one command and turns whatever happens into a sentence and the right exit code."""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Any

from naru.errors import Interrupted, Missing, NaruError

OUR_BUG = 70
MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}


def guarded(load: Callable[[], Any], words: list[str]) -> int:
    """Load the typer app and call it; exit codes as in cli.py's first lines."""
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        return call(load(), words)
    except NaruError as error:
        print(f"naru {words[0]}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"naru {words[0]}: stopped; the same command goes on from here.", file=sys.stderr)
        return Interrupted.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _machine(words[0], error) if error.errno in MACHINE else _our_bug(words[0], error)
    except Exception as error:  # noqa: BLE001 (the last net: everything unexpected is our bug and says so)
        return _our_bug(words[0], error)


def _machine(command: str, error: OSError) -> int:
    """A full disk or a forbidden folder is the machine's, not ours."""
    place = f" ({error.filename})" if error.filename else ""
    print(f"naru {command}: {error.strerror}{place}. Nothing was left half-written; mend that and run it again.", file=sys.stderr)
    return Missing.exit_code


def _our_bug(command: str, error: Exception) -> int:
    print(f"naru {command}: this is a fault of naru itself: {type(error).__name__}: {error}", file=sys.stderr)
    print("Please report it with the lines below.", file=sys.stderr)
    traceback.print_exception(error, file=sys.stderr)
    return OUR_BUG


def call(app: Any, words: list[str]) -> int:
    """Call a typer app with `words` (the command's name first); gives its exit code, lets our own errors through."""
    import typer
    from typer.exceptions import TyperException

    command = typer.main.get_command(app)
    try:
        result = command.main(args=words[1:], prog_name=f"naru {words[0]}", standalone_mode=False)
    except typer.Exit as stop:
        return int(stop.exit_code)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except TyperException as error:  # something is wrong with the words of the command line
        print(f"naru {words[0]}: {_message(error)} Run ./naru {words[0]} --help.", file=sys.stderr)
        return 2
    return result if isinstance(result, int) else 0


def _message(error: Exception) -> str:
    """The library's own sentence; usage errors keep it in a method."""
    form = getattr(error, "format_message", None)
    return str(form() if form else error)


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    raise Interrupted("stopped by a signal; the same command goes on from here.")
