"""Where a run trains. Without a graphics card, placement is followed on tensors that have a device and no values."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from stablebert.encoders.model import load_encoder
from stablebert.machine import claim_device, device_type
from stablebert.records import run_keys
from stablebert.runs import Recipe, RunSpec
from stablebert.training import setup, train
from stablebert.training.device import repeatable, training_device
from stablebert.training.evaluation import labels_of, loss_of
from tests.tiny import tiny_task

NEEDS_CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device")
METHODS = ("debiased", "bertadam", "reinit+llrd", "mixout.p0.3", "wdecay+prior")


@pytest.fixture
def spec(tiny_encoder):
    return RunSpec(
        task="trec",
        length="20st",
        encoder="custom-abcdef",
        encoder_source=str(tiny_encoder),
        recipe=Recipe(learning_rate=1e-2, batch_size=8, evaluations=2),
    )


def test_the_processor_is_the_default_and_a_typing_error_is_named(monkeypatch):
    monkeypatch.delenv("STABLEBERT_DEVICE", raising=False)
    assert training_device() == torch.device("cpu")
    monkeypatch.setenv("STABLEBERT_DEVICE", "gpu")
    with pytest.raises(ValueError, match=r"'gpu'.*cpu, cuda"):
        device_type()


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")
def test_a_device_that_is_not_there_is_one_clear_error(spec, task, monkeypatch):
    monkeypatch.setenv("STABLEBERT_DEVICE", "cuda")
    with pytest.raises(ValueError, match="sees no CUDA device"):
        train(spec, task=task)


def test_the_device_is_part_of_the_record_key_and_of_nothing_else(spec, monkeypatch):
    monkeypatch.setattr("stablebert.records.provenance.task_digest", lambda name, source: "data")
    monkeypatch.setenv("STABLEBERT_DEVICE", "cpu")
    one = run_keys(spec)
    monkeypatch.setenv("STABLEBERT_DEVICE", "cuda")
    other = run_keys(spec)
    assert one.record != other.record
    assert replace(one, record="") == replace(other, record="")


def test_threads_and_strictness_are_put_back(monkeypatch):
    monkeypatch.setenv("STABLEBERT_DEVICE", "cuda")
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(2)
    try:
        with repeatable():
            assert torch.get_num_threads() == 1
            assert torch.are_deterministic_algorithms_enabled()
        assert torch.get_num_threads() == 2
        assert not torch.are_deterministic_algorithms_enabled()
    finally:
        torch.set_num_threads(before[0])


@pytest.fixture
def four_cards(tmp_path, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("STABLEBERT_DEVICE", "cuda")
    for name in "abcd":
        (tmp_path / name).mkdir()
    return tmp_path


def claimed(worker, gpus, monkeypatch):
    """Claim a card in an environment that is a copy, so that the next claim begins as this one."""
    with monkeypatch.context() as context:
        context.setattr(os, "environ", dict(os.environ))
        found = claim_device(worker, gpus)
        assert os.environ.get("CUDA_VISIBLE_DEVICES") == found or found is None
        return found


def test_workers_share_out_the_cards(four_cards, monkeypatch):
    assert [claimed(worker, four_cards, monkeypatch) for worker in range(6)] == ["0", "1", "2", "3", "0", "1"]


def test_workers_share_out_the_cards_that_are_visible(four_cards, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,GPU-5ad")
    assert [claimed(worker, four_cards, monkeypatch) for worker in range(3)] == ["2", "GPU-5ad", "2"]


def test_without_a_card_or_on_the_processor_nothing_is_claimed(four_cards, monkeypatch):
    assert claimed(0, four_cards / "none", monkeypatch) is None
    monkeypatch.setenv("STABLEBERT_DEVICE", "cpu")
    assert claimed(0, four_cards, monkeypatch) is None


@pytest.mark.parametrize(("given", "found"), [(None, "512"), ("64", "64")])
def test_onednn_keeps_code_for_some_shapes_unless_told_otherwise(given, found, monkeypatch):
    name = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"
    monkeypatch.setenv(name, given) if given else monkeypatch.delenv(name, raising=False)
    with repeatable():
        assert os.environ[name] == found
    # what the block has set would outlive the test
    monkeypatch.setenv(name, found)


def pass_on_meta(spec, task, packed, monkeypatch):
    """Do a forward and a backward pass of a prepared run on torch's device without values; mixing devices fails."""
    family = load_encoder(spec.encoder, source=spec.encoder_source).family
    monkeypatch.setattr("stablebert.encoders.model.family_of", lambda *_: replace(family, packed=packed))
    # compiled kernels read values
    monkeypatch.setenv("STABLEBERT_KERNELS", "off")
    run = setup.prepare(spec, task)
    batch = run.splits["train"][:8]
    if not packed:
        # whether there is padding at all is asked of the mask's values, which there are none of
        monkeypatch.setattr("transformers.masking_utils._ignore_bidirectional_mask_sdpa", lambda *_: False)
    model = run.model.to("meta").train()
    logits = run.forward(model, batch)
    loss = loss_of(logits, labels_of(batch, task.is_regression).to(logits.device), task.is_regression)
    loss.backward()
    return loss, [parameter.grad.device for parameter in model.parameters() if parameter.grad is not None]


@pytest.mark.parametrize("packed", [True, False])
def test_a_batch_follows_the_model_to_its_device(spec, packed, monkeypatch):
    loss, gradients = pass_on_meta(spec, tiny_task(), packed, monkeypatch)
    assert loss.device.type == "meta"
    assert {device.type for device in gradients} == {"meta"}


def test_a_batch_left_on_the_processor_would_be_seen(spec, monkeypatch):
    monkeypatch.setattr("stablebert.encoders.model.Classifier.device", torch.device("cpu"))
    with pytest.raises(RuntimeError, match="device"):
        pass_on_meta(spec, tiny_task(), True, monkeypatch)


@NEEDS_CUDA
@pytest.mark.parametrize("text", METHODS)
def test_cuda_computes_what_the_processor_computes(text, spec, task, monkeypatch):
    still = replace(spec, method=text, recipe=replace(spec.recipe, dropout=0.0, learning_rate=1e-3))
    here = train(still, task=task)
    monkeypatch.setenv("STABLEBERT_DEVICE", "cuda")
    there = train(still, task=task)
    assert there.environment["device"] == "cuda"
    assert there.fingerprints == here.fingerprints
    assert there.steps.loss == pytest.approx(here.steps.loss, rel=2e-3)


@NEEDS_CUDA
@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16"])
@pytest.mark.parametrize("text", METHODS)
def test_on_cuda_a_run_repeats_bit_for_bit_and_leaves_the_generators_alone(text, precision, spec, task, monkeypatch):
    monkeypatch.setenv("STABLEBERT_DEVICE", "cuda")
    states = torch.get_rng_state(), torch.cuda.get_rng_state()
    one, two = (train(replace(spec, method=text, precision=precision), task=task) for _ in range(2))
    assert {**one.to_dict(), "seconds": 0} == {**two.to_dict(), "seconds": 0}
    assert torch.equal(torch.get_rng_state(), states[0])
    assert torch.equal(torch.cuda.get_rng_state(), states[1])


def test_asking_for_the_device_imports_no_torch():
    program = "import sys, stablebert.training.device as d; d.device_type(); print('torch' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env={**os.environ})
    assert ended.stdout.strip() == "False"
