"""What each table and figure of the paper shows, written down from its tables and captions, without the package's own list.

A run is (task, method, length, encoder, precision class); a method that is searched stands as `NAME*`.
"""

import csv
from itertools import product
from pathlib import Path

_FOLDER = Path(__file__).parents[2] / "baselines" / "paper"
_METHODS = {
    "standard": "debiased",
    "longer": "debiased",
    "int_task": "transfer",
    "llrd": "llrd*",
    "mixout": "mixout*",
    "pretrained_wd": "prior*",
    "wd": "wdecay*",
    "reinit": "reinit*",
}
_BERT, _FULL, _MIXED = "bert-large", "fp32", "fp16"
_SMALL = "rte mrpc stsb cola"
_FOUR_1K, _OTHER_1K = "rte-1k mrpc-1k stsb-1k cola-1k", "qnli-1k qqp-1k sst2-1k mnli-1k"
_ADAMS = "bertadam debiased"
_LAYERS = "debiased reinit.blocks0 reinit reinit.blocks2 reinit.blocks3 reinit.blocks4 reinit.blocks5 reinit.blocks6"
_DISTANCES = "debiased reinit reinit.blocks3 reinit.blocks6 reinit.blocks10"
_LENGTHS = "3ep 200st 400st 800st 1600st 3200st"

# figure: tasks, methods, lengths, runs a cell; Figure 1 shows no run
FIGURES = {
    "2": (_SMALL, _ADAMS, "3ep", 50),
    "3": ("rte", _ADAMS, "3ep", 50),
    "4": (_SMALL, _ADAMS, "3ep", 50),
    "5": ("rte mrpc", _LAYERS, "3ep", 20),
    "6": ("rte mrpc", "debiased reinit*", "3ep", 20),
    "7": ("rte", _DISTANCES, "3ep", 20),
    "8": (_FOUR_1K, "debiased reinit*", _LENGTHS, 8),
    "9": ("rte", "debiased reinit.blocks5", "3ep", 100),
    "10": ("rte", "debiased reinit.blocks5", "3ep", 100),
    "11": (_SMALL, _ADAMS, "3ep", 50),
    "12": (_SMALL, _ADAMS, "3ep", 50),
    "13": (f"{_SMALL} {_FOUR_1K} {_OTHER_1K}", _LAYERS, "3ep", 20),
    "14": (_OTHER_1K, "debiased reinit*", _LENGTHS, 8),
    "15": ("rte", _DISTANCES, "3ep", 20),
    "16": ("mrpc", _DISTANCES, "3ep", 20),
    "17": ("stsb", _DISTANCES, "3ep", 20),
    "18": ("cola", _DISTANCES, "3ep", 20),
}
# of the searches of Appendix H, 6, 5, 4 and 4 points
GRID = (
    *(f"llrd{decay}{rate}" for decay, rate in product(("", ".decay0.9"), (".lr2e-05", ".lr5e-05", ".lr0.0001"))),
    *("mixout.p0.1", "mixout.p0.3", "mixout.p0.5", "mixout.p0.7", "mixout"),
    *("prior.coefficient0.001", "prior", "prior.coefficient0.1", "prior.coefficient1.0"),
    *("wdecay.coefficient0.0001", "wdecay.coefficient0.001", "wdecay", "wdecay.coefficient0.1"),
)


def printed(number):
    """Return the cells of a table's printed rows, one a row, in the table's order."""
    lines = csv.DictReader((_FOLDER / f"table{number}.csv").read_text(encoding="utf-8").splitlines())
    return [_cell(number, line) for line in lines]


def shown():
    """Return what every table and figure shows: cells, and the runs of each."""
    found = {("table", str(number)): (set(printed(number)), 20) for number in (1, 2, 4, 5, 7)}
    found["table", "5"] = (found["table", "5"][0], 3)
    # the recipes that are not BERT's are those of Table 7's runs
    found["table", "6"] = found["table", "7"]
    for number, (tasks, methods, lengths, runs) in FIGURES.items():
        cells = product(tasks.split(), methods.split(), lengths.split())
        found["figure", number] = ({(*cell, _BERT, _FULL) for cell in cells}, runs)
    return found


def searched():
    """Return what Appendix H searches."""
    return {(task, method, "3ep", _BERT, _FULL) for task, method in product(_SMALL.split(), GRID)}


def _cell(number, line):
    method = line.get("method") or ("bertadam" if line["bias_correction"] == "no" else "standard")
    length = "own" if number == 7 else {"3": "3ep", "longer": "long"}[line.get("epochs", "3")]
    encoder = f"{line['model']}-large" if number == 7 else _BERT
    task = line["dataset"] + {"1k": "-1k", "full": ""}[line["train_size"]]
    return task, _METHODS.get(method, method), length, encoder, _MIXED if line.get("precision") == "mixed" else _FULL
