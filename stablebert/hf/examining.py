"""A live `transformers.Trainer` as a set-up: what it would train with is looked at, and its optimizer is driven."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from stablebert.contract.kinds import Kind, kind_of
from stablebert.doctor import Diagnosis, Setup, diagnose, setup_of
from stablebert.doctor.facts import Facts
from stablebert.hf.watch import loaded_over
from stablebert.methods.mixout import MixoutLinear
from stablebert.methods.wdecay import decaying_parameters
from stablebert.optim import bias_ratio
from stablebert.optim.adapter import accepted
from stablebert.optim.driving import build
from stablebert.project import load_project

# updates of one element with gradient 1: without bias correction the third is five rates long
_DRIVEN = 10
_CLOSE = 0.1


def examine(trainer: Any, *, reinitialized: Sequence[str] = (), baselines: Sequence[Path] | None = None) -> Diagnosis:
    """Return which known causes of instability a Trainer has, before it trains.

    Args:
        trainer: A `transformers.Trainer`; it is left as it was.
        reinitialized: Names of parameters that were redrawn, as from `reinitialize` or a census.
        baselines: `baselines` folders, for evidence; None are those of the project of the working directory.

    Raises:
        ValueError: as `trainer_setup`, or a stored baseline is damaged.

    Example:
        >>> print(examine(trainer))  # doctest: +SKIP
    """
    folders = load_project().baselines if baselines is None else baselines
    return diagnose(trainer_setup(trainer, reinitialized=reinitialized), folders)


def trainer_setup(trainer: Any, *, reinitialized: Sequence[str] = ()) -> Setup:
    """Return the facts of a Trainer.

    A Trainer that makes its model anew when it trains is asked for one, and its optimizer and schedule are built and
    given back. Whether the optimizer corrects its bias is measured on one element.

    Args:
        trainer: A `transformers.Trainer`.
        reinitialized: As in `examine`.

    Raises:
        ValueError: a redrawn name is no parameter of the model.
    """
    updates = _updates(trainer)
    # a schedule needs some length; without one that is known nothing is read off it
    with _built(trainer, updates or 1) as (model, optimizer, schedule):
        facts: Facts = {
            "encoder": _encoder_fact(model),
            "updates": (updates, "the Trainer's arguments and data"),
            **_optimizer_facts(model, optimizer),
            **_reinit_facts(trainer, model, reinitialized),
            "dropout": (_largest_dropout(model), "the model's layers"),
            "mixout": (any(isinstance(each, MixoutLinear) for each in model.modules()), "the model's layers"),
        }
        if updates is not None:
            facts |= _schedule_facts(schedule, updates)
    return setup_of(facts)


@contextmanager
def _built(trainer: Any, updates: int) -> Iterator[tuple[nn.Module, torch.optim.Optimizer, Any]]:
    """Give the model, optimizer and schedule that training would begin with, and leave the Trainer as it was."""
    names = ("model", "optimizer", "lr_scheduler", "optimizer_cls_and_kwargs", "_created_lr_scheduler")
    before = {name: getattr(trainer, name) for name in names if hasattr(trainer, name)}
    # a schedule begins by writing its first rate into the groups
    groups = [(group, dict(group)) for group in trainer.optimizer.param_groups] if trainer.optimizer else []
    used = [torch.cuda.current_device()] if torch.cuda.is_initialized() else []
    try:
        with torch.random.fork_rng(devices=used):
            if trainer.model_init is not None:
                trainer.model = trainer.call_model_init()
            if trainer.optimizer_cls_and_kwargs is not None:
                kind, arguments = trainer.optimizer_cls_and_kwargs
                # the Trainer takes some of them out
                trainer.optimizer_cls_and_kwargs = kind, dict(arguments)
            trainer.create_optimizer_and_scheduler(updates)
        yield trainer.model, trainer.optimizer, trainer.lr_scheduler
    finally:
        for name, value in before.items():
            setattr(trainer, name, value)
        for group, values in groups:
            group.clear()
            group.update(values)


def _updates(trainer: Any) -> int | None:
    arguments = trainer.args
    if arguments.max_steps > 0:
        return int(arguments.max_steps)
    try:
        batches = len(trainer.get_train_dataloader())
    except (TypeError, ValueError):
        return None
    an_epoch = max(math.ceil(batches / arguments.gradient_accumulation_steps), 1)
    found: int = math.ceil(arguments.num_train_epochs * an_epoch)
    return found


def _encoder_fact(model: nn.Module) -> tuple[str | None, str]:
    name = getattr(getattr(model, "config", None), "_name_or_path", None)
    return (name, "the model's configuration") if name else (None, "the model's configuration names none")


def _optimizer_facts(model: nn.Module, optimizer: torch.optim.Optimizer) -> Facts:
    inner = _unwrapped(optimizer)
    in_groups = {id(tensor) for group in optimizer.param_groups for tensor in group["params"]}
    left_out = [
        name for name, tensor in model.named_parameters() if tensor.requires_grad and id(tensor) not in in_groups
    ]
    decayed = {
        id(tensor) for group in optimizer.param_groups if group.get("weight_decay") for tensor in group["params"]
    }
    wrong = [
        name
        for name, tensor in model.named_parameters()
        if id(tensor) in decayed - decaying_parameters(model) and tensor.requires_grad
    ]
    rates = [float(group.get("initial_lr", group["lr"])) for group in optimizer.param_groups]
    return {
        "optimizer": (type(inner).__name__, "the Trainer's optimizer"),
        "bias_correction": corrects_bias(inner),
        "learning_rate": (max(rates) or None, "the optimizer's groups"),
        "decays_normalisations": (bool(wrong), _listed(wrong, "none in a group with decay")),
        "trains_everything": (not left_out, _listed(left_out, "all in its groups")),
    }


def corrects_bias(optimizer: torch.optim.Optimizer) -> tuple[bool | None, str]:
    """Return whether an optimizer corrects the bias of Adam's moments, None if it is no Adam, and how that was seen.

    One of its class with its own options does some updates of one element, whose gradient is 1: their sizes are one
    rate with the correction, and those of Figure 1 without.

    Args:
        optimizer: Any; it is left as it is.

    Example:
        >>> corrects_bias(torch.optim.AdamW([nn.Parameter(torch.ones(1))], lr=0.1))[0]
        True
    """
    kind = type(optimizer)
    try:
        takes = accepted(kind)
        if kind_of(kind) is not Kind.ADAM or "betas" not in takes:
            return None, f"{kind.__name__} is no Adam"
        own = {name: value for name, value in optimizer.param_groups[0].items() if name in takes}
        options = {**own, "lr": 1e-3, "weight_decay": 0.0, "amsgrad": False, "maximize": False}
        sizes = _sizes(kind, {name: value for name, value in options.items() if name in takes})
    except (ValueError, RuntimeError, TypeError) as error:
        return None, f"{kind.__name__} cannot be driven: {error}"
    plain = [bias_ratio(step, own["betas"]) for step in range(1, _DRIVEN + 1)]
    for answer, curve in ((True, [1.0] * _DRIVEN), (False, plain)):
        if all(abs(size - wanted) <= _CLOSE * wanted for size, wanted in zip(sizes, curve, strict=True)):
            return answer, f"measured: updates of {sizes[0]:.3g} to {sizes[-1]:.3g} rates under a gradient of 1"
    return None, f"{kind.__name__} makes updates of {sizes[0]:.3g} to {sizes[-1]:.3g} rates, as neither Adam does"


def _sizes(kind: type, options: dict[str, Any]) -> list[float]:
    element = nn.Parameter(torch.zeros(1))
    driven = build(kind, [{"params": [element], "lr": options.pop("lr")}], options)
    rate, before, sizes = driven.param_groups[0]["lr"], 0.0, []
    for _ in range(_DRIVEN):
        element.grad = torch.ones(1)
        driven.step()
        sizes.append((before - element.item()) / rate)
        before = element.item()
    return sizes


def _unwrapped(optimizer: Any) -> torch.optim.Optimizer:
    while isinstance(inner := getattr(optimizer, "optimizer", None), torch.optim.Optimizer):
        optimizer = inner
    return optimizer  # type: ignore[no-any-return]


def _schedule_facts(schedule: Any, updates: int) -> Facts:
    """Return warming up and end of a schedule of factors, which is asked for every update."""
    factors = getattr(schedule, "lr_lambdas", None)
    if not factors:
        why = f"a {type(schedule).__name__} cannot be asked before it runs"
        return {"warmup": (None, why), "schedule_updates": (None, why)}
    curve = [max(float(factor(step)) for factor in factors) for step in range(updates)]
    rising = curve.index(max(curve))
    last = max((step for step, factor in enumerate(curve) if factor > 0), default=-1) + 1
    return {
        "warmup": (rising, "the schedule's factors"),
        "schedule_updates": (math.inf if last == updates else max(last, 1), "the schedule's factors"),
    }


def _reinit_facts(trainer: Any, model: nn.Module, names: Sequence[str]) -> Facts:
    if not names:
        return {"reinit": (None, "redrawn names are not given")}
    known = dict(model.named_parameters())
    if strange := [name for name in names if name not in known]:
        raise ValueError(f"{strange[0]!r} was redrawn by name and is no parameter of the model")
    if trainer.state.global_step:
        return {"reinit": (True, "the names given"), "reinit_kept": (None, "training has begun")}
    lost = loaded_over(model, names)
    return {"reinit": (True, "the names given"), "reinit_kept": (not lost, _listed(lost, "as they were drawn"))}


def _largest_dropout(model: nn.Module) -> float:
    layers = [module.p for module in model.modules() if isinstance(module, nn.Dropout)]
    # some models keep the probability beside their layers and call torch's function with it
    beside = [
        value
        for module in model.modules()
        for name, value in vars(module).items()
        if name.endswith(("dropout", "dropout_prob", "dropout_p")) and isinstance(value, float)
    ]
    return max([*layers, *beside], default=0.0)


def _listed(names: Sequence[str], none: str) -> str:
    return f"{len(names)} parameters, {names[0]} the first" if names else none
