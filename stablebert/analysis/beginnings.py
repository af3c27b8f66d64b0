"""Whether a run begins as an accepted one did: the first quantity that differs by more than rounding explains.

Another processor, thread count or library sums in another order, at first to about 1e-7 of a value. Training then
makes a difference grow: little in a stable run, several times an update in one that is about to fail. A difference is
explained by rounding if it is below `FLOOR`, or at most `GROWTH` times the largest that was there before; a change of
the code shows at once, before anything could have grown. From where the differences have grown beyond `END` on, values
say nothing any more, and only the rate and the limit of the gradient's norm are still held.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from stablebert.runs import Beginning, Evaluation, RunRow, StepSeries

FLOOR = 1e-5
GROWTH = 100.0
END = 1e-3
# of a rate, and of a norm that is limited: both are computed alike everywhere
_EXACT = 1e-6
# points: an example at the edge between two classes may fall to the other side
_SCORE = 0.5
_STREAMS = ("head", "order", "dropout", "reinit")
_WORDS = {
    "rate": "learning rate",
    "loss": "loss",
    "gradient_norm": "gradient norm",
    "clipped_norm": "gradient norm after clipping",
    "update_norm": "update norm",
}


@dataclass(frozen=True)
class Departure:
    """The first thing in which a run is another than the accepted one.

    Attributes:
        quantity: What differs.
        update: 1-based update at which it does; 0 for what is drawn or evaluated beside the updates.
        ours: Its value.
        theirs: That of the accepted run, or what it would have to be.
    """

    quantity: str
    update: int
    ours: str
    theirs: str

    def words(self) -> str:
        """Return it in words.

        Example:
            >>> Departure("update norm", 2, "0.032", "0.053").words()
            'update norm at update 2: 0.032 where it was 0.053'
        """
        place = f" at update {self.update}" if self.update else ""
        return f"{self.quantity}{place}: {self.ours} where it was {self.theirs}"


@dataclass(frozen=True)
class Agreement:
    """A run that begins as the accepted one did.

    Attributes:
        updates: Updates whose values could be compared: those before rounding had grown too far.
        largest: Largest relative difference among them.
    """

    updates: int
    largest: float


def compare_beginnings(
    ours: Beginning, steps: StepSeries, evaluation: Evaluation, row: RunRow, limit: float
) -> Departure | Agreement:
    """Hold a run's beginning against the accepted run of the same seed.

    Args:
        ours: The run's.
        steps: The accepted run's first updates, to the last digit.
        evaluation: Its first evaluation.
        row: Its row, with the fingerprints of its streams.
        limit: The recipe's limit of the gradient's norm.
    """
    for name in _STREAMS:
        drawn, then = ours.fingerprints[name][:12], getattr(row, name)
        if drawn != then:
            return Departure(f"what is drawn for {name!r}", 0, drawn, then)
    first, second = ours.repeated
    if first != second:
        return Departure(
            "same weights evaluated twice",
            0,
            f"log-loss {first.log_loss:.6g}, then {second.log_loss:.6g}",
            "the same",
        )
    return _compare_values(ours, steps, evaluation, limit)


def _compare_values(ours: Beginning, steps: StepSeries, evaluation: Evaluation, limit: float) -> Departure | Agreement:
    largest, compared = 0.0, 0
    for update, quantity, value, then, exact in _values(ours, steps, evaluation, limit):
        apart = _relative(value, then)
        if not apart <= (_EXACT if exact else max(FLOOR, GROWTH * largest)) and (exact or largest <= END):
            return Departure(quantity, update, f"{value:.6g}", f"{then:.6g}")
        if not exact and largest <= END:
            largest, compared = max(largest, apart), max(compared, update)
    done, wanted = len(ours.steps.loss), len(steps.loss)
    if done != wanted:
        return Departure("number of updates", 0, str(done), str(wanted))
    return Agreement(compared, largest)


def _values(
    ours: Beginning, steps: StepSeries, evaluation: Evaluation, limit: float
) -> Iterator[tuple[int, str, float, float, bool]]:
    """Yield update, quantity, our value, theirs, and whether they are computed alike everywhere; in order of time."""
    seen = ours.evaluations[0] if ours.evaluations else None
    for place, then in enumerate(zip(steps.rate, steps.loss, steps.gradient_norm, steps.update_norm, strict=True)):
        if place >= len(ours.steps.loss):
            return
        update, (rate, loss, norm, moved) = place + 1, then
        clipped = ours.clipped_norm[place] if place < len(ours.clipped_norm) else math.nan
        yield update, _WORDS["rate"], ours.steps.rate[place], rate, True
        yield update, _WORDS["loss"], ours.steps.loss[place], loss, False
        yield update, _WORDS["gradient_norm"], ours.steps.gradient_norm[place], norm, False
        # whatever the values are by now, a norm above the limit is not limited
        yield update, _WORDS["clipped_norm"], max(clipped, limit), limit, True
        yield update, _WORDS["clipped_norm"], clipped, min(norm, limit), False
        yield update, _WORDS["update_norm"], ours.steps.update_norm[place], moved, False
        if seen is not None and update == min(seen.step, evaluation.step):
            yield update, "updates before the first evaluation", seen.step, evaluation.step, True
            yield from _evaluated(update, seen, evaluation)


def _evaluated(update: int, seen: Evaluation, then: Evaluation) -> Iterator[tuple[int, str, float, float, bool]]:
    yield update, "log-loss of the first evaluation", seen.log_loss, then.log_loss, False
    for block, distance in then.distance.items():
        yield update, f"distance of {block} to the start", seen.distance.get(block, math.nan), distance, False
    far = abs(seen.score - then.score) > _SCORE
    yield update, "score of the first evaluation", seen.score if far else then.score, then.score, True


def _relative(value: float, then: float) -> float:
    """Return the difference as a share of the larger value; infinite where one of them is no finite number."""
    if value == then:
        return 0.0
    if not (math.isfinite(value) and math.isfinite(then)):
        return 0.0 if math.isnan(value) and math.isnan(then) else math.inf
    return abs(value - then) / max(abs(value), abs(then))
