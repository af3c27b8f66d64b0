"""The first stage of `transfer`: a run of its own, paid once, whose encoder the target starts from."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from stablebert.encoders.model import load_encoder
from stablebert.paper import intermediate_run
from stablebert.records import RunStore, run_keys
from stablebert.records.obtain import obtain
from stablebert.runs import Recipe, RunSpec
from stablebert.training import setup, train
from tests.tiny import tiny_task


@pytest.fixture
def tasks(monkeypatch):
    """Tiny tasks by name, and the names that were loaded for training."""
    loaded = []

    def load(name, source=None):
        loaded.append(name)
        return tiny_task(train=16)

    monkeypatch.setattr("stablebert.training.loop.load_task", load)
    monkeypatch.setattr("stablebert.records.provenance.task_digest", lambda name, source: f"digest of {name}")
    return loaded


@pytest.fixture
def spec(tiny_encoder):
    return RunSpec(
        task="trec",
        method="transfer",
        length="4st",
        encoder="custom-abcdef",
        encoder_source=str(tiny_encoder),
        recipe=Recipe(learning_rate=1e-2, batch_size=8, evaluations=1),
    )


def test_the_first_stage_is_trained_once_for_all_seeds_and_is_a_record_of_its_own(spec, tasks, tmp_path):
    store = RunStore(tmp_path)
    one, two = (obtain(spec.with_seed(seed), store) for seed in (0, 1))
    assert tasks == ["mnli", "trec", "trec"]
    assert store.load(run_keys(intermediate_run(spec)).record).spec.task == "mnli"
    assert one.steps.loss != two.steps.loss
    assert [path.suffix for path in tmp_path.rglob("*.part")] == []


def test_the_store_and_a_call_without_store_give_the_same_record(spec, tasks, tmp_path):
    stored, alone = obtain(spec, RunStore(tmp_path)), train(spec)
    assert {**stored.to_dict(), "seconds": 0} == {**alone.to_dict(), "seconds": 0}


def test_a_stage_without_its_encoder_is_made_again_and_must_be_equal(spec, tasks, tmp_path):
    store = RunStore(tmp_path)
    obtain(intermediate_run(spec), store)
    assert not store.encoder_folder(run_keys(intermediate_run(spec)).record).exists()
    obtain(spec, store)
    assert tasks == ["mnli", "mnli", "trec"]


@pytest.mark.parametrize("damage", ["cut", "edited", "gone", "more", "unsealed"])
def test_an_encoder_that_is_not_as_it_was_left_is_made_again(damage, spec, tasks, tmp_path):
    store = RunStore(tmp_path)
    obtain(spec, store)
    home = store.encoder_folder(run_keys(intermediate_run(spec)).record)
    weights = home / "model.safetensors"
    whole = weights.read_bytes()
    {
        "cut": lambda: weights.write_bytes(whole[:-1]),
        "edited": lambda: weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1])),
        "gone": weights.unlink,
        "more": lambda: (home / "tokenizer_config.json").write_text("{}"),
        "unsealed": (home / ".sha256").unlink,
    }[damage]()
    obtain(spec.with_seed(1), store)
    assert tasks == ["mnli", "trec", "mnli", "trec"]
    assert weights.read_bytes() == whole
    # the control: one that is as it was left is used
    obtain(spec.with_seed(2), store)
    assert tasks[4:] == ["trec"]


def test_the_target_starts_from_the_encoder_of_the_first_stage_with_a_new_head(spec, tasks, tmp_path):
    first = intermediate_run(spec)
    train(first, keep=tmp_path / "kept")
    started = setup.prepare(spec, tiny_task(), tmp_path / "kept")
    plain = setup.prepare(replace(spec, method="debiased"), tiny_task())
    assert torch.equal(started.model.classifier.weight, plain.model.classifier.weight)
    assert started.fingerprints == plain.fingerprints
    assert not started.optimizer.state
    moved = [
        name
        for (name, ours), theirs in zip(
            started.model.encoder.named_parameters(), plain.model.encoder.parameters(), strict=True
        )
        if not torch.equal(ours, theirs)
    ]
    assert len(moved) == len(list(plain.model.encoder.parameters()))


def test_a_kept_encoder_is_the_trained_one_to_the_last_bit_and_unused_rows_are_as_they_were(
    spec, tiny_encoder, tasks, tmp_path
):
    first = replace(intermediate_run(spec), length="3st")
    run = setup.prepare(first, tiny_task(train=16))
    assert run.vocabulary is not None
    train(first, keep=tmp_path / "kept")
    kept = load_encoder("kept", source=str(tmp_path / "kept")).model.get_input_embeddings().weight
    before = load_encoder("tiny", source=str(tiny_encoder)).model.get_input_embeddings().weight
    unused = sorted(set(range(len(before))) - set(run.vocabulary))
    assert unused
    assert torch.equal(kept[unused], before[unused])
    assert not torch.equal(kept[run.vocabulary], before[run.vocabulary])
    assert set(load_file(tmp_path / "kept" / "model.safetensors")) == set(load_file(tiny_encoder / "model.safetensors"))


def test_what_the_first_stage_means_is_in_the_keys_of_the_target(spec, tasks, monkeypatch):
    plain = run_keys(replace(spec, method="debiased"))
    before = run_keys(spec)
    monkeypatch.setattr(
        "stablebert.records.provenance.task_digest",
        lambda name, source: "changed" if name == "mnli" else f"digest of {name}",
    )
    assert run_keys(spec).cell != before.cell
    assert run_keys(replace(spec, method="debiased")).cell == plain.cell


@pytest.mark.parametrize(
    ("target", "encoder", "first"),
    [
        ("rte-1k", "minilm", "mnli"),
        ("stsb", "minilm", "mnli"),
        ("trec", "minilm", "rotten"),
        # no task of GLUE comes before itself
        ("mnli-1k", "minilm", "rotten"),
        ("trec", "bert-large", "mnli"),
        ("rte", "bert-large", "mnli"),
    ],
)
def test_a_task_of_glue_comes_after_mnli_whatever_the_encoder(spec, target, encoder, first):
    assert intermediate_run(replace(spec, task=target, encoder=encoder)).task == first


def test_a_target_that_is_its_own_intermediate_task_is_refused(spec):
    with pytest.raises(ValueError, match="rotten is the intermediate task of minilm"):
        intermediate_run(replace(spec, task="rotten", encoder="minilm"))
    with pytest.raises(ValueError, match="mnli is the intermediate task"):
        intermediate_run(replace(spec, task="mnli-1k"))
