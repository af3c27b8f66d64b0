"""All that a run needs before its first update: data, model, optimizer and streams."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from stablebert import methods
from stablebert.encoders.model import Classifier, Encoder, load_encoder
from stablebert.encoders.parts import pretrained_values
from stablebert.optim import adapter_of, left_to_the_optimizer
from stablebert.optim.driving import load_class, parse_arguments
from stablebert.paper import Fidelity, fidelity_of
from stablebert.runs import RunSpec, total_steps, training_length
from stablebert.tasks import Task
from stablebert.training.device import training_device
from stablebert.training.examples import Splits, encode_task, epoch_batches
from stablebert.training.fast.vocabulary import compact_vocabulary
from stablebert.training.forward import Forward, forward_pass
from stablebert.training.seeding import Streams


@dataclass(frozen=True)
class Run:
    """A run ready for its first update.

    Attributes:
        spec: What is run.
        task: Its data.
        fidelity: Which quirks of the released code it has.
        encoder: The pretrained encoder; its model is part of `model` and changes with it.
        model: The classifier, after the method has changed it.
        optimizer: Over every trainable parameter, peak rates in its groups.
        own_schedule: Whether the rate stays at its peak after the warm-up, since the optimizer brings a schedule.
        forward: From (model, batch) to logits.
        path: How batches reach the encoder: `native`, `packed` or `padded`.
        streams: The random streams.
        splits: Tokenised `train`, `validation` and `test`.
        batches: Indices of the training examples, one list an update.
        vocabulary: Rows of the embedding that the model has kept, or None for all.
        steps: Updates in all.
        schedule_steps: Updates after which the rate is 0.
        census: What the method changed, and the optimizer's groups.
        fingerprints: One digest a stream.
    """

    spec: RunSpec
    task: Task
    fidelity: Fidelity
    encoder: Encoder
    model: Classifier
    optimizer: torch.optim.Optimizer
    own_schedule: bool
    forward: Forward
    path: str
    streams: Streams
    splits: Splits
    batches: list[list[int]]
    vocabulary: list[int] | None
    steps: int
    schedule_steps: int
    census: dict[str, Any]
    fingerprints: dict[str, str]


def prepare(spec: RunSpec, task: Task, start_from: Path | None = None) -> Run:
    """Build everything that a run needs.

    Args:
        spec: What to run.
        task: Its data.
        start_from: Folder of the encoder to start from in place of the spec's own (`transfer`).

    Raises:
        ValueError: method, encoder, length or optimizer is unknown or does not fit.
    """
    recipe = spec.recipe
    chosen = methods.resolve_run(spec)
    streams = Streams(spec.seed, spec.seed if spec.data_seed is None else spec.data_seed)
    source = spec.encoder_source if start_from is None else str(start_from)
    fidelity = fidelity_of(spec.fidelity)
    encoder = load_encoder(spec.encoder, source=source, dropout=recipe.dropout)
    if fidelity.plain_electra and encoder.family.released is not None:
        encoder = replace(encoder, family=encoder.family.released)
    model = Classifier(encoder, task.num_labels, recipe.dropout, streams.generator("head"))
    head = [parameter.detach().clone() for parameter in model.head_parameters()]
    splits = encode_task(task, encoder, recipe.max_length)
    rows: list[int] | None = None
    census: dict[str, Any] = {"parameters": sum(parameter.numel() for parameter in model.parameters())}
    if encoder.family.packed and _leaves_unused_rows(spec, chosen):
        splits, rows = compact_vocabulary(model, splits)
    needed = any(method.needs_pretrained for method in chosen)
    start = methods.Start(streams.generator, pretrained_values(model) if needed else {}, fidelity)
    census |= methods.change_model(chosen, model, start)
    # everything is drawn on the processor, so that a run starts from the same weights wherever it trains
    device = training_device()
    model.to(device)
    optimizer = methods.build_optimizer(chosen, model, recipe, spec.optimizer, spec.optimizer_arguments, start=start)
    forward, path = forward_pass(model, encoder, device.type, spec.arithmetic)
    census["groups"] = [
        {"tensors": len(group["params"]), "lr": float(group["lr"]), "weight_decay": group.get("weight_decay", 0.0)}
        for group in optimizer.param_groups
    ]
    if spec.optimizer is not None:
        kind, given = load_class(spec.optimizer), parse_arguments(spec.optimizer_arguments)
        left = left_to_the_optimizer(kind, methods.parameter_groups(chosen, model, recipe, fidelity), given)
        census["left_to_the_optimizer"] = {name: repr(value) for name, value in left.items()}
    length = training_length(spec)
    schedule_steps = total_steps(length, len(splits["train"]), recipe.batch_size)
    steps = schedule_steps + (fidelity.late_last_update and length.endswith("st"))
    batches = epoch_batches(len(splits["train"]), recipe.batch_size, steps, streams.generator("order"))
    return Run(
        spec=spec,
        task=task,
        fidelity=fidelity,
        encoder=encoder,
        model=model,
        optimizer=optimizer,
        own_schedule=spec.optimizer is not None and adapter_of(load_class(spec.optimizer)).own_schedule,
        forward=forward,
        path=path,
        streams=streams,
        splits=splits,
        batches=batches,
        vocabulary=rows,
        steps=steps,
        schedule_steps=schedule_steps,
        census=census,
        fingerprints=_fingerprints(streams, head, batches),
    )


def _leaves_unused_rows(spec: RunSpec, chosen: Sequence[methods.Method]) -> bool:
    # nobody knows what an optimizer or a method of others does to a row without gradient
    ours = spec.optimizer is None and spec.method_sources == "{}"
    return ours and not spec.recipe.weight_decay and not any(m.moves_unused_rows for m in chosen)


def _fingerprints(streams: Streams, head: list[torch.Tensor], batches: list[list[int]]) -> dict[str, str]:
    # head and order are digests of what was drawn, so that a change of the drawing code shows, not only one of the seed
    weights = b"".join(parameter.numpy().tobytes() for parameter in head)
    return {
        "head": hashlib.sha256(weights).hexdigest(),
        "order": hashlib.sha256(repr(batches).encode()).hexdigest(),
        **{purpose: streams.fingerprint(purpose) for purpose in ("dropout", "reinit", "mixout")},
    }
