"""Fifty updates of a tiny encoder with the whole recipe, in float64 from exact starting values.

`python -m tests.training.trajectory` writes the stored references anew: only after a change that is meant to change what
a run computes, and with a line in the changelog.
"""

import csv
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
import torch
from transformers import BertModel

from stablebert.encoders.model import Encoder, load_encoder
from stablebert.runs import Recipe, RunSpec
from stablebert.training import loop, setup
from stablebert.training.fast import products
from tests.tiny import tiny_task, write_tiny_encoder

FOLDER = Path(__file__).parent / "trajectories"
# two or more groups, decay on, a last batch that is smaller, and a rate at which clipping acts
METHODS = ("debiased", "bertadam", "reinit+llrd.decay0.7+wdecay.coefficient0.5", "mixout.p0.3+prior.coefficient0.5")
COLUMNS = ("loss", "rate", "gradient_norm", "update_norm", "decay_norm")


def trajectory(
    method: str,
    encoder: Path,
    *,
    double: bool = True,
    optimizer: str | None = None,
    kernels: str = "off",
    dropout: float = 0.1,
) -> dict[str, list[float]]:
    """Return every step's loss, rate, gradient norm, update norm and norm of the decay alone.

    Args:
        method: Method text.
        encoder: Folder as from `write_exact_encoder`.
        double: Whether to compute in float64.
        optimizer: `package.module:Class` in the place of the method's, or None.
        kernels: `off` for torch alone, `auto` for the compiled kernels, whose dropout keeps other elements.
        dropout: Probability of every dropout.
    """
    recipe = Recipe(learning_rate=3e-3, batch_size=8, evaluations=5, max_grad_norm=0.5, dropout=dropout)
    spec = RunSpec(
        task="trec",
        method=method,
        length="50st",
        encoder="custom-abcdef",
        encoder_source=str(encoder),
        recipe=recipe,
        seed=3,
        optimizer=optimizer,
    )
    dtype = torch.float64 if double else torch.float32
    decays: list[float] = []
    with (
        patch.object(setup, "load_encoder", lambda *given, **options: _in(dtype, load_encoder(*given, **options))),
        patch.dict("os.environ", STABLEBERT_KERNELS=kernels),
        # filled up or not, a row computes the same, but dropout keeps other elements: not a matter of the host here
        patch.object(products, "recurring_tokens", lambda *_: 1),
    ):
        run = setup.prepare(spec, tiny_task(train=75))
        # the table of words is exact as loaded, and its rows are the same ones whether it was cut down or not
        _set_exactly(run.model.to(dtype), seed=1, leave=run.model.encoder.get_input_embeddings())
        run.optimizer.register_step_pre_hook(lambda optimizer, *_: decays.append(_decay_norm(optimizer)))
        steps, _, _ = loop.optimize(replace(run, splits={**run.splits, "validation": run.splits["validation"][:2]}))
    series = {name: list(values) for name, values in asdict(steps).items()}
    return {**series, "decay_norm": decays}


def read(method: str) -> dict[str, list[float]]:
    """Return the stored reference of a method."""
    with (FOLDER / f"{method}.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {name: [float.fromhex(row[name]) for row in rows] for name in COLUMNS}


def write_exact_encoder(folder: Path) -> Path:
    """Write a tiny encoder whose values are the same on every host."""
    write_tiny_encoder(folder)
    model = BertModel.from_pretrained(folder)
    _set_exactly(model, seed=0)
    model.save_pretrained(folder)
    return folder


def _in(dtype: torch.dtype, encoder: Encoder) -> Encoder:
    encoder.model.to(dtype)
    return encoder


def _set_exactly(model: torch.nn.Module, seed: int, leave: torch.nn.Module | None = None) -> None:
    """Give every parameter values that no host rounds otherwise; torch's normal draws depend on the processor."""
    generator = np.random.default_rng(seed)
    with torch.no_grad():
        for module in model.modules():
            if module is leave:
                continue
            for name, tensor in module.named_parameters(recurse=False):
                draw = generator.integers(-1000, 1001, size=tuple(tensor.shape)) / 1024
                one = isinstance(module, torch.nn.LayerNorm) and name == "weight"
                tensor.copy_(torch.as_tensor(one + (0.125 if one else 0.25) * draw))


def _decay_norm(optimizer: torch.optim.Optimizer) -> float:
    parts = [
        (group["lr"] * group["weight_decay"]) ** 2 * float(tensor.detach().double().square().sum())
        for group in optimizer.param_groups
        for tensor in group["params"]
    ]
    return sum(parts) ** 0.5


def _write() -> None:
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        encoder = write_exact_encoder(Path(folder))
        for method in METHODS:
            series = trajectory(method, encoder)
            with (FOLDER / f"{method}.csv").open("w", newline="") as stream:
                table = csv.writer(stream, lineterminator="\n")
                table.writerow(COLUMNS)
                table.writerows(
                    [float(value).hex() for value in row] for row in zip(*(series[c] for c in COLUMNS), strict=True)
                )


if __name__ == "__main__":
    _write()
