"""The command line: `stablebert COMMAND`, one file of this folder each: `add_arguments(parser)`, `work(arguments)`."""

import argparse
import ast
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from stablebert import __version__
from stablebert.cli.exits import Exit
from stablebert.project.options import PREFIX
from stablebert.watched import watch

# the file of each command in this folder
COMMANDS = {
    "list": "listing",
    "fetch": "fetch",
    "run": "run",
    "search": "search",
    "gate": "gate",
    "judge": "judge",
    "table": "tabulate",
    "verify": "verify",
    "explain": "explain",
    "compare": "compare",
    "board": "board",
    "collect": "collect",
    "paper": "paper",
    "report": "report",
    "expected": "expected",
    "accept": "accept",
    "plan": "plan",
    "release": "release",
    "bridge": "bridge",
    "doctor": "doctor",
    "store": "store",
    "action": "action",
}


class _Command(argparse.ArgumentParser):
    """The parser of one command, whose file is loaded when its words are read: those of the others are not."""

    def __init__(self, *, file: str, **options: Any) -> None:
        super().__init__(**options)
        self._file = file

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        module = import_module(f"stablebert.cli.{self._file}")
        self.description = _summary(str(module.__doc__))
        module.add_arguments(self)
        self.set_defaults(work=module.work)
        return super().parse_known_args(args, namespace)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status, as `Exit` has it: 0 done or PASS, 1 FAIL, 2 usage, and so on.

    Args:
        arguments: Words of the command line; None takes those of the process, which is watched: code of others may end
            it, and never with a status that says something else.
    """
    parser = argparse.ArgumentParser("stablebert", description="Fine-tuning runs, gates and baselines.")
    parser.add_argument("--version", action="version", version=f"stablebert {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Command)
    first = next(iter(sys.argv[1:] if arguments is None else arguments), None)
    for name, file in COMMANDS.items():
        # only the help of all of them says what each is for
        commands.add_parser(name, file=file, help=None if first in COMMANDS else _summary_in(file))
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


def _summary(docstring: str) -> str:
    return docstring.splitlines()[0]


def _summary_in(file: str) -> str:
    """Return what a command is for, with nothing of it loaded."""
    text = Path(__file__).with_name(f"{file}.py").read_text(encoding="utf-8")
    return _summary(str(ast.get_docstring(ast.parse(text))))
