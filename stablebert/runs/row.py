"""One line a run, every scalar that a gate reads, as stored in `baselines/`; and the runs of a cell in five numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from statistics import fmean, stdev

from stablebert.runs.identity import digest_of, seed_id
from stablebert.runs.record import Record


@dataclass(frozen=True)
class RunRow:
    """The scalars of one run; scores in points.

    Attributes:
        seed: `s007` or `i003d007`.
        test: Test score at the best checkpoint.
        validation: Validation score of the best checkpoint.
        last_validation: Validation score after the last update.
        best_step: Updates before the best checkpoint.
        log_loss: Validation log-loss at the last evaluation (regression: mean squared error).
        training_loss: Mean training loss over all updates (the area under the curve).
        failed: Whether the run has failed.
        failed_reason: Why, or the empty string.
        losses: Digest of the whole loss sequence: equal digests mean the same run.
        head: Fingerprint of the stream of that name, and so on for `order`, `dropout`, `reinit`.
    """

    seed: str
    test: float
    validation: float
    last_validation: float
    best_step: int
    log_loss: float
    training_loss: float
    failed: bool
    failed_reason: str
    losses: str
    head: str
    order: str
    dropout: str
    reinit: str


ROW_FIELDS = tuple(field.name for field in fields(RunRow))


def row_of(record: Record) -> RunRow:
    """Return the line of a record."""
    losses = record.steps.loss
    prints = {name: text[:12] for name, text in record.fingerprints.items()}
    return RunRow(
        seed=seed_id(record.spec),
        test=record.best_test,
        validation=record.best_validation,
        last_validation=record.last_validation,
        best_step=record.best_step,
        log_loss=record.evaluations[-1].log_loss,
        training_loss=sum(losses) / len(losses),
        failed=record.failed,
        failed_reason=record.failed_reason or "",
        losses=digest_of([float(value).hex() for value in losses])[:12],
        head=prints["head"],
        order=prints["order"],
        dropout=prints["dropout"],
        reinit=prints["reinit"],
    )


@dataclass(frozen=True)
class Summary:
    """What the runs of a cell come to; scores in points, of the runs that have not failed.

    Attributes:
        runs: All of them.
        failed: Those that have failed.
        mean: Mean test score; None where every run failed.
        sd: Standard deviation; None where fewer than two runs have not failed.
        worst: Lowest test score; None where every run failed.
    """

    runs: int
    failed: int
    mean: float | None
    sd: float | None
    worst: float | None

    def __str__(self) -> str:
        """Return the line of the ledger."""
        if self.mean is None:
            return "every run failed"
        return f"mean {self.mean:.2f}, sd {self.sd or 0:.2f}, {self.runs - self.failed} runs not failed"


def summary_of(rows: Sequence[RunRow]) -> Summary:
    """Return the summary of rows.

    Example:
        >>> str(summary_of([]))
        'every run failed'
    """
    scores = [row.test for row in rows if not row.failed]
    return Summary(
        runs=len(rows),
        failed=len(rows) - len(scores),
        mean=fmean(scores) if scores else None,
        sd=stdev(scores) if len(scores) > 1 else None,
        worst=min(scores, default=None),
    )
