"""The command line: `stablebert COMMAND`, one file of this folder each: `add_arguments(parser)`, `work(arguments)`."""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from types import ModuleType

from stablebert import __version__
from stablebert.cli import (
    accept,
    action,
    board,
    bridge,
    compare,
    doctor,
    expected,
    explain,
    fetch,
    gate,
    judge,
    listing,
    paper,
    plan,
    release,
    report,
    run,
    search,
    store,
    tabulate,
    verify,
)
from stablebert.cli.exits import Exit
from stablebert.project.options import PREFIX
from stablebert.watched import watch

COMMANDS: dict[str, ModuleType] = {
    "list": listing,
    "fetch": fetch,
    "run": run,
    "search": search,
    "gate": gate,
    "judge": judge,
    "table": tabulate,
    "verify": verify,
    "explain": explain,
    "compare": compare,
    "board": board,
    "paper": paper,
    "report": report,
    "expected": expected,
    "accept": accept,
    "plan": plan,
    "release": release,
    "bridge": bridge,
    "doctor": doctor,
    "store": store,
    "action": action,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status, as `Exit` has it: 0 done or PASS, 1 FAIL, 2 usage, and so on.

    Args:
        arguments: Words of the command line; None takes those of the process, which is watched: code of others may end
            it, and never with a status that says something else.
    """
    parser = argparse.ArgumentParser("stablebert", description="Fine-tuning runs, gates and baselines.")
    parser.add_argument("--version", action="version", version=f"stablebert {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        summary = str(module.__doc__).splitlines()[0]
        part = commands.add_parser(name, help=summary, description=summary)
        module.add_arguments(part)
        part.set_defaults(work=module.work)
    chosen = parser.parse_args(arguments)
    if arguments is None:
        watch()
    try:
        status = int(chosen.work(chosen))
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # Python would say so once more when it closes the stream
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.UNREAD
    except (ValueError, RuntimeError, OSError) as error:
        # a command has the options without the prefix that they have in pytest
        said = str(error).replace(f"--{PREFIX}-", "--")
        print(f"stablebert {chosen.command}: {said}", file=sys.stderr)
        return Exit.UNUSABLE
    except SystemExit as error:
        print(f"stablebert {chosen.command}: code of others would end the process (exit {error})", file=sys.stderr)
        return Exit.UNUSABLE
    except KeyboardInterrupt:
        print("stablebert: interrupted; finished runs are in the store", file=sys.stderr)
        return Exit.INTERRUPTED
    except Exception:
        # Python's own status would be 1, and that says FAIL
        traceback.print_exc()
        return Exit.DEFECT
