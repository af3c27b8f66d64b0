"""Records and rows that no training made: scores from a formula, for tests of what comes after a run."""

from dataclasses import replace

from stablebert.baselines import Bridge
from stablebert.runs import (
    Beginning,
    Cell,
    EnvironmentClass,
    Evaluation,
    Record,
    RunRow,
    RunSpec,
    StepSeries,
    digest_of,
    encode_array,
    row_of,
)


def synthetic_record(spec: RunSpec, score: float, *, failed: bool = False) -> Record:
    """Return a record whose losses are those of its seed alone."""
    losses = (0.7, 0.5 + spec.seed * 1e-3, 0.1)
    return Record(
        spec=spec,
        metric="accuracy",
        data_digest="data",
        weights_digest="weights",
        best_step=3,
        best_validation=score,
        best_test=score,
        last_validation=score,
        evaluations=(Evaluation(3, score, 0.1, {"head": 0.5}),),
        steps=StepSeries(losses, (0.0, 1e-4, 0.0), (1.0, 1.0, 1.0), (0.0, 0.1, 0.0)),
        test_logits=encode_array([0.0, 1.0], (1, 2)),
        census={},
        failed=failed,
        failed_reason="loss not finite after 1 updates" if failed else None,
        at_most_majority=False,
        environment={"device": "cpu", "processor": "test", "torch": "0", "path": "packed"},
        fingerprints={name: digest_of([name, spec.seed]) for name in ("head", "order", "dropout", "reinit")},
        seconds=1.0,
    )


def synthetic_beginning(spec: RunSpec, factor: float = 1.0) -> Beginning:
    """Return the beginning of a run's own record, its updates a factor as long."""
    record = synthetic_record(spec, 90.0 + wobble(spec.seed))
    moved = tuple(factor * norm for norm in record.steps.update_norm)
    clipped = tuple(min(norm, spec.recipe.max_grad_norm) for norm in record.steps.gradient_norm)
    first = record.evaluations[0]
    return Beginning(
        replace(record.steps, update_norm=moved), clipped, record.evaluations, (first, first), record.fingerprints
    )


def wobble(seed: int, sd: float = 0.5) -> float:
    """Return a fixed, roughly normal deviation of a seed."""
    share = int(digest_of(["wobble", seed])[:8], 16) / 16**8
    other = int(digest_of(["bobble", seed])[:8], 16) / 16**8
    return sd * 2.45 * (share + other - 1)


def synthetic_rows(mean: float, seeds: range, *, sd: float = 0.5, failed: frozenset[int] = frozenset()) -> list[RunRow]:
    """Return rows about a mean, some of them failed."""
    return [
        row_of(
            synthetic_record(
                RunSpec(task="trec", seed=seed),
                20.0 if seed in failed else mean + wobble(seed, sd),
                failed=seed in failed,
            )
        )
        for seed in seeds
    ]


def passed_bridge(task: str = "trec", one: str = "cpu-fp32", other: str = "cpu-bf16", data: str = "data") -> Bridge:
    """Return the bridge of two classes on a task that has passed: within 0.1 points, and 0.5 are allowed."""
    theirs, ours = EnvironmentClass.parse(one), EnvironmentClass.parse(other)
    planned = (theirs, ours, Cell(task, precision=ours.precision), data, 0.1, 10, 210, 20, 0.5, "d")
    return Bridge("minilm", task, *planned, "paired", 0.0, -0.1, 0.1, 0, "today", "c")
