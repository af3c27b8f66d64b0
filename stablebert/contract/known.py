"""What is known of optimizers of others: what they behave as, and which laws they honestly do not keep."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class Known:
    """What is known of one class.

    Attributes:
        kind: A `Kind`, or empty where its arguments say enough.
        waives: Reasons by law.
    """

    kind: str = ""
    waives: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def known_of(optimizer: type) -> Iterator[Known]:
    """Yield what is known of an optimizer's class and of its bases, the nearest first.

    Args:
        optimizer: The class.

    Example:
        >>> import torch
        >>> [known.kind for known in known_of(torch.optim.SGD)]
        ['other']
    """
    for base in optimizer.__mro__:
        package = base.__module__.partition(".")[0]
        for name in (f"{package}:{base.__name__}", f"{package}:*"):
            if name in KNOWN:
                yield KNOWN[name]


def _since(reason: str, *laws: str) -> Mapping[str, str]:
    return MappingProxyType(dict.fromkeys(laws, reason))


_TORCH = {
    "NAdam": Known(
        waives=_since(
            "its momentum looks one update ahead",
            "constant-gradient-moves-one-rate",
            "constant-gradient-moves-one-rate-at-last",
            "second-update-is-that-of-the-betas",
            "updates-are-those-of-adam",
        )
    ),
    "Adamax": Known(
        waives=_since(
            "its second moment is a largest size, not a mean of squares",
            "second-update-is-that-of-the-betas",
            "updates-are-those-of-adam",
        )
    ),
    "RAdam": Known(
        waives=_since(
            "its first five updates have no second moment",
            "first-step-is-a-constant-times-rate",
            "updates-ignore-gradient-scale",
            "epsilon-has-the-unit-of-gradients",
            "constant-gradient-moves-one-rate",
            "constant-gradient-moves-one-rate-at-last",
            "second-update-is-that-of-the-betas",
            "epsilon-equal-to-the-gradient-halves-updates",
            "updates-are-those-of-adam",
        )
    ),
    "Rprop": Known(
        waives=_since("its rate is the size of a first step; later steps grow by themselves", "zero-rate-moves-nothing")
    ),
    "ASGD": Known("other", _since("its lambd is a decay that is never off", "zero-gradients-move-nothing")),
    # an epsilon, and yet no Adam
    **dict.fromkeys(("SGD", "RMSprop", "Adagrad", "Adadelta", "Adafactor"), Known("other")),
}

_INTERPOLATES = _since(
    "its weights are an average computed anew at each update, and rounded",
    "zero-rate-moves-nothing",
    "zero-gradients-move-nothing",
)
_IN_PLACE = _since("it works in place on the gradient, which nothing reads again", "gradients-are-not-changed")
_SILENT = _since(
    "its first updates are of size 0, as RAdam's variance asks",
    "first-step-opposes-the-gradient",
    "iterates-are-those-of-adam-without-momentum",
    "first-decay-is-rate-times-decay",
)
_SCHEDULEFREE = {
    **dict.fromkeys(("AdamWScheduleFree", "SGDScheduleFree"), Known(waives=_IN_PLACE)),
    "AdamWScheduleFreePaper": Known(
        waives={
            **_IN_PLACE,
            **_since(
                "it corrects its rate for bias, which weighs the average and the decay",
                "iterates-are-those-of-adam-without-momentum",
                "first-decay-is-rate-times-decay",
            ),
        }
    ),
    "RAdamScheduleFree": Known(waives={**_SILENT, **_IN_PLACE}),
    "AdamWScheduleFreeReference": Known(waives=_INTERPOLATES),
    "SGDScheduleFreeReference": Known(waives={**_INTERPOLATES, **_IN_PLACE}),
}

_AS_GROUP = _since("its step count is a group's", "late-parameter-gets-its-first-step", "absent-gradient-is-a-pause")
_AS_ADAM = {
    **_AS_GROUP,
    **_since("its epsilon comes before the bias correction", "epsilon-equal-to-the-gradient-halves-updates"),
}
_UNDER_THE_ROOT = _since("it adds 1e-15 under the root, beside its epsilon", "updates-ignore-gradient-scale")
_NORM_OF_ALL = (
    "groups-keep-rate-and-decay",
    "partition-changes-nothing",
    "dtypes-in-a-group-change-nothing",
    "missing-gradient-changes-nothing",
)
_ROUNDS = _since("its iteration runs in bfloat16, and rounds by the kernel", "kernels-agree")
_PYTORCH_OPTIMIZER = {
    # most have an epsilon and betas, and updates of some other size
    "*": Known("other"),
    "AdamWSN": Known("adam", MappingProxyType(_AS_ADAM)),
    "AdamC": Known("adam", {**_AS_ADAM, **_UNDER_THE_ROOT}),
    "AdaNorm": Known(
        "adam",
        {
            **_AS_ADAM,
            **_UNDER_THE_ROOT,
            **_since("its gradients are scaled by a mean of their norms", "updates-are-those-of-adam"),
        },
    ),
    **dict.fromkeys(("Lion", "Tiger", "SignSGD"), Known("sign")),
    **dict.fromkeys(("Muon", "NorMuon", "MuonClip"), Known("orthogonal", _AS_GROUP)),
    "ScheduleFreeAdamW": Known("schedule-free"),
    "ScheduleFreeSGD": Known(
        "schedule-free", _since("its updates are of the gradient's size", "epsilon-has-the-unit-of-gradients")
    ),
    "ScheduleFreeRAdam": Known("schedule-free", _SILENT),
    "QHAdam": Known("adam", _since("it counts its bias in float32", "updates-are-those-of-adam")),
    "StableAdamW": Known(
        "adam",
        {
            **_AS_GROUP,
            **_since(
                "its rate is bounded by a mean over the tensor",
                "tensors-are-moved-whole",
                "updates-are-those-of-adam",
                "decay-comes-on-top-of-the-update",
            ),
        },
    ),
    "Kron": Known(
        "other",
        _since(
            "its preconditioner is drawn anew from the random streams",
            "equal-inputs-give-equal-updates",
            "random-stream-is-left-alone",
            "maximize-ascends",
            "order-changes-nothing",
            "layout-changes-nothing",
            "saved-state-goes-on",
            "loaded-state-follows-its-parameter",
            "closure-runs-once-with-gradients",
            "clearing-gradients-changes-nothing-else",
            *_NORM_OF_ALL,
        ),
    ),
    "SPAM": Known("other", _since("it draws which elements it resets", "random-stream-is-left-alone")),
    "SRMM": Known(
        "other",
        _since("it ends in a mean of past weights", "zero-rate-moves-nothing", "zero-gradients-move-nothing"),
    ),
    "Yogi": Known("other", _since("its moments start above 0", "zero-gradients-move-nothing")),
    "AdaMuon": Known(
        "orthogonal",
        {
            **_since("the orthogonal update is divided by its own second moment", "matrix-update-is-orthogonal"),
            **_ROUNDS,
            **_AS_GROUP,
        },
    ),
    **dict.fromkeys(("SCION", "SCIONLight"), Known("other", _ROUNDS)),
    "AdaGO": Known(
        "orthogonal",
        {
            **_since("its rate has a floor, eps", "zero-rate-moves-nothing"),
            **_since("its rate is divided by the root of past norms", "matrix-updates-are-one-size"),
            **_AS_GROUP,
        },
    ),
    "A2Grad": Known("other", _since("its rate is lips and rho; lr is not read", "zero-rate-moves-nothing")),
    "ApolloDQN": Known("other", _since("its rate starts at init_lr and is warmed up", "zero-rate-moves-nothing")),
    "MARS": Known("other", _since("its decay of vectors is weight_decay_1d", "zero-gradients-move-nothing")),
    "Nero": Known(
        "other",
        _since("it keeps weights at norm 1", "zero-rate-moves-nothing", "zero-gradients-move-nothing"),
    ),
    "FlashAdamW": Known("other", _since("its fused kernel is not in every build", "kernels-agree")),
    "FOCUS": Known("other", _since("it is drawn to a mean of its own weights", "zero-gradients-move-nothing")),
    "Fromage": Known("other", _since("every update ends in shrinking the weights", "zero-gradients-move-nothing")),
    "AdaGC": Known("other", _since("it clips by the norm of a group", *_NORM_OF_ALL)),
    "Adai": Known(
        "other",
        {
            **_since("its momenta are set by a mean over all parameters", *_NORM_OF_ALL),
            **_since("that mean underflows in bfloat16", "low-precision-keeps-its-dtype"),
        },
    ),
    "AdamS": Known("other", _since("its decay is divided by a mean over all parameters", *_NORM_OF_ALL)),
    "AvaGrad": Known("other", _since("its rate is scaled by a norm over all parameters", *_NORM_OF_ALL)),
    "Adan": Known("other", _since("its difference of gradients is not turned around", "maximize-ascends")),
    "DASH": Known("other", _since("its iteration starts from random vectors", "random-stream-is-left-alone")),
    "DAdaptSGD": Known(
        "other",
        {
            **_since("its rate is found over all parameters", *_NORM_OF_ALL),
            **_since("what it has found stands in the first group", "loaded-state-follows-its-parameter"),
        },
    ),
    **dict.fromkeys(
        ("AdamP", "SGDP", "SWATS"), Known("other", _since("it asks for contiguous tensors", "layout-changes-nothing"))
    ),
}
_PYTORCH_OPTIMIZER |= {
    name: Known(known.kind, {**known.waives, **_IN_PLACE})
    for name in (
        *(
            "ADOPT",
            "AccSGD",
            "AdEMAMix",
            "AdaDelta",
            "AdaMax",
            "AdaSmooth",
            "Adai",
            "AdamG",
            "AggMo",
            "Aida",
            "ApolloDQN",
        ),
        *("DAdaptAdaGrad", "DAdaptAdam", "DAdaptLion", "DAdaptSGD", "DualAdam", "GrokFastAdamW", "MADGRAD", "NovoGrad"),
        *("PAdam", "PID", "QHAdam", "QHM", "ROSE", "SCIONLight", "SWATS", "ScheduleFreeAdamW", "ScheduleFreeRAdam"),
        *("ScheduleFreeSGD", "Shampoo", "StableSPAM"),
    )
    for known in (_PYTORCH_OPTIMIZER.get(name, Known("other")),)
}

_OTHER_WORDS = _since("torch refuses a sparse gradient for it, in other words", "sparse-gradients-are-refused-or-right")
_NOTHING: Mapping[str, str] = MappingProxyType({})
_UNREAD = _since("it takes amsgrad and never reads it", "amsgrad-keeps-the-largest")
_IN_BLOCKS = _since(
    "its moments are kept in 8 bits from 4,096 elements on, at one scale a block", "tensors-are-moved-whole"
)
_BITSANDBYTES = {
    # each is there in 32 bits, in 8 and paged, none of which is a subclass of another
    "*": Known("other", _OTHER_WORDS),
    **{
        f"{paged}{name}{bits}": Known(kind, _IN_BLOCKS if bits == "8bit" else of_others)
        for paged in ("", "Paged")
        for name, kind, of_others in (("Adam", "adam", _UNREAD), ("AdamW", "adam", _UNREAD), ("Lion", "sign", _NOTHING))
        for bits in ("", "32bit", "8bit")
    },
}

KNOWN: Mapping[str, Known] = {
    f"{package}:{name}": known
    for package, classes in (
        ("torch", _TORCH),
        ("schedulefree", _SCHEDULEFREE),
        ("pytorch_optimizer", _PYTORCH_OPTIMIZER),
        ("bitsandbytes", _BITSANDBYTES),
    )
    for name, known in classes.items()
}
