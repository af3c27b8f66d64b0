"""The laws of what is no Adam: matrices that move by orthogonal ones, other weights in training than in evaluation."""

from stablebert.contract.law import Law
from stablebert.contract.laws.terms import CONSTANT, FADED, SPREAD, TIMES

OTHERS = (
    Law(
        "matrix-update-is-orthogonal",
        f"The first update of a matrix goes downhill, its singular values within a factor of {SPREAD} of each other.",
        "the iteration that orthogonalises is cut short, starts too large, or is not applied",
        "other_kinds",
        kinds=("orthogonal",),
        examples=8,
    ),
    Law(
        "matrix-updates-ignore-gradient-scale",
        f"All gradients of a matrix times {TIMES} give about the same updates.",
        "the orthogonal matrix is scaled by the gradient's norm, or is not normalised before the iteration",
        "other_kinds",
        kinds=("orthogonal",),
        examples=4,
    ),
    Law(
        "matrix-updates-are-one-size",
        "Under multiples of one gradient every update of a matrix has the size of the first.",
        "what is orthogonal is averaged after it and not before, or a rate changes by itself",
        "other_kinds",
        kinds=("orthogonal",),
        examples=4,
    ),
    Law(
        "momentum-lasts-and-fades",
        f"A small gradient against a large one before it does not turn a matrix's next update around, and {FADED} of "
        "them do.",
        "gradients are orthogonalised without a momentum, or the momentum is never multiplied by its beta",
        "other_kinds",
        kinds=("orthogonal",),
        examples=2,
    ),
    Law(
        "evaluation-is-the-average",
        "Under a constant gradient and rate the weights in evaluation are the mean of equal steps.",
        "the average is weighed by something else than the rate, or taken of the weights of training",
        "other_kinds",
        kinds=("schedule-free",),
        examples=8,
    ),
    Law(
        "modes-undo-each-other",
        "Going to evaluation and back leaves the weights, and a mode asked for twice is entered once.",
        "a mode moves the weights each time that it is asked for, or back by another share",
        "other_kinds",
        kinds=("schedule-free",),
    ),
    Law(
        "iterates-are-those-of-adam-without-momentum",
        f"Over {CONSTANT} updates the iterates that are averaged move as Adam's do at a beta1 of 0, and weights in "
        "training lie beta1 of the way from iterate to average.",
        "another factor on the rate, betas hard-wired or ignored, a second moment that is not corrected or forgets, or "
        "weights that are given back at another share",
        "other_kinds",
        ("betas",),
        kinds=("schedule-free",),
        examples=4,
    ),
    Law(
        "first-decay-is-rate-times-decay",
        "With a gradient of 0 the first update multiplies a weight by 1 - rate * decay.",
        "decay is never applied, twice, without the rate, or with the wrong sign",
        "other_kinds",
        ("decay",),
        kinds=("schedule-free",),
        examples=8,
    ),
)
