"""Derive every verdict of a file again, from records, baselines or tables, and name every byte that has changed.

The file may be a stranger's. Of the command that it names no code is loaded, and nothing is read outside the working
directory, unless whoever verifies gives the same option.
"""

import argparse
import json
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from stablebert.cli import gate, judge
from stablebert.cli.arguments import FOLDERS, add_options, judged_of, options_given, reading_project
from stablebert.cli.exits import Exit
from stablebert.gate import Verdict
from stablebert.project import judge_stored_session
from stablebert.project.judged_files import Evidence, evidence_of
from stablebert.report import read_verdicts

# verdicts as plain data by cell, and the digests of what they follow from
_Derived = tuple[dict[str, dict[str, Any]], Evidence]
# what a class or a name on a hub stands for is code, or a download
_CODE = ("optimizer", "optimizer-args", "model")


class _Words(argparse.ArgumentParser):
    """A parser of words that a file names: it prints nothing and ends nothing."""

    def __init__(self) -> None:
        super().__init__("stablebert", add_help=False, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        raise ValueError(message)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    text = "verdicts.json of a session, or what `gate --json` or `judge --json` has printed"
    parser.add_argument("file", type=Path, metavar="VERDICTS", help=text)
    add_options(parser, *_CODE, *FOLDERS)


def work(arguments: argparse.Namespace) -> int:
    """Print a line a verdict; exit 0 where all follow, 4 where one does not, 2 where the file holds none."""
    verdicts, evidence = _read(arguments.file)
    derived = {
        command: _derive(command, [one for one in verdicts if one.get("command") == command], options_given(arguments))
        for command in {str(one.get("command") or "") for one in verdicts}
        if command
    }
    wrong = 0
    for one in verdicts:
        cell, known = one["cell"], derived.get(str(one.get("command") or ""))
        if known is None:
            problems = ["it names no command that derives it again, as verdicts on two commits do not"]
        else:
            problems = [*_changed(evidence.get(cell, {}), known[1].get(cell, {})), *_apart(one, known[0].get(cell))]
        wrong += bool(problems)
        said = f"INVALID: {'; '.join(problems)}" if problems else _followed(one, evidence.get(cell, {}))
        # a stranger's text moves no cursor
        print("".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in f"{cell}: {said}"))
    if not evidence:
        print(
            f"note: {arguments.file} has no digests; its verdicts were derived again, and changed bytes not looked for"
        )
    return Exit.INVALID if wrong else Exit.DONE


def _read(path: Path) -> tuple[list[dict[str, Any]], Evidence]:
    if not read_verdicts(path):
        raise ValueError(f"{path} holds no verdicts")
    found = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(found, list):
        return found, {}
    return found.get("verdicts", [found]), found.get("evidence", {})


def _derive(command: str, verdicts: Sequence[Mapping[str, Any]], trusted: Mapping[str, str | bool]) -> _Derived:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ValueError(f"{command!r} is no command of a verdict: {error}") from error
    while words and "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        if os.environ.get(name) != value:
            raise ValueError(f"{command!r} was run with {name!r} as {value!r}; verify it with that, too")
    module = {"gate": gate, "judge": judge}.get(words[1] if len(words) > 1 else "")
    if module is None:
        raise ValueError(f"{command!r} is no command of a verdict")
    parser = _Words()
    module.add_arguments(parser)
    try:
        given = parser.parse_args(words[2:])
    except ValueError as error:
        raise ValueError(f"{command!r} is no command of a verdict: {error}") from None
    if getattr(given, "base", None):
        raise ValueError(f"{command!r} trains two commits: nothing of it is derived again")
    _check_trusted(command, given, trusted)
    if module is judge:
        judged = judge.judged(given)
        return {one.cell: _plain(one.to_dict()) for one in judged.verdicts}, judged.evidence
    project = reading_project(given)
    session = judge_stored_session(project, [judged_of(word, project) for word in given.cells])
    # of the runs that were judged then, whatever can be judged now
    evidence = evidence_of(project, map(Verdict.from_dict, map(dict, verdicts)))
    return {one.cell: _plain(one.to_dict()) for one in session.shown}, evidence


def _check_trusted(command: str, given: argparse.Namespace, trusted: Mapping[str, str | bool]) -> None:
    """Refuse a command that names code, or a place outside the working directory, which the user has not named, too.

    Raises:
        ValueError: it does.
    """
    options = options_given(given)
    for name, value in options.items():
        if trusted.get(name) == value:
            continue
        if name in _CODE:
            raise ValueError(f"{command!r} names code or weights: give --{name} {value!r} to verify, if you trust it")
        if name in FOLDERS and not _is_here(str(value)):
            raise ValueError(
                f"{command!r} leads out of this folder: give --{name} {value!r} to verify, if that is meant"
            )
    for table in (getattr(given, "baseline", None), *getattr(given, "candidates", ())):
        if table is not None and not _is_here(table):
            raise ValueError(
                f"{command!r} leads out of this folder by {str(table)!r}: verify it in a folder above that"
            )


def _is_here(place: str | Path) -> bool:
    here = Path.cwd().resolve()
    try:
        return (here / place).resolve().is_relative_to(here)
    except (OSError, RuntimeError, ValueError):
        # links in a circle, or no path to the system
        return False


def _changed(there: Mapping[str, str], here: Mapping[str, str]) -> Iterator[str]:
    for name, digest in there.items():
        if name not in here:
            yield f"{name} is not there any more"
        elif here[name] != digest:
            yield f"{name} has changed (SHA-256 {digest[:12]} there, {here[name][:12]} here)"
    yield from (f"{name} was not there" for name in here if there and name not in there)


def _apart(there: Mapping[str, Any], here: Mapping[str, Any] | None) -> Iterator[str]:
    if here is None:
        yield "its command derives no such verdict"
        return
    for name in dict.fromkeys((*here, *there)):
        if there.get(name) != here.get(name):
            yield f"{name}: {_short(there.get(name))} there, {_short(here.get(name))} here"


def _followed(one: Mapping[str, Any], digests: Mapping[str, str]) -> str:
    return f"{one['status']} follows again from {one['runs']} runs, {len(digests)} digests"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """Return data as JSON gives it back."""
    return dict(json.loads(json.dumps(data)))
