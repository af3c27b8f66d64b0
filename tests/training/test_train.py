import json
import math
from dataclasses import replace

import pytest
import torch

from stablebert.optim import linear_warmup_decay
from stablebert.runs import Recipe, RunSpec, decode_array
from stablebert.tasks import metric_score
from stablebert.training import train
from tests.tiny import tiny_task, write_tiny_encoder

RECIPE = Recipe(learning_rate=1e-2, batch_size=8, evaluations=4)


@pytest.fixture
def spec(tiny_encoder):
    return RunSpec(
        task="trec",
        method="debiased",
        length="4ep",
        encoder="custom-abcdef",
        encoder_source=str(tiny_encoder),
        recipe=RECIPE,
    )


def outcome(record):
    """Everything of a record that must repeat."""
    return {name: value for name, value in record.to_dict().items() if name != "seconds"}


def test_a_run_learns_and_says_all_that_it_should(spec, task):
    record = train(spec, task=task)
    assert record.best_test > 80
    assert not record.failed
    assert len(record.steps.loss) == 40
    assert [item.step for item in record.evaluations] == [10, 20, 30, 40]
    assert record.best_validation == max(item.score for item in record.evaluations)
    assert record.best_step == next(item.step for item in record.evaluations if item.score == record.best_validation)
    assert set(record.evaluations[-1].distance) == {"embeddings", "block01", "block02", "pooler", "head"}
    assert all(value > 0 for value in record.evaluations[-1].distance.values())
    json.dumps(record.to_dict(), allow_nan=False)


def test_the_test_score_is_that_of_the_stored_predictions(spec, task):
    record = train(spec, task=task)
    values, shape = decode_array(record.test_logits)
    said = torch.tensor(values).view(shape).argmax(1).numpy()
    assert record.best_test == metric_score("accuracy", said, task.test["label"][:])


def test_checkpoints_are_selected_on_validation_and_the_test_set_is_read_once(spec, task, monkeypatch):
    from stablebert.training import loop

    sizes, predict = [], loop.predict
    monkeypatch.setattr(
        loop, "predict", lambda model, part, forward: sizes.append(len(part)) or predict(model, part, forward)
    )
    train(spec, task=task)
    assert sizes == [len(task.validation)] * 4 + [len(task.test)]


def test_evaluation_is_without_dropout_and_training_goes_on_with_it(spec, task, monkeypatch):
    from stablebert.training import loop

    modes, predict = [], loop.predict

    def watched(model, part, forward):
        before = model.training
        twice = [predict(model, part, forward) for _ in range(2)]
        modes.append((before, bool(torch.equal(*twice)), model.training))
        return twice[0]

    monkeypatch.setattr(loop, "predict", watched)
    train(spec, task=task)
    assert modes == [(True, True, True)] * 5


def test_the_rate_follows_the_schedule_and_the_first_update_has_none(spec, task):
    record = train(spec, task=task)
    assert record.steps.rate == pytest.approx([1e-2 * linear_warmup_decay(step, 40, 4) for step in range(40)])
    assert record.steps.update_norm[0] == 0.0
    assert all(norm > 0 for norm in record.steps.update_norm[1:])


def test_the_same_seed_is_the_same_record_whatever_ran_before(spec, task):
    first = train(spec, task=task)
    torch.manual_seed(99)
    train(replace(spec, seed=5, method="bertadam"), task=task)
    torch.rand(13)
    assert outcome(train(spec, task=task)) == outcome(first)


def test_another_seed_is_another_record(spec, task):
    one, other = train(spec, task=task), train(replace(spec, seed=1), task=task)
    assert one.steps.loss != other.steps.loss
    assert all(one.fingerprints[name] != other.fingerprints[name] for name in one.fingerprints)


def test_training_leaves_the_callers_generator_and_threads_alone(spec, task):
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    train(replace(spec, length="3st"), task=task)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads


def test_arms_of_one_seed_share_head_order_and_dropout(spec, task):
    plain, fresh = train(spec, task=task), train(replace(spec, method="reinit"), task=task)
    assert plain.fingerprints == fresh.fingerprints
    assert plain.steps.loss != fresh.steps.loss
    assert all(".layer.1." in name or "pooler" in name for name in fresh.census["reinitialized"])


