"""Say where the records lie and which are damaged; verify, clear and export them."""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from stablebert.cli.arguments import add_options, project_of
from stablebert.cli.exits import Exit
from stablebert.records import RunStore
from stablebert.records.stored_runs import stored_runs
from stablebert.records.upkeep import export, leftovers, problems, remove
from stablebert.runs import cell_id
from stablebert.tables import aligned

_WHAT = {
    "verify": "check every record and every encoder that a run has left",
    "gc": "remove what killed processes have left behind, never a record",
    "export": "write one row a record to FILE (.csv or .parquet)",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    text = "; ".join(f"{name}: {what}" for name, what in _WHAT.items())
    parser.add_argument("what", nargs="?", choices=_WHAT, help=f"{text}; else the records are counted by cell")
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="of export")
    add_options(parser, "store")
    parser.add_argument("--dry-run", action="store_true", help="of gc: show what would go, remove nothing")
    parser.add_argument("--json", action="store_true", help="print the count as JSON")


def work(arguments: argparse.Namespace) -> int:
    """Do what is asked for; exit 2 if a record is damaged."""
    if (arguments.file is None) == (arguments.what == "export"):
        raise ValueError("store export FILE: it needs a FILE, and nothing else takes one")
    store = RunStore(project_of(arguments).store)
    if arguments.what == "verify":
        return _verify(store)
    if arguments.what == "gc":
        return _clear(store, arguments.dry_run)
    if arguments.what == "export":
        print(f"written: {arguments.file} ({export(store, arguments.file)} records)")
        return Exit.DONE
    return _count(store, as_json=arguments.json)


def _verify(store: RunStore) -> int:
    damaged = list(problems(store))
    for line in damaged:
        print(line)
    print(f"{store.folder}: {len(store.paths())} records, {len(damaged) or 'nothing'} damaged")
    return Exit.UNUSABLE if damaged else Exit.DONE


def _clear(store: RunStore, dry: bool) -> int:
    found = leftovers(store)
    if not dry:
        remove(found)
    for path in found:
        print(f"{'would remove' if dry else 'removed'} {path}")
    print(f"{store.folder}: {len(found) or 'nothing'} left behind")
    return Exit.DONE


def _count(store: RunStore, *, as_json: bool) -> int:
    counts: Counter[str] = Counter()
    damaged: list[str] = []
    for run in stored_runs(store, lambda error: damaged.append(str(error))):
        counts[cell_id(run.spec)] += 1
    if as_json:
        print(json.dumps({"folder": str(store.folder), "cells": counts, "damaged": damaged}, indent=2, sort_keys=True))
    else:
        for line in aligned([(cell, str(number)) for cell, number in sorted(counts.items())]):
            print(line)
        there = "" if store.folder.is_dir() else ", which is no folder yet"
        print(f"{sum(counts.values())} records in {store.folder}{there}, {len(damaged) or 'none'} damaged")
    print("".join(f"{line}\n" for line in damaged), end="", file=sys.stderr)
    return Exit.UNUSABLE if damaged else Exit.DONE
