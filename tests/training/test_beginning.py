"""The first updates of a run: those of the whole run, bit for bit, and what is watched beside them."""

import pytest

from stablebert.runs import Recipe, RunSpec
from stablebert.training import beginning, loop, train
from tests.tiny import tiny_task

RECIPE = Recipe(learning_rate=1e-2, batch_size=8, evaluations=4, max_grad_norm=0.2)


@pytest.fixture
def spec(tiny_encoder, monkeypatch):
    task = tiny_task()
    monkeypatch.setattr(beginning, "load_task", lambda name, source: task)
    source = str(tiny_encoder)
    return RunSpec(task="trec", length="2ep", encoder="custom-abcdef", encoder_source=source, recipe=RECIPE)


def test_a_beginning_is_that_of_the_whole_run(spec):
    whole, begun = train(spec, task=tiny_task()), beginning.begin(spec, 12)
    assert begun.steps.loss == whole.steps.loss[:12]
    assert begun.steps.update_norm == whole.steps.update_norm[:12]
    assert begun.evaluations == whole.evaluations[:2]
    assert begun.fingerprints == whole.fingerprints
    assert begun.repeated[0] == begun.repeated[1]
    limit = RECIPE.max_grad_norm
    assert begun.clipped_norm == pytest.approx([min(norm, limit) for norm in begun.steps.gradient_norm], rel=1e-5)
    assert max(begun.steps.gradient_norm) > limit


def test_dropout_in_an_evaluation_and_a_lost_limit_are_seen(spec, monkeypatch):
    predict = loop.predict

    def still_training(model, examples, forward):
        evaluate, model.eval = model.eval, lambda: model
        try:
            return predict(model, examples, forward)
        finally:
            model.eval = evaluate

    monkeypatch.setattr(loop, "predict", still_training)
    monkeypatch.setattr("torch.nn.utils.clip_grad_norm_", lambda tensors, limit: _norm(tensors))
    begun = beginning.begin(spec, 12)
    assert begun.repeated[0] != begun.repeated[1]
    assert max(begun.clipped_norm) > RECIPE.max_grad_norm


def _norm(tensors):
    import torch

    return torch.nn.utils.get_total_norm([tensor.grad for tensor in tensors if tensor.grad is not None])


def test_what_cannot_begin_is_refused(spec):
    with pytest.raises(ValueError, match="0 updates"):
        beginning.begin(spec, 0)
    with pytest.raises(ValueError, match="another task"):
        beginning.begin(RunSpec(task="trec", method="transfer"), 5)
