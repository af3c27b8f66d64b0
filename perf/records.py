"""What commands cost over a store of very many records: those that read all of them, by the processor's time."""

from pathlib import Path
from tempfile import TemporaryDirectory

from perf.bounds import Bound
from perf.overheads import ROOT, processor_seconds
from perf.stored import fill_store
from stablebert.cli.exits import Exit

# of 20,000 records, in seconds of a processor
RECORDS = 20_000
LIMITS = {
    "store": (("store",), 5.0),
    "paper": (("paper",), 3.0),
    "expected": (("expected", "trec_debiased_3ep_minilm_fp32"), 3.0),
}
_PATIENCE = 600.0
# a claim that the runs contradict, or leave open, is no defect of the benchmark
_STATUSES = (Exit.DONE, Exit.FAIL, Exit.INCONCLUSIVE, Exit.INVALID)


def record_bounds(records: int = RECORDS, repetitions: int = 2) -> list[Bound]:
    """Return what each command takes over a store, and beside it what reading every record in full does.

    Args:
        records: How many the store has at least; the limits are those of 20,000.
        repetitions: Of each command; the least time is taken.
    """
    with TemporaryDirectory(prefix="stablebert-") as folder:
        fill_store(Path(folder), ROOT / "baselines", records)

        def seconds(*words: str) -> float:
            return processor_seconds(("-m", "stablebert", *words, f"--store={folder}"), _PATIENCE, _STATUSES)

        first, in_full = seconds("store"), seconds("store", "verify")
        least = {name: min(seconds(*words) for _ in range(repetitions)) for name, (words, _) in LIMITS.items()}
    once = f"{first:.2f} s when nothing is remembered of them"
    return [
        Bound(f"{name} over {records:,} records", least[name], limit, "s", f"{beside(least[name], in_full)}; {once}")
        for name, (_, limit) in LIMITS.items()
    ]


def beside(seconds: float, in_full: float) -> str:
    """Return how a time compares with that of reading all in full.

    Example:
        >>> beside(2.0, 9.0)
        '4.5 times as fast as reading every record in full, 9.00 s'
    """
    return f"{in_full / seconds:.1f} times as fast as reading every record in full, {in_full:.2f} s"
