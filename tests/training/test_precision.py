"""Loss scaling: fp16 trains, an overflow is skipped, and the other classes compute what they did without it."""

from dataclasses import replace
from unittest.mock import Mock

import pytest
import torch

from stablebert.optim import BertAdam
from stablebert.records import RunStore
from stablebert.runs import Recipe, RunSpec
from stablebert.training import loop, train
from stablebert.training.forward import gradient_scaler
from tests.tiny import tiny_task

METHODS = ("debiased", "bertadam", "reinit+llrd", "mixout.p0.3+prior.coefficient0.5")


@pytest.fixture
def spec(tiny_encoder):
    return RunSpec(
        task="trec",
        length="2ep",
        encoder="custom-abcdef",
        encoder_source=str(tiny_encoder),
        precision="fp16",
        recipe=Recipe(learning_rate=1e-2, batch_size=8, evaluations=2),
    )


def scale_from(monkeypatch, scale):
    """Let the loss scale of runs begin elsewhere, and return the list that their scalers are added to."""
    made = []

    def scaler(precision, device):
        made.append(torch.amp.GradScaler(device, init_scale=scale, enabled=precision == "fp16"))
        return made[-1]

    monkeypatch.setattr(loop, "gradient_scaler", scaler)
    return made


@pytest.mark.parametrize("method", METHODS)
def test_fp16_is_close_to_fp32_not_equal_and_repeats_bit_for_bit(method, spec, task):
    half = replace(spec, method=method, precision="fp16")
    first, second, full = (
        train(half, task=task),
        train(half, task=task),
        train(replace(half, precision="fp32"), task=task),
    )
    assert {**first.to_dict(), "seconds": 0} == {**second.to_dict(), "seconds": 0}
    assert first.steps.loss != full.steps.loss
    assert first.steps.gradient_norm[:2] == pytest.approx(full.steps.gradient_norm[:2], rel=0.02)
    assert first.fingerprints == full.fingerprints


@pytest.mark.parametrize("method", METHODS)
def test_without_dropout_fp16_follows_fp32(method, spec, task):
    # torch may draw other masks for another type, on some processors from the third update on
    bare = replace(spec, method=method, length="5st", recipe=replace(spec.recipe, dropout=0.0))
    half, full = train(bare, task=task), train(replace(bare, precision="fp32"), task=task)
    assert half.steps.loss != full.steps.loss
    assert half.steps.loss == pytest.approx(full.steps.loss, abs=1e-3)


def test_clipping_before_the_scale_is_taken_out_would_be_seen(spec, task, monkeypatch):
    # the planted defect: the optimizer divides, which is after the gradients were clipped
    right = train(spec, task=task).steps
    monkeypatch.setattr("torch.amp.GradScaler.unscale_", lambda *_: None)
    late = train(replace(spec, length="2st"), task=task).steps
    assert late.gradient_norm[0] == pytest.approx(2**16 * right.gradient_norm[0], rel=0.02)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_other_classes_compute_what_they_do_without_a_scaler(precision, spec, task, monkeypatch):
    given = replace(spec, precision=precision)
    scaled = train(given, task=task)
    bare = Mock(scale=lambda loss: loss, step=lambda optimizer: optimizer.step())
    monkeypatch.setattr(loop, "gradient_scaler", lambda *_: bare)
    plain = train(given, task=task)
    assert {**scaled.to_dict(), "seconds": 0} == {**plain.to_dict(), "seconds": 0}
    assert bare.update.call_count == len(plain.steps.loss)


def test_a_scaler_that_acts_would_be_seen_in_fp16(spec, task, monkeypatch):
    # the control of the one above: without its scaler this class computes something else
    scaled = train(spec, task=task)
    monkeypatch.setattr(loop, "gradient_scaler", lambda *_: gradient_scaler("fp32", "cpu"))
    assert train(spec, task=task).steps != scaled.steps


@pytest.mark.parametrize(
    ("method", "optimizer"), [*((method, None) for method in METHODS), ("debiased", "torch.optim:AdamW")]
)
def test_an_overflow_is_skipped_and_lowers_the_scale(method, optimizer, spec, monkeypatch, tmp_path):
    # the gradient of a squared error is no longer bounded, as that of cross-entropy is
    task = tiny_task(regression=True)
    made = scale_from(monkeypatch, 2.0**18)
    record = train(replace(spec, method=method, optimizer=optimizer), task=task)
    steps = record.steps
    skipped = [index for index, norm in enumerate(steps.gradient_norm) if not torch.tensor(norm).isfinite()]
    assert 2 <= len(skipped) < 8
    assert made[-1].get_scale() == 2.0 ** (18 - len(skipped))
    assert all(steps.update_norm[index] == 0.0 for index in skipped)
    assert all(norm > 0 for index, norm in enumerate(steps.update_norm) if index not in (0, *skipped))
    assert "not finite" not in (record.failed_reason or "")
    store = RunStore(tmp_path)
    store.publish("ab12", record)
    # as text, in which a NaN equals a NaN
    assert str(store.load("ab12").steps) == str(steps)


def test_after_a_skipped_update_an_optimizer_is_where_it_was():
    for build in (
        lambda weight: BertAdam([weight], lr=0.1, fused=True),
        lambda weight: BertAdam([weight], lr=0.1, foreach=True),
        lambda weight: torch.optim.AdamW([weight], lr=0.1, fused=True),
    ):
        plain, scaled = (torch.nn.Parameter(torch.ones(3)) for _ in range(2))
        one, other = build(plain), build(scaled)
        scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
        for gradient in (float("inf"), 0.5, -0.25, float("nan"), 0.125):
            if abs(gradient) < 1:
                plain.grad = torch.full((3,), gradient)
                one.step()
            scaler.scale(scaled.sum())
            scaled.grad = torch.full((3,), gradient) * scaler.get_scale()
            scaler.unscale_(other)
            scaler.step(other)
            scaler.update()
            assert torch.equal(scaled, plain)
        assert scaler.get_scale() == 2.0**8
