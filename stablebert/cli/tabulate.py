"""Make a table of seeds and scores from what Trainer, W&B, Trackio or lm-evaluation-harness leave of runs."""

import argparse
from pathlib import Path

from stablebert.cli.exits import Exit
from stablebert.files import write_whole
from stablebert.scores import exported_rows, rows_text, summary_words, table_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="one a run, or of several: W&B's CSV, Trackio's PROJECT.db"
    )
    parser.add_argument("--score", required=True, metavar="NAME", help="e.g. eval_accuracy, or arc_easy/acc")
    parser.add_argument("--seed", metavar="NAME", help="column or key of the seed (default: seed, or the path's)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write it there (default: print it)")


def work(arguments: argparse.Namespace) -> int:
    """Print or write the table that `stablebert judge` takes."""
    rows = exported_rows(arguments.files, arguments.score, arguments.seed)
    table = table_of("runs", rows)
    # folders are named by dates and random words, and W&B lists the newest first
    in_order = sorted(zip(table.rows, rows, strict=True), key=lambda pair: (len(pair[0].seed), pair[0].seed))
    rows = [row for _, row in in_order]
    if arguments.output is None:
        print(rows_text(rows), end="")
    else:
        write_whole(arguments.output, rows_text(rows))
        print(f"written: {arguments.output} ({summary_words(table)})")
    return Exit.DONE
