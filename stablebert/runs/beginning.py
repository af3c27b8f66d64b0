"""The beginning of a run: its first updates and evaluations, watched more closely than a whole run is."""

from dataclasses import dataclass

from stablebert.runs.record import Evaluation, StepSeries

# so many were kept in full of a cell's first accepted seeds
FIRST_UPDATES = 30


@dataclass(frozen=True)
class Beginning:
    """What the first updates of a run do; norms are global L2 norms.

    Attributes:
        steps: One value an update.
        clipped_norm: Norm of the gradient that the optimizer gets, one an update.
        evaluations: Those that fall due within these updates, in order.
        repeated: Two evaluations of the last weights, one after the other; equal, unless evaluating draws something.
        fingerprints: One digest a random stream, as in a record.
    """

    steps: StepSeries
    clipped_norm: tuple[float, ...]
    evaluations: tuple[Evaluation, ...]
    repeated: tuple[Evaluation, Evaluation]
    fingerprints: dict[str, str]
