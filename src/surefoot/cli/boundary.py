"""The edge between a command and the shell: what went wrong becomes a sentence and an exit code."""

import os
import sys
from collections.abc import Callable
from errno import EBADF, EIO, ENOSPC

from surefoot.cli.exit_codes import ExitCode
from surefoot.cli.output import to_json
from surefoot.terms import InputError, SurefootError

DEBUG = "SUREFOOT_DEBUG"


def guarded(command: Callable[[], ExitCode], *, as_json: bool = False) -> ExitCode:
    """Runs a command; every exception becomes a sentence on the error stream and an exit code.

    With `as_json` the sentence is also printed as `{"error": …}` on the output. The environment
    variable SUREFOOT_DEBUG=1 shows the traceback of a fault of ours.
    """
    try:
        code = command()
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except InputError as error:
        return _said(error, ExitCode.BAD_INPUT, as_json)
    except SurefootError as error:
        return _said(error, ExitCode.REFUSED, as_json)
    except KeyboardInterrupt:
        print("\nsurefoot: interrupted before there was an answer to report", file=sys.stderr)
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has left; what it read is what it wanted. Python would complain
        # once more when it flushes the stream at exit, so what is left goes nowhere.
        _give_up_output()
        return ExitCode.ANSWERED
    except OSError as error:
        if error.errno not in (ENOSPC, EBADF, EIO):
            return _our_fault(error, as_json)
        _give_up_output()
        print(f"surefoot: the answer could not be written: {error.strerror}", file=sys.stderr)
        return ExitCode.REFUSED
    except Exception as error:
        return _our_fault(error, as_json)


def _give_up_output() -> None:
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _said(error: SurefootError, code: ExitCode, as_json: bool) -> ExitCode:
    print(f"surefoot: {error}", file=sys.stderr)
    if as_json:
        print(to_json({"error": {"type": type(error).__name__, "message": str(error)}}))
    return code


def _our_fault(error: Exception, as_json: bool) -> ExitCode:
    if os.environ.get(DEBUG, "") not in ("", "0"):
        import traceback

        traceback.print_exception(error)
    first_line = str(error).strip().split("\n", 1)[0][:200]
    name = type(error).__name__
    print(
        f"surefoot: sorry, this is a fault of Surefoot, not yours ({name}: {first_line}).\n"
        f"Please report it with the command you typed and what {DEBUG}=1 shows before it.",
        file=sys.stderr,
    )
    if as_json:
        print(to_json({"error": {"type": name, "message": first_line, "fault": "surefoot"}}))
    return ExitCode.OUR_FAULT
