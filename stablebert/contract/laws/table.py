"""The laws, in the order in which they are checked: cheap and telling ones first.

They hold for Adam with and without bias correction, AdamW, Adam with coupled decay, AMSGrad, NAdam and Adamax. Where
variants differ, a law says what it needs (`decoupled decay`). Rates, decays, gradients and weights are given, no model
is trained, and epsilon is negligible unless a law is about it.
"""

from stablebert.contract.law import Law

# the numbers that a sentence says and its check uses
LARGE = 1000
WAIT = 60
TINY = ("0", "1e-45", "1e-30", "1e-8")
MOST_RATES = 100

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
    ),
    Law(
        "first-step-is-a-constant-times-rate",
        "The first update of every element with a gradient has the same size, a constant times its group's rate.",
        "epsilon too large or inside the root, a moment started from something else than 0, the square root missing, "
        "or the rate of another group",
        "step_size",
    ),
    Law(
        "updates-scale-with-rate",
        "With given gradients and no decay, c times the rate gives c times every update.",
        "the rate enters twice, or enters the moments",
        "step_size",
    ),
    Law(
        "updates-ignore-gradient-scale",
        "All gradients times c give the same updates.",
        "the square root is missing, a moment is started from something else than 0, or gradients are clipped inside",
        "step_size",
    ),
    Law(
        "mirrored-gradients-mirror-updates",
        "Gradients of opposite sign give updates of opposite sign.",
        "a missing square or absolute value, or noise",
        "step_size",
    ),
    Law(
        "weights-do-not-shape-updates",
        "Without decay, other weights with the same gradients get the same updates.",
        "a decay that a coefficient of 0 does not switch off, or a step relative to the weights' size",
        "step_size",
    ),
    Law(
        "epsilon-has-the-unit-of-gradients",
        "Gradients and epsilon times c give the same updates.",
        "epsilon inside the root, or squared",
        "step_size",
        ("eps",),
    ),
    Law(
        "epsilon-dominates-small-gradients",
        "Where epsilon is far larger than all gradients, twice the gradients give twice the updates.",
        "epsilon is ignored, or the one of another group",
        "step_size",
        ("eps",),
    ),
    Law(
        "tiny-gradients-stay-finite",
        f"Float32 gradients of {', '.join(TINY)} give finite updates, none above {MOST_RATES} rates.",
        "epsilon missing, 0, or added where it underflows (inside the root)",
        "step_size",
    ),
    Law(
        "impulse-fades",
        "After a single gradient no later update is larger than the first, and they die out.",
        "the betas are swapped (the second moment forgets before the first), or a moment is never multiplied by beta",
        "memory",
    ),
    Law(
        "large-gradient-is-remembered",
        f"A gradient {LARGE} times the usual makes the steps that come {WAIT} updates later smaller.",
        "moments are reset at every step, or the second moment is not accumulated",
        "memory",
    ),
    Law(
        "decay-alone-is-a-product",
        "With zero gradients a weight is multiplied by 1 - rate * decay at every update.",
        "decay not times the rate, or times its square; applied twice, never, or with the wrong sign; or added to the "
        "gradient (coupled), where the optimizer says that it is decoupled",
        "decay",
        ("decoupled decay",),
    ),
    Law(
        "decay-follows-the-rate",
        "With zero gradients and a changing rate a weight is multiplied by 1 - rate * decay, the rate of that update.",
        "decay uses the rate from construction, from the update before, or one corrected for bias",
        "decay",
        ("decoupled decay",),
    ),
    Law(
        "gradient-scale-leaves-decay-alone",
        "With decay on, all gradients times c still give the same weights.",
        "decay is added to the gradient (L2), where the optimizer says that it is decoupled",
        "decay",
        ("decoupled decay",),
    ),
    Law(
        "coupled-decay-is-a-gradient",
        "Coupled decay does what adding decay * weight to the gradient does.",
        "decay is decoupled, ignored or added twice, where the optimizer says that it is coupled",
        "decay",
        ("coupled decay",),
    ),
    Law(
        "groups-keep-rate-and-decay",
        "Groups in one optimizer do what each does in an optimizer that has no other.",
        "rate, decay or another setting of the first group is used for all, or state is shared between groups",
        "independence",
    ),
    Law(
        "partition-changes-nothing",
        "A group of several parameters does what one group a parameter does.",
        "a step counter or another state is shared by the parameters of a group",
        "independence",
    ),
    Law(
        "order-changes-nothing",
        "Groups and parameters in reverse order get the same updates.",
        "state is kept by position, or one parameter's update enters the next one's",
        "independence",
    ),
    Law(
        "dtypes-in-a-group-change-nothing",
        "Parameters of several dtypes in one group do what each does alone.",
        "decay or counting is done once a dtype, over all parameters of the group",
        "independence",
    ),
    Law(
        "kernels-agree",
        "The for-loop, foreach and fused kernels give the same weights.",
        "one path lacks a term, or has it in another order",
        "independence",
        ("foreach or fused",),
    ),
    Law(
        "missing-gradient-changes-nothing",
        "A parameter whose gradient is None stays as it is, decay or not, and the others do not notice.",
        "None is taken for zero, or a counter is shared by all parameters",
        "independence",
    ),
    Law(
        "late-parameter-gets-its-first-step",
        "A parameter whose first gradient comes late then does what it would have done from the start.",
        "a step counter is shared by a group, or None is taken for zero",
        "independence",
    ),
    Law(
        "saved-state-goes-on",
        "An optimizer built afresh that loads the saved state goes on as if there had been no break.",
        "the step count or a moment lives outside `state`, or is cast or reset when loaded",
        "memory",
    ),
    Law(
        "loaded-state-follows-its-parameter",
        "A saved state loaded over parameters in another order, its ids permuted alike, goes on as before.",
        "state is handed out by position and not by the ids of the saved groups",
        "memory",
    ),
    Law(
        "gradients-are-not-changed",
        "An update leaves gradients as they are.",
        "decay, scaling or clipping is done in place on the gradient",
        "use",
    ),
    Law(
        "settings-are-not-changed",
        "An update leaves the rate, betas, epsilon and decay of every group as they are.",
        "a corrected rate is written back into the group",
        "use",
    ),
    Law(
        "equal-inputs-give-equal-updates",
        "The same weights and gradients give the same weights, bit for bit.",
        "random numbers, an uninitialised buffer, or state shared between optimizers",
        "use",
    ),
    Law(
        "scheduler-sets-the-rate",
        "Under torch's LambdaLR every update is the one of the constant rate times the factor of its step.",
        "the rate is cached at construction, or the scheduler's is read one step late",
        "use",
    ),
    Law(
        "closure-runs-once-with-gradients",
        "A closure is called once, with gradients enabled, before the update, and its loss is returned.",
        "the closure is called under no_grad, twice or never, or its loss is dropped",
        "use",
    ),
    Law(
        "low-precision-keeps-its-dtype",
        "Parameters of float32 and bfloat16 keep dtype and storage, and stay finite.",
        "a float32 result is assigned to `.data` in place of being copied into the parameter",
        "use",
    ),
)