def test_initialisation_and_data_have_seeds_of_their_own(spec, task):
    base = train(replace(spec, length="3st", data_seed=7), task=task)
    data = train(replace(spec, length="3st", data_seed=8), task=task)
    head = train(replace(spec, length="3st", seed=1, data_seed=7), task=task)
    changed = [
        {name for name in base.fingerprints if base.fingerprints[name] != run.fingerprints[name]}
        for run in (data, head)
    ]
    assert changed == [{"order", "dropout"}, {"head", "reinit", "mixout"}]


class Thief(torch.optim.AdamW):
    """An optimizer that draws from the global generator at every step."""

    def step(self, closure=None):
        torch.rand(3)
        return super().step(closure)


def test_an_optimizer_that_draws_does_not_move_the_dropout(spec, task):
    arguments = {"optimizer_arguments": '{"weight_decay": 0.0}'}
    plain = train(replace(spec, optimizer="torch.optim:AdamW", **arguments), task=task)
    thief = train(replace(spec, optimizer="tests.training.test_train:Thief", **arguments), task=task)
    assert thief.steps.loss == plain.steps.loss


def test_bertadam_takes_the_larger_first_steps(spec, task):
    ours, theirs = (train(replace(spec, method=method), task=task) for method in ("bertadam", "debiased"))
    assert ours.steps.update_norm[1] > 2 * theirs.steps.update_norm[1]


def test_a_diverging_run_is_a_failed_record(spec, task):
    record = train(replace(spec, recipe=replace(RECIPE, learning_rate=1e30)), task=task)
    assert record.failed
    assert "not finite" in record.failed_reason
    assert len(record.steps.loss) < 40
    assert not math.isfinite(record.steps.loss[-1])


def test_a_run_that_learns_nothing_has_failed(spec, task):
    record = train(replace(spec, recipe=replace(RECIPE, learning_rate=1e-9)), task=task)
    assert record.failed


def test_regression_is_trained_on_its_raw_target(spec):
    record = train(replace(spec, length="8ep"), task=tiny_task(regression=True))
    assert record.metric == "spearman"
    assert record.best_test > 50
    assert decode_array(record.test_logits)[1] == (30, 1)


def test_bf16_is_close_and_not_equal(spec, task):
    full, half = train(spec, task=task), train(replace(spec, precision="bf16"), task=task)
    assert half.steps.loss != full.steps.loss
    assert half.steps.loss[0] == pytest.approx(full.steps.loss[0], abs=0.02)


def test_an_encoder_that_cannot_be_packed_is_padded(spec, task, tmp_path):
    from transformers import AutoTokenizer, CamembertConfig, CamembertModel

    folder = write_tiny_encoder(tmp_path)
    AutoTokenizer.from_pretrained(folder).save_pretrained(folder)
    config = CamembertConfig(
        vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=32, pad_token_id=0
    )
    CamembertModel(config).save_pretrained(folder)
    record = train(replace(spec, encoder_source=str(folder)), task=task)
    assert record.environment["path"] == "padded"
    assert len(record.steps.loss) == 40


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "adamw"}, "unknown method"),
        ({"length": "long"}, "how many updates 'long' means"),
        ({"optimizer": "no_such:Thing"}, "does not import"),
        ({"encoder": "maxilm", "encoder_source": None}, "maxilm"),
    ],
)
def test_a_run_that_cannot_be_made_is_one_clear_error(spec, task, change, message):
    with pytest.raises(ValueError, match=message):
        train(replace(spec, **change), task=task)


def test_an_unknown_task_is_named(spec):
    with pytest.raises(ValueError, match="unknown task 'squad'"):
        train(replace(spec, task="squad"))


def test_a_long_run_is_the_run_of_the_steps_chosen_and_the_schedule_stretches_with_it(spec, task):
    short, long = (train(replace(spec, length="long", steps=steps), task=task) for steps in (10, 20))
    rates = [[rate / RECIPE.learning_rate for rate in record.steps.rate] for record in (short, long)]
    for total, factors in zip((10, 20), rates, strict=True):
        assert factors == pytest.approx([linear_warmup_decay(step, total, total // 10) for step in range(total)])
    plain = outcome(train(replace(spec, length="20st"), task=task))
    assert {**outcome(long), "spec": None} == {**plain, "spec": None}
