"""Every optimizer of the packages that people take theirs from, through the contract's door and one tiny run.

    python -m tests.contract.sweep                       # all that is installed
    python -m tests.contract.sweep schedulefree:AdamWScheduleFree bitsandbytes.optim

One line each, and at last the table of a package. Exit 1 where one is accused: broken laws, or a run that fails.
"""

import importlib
import inspect
import math
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from stablebert.contract import ContractError, Effort, Status, check_contract, load_subject
from stablebert.foreign import reason_of
from stablebert.runs import Recipe, RunSpec
from stablebert.training import train
from tests.tiny import tiny_task, write_tiny_encoder

FEW = Effort(examples=1)
# how many of each pass the door or waive by name, at the least
LEAST = {
    "torch.optim": 13,
    "schedulefree": 6,
    "pytorch_optimizer": 60,
    "bitsandbytes.optim": 10,
    "torchao.optim": 2,
}


@dataclass(frozen=True)
class Passage:
    """What became of one optimizer at the door.

    Attributes:
        path: `package:Class`.
        seconds: That the laws took.
        laws: How many laws came to each status; empty for one that is refused.
        refusal: The sentence of a refusal.
        broken: What is broken, a line a law.
        run: What the tiny run came to: `trains`, or why it failed; empty where it was not tried.
    """

    path: str
    seconds: float
    laws: Counter[Status] = field(default_factory=Counter)
    refusal: str = ""
    broken: tuple[str, ...] = ()
    run: str = ""

    @property
    def outcome(self) -> str:
        """`refused`, `accused`, `waives` or `passes`."""
        if self.refusal:
            return "refused"
        if self.broken:
            return "accused"
        return "waives" if self.laws[Status.WAIVED] else "passes"


def optimizers_of(package: str) -> list[str]:
    """Return the paths of a package's optimizers, none where it is not installed."""
    try:
        module = importlib.import_module(package)
    except ModuleNotFoundError:
        return []
    kinds = {name: kind for name, kind in vars(module).items() if isinstance(kind, type)}
    bases = (torch.optim.Optimizer, getattr(module, "BaseOptimizer", None))
    return sorted(
        f"{package}:{name}"
        for name, kind in kinds.items()
        if issubclass(kind, torch.optim.Optimizer) and kind not in bases and not inspect.isabstract(kind)
    )


def pass_through(path: str) -> Passage:
    """Check the contract of an optimizer."""
    start = time.monotonic()
    try:
        subject = load_subject(path)
    except ContractError as error:
        return Passage(path, time.monotonic() - start, refusal=str(error))
    found = check_contract(subject, FEW)
    broken = tuple(f"{path} breaks {each.law}: {each.detail}" for each in found if each.status is Status.BROKEN)
    return Passage(path, time.monotonic() - start, Counter(each.status for each in found), broken=broken)


def run_of(path: str, encoder: Path) -> str:
    """Train a tiny encoder for a few updates; return `trains`, or why not."""
    spec = RunSpec(
        task="trec",
        length="6st",
        encoder="custom-abcdef",
        encoder_source=str(encoder),
        recipe=Recipe(learning_rate=1e-3, batch_size=8, evaluations=1),
        optimizer=path,
    )
    try:
        with torch.compiler.set_stance("force_eager"):
            record = train(spec, task=tiny_task())
    except Exception as error:
        return reason_of(error)
    return "trains" if all(map(math.isfinite, record.steps.loss)) else "its loss is not finite"


def table(passages: Sequence[Passage]) -> list[str]:
    """Return a table in Markdown: a row a package."""
    lines = ["| package | optimizers | pass | waive by name | refused | accused | run | seconds |", f"|{'---|' * 8}"]
    for package in dict.fromkeys(each.path.partition(":")[0] for each in passages):
        its = [each for each in passages if each.path.startswith(f"{package}:")]
        counts = Counter(each.outcome for each in its)
        cells = [counts[outcome] for outcome in ("passes", "waives", "refused", "accused")]
        trained = sum(each.run == "trains" for each in its)
        took = sum(each.seconds for each in its)
        lines.append(f"| {package} | {len(its)} | {' | '.join(map(str, cells))} | {trained} | {took:.0f} |")
    return lines


def main(asked: Sequence[str]) -> int:
    """Sweep what is asked for, packages or paths; all that is installed where nothing is."""
    paths = [path for each in asked or LEAST for path in ([each] if ":" in each else optimizers_of(each))]
    passages = []
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # they warn of what is deprecated in them
        warnings.simplefilter("ignore")
        encoder = write_tiny_encoder(Path(folder) / "tiny")
        for path in paths:
            found = pass_through(path)
            found = found if found.refusal else replace(found, run=run_of(path, encoder))
            passages.append(found)
            print(f"{path} {found.outcome} {found.run} ({found.seconds:.1f} s)", flush=True)
            for line in (found.refusal, *found.broken):
                if line:
                    print(f"    {line}", flush=True)
    print("\n".join(table(passages)))
    return int(any(each.broken or each.run not in ("", "trains") for each in passages))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
