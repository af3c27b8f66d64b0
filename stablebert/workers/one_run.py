"""One run in a process of its own: `python -P one_run.py REQUEST RESULT`, two paths of JSON files.

Started by its path and with `-P`, so that everything it imports, this package too, comes from the folders that
`PYTHONPATH` lists: those of one tree. The result says where the packages were found.
"""

import importlib.util
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any


def main(arguments: Sequence[str]) -> None:
    """Make the run that a request names, if the store lacks it, and write its row.

    Args:
        arguments: Paths of the request (`run`, what is `given` beside its id, `store`) and the result.
    """
    request, result = map(Path, arguments)
    signal.signal(signal.SIGTERM, _leave)
    result.write_text(json.dumps(answer(json.loads(request.read_text(encoding="utf-8")))), encoding="utf-8")


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a run, and the file of each package that it is about."""
    from stablebert.records import RunStore
    from stablebert.records.obtain import obtain
    from stablebert.runs import default_recipe, parse_id, row_of

    named = parse_id(request["run"])
    spec = replace(named, recipe=default_recipe(named.encoder), **request["given"])
    record = obtain(spec, RunStore(request["store"]))
    return {"row": asdict(row_of(record)), "files": package_files(spec.optimizer)}


def package_files(optimizer: str | None) -> dict[str, str]:
    """Return where this process finds the package, and that of an optimizer of others."""
    names = {"stablebert", *([optimizer.partition(":")[0].partition(".")[0]] if optimizer else [])}
    found = {name: importlib.util.find_spec(name) for name in sorted(names)}
    return {name: _place(spec) for name, spec in found.items() if spec is not None}


def _place(spec: Any) -> str:
    # a package without an __init__.py has no file of its own
    return str(Path(spec.origin or next(iter(spec.submodule_search_locations))).resolve())


def _leave(*_: object) -> None:
    # unwinds the run, so that its lock and its attempt note go; a second signal must not cut that short. An earlier
    # commit, whose package this file may run with, has no `watched`
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    main(sys.argv[1:])
