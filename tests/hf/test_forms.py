"""A method in the forms that Trainer takes makes the updates of our own loop, from a model that the Trainer makes."""

from dataclasses import replace

import pytest
import transformers
from torch import nn

from stablebert.hf import TrainerForms, Watch
from stablebert.methods.mixout import Mixout
from tests.hf.same_updates import (
    METHODS,
    RECIPE,
    STEPS,
    draw_as_ours_does,
    fresh,
    quiet,
    require_same,
    trainer_that_listens,
)

pytest.importorskip("accelerate", reason="transformers.Trainer needs accelerate")


def forms_of(folder, method):
    def load():
        model = fresh(folder)
        draw_as_ours_does(model, method)
        return model

    return TrainerForms(load, method, total_steps=STEPS, recipe=RECIPE, seed=3)


@pytest.mark.filterwarnings("ignore:not-seen")
@pytest.mark.parametrize("method", METHODS)
def test_the_trainer_makes_our_updates_from_model_init(ours, tiny_encoder, tmp_path, method):
    run, losses = ours(method), []
    forms = forms_of(tiny_encoder, method)
    trainer = trainer_that_listens(run, losses, args=quiet(tmp_path, **forms.arguments), **forms.options)
    trainer.train()
    require_same(trainer.model, losses, run)
    # the control: no other method's run is taken for this one
    with pytest.raises(AssertionError):
        require_same(trainer.model, losses, ours("llrd.decay0.5" if method == "debiased" else "debiased"))


@pytest.mark.filterwarnings("ignore:not-seen")
@pytest.mark.parametrize("method", ["debiased", "reinit+llrd.decay0.5+wdecay.coefficient0.1+prior.coefficient0.1"])
def test_updates_accumulated_over_halves_of_a_batch_are_those_of_the_batch(ours, tiny_encoder, tmp_path, method):
    run, losses = ours(method), []
    size = RECIPE.batch_size // 2
    halves = [
        {name: values[start : start + size] for name, values in batch.items()}
        for batch in run.batches
        for start in (0, size)
    ]
    forms = forms_of(tiny_encoder, method)
    arguments = {**forms.arguments, "per_device_train_batch_size": size, "gradient_accumulation_steps": 2}
    given = {"args": quiet(tmp_path, **arguments), **forms.options}
    trainer = trainer_that_listens(replace(run, batches=halves), losses, **given)
    trainer.train()
    require_same(trainer.model, [(one + two) / 2 for one, two in _pairs(losses)], run)
    # the control: halves that are not accumulated are other updates
    assert len(losses) == 2 * STEPS
    with pytest.raises(AssertionError):
        require_same(trainer.model, losses[:STEPS], run)


def _pairs(values):
    return zip(values[::2], values[1::2], strict=True)


def test_every_model_is_changed_anew_and_alike(tiny_encoder):
    forms = forms_of(tiny_encoder, "reinit+llrd")
    assert forms.census == {}
    one, two = forms.model_init(), forms.model_init()
    assert one is not two
    assert all(bool((a == b).all()) for a, b in zip(one.parameters(), two.parameters(), strict=True))
    (watch,) = forms.options["callbacks"]
    assert isinstance(watch, Watch)
    assert list(watch.reinitialized) == forms.census["reinitialized"] != []


def test_the_arguments_are_the_recipe(tiny_encoder):
    arguments = forms_of(tiny_encoder, "debiased").arguments
    assert (arguments["max_steps"], arguments["warmup_steps"]) == (STEPS, int(0.1 * STEPS))
    assert (arguments["learning_rate"], arguments["max_grad_norm"]) == (RECIPE.learning_rate, RECIPE.max_grad_norm)


def test_another_model_than_the_one_made_is_refused(tiny_encoder):
    forms = forms_of(tiny_encoder, "debiased")
    factory, arguments = forms.optimizer_cls_and_kwargs
    with pytest.raises(ValueError, match="no model was made: give Trainer this object's model_init"):
        factory()(nn.Linear(2, 2), **arguments)
    made = forms.model_init()
    with pytest.raises(ValueError, match="another model than the one that model_init has made last"):
        factory()(fresh(tiny_encoder), **arguments)
    assert factory()(made, **arguments).param_groups[0]["lr"] == RECIPE.learning_rate


def test_a_trainer_that_gives_groups_in_place_of_the_model_gets_the_same(tiny_encoder):
    forms = forms_of(tiny_encoder, "debiased")
    factory, arguments = forms.optimizer_cls_and_kwargs
    made = forms.model_init()
    groups = [{"params": [*made.parameters()], "weight_decay": 0.1}]
    assert factory(groups, **arguments) is factory()(made, **arguments)
    # the control
    with pytest.raises(ValueError, match="another model than the one that model_init has made last"):
        factory([{"params": [*fresh(tiny_encoder).parameters()]}], **arguments)


def test_a_run_with_mixout_goes_on_from_a_checkpoint_as_if_uninterrupted(tiny_encoder, tmp_path, monkeypatch):
    from transformers import Trainer

    rows = [{"input_ids": [1 + index % 3, 2, 3], "labels": index % 2} for index in range(32)]

    def trained(place, resume=None):
        forms = TrainerForms(lambda: fresh(tiny_encoder), "mixout.p0.5", total_steps=4, recipe=RECIPE)
        options = {"model": fresh(tiny_encoder)} if place == "plain" else {**forms.options, "callbacks": []}
        arguments = {**forms.arguments, "save_strategy": "steps", "save_steps": 2}
        trainer = Trainer(args=quiet(tmp_path / place, **arguments), train_dataset=rows, **options)
        trainer.train(resume_from_checkpoint=resume)
        return nn.utils.parameters_to_vector(trainer.model.parameters()).detach()

    def goes_on(place):
        whole = trained(place)
        return bool((trained(place, str(tmp_path / place / "checkpoint-2")) == whole).all())

    if not goes_on("plain"):
        pytest.skip(f"the Trainer of transformers {transformers.__version__} resumes no run exactly, its own neither")
    assert goes_on("kept")
    # the control: a stream that starts anew makes another run
    monkeypatch.setattr(Mixout, "wrap_optimizer", lambda self, optimizer, model, start: optimizer)
    assert not goes_on("anew")
