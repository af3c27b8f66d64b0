"""The laws of what is around an update: other parameters, saved state, and the loop that drives it."""

from stablebert.contract.law import Law
from stablebert.contract.laws.terms import FADING, FEW, LONG, PIECES, SCALED, SIZED

COMPANY = (
    Law(
        "groups-keep-rate-and-decay",
        "Groups in one optimizer do what each does in an optimizer that has no other.",
        "rate, decay, betas, epsilon, amsgrad or maximize of another group are used for all, or state is shared "
        "between groups",
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
        ("float64",),
    ),
    Law(
        "kernels-agree",
        "The for-loop, foreach and fused kernels give the same weights: of many parameters and of long ones, with "
        "amsgrad and maximize, and where a gradient is missing.",
        "one path lacks a term or a switch, has it in another order, drops what is left over when tensors are taken by "
        "fours or blocks, or pairs gradients with the parameters before them",
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
        kinds=SCALED,
    ),
    Law(
        "absent-gradient-is-a-pause",
        "A parameter that has a gradient, then None, then one again does what it does without the gap.",
        "None clears or ages the state, or a counter is shared by all parameters",
        "independence",
        kinds=SCALED,
        examples=12,
    ),
    Law(
        "late-group-gets-its-first-step",
        "A group that is added after some updates does what it does in an optimizer of its own.",
        "state is made at construction only, a counter is shared by all groups, another group's rate is taken, or the "
        "state of the others is cleared",
        "independence",
        kinds=SIZED,
        examples=12,
    ),
    Law(
        "tensors-are-moved-whole",
        f"A tensor of {LONG} elements does what its {PIECES} pieces do as parameters of their own, and its first {FEW} "
        "alone.",
        "the tail beyond a block is dropped, a long tensor has fewer digits, or something is averaged over a tensor",
        "independence",
        kinds=SIZED,
        examples=6,
    ),
    Law(
        "form-changes-nothing",
        "The same elements as scalars, a matrix, a tensor of three dimensions, or beside a tensor without elements get "
        "the updates that a vector gets.",
        "scalars are passed over, what has more dimensions is centred, scaled or decayed in another way, or a largest "
        "value is asked of no elements",
        "handling",
        kinds=SIZED,
        examples=4,
    ),
    Law(
        "layout-changes-nothing",
        "A transposed weight with a transposed gradient does what a contiguous one does.",
        "the update is written into a contiguous copy, or elements are paired by their place in memory",
        "independence",
        examples=6,
    ),
    Law(
        "saved-state-goes-on",
        "An optimizer built afresh at other rates that loads the saved state goes on as if there had been no break.",
        "the step count or a moment lives outside `state`, is cast or reset when loaded, or changed when saved; or the "
        "rates and decays that were saved are not taken",
        "memory",
    ),
    Law(
        "loaded-state-follows-its-parameter",
        "A saved state loaded over parameters in another order, its ids permuted alike, goes on as before.",
        "state is handed out by position and not by the ids of the saved groups",
        "memory",
        kinds=(*FADING, "other"),
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
        "groups-are-read-at-every-update",
        "Decay, betas and epsilon that are set in the groups later do what they do from construction on.",
        "they are copied at construction, so that a schedule of decay or momentum changes nothing",
        "handling",
        kinds=SIZED,
        examples=4,
    ),
    Law(
        "a-tensor-rate-is-read-at-every-update",
        "A rate that is a tensor, filled anew between updates, does what the same numbers do, and is not changed.",
        "it is turned into a number once and kept, as a scheduler under `capturable` would not see, or written to",
        "handling",
        ("tensor rate",),
        kinds=SCALED,
        examples=6,
    ),
    Law(
        "clearing-gradients-changes-nothing-else",
        "`zero_grad` clears gradients, into None or zeros, and no update notices.",
        "it resets a moment, is overridden by nothing, or the gradient itself is kept, which the next backward changes",
        "handling",
        examples=4,
    ),
    Law(
        "state-stops-growing",
        "The state is no larger after twice as many updates.",
        "gradients or losses are kept in a list",
        "endurance",
        kinds=SIZED,
        examples=4,
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
        kinds=SCALED,
    ),
    Law(
        "closure-runs-once-with-gradients",
        "A closure is called once, with gradients enabled, before the update, and its loss is returned.",
        "the closure is called under no_grad, twice or never, or its loss is dropped",
        "use",
    ),
    Law(
        "random-stream-is-left-alone",
        "An update draws nothing from the global random streams.",
        "noise or stochastic rounding without a generator of its own",
        "use",
        examples=4,
    ),
    Law(
        "settings-of-torch-are-left-alone",
        "After updates gradients are enabled, dtype, threads, determinism and anomaly detection set, as before.",
        "a switch of torch is set for an update and not put back",
        "handling",
        examples=2,
    ),
    Law(
        "sparse-gradients-are-refused-or-right",
        "A sparse gradient, rows stored twice or left out, is refused in words that say so, or does what the dense one "
        "does.",
        "only the stored values are used, a row that is stored twice counts once, or the error is about something else",
        "use",
        examples=4,
    ),
    Law(
        "low-precision-keeps-its-dtype",
        "Parameters of float32 and bfloat16 keep dtype and storage, and stay finite.",
        "a float32 result is assigned to `.data` in place of being copied into the parameter",
        "use",
    ),
)
