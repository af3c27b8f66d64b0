"""Runs in float64, alone and side by side: seeds of a tiny encoder with all of a recipe that could reach a neighbour."""

import math
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import torch

from stablebert.encoders.model import Classifier, load_encoder
from stablebert.runs import Recipe, RunSpec, decode_array
from stablebert.training import setup, train

SEEDS = (3, 4, 5)


def seeds_of(method, encoder, *, dropout=0.1, seeds=SEEDS, task="trec"):
    """Return the runs of a stack: clipping acts, the last batch of an epoch is smaller."""
    recipe = Recipe(learning_rate=3e-3, batch_size=8, evaluations=3, max_grad_norm=0.5, dropout=dropout)
    spec = RunSpec(
        task=task, method=method, length="9st", encoder="custom-abcdef", encoder_source=str(encoder), recipe=recipe
    )
    found = [replace(spec.with_seed(seed), precision=f"fp32x{len(seeds)}") for seed in seeds]
    assert tuple(found) == found[0].stack
    return found


def alone(specs, task):
    """Return the records of the runs of a stack, each made by itself."""
    return [train(replace(spec, precision=spec.arithmetic), task=task) for spec in specs]


@contextmanager
def doubled():
    """Let models be of float64; logits that are scored and kept stay float32."""

    def encoder(*given, **options):
        found = load_encoder(*given, **options)
        found.model.to(torch.float64)
        return found

    def classifier(*given):
        return Classifier(*given).to(torch.float64)

    with patch.object(setup, "load_encoder", encoder), patch.object(setup, "Classifier", classifier):
        yield


def distance(one, other):
    """Return the largest relative difference of any number of two records; all else must be equal."""
    return max(_distance(*(_plain(record) for record in (one, other))))


def _plain(record):
    spec = replace(record.spec, precision=record.spec.arithmetic)
    found = replace(record, spec=spec, seconds=0.0, environment={}, test_logits={}).to_dict()
    return {**found, "test_logits": [_Single(value) for value in decode_array(record.test_logits)[0]]}


class _Single(float):
    """A number that was rounded to float32."""


def _distance(one, other, name=""):
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        return [found for key in one for found in _distance(one[key], other[key], key)]
    if isinstance(one, list | tuple):
        assert len(one) == len(other)
        return [found for a, b in zip(one, other, strict=True) for found in _distance(a, b)]
    if not (isinstance(one, float) and isinstance(other, float)):
        assert one == other
        return [0.0]
    if one == other or (math.isnan(one) and math.isnan(other)):
        return [0.0]
    found = abs(one - other) / max(abs(one), abs(other), 1e-6)
    in_single = isinstance(one, _Single) or name == "log_loss"
    # two float32 neighbours are equal: what they were rounded from may lie on either side of a half
    return [0.0 if in_single and found < 2 * torch.finfo(torch.float32).eps else found]
