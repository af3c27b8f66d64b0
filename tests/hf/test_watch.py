"""The watch warns of what it names where it is, and of nothing in a sound run: on a tiny model with faked states."""

from dataclasses import dataclass, field

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from transformers import BertConfig, BertForSequenceClassification

from stablebert.hf import RunWarning, Watch
from stablebert.hf.watch import PATIENCE, VANISHING, gradient_share, labels_of, loaded_over
from stablebert.methods import reinitialize

STEPS = 2 * PATIENCE
CONFIG = BertConfig(
    vocab_size=9, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=8, num_labels=2
)
BATCH = {"input_ids": torch.tensor([[1, 2], [3, 4]]), "labels": torch.tensor([0, 1])}


@dataclass
class State:
    """What of Trainer's state the watch reads."""

    global_step: int = 0
    max_steps: int = STEPS


@dataclass
class Loader:
    """A loader with balanced labels."""

    dataset: list = field(default_factory=lambda: [{"labels": 0}, {"labels": 1}])


def model_of(seed=0):
    torch.manual_seed(seed)
    model = BertForSequenceClassification(CONFIG)
    # a pretrained model's biases and normalisations are not those of a fresh one
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.05
    return model


def run(model, watch, *, parameters=None, schedule=lambda _: 1.0, change=lambda _: None, loss=lambda step: 0.1):
    """Train as Trainer does, with its events in their order."""
    state, optimizer = State(), torch.optim.AdamW(parameters or model.parameters(), lr=1e-2)
    scheduler = LambdaLR(optimizer, schedule)
    given = {"model": model, "optimizer": optimizer, "train_dataloader": Loader()}
    watch.on_train_begin(None, state, None, **given)
    for step in range(STEPS):
        watch.on_step_begin(None, state, None, **given)
        model(**BATCH).loss.backward()
        change(model)
        watch.on_pre_optimizer_step(None, state, None, **given)
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
        state.global_step += 1
        watch.on_step_end(None, state, None, **given)
        watch.on_log(None, state, None, logs={"loss": loss(step), "grad_norm": 1.0}, **given)
    watch.on_train_end(None, state, None, **given)
    return watch


def warm(step):
    return step / 2 if step < 2 else (STEPS - step) / (STEPS - 2)


def test_a_sound_run_is_left_in_peace():
    model = model_of()
    watch = Watch(reinitialize(model, 1))
    assert run(model, watch, schedule=warm).warned == {}


def warned(cause, **planted):
    model = planted.pop("model", None) or model_of()
    watch = planted.pop("watch", None) or Watch()
    with pytest.warns(RunWarning, match=cause):
        run(model, watch, **planted)
    return watch.warned


def only(name):
    return lambda model: [value for key, value in model.named_parameters() if name(key)]


@pytest.mark.parametrize(
    ("loss", "said"),
    [(lambda step: float("nan") if step == 4 else 0.1, "loss is nan after 5 updates"), (lambda _: 0.69, "is at least")],
)
def test_a_failed_run_is_named(loss, said):
    found = warned("failed-run", loss=loss)
    assert [*found] == ["failed-run"]
    assert said in found["failed-run"]


def test_a_vanishing_gradient_is_named():
    def vanish(model):
        for parameter in model.bert.parameters():
            if parameter.grad is not None:
                parameter.grad *= 1e-9

    assert [*warned("vanishing-gradient", change=vanish)] == ["vanishing-gradient"]


def test_a_small_gradient_of_all_blocks_is_none_that_vanishes():
    def shrink(model):
        for parameter in model.parameters():
            if parameter.grad is not None:
                parameter.grad *= 1e-9

    assert run(model_of(), Watch(), change=shrink).warned == {}


def test_a_schedule_that_ends_early_is_named():
    found = warned("schedule-ends-early", schedule=lambda step: max(0.0, (12 - step) / 12))
    assert found == {"schedule-ends-early": f"the rate is 0 from update 12 on, and the run has {STEPS}"}


def test_a_head_that_does_not_move_is_named():
    model = model_of()
    found = warned("head-does-not-move", model=model, parameters=only(lambda key: "classifier" not in key)(model))
    assert [*found] == ["head-does-not-move"]


def test_redrawn_blocks_that_do_not_move_are_named():
    model = model_of()
    watch = Watch(names := reinitialize(model, 1))
    rest = only(lambda key: key not in names)(model)
    assert [*warned("redrawn-does-not-move", model=model, watch=watch, parameters=rest)] == ["redrawn-does-not-move"]


def test_redrawn_blocks_that_were_loaded_over_are_named():
    model = model_of()
    watch = Watch(reinitialize(model, 1))
    model.load_state_dict(model_of().state_dict())
    assert [*warned("re-init-without-effect", model=model, watch=watch)] == ["re-init-without-effect"]


def test_a_run_that_goes_on_starts_from_what_it_has_learned():
    model = model_of()
    watch = Watch(reinitialize(model, 1))
    model.load_state_dict(model_of().state_dict())
    watch.on_train_begin(None, State(global_step=5), None, model=model)
    assert watch.warned == {}


def test_what_it_does_not_see_it_says():
    watch, state = Watch(), State(global_step=PATIENCE)
    watch.on_train_begin(None, state, None, model=model_of())
    with pytest.warns(RunWarning, match="not-seen: .* no loss was logged: set logging_steps=1"):
        watch.on_train_end(None, state, None, model=model_of(), train_dataloader=Loader())
    watch.on_train_begin(None, state, None, model=model_of())
    watch.on_log(None, state, None, logs={"loss": 0.1})
    with pytest.warns(RunWarning, match="not-seen: .* no labels are in the data set"):
        watch.on_train_end(None, state, None, model=model_of(), train_dataloader=[])


def test_a_name_that_is_no_parameter_is_refused():
    with pytest.raises(ValueError, match="'no.such' was redrawn by name and is no parameter"):
        Watch(["no.such"]).on_train_begin(None, State(), None, model=model_of())


def test_the_share_is_of_the_lowest_block_and_the_head():
    model = model_of()
    assert gradient_share(model) is None
    model(**BATCH).loss.backward()
    share = gradient_share(model)
    assert share > VANISHING
    for parameter in model.bert.encoder.layer[0].parameters():
        parameter.grad *= 0.5
    assert gradient_share(model) == pytest.approx(share / 2)


def test_labels_are_found_by_row_and_by_column():
    from datasets import Dataset

    assert labels_of(Dataset.from_dict({"label": [1, 0]})) == [1.0, 0.0]
    assert labels_of([{"label": 2.5}]) == [2.5]
    for none in (None, [], [{"text": "a"}], [{"labels": [0, 1]}], [(1, 2)]):
        assert labels_of(none) is None


def test_what_was_drawn_is_told_from_what_was_loaded():
    model = model_of()
    names = reinitialize(model, 1)
    assert loaded_over(model, names) == []
    nn.init.constant_(model.bert.pooler.dense.bias, 0.1)
    assert loaded_over(model, names) == ["bert.pooler.dense.bias"]
