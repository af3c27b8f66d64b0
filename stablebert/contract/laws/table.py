"""The laws, in the order in which they are checked: cheap and telling ones first.

Each says what kinds of optimizers it is asked of, and what it needs where variants differ (`decoupled decay`); the
laws of use, independence and memory are asked of all. Rates, decays, gradients and weights are given, no model is
trained, and epsilon is negligible unless a law is about it.
"""

from stablebert.contract.law import Law
from stablebert.contract.laws.company import COMPANY
from stablebert.contract.laws.others import OTHERS
from stablebert.contract.laws.terms import (
    ADAM,
    AT_LAST,
    CONSTANT,
    DECAYING,
    FADING,
    LARGE,
    LASTING,
    MOST_RATES,
    SCALED,
    SIZED,
    SMALL,
    SMOOTH,
    TINY,
    WAIT,
)

LAWS = (
    Law(
        "zero-rate-moves-nothing",
        "With a rate of 0 no weight moves, whatever its gradient and decay.",
        "the update or the decay is not multiplied by the rate",
        "step_size",
    ),
    Law(
        "zero-gradients-move-nothing",
        "With zero gradients and no decay no weight moves, and none becomes NaN.",
        "0 / 0 (epsilon missing or 0), noise, or a decay that a coefficient of 0 does not switch off",
        "step_size",
    ),
    Law(
        "first-step-opposes-the-gradient",
        "The first update has the opposite sign of the gradient, element by element.",
        "a wrong sign, or gradients of one parameter used for another",
        "step_size",
        kinds=FADING,
    ),
    Law(
        "first-step-is-a-constant-times-rate",
        "The first update of every element with a gradient has the same size, a constant times its group's rate.",
        "epsilon too large or inside the root, a moment started from something else than 0, the square root missing, "
        "or the rate of another group",
        "step_size",
        kinds=SIZED,
    ),
    Law(
        "updates-scale-with-rate",
        "With given gradients and no decay, c times the rate gives c times every update.",
        "the rate enters twice, or enters the moments",
        "step_size",
        kinds=SCALED,
    ),
    Law(
        "updates-ignore-gradient-scale",
        f"All gradients times c give the same updates, also where that makes them about {SMALL:g}.",
        "the square root is missing, a moment is started from something else than 0, or gradients are clipped inside, "
        "or dropped where they are small",
        "step_size",
        kinds=SIZED,
    ),
    Law(
        "mirrored-gradients-mirror-updates",
        "Gradients of opposite sign give updates of opposite sign.",
        "a missing square or absolute value, or noise",
        "step_size",
        kinds=SIZED,
    ),
    Law(
        "weights-do-not-shape-updates",
        "Without decay, other weights with the same gradients get the same updates.",
        "a decay that a coefficient of 0 does not switch off, or a step relative to the weights' size",
        "step_size",
        kinds=SCALED,
    ),
    Law(
        "epsilon-has-the-unit-of-gradients",
        "Gradients and epsilon times c give the same updates.",
        "epsilon inside the root, or squared",
        "step_size",
        ("eps",),
        kinds=SMOOTH,
    ),
    Law(
        "epsilon-dominates-small-gradients",
        "Where epsilon is far larger than all gradients, twice the gradients give twice the updates.",
        "epsilon is ignored, or the one of another group",
        "step_size",
        ("eps",),
        kinds=ADAM,
    ),
    Law(
        "tiny-gradients-stay-finite",
        f"Float32 gradients of {', '.join(TINY)} give finite updates, none above {MOST_RATES} rates.",
        "epsilon missing, 0, or added where it underflows (inside the root)",
        "step_size",
        kinds=FADING,
    ),
    Law(
        "constant-gradient-moves-one-rate",
        f"Under a constant gradient each of {CONSTANT} updates is one rate, or what BERTAdam's is at these betas.",
        "another factor on the rate, a moment that is not dampened by 1 - beta, half a bias correction, betas that are "
        "ignored, or a step count that jumps",
        "moments",
        kinds=ADAM,
        examples=8,
    ),
    Law(
        "constant-gradient-moves-one-rate-at-last",
        f"Under a constant gradient each of {AT_LAST} updates is one rate, or what BERTAdam's is at these betas.",
        "a step count that stops at what its dtype can count (2,048 in float16), or a moment that is started again",
        "moments",
        kinds=ADAM,
        examples=1,
    ),
    Law(
        "second-update-is-that-of-the-betas",
        "After a single gradient the second update is beta1 / sqrt(beta2) of the first, bias corrections aside.",
        "betas are ignored, hard-wired or swapped, or one moment is updated after it is used",
        "moments",
        kinds=ADAM,
        examples=8,
    ),
    Law(
        "epsilon-equal-to-the-gradient-halves-updates",
        "At an epsilon equal to a constant gradient every update is half of the usual, or BERTAdam's share of it.",
        "epsilon is added before the bias correction, inside the root, to one moment's root and not the other's, or "
        "twice",
        "moments",
        ("eps",),
        kinds=ADAM,
        examples=8,
    ),
    Law(
        "updates-are-those-of-adam",
        f"Over {LASTING} updates with gradients of sizes over a thousandfold every update is Adam's, or BERTAdam's.",
        "an update is clipped or skipped, a moment has too few digits or is started again, a step count stops at what "
        "its dtype can count, or a rate changes by itself",
        "endurance",
        kinds=ADAM,
        examples=4,
    ),
    Law(
        "every-update-is-one-size",
        "Under a constant gradient every update of every element is one rate.",
        "another factor on the rate, or a momentum that is used without its sign",
        "moments",
        kinds=("sign",),
    ),
    Law(
        "signs-are-those-of-lion",
        f"Over {LASTING} updates every sign is that of beta1 * momentum + (1 - beta1) * gradient, and beta2 "
        "moves the momentum after it.",
        "betas are swapped or hard-wired, the momentum is moved before it is used, or is started again",
        "endurance",
        ("betas",),
        kinds=("sign",),
        examples=4,
    ),
    *OTHERS,
    Law(
        "amsgrad-keeps-the-largest",
        "With amsgrad a large gradient keeps later updates small for good, and without it does not; a constant one "
        "does as without.",
        "amsgrad is taken and not used, always on, the largest is taken of something else, or corrected twice",
        "moments",
        ("amsgrad",),
        kinds=ADAM,
        examples=4,
    ),
    Law(
        "maximize-ascends",
        "With maximize, gradients do what their negatives do without it, decay as before.",
        "maximize is taken and not used, or turns the decay around too",
        "moments",
        ("maximize",),
        examples=8,
    ),
    Law(
        "impulse-fades",
        "After a single gradient no later update is larger than the first, and they die out.",
        "the betas are swapped (the second moment forgets before the first), or a moment is never multiplied by beta",
        "memory",
        kinds=ADAM,
        examples=6,
    ),
    Law(
        "large-gradient-is-remembered",
        f"A gradient {LARGE} times the usual makes the steps that come {WAIT} updates later smaller.",
        "moments are reset at every step, or the second moment is not accumulated",
        "memory",
        kinds=ADAM,
        examples=6,
    ),
    Law(
        "decay-alone-is-a-product",
        "With zero gradients a weight is multiplied by 1 - rate * decay at every update.",
        "decay not times the rate, or times its square; applied twice, never, or with the wrong sign; or added to the "
        "gradient (coupled), where the optimizer says that it is decoupled",
        "decay",
        ("decoupled decay",),
        kinds=SCALED,
    ),
    Law(
        "decay-follows-the-rate",
        "With zero gradients and a changing rate a weight is multiplied by 1 - rate * decay, the rate of that update.",
        "decay uses the rate from construction, from the update before, or one corrected for bias",
        "decay",
        ("decoupled decay",),
        kinds=SCALED,
    ),
    Law(
        "decay-comes-on-top-of-the-update",
        f"Over {DECAYING} updates with gradients and a changing rate each is the one without decay, and the weight "
        "before or after it times 1 - rate * decay.",
        "decay is masked by the gradient's sign, ends or begins by itself, or takes another rate than the update",
        "decay",
        ("decoupled decay",),
        kinds=SCALED,
        examples=8,
    ),
    Law(
        "gradient-scale-leaves-decay-alone",
        "With decay on, all gradients times c still give the same weights.",
        "decay is added to the gradient (L2), where the optimizer says that it is decoupled",
        "decay",
        ("decoupled decay",),
        kinds=SIZED,
    ),
    Law(
        "coupled-decay-is-a-gradient",
        "Coupled decay does what adding decay * weight to the gradient does.",
        "decay is decoupled, ignored, added twice, or added to one moment only, where the optimizer says or shows that "
        "it is coupled",
        "decay",
        ("coupled decay",),
        kinds=SCALED,
    ),
    Law(
        "a-weight-of-0-does-not-decay",
        "From a weight of 0 the first update with decay is the one without, or that times 1 - rate * decay.",
        "decay has the size of something else than the weight, or is applied to the gradient's sign",
        "decay",
        ("decay",),
        kinds=SIZED,
    ),
    *COMPANY,
)
