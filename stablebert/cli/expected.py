"""Expected test score of the best of n runs by validation, against n (Figures 4 and 12)."""

import argparse
import json
from collections.abc import Mapping

from stablebert.analysis import Side
from stablebert.cli.arguments import FOLDERS, add_options, reading_project
from stablebert.cli.exits import Exit
from stablebert.gate import Rows
from stablebert.project.holdings import Holdings
from stablebert.runs import Cell
from stablebert.stats import expected_test
from stablebert.tables import aligned

_TRIALS = (1, 2, 5, 10, 20, 50)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("cells", nargs="+", metavar="CELL", help="cell id, e.g. trec_debiased_3ep_minilm_fp32")
    parser.add_argument(
        "--trials",
        nargs="+",
        type=int,
        metavar="N",
        help=f"numbers of runs to choose from (default: those of {' '.join(map(str, _TRIALS))} up to a cell's runs)",
    )
    parser.add_argument(
        "--score", choices=["test", "validation"], default="test", help="of the chosen run (default: test)"
    )
    parser.add_argument(
        "--unbiased", action="store_true", help="draw without replacement (default: with, as in the paper)"
    )
    add_options(parser, *FOLDERS)
    parser.add_argument("--json", action="store_true", help="print as JSON")


def work(arguments: argparse.Namespace) -> int:
    """Print one row a number of trials, one column a cell: mean and standard deviation."""
    project = reading_project(arguments)
    at_hand = Holdings(project).cells
    curves = {word: curve_of(project.cell_of(word), at_hand, arguments) for word in arguments.cells}
    if arguments.json:
        data = {
            cell: [{"trials": n, "mean": mean, "sd": sd} for n, (mean, sd) in curve.items()]
            for cell, curve in curves.items()
        }
        print(json.dumps(data, indent=2))
        return Exit.DONE
    trials = sorted({n for curve in curves.values() for n in curve})
    body = [[str(n), *(_text(curve.get(n)) for curve in curves.values())] for n in trials]
    print("\n".join(aligned([("trials", *curves), *body], left=())))
    how = "without replacement, unbiased" if arguments.unbiased else "with replacement, as in the paper"
    print(
        f"{arguments.score} score of the run that validates best among n of all runs, mean ± sd over the draws; {how}"
    )
    return Exit.DONE


def curve_of(cell: Cell, at_hand: Mapping[Cell, Rows], arguments: argparse.Namespace) -> dict[int, tuple[float, float]]:
    """Return mean and standard deviation by number of trials.

    Raises:
        ValueError: the cell has no runs, they are no evidence, or a number of trials is outside its range.
    """
    if cell not in at_hand:
        raise ValueError(f"{cell} has no runs, neither accepted nor stored")
    side = Side(cell.id, at_hand[cell])
    validation, score = (side.all_scores(which) for which in ("validation", arguments.score))
    trials = arguments.trials or [n for n in _TRIALS if n <= len(validation)]
    means, deviations = expected_test(validation, score, trials, replacement=not arguments.unbiased)
    return dict(zip(trials, zip(means.tolist(), deviations.tolist(), strict=True), strict=True))


def _text(point: tuple[float, float] | None) -> str:
    return "-" if point is None else f"{point[0]:.2f} ± {point[1]:.2f}"
