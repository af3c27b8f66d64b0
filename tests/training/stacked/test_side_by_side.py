"""Seeds side by side are the runs alone: whole records in float64, and what would not be seen is planted."""

import math
from dataclasses import replace
from functools import cache

import pytest
import torch

from stablebert.training import loop, setup, train, train_together
from stablebert.training.fast import products
from stablebert.training.stacked import seed_masks, stacked_layers, stacked_row
from stablebert.training.stacked.side_by_side import optimize_together
from tests.methods.settings import TEXTS
from tests.tiny import tiny_task
from tests.training.fast.native.kept import NEEDS_KERNELS
from tests.training.stacked import doubled as runs
from tests.training.stacked.doubled import SEEDS, distance, doubled, seeds_of

# float64 rounding, grown over a short run
TOLERANCE = 1e-9
METHODS = [text for text in TEXTS if text != "transfer"] + ["reinit+llrd.decay0.7+wdecay.coefficient0.5"]
# batches of 8, 8 and 5
TRAIN = 21


def both(specs, task=None):
    """Return the records of runs alone and side by side."""
    given = task or tiny_task(train=TRAIN)
    with doubled():
        return runs.alone(specs, given), train_together(specs, task=given)


@cache
def pair_of(method, encoder):
    """Return the records of a method's runs, alone and side by side."""
    return both(seeds_of(method, encoder))


def worst(specs, task=None):
    alone, together = both(specs, task)
    return max(distance(one, other) for one, other in zip(alone, together, strict=True))


@NEEDS_KERNELS
@pytest.mark.parametrize("method", METHODS)
def test_each_record_is_that_of_its_run_alone(method, tiny_encoder):
    specs = seeds_of(method, tiny_encoder)
    alone, together = pair_of(method, tiny_encoder)
    assert max(distance(one, other) for one, other in zip(alone, together, strict=True)) < TOLERANCE
    assert [record.spec for record in together] == specs
    assert {record.environment["path"] for record in alone} == {"native"}
    assert {(record.environment["path"], record.environment["beside"]) for record in together} == {
        ("stacked", "s003 s004 s005")
    }
    assert len({record.steps.loss for record in together}) == len(specs), "seeds are alike"
    assert len({len(batch) for batch in setup.prepare(specs[0], tiny_task(train=TRAIN)).batches}) == 2


def test_without_compiled_kernels_they_are_equal_where_nothing_is_dropped(tiny_encoder, monkeypatch):
    monkeypatch.setenv("STABLEBERT_KERNELS", "off")
    assert worst(seeds_of("debiased", tiny_encoder, dropout=0.0)) < TOLERANCE


@NEEDS_KERNELS
def test_rows_that_are_filled_up_and_a_regression_are_equal_too(tiny_encoder, monkeypatch):
    monkeypatch.setattr(products, "recurring_tokens", lambda *_: 64)
    assert worst(seeds_of("debiased", tiny_encoder), tiny_task(regression=True, train=TRAIN)) < TOLERANCE


def one_key_for_all(patch):
    keys = seed_masks.Draws.keys
    patch.setattr(seed_masks.Draws, "keys", lambda self: keys(self)[:1].expand(len(SEEDS)))


def one_norm_for_all(patch):
    forward = stacked_layers.StackedNorm.forward

    def first_only(self, rows):
        self.layers = torch.nn.ModuleList([self.layers[0]] * len(self.layers))
        return forward(self, rows)

    patch.setattr(stacked_layers.StackedNorm, "forward", first_only)


def mixed_never(patch):
    patch.setattr(stacked_layers, "_weight", lambda layer: layer.weight)


def padding_attended(patch):
    patch.setattr(stacked_row.StackedRow, "padding", property(lambda self: torch.zeros_like(self.spread) > 0))
    patch.setattr(stacked_row.StackedRow, "spread", property(unpadded))


def unpadded(self):
    return self.starts[:-1, None] + self._places.clamp(max=1)


def head_before_the_blocks(patch):
    kept_rows = seed_masks.Draws.kept_rows

    def drawn_late(self, like, rate):
        self.keys()
        return kept_rows(self, like, rate)

    patch.setattr(seed_masks.Draws, "kept_rows", drawn_late)


def clipped_as_one(patch):
    clip = torch.nn.utils.clip_grad_norm_
    patch.setattr("torch.nn.utils.clip_grad_norm_", lambda tensors, limit: clip(tensors, limit / len(SEEDS)))


@NEEDS_KERNELS
@pytest.mark.parametrize(
    ("plant", "method"),
    [
        (one_key_for_all, "debiased"),
        (one_norm_for_all, "debiased"),
        (padding_attended, "debiased"),
        (head_before_the_blocks, "debiased"),
        (clipped_as_one, "debiased"),
        (mixed_never, "mixout.p0.3"),
    ],
)
def test_a_planted_defect_is_seen(plant, method, tiny_encoder, monkeypatch):
    alone, _ = pair_of(method, tiny_encoder)
    plant(monkeypatch)
    with doubled():
        together = train_together(seeds_of(method, tiny_encoder), task=tiny_task(train=TRAIN))
    assert max(_losses_apart(one, other) for one, other in zip(alone, together, strict=True)) > 1e-6


def _losses_apart(one, other):
    return max(abs(a - b) for a, b in zip(one.steps.loss, other.steps.loss, strict=True))


def broken_from(step, seed):
    """Return a preparation of runs in which one seed's weights are not numbers after an update."""
    prepare = setup.prepare

    def broken(spec, task, start_from=None):
        run = prepare(spec, task, start_from)
        if spec.seed == seed:
            done = []

            def spoil(*_):
                done.append(1)
                if len(done) == step:
                    run.model.encoder.get_input_embeddings().weight.data.fill_(math.nan)

            run.optimizer.register_step_post_hook(spoil)
        return run

    return broken


@NEEDS_KERNELS
def test_a_seed_that_is_no_number_any_more_leaves_and_touches_no_other(tiny_encoder, monkeypatch):
    specs = seeds_of("debiased", tiny_encoder)
    for module in ("stablebert.training.loop", "stablebert.training.stacked.side_by_side"):
        monkeypatch.setattr(f"{module}.prepare", broken_from(5, SEEDS[0]))
    alone, together = both(specs)
    assert together[0].failed_reason == alone[0].failed_reason == "loss not finite after 6 updates"
    assert [len(record.steps.loss) for record in together] == [6, 9, 9]
    assert max(distance(one, other) for one, other in zip(alone, together, strict=True)) < TOLERANCE


@NEEDS_KERNELS
def test_padding_that_reads_another_seeds_token_would_be_seen(tiny_encoder, monkeypatch):
    def first_of_all(self):
        return torch.where(self.padding, 0, self.starts[:-1, None] + self._places)

    monkeypatch.setattr(stacked_row.StackedRow, "spread", property(first_of_all))
    monkeypatch.setattr("stablebert.training.stacked.side_by_side.prepare", broken_from(5, SEEDS[0]))
    with doubled():
        together = train_together(seeds_of("debiased", tiny_encoder), task=tiny_task(train=TRAIN))
    assert any(record.failed_reason == "loss not finite after 6 updates" for record in together[1:])


def test_the_same_stack_gives_the_same_records_bit_for_bit(tiny_encoder, task):
    specs = seeds_of("mixout.p0.3", tiny_encoder)
    first, second = (train_together(specs, task=task) for _ in range(2))
    assert [replace(record, seconds=0.0) for record in first] == [replace(record, seconds=0.0) for record in second]


def test_a_run_of_a_stack_is_one_record_whoever_asks_for_it(tiny_encoder, task):
    specs = seeds_of("debiased", tiny_encoder)
    found = [replace(train(spec, task=task), seconds=0.0) for spec in specs]
    assert found == [replace(record, seconds=0.0) for record in train_together(specs, task=task)]


def test_who_stands_beside_a_seed_decides_its_last_bits(tiny_encoder, task):
    # why the class says how many seeds stand side by side, and a seed's number which
    third = seeds_of("debiased", tiny_encoder)[-1]
    of_two = replace(third, precision="fp32x2")
    one, other = train(third, task=task), train(of_two, task=task)
    assert one.steps.loss == pytest.approx(other.steps.loss, rel=1e-3)
    assert one.steps != other.steps


def test_half_precision_is_near_the_run_alone(tiny_encoder, task):
    specs = [replace(spec, precision="bf16x3") for spec in seeds_of("debiased", tiny_encoder, dropout=0.0)]
    for one, other in zip(runs.alone(specs, task), train_together(specs, task=task), strict=True):
        assert other.steps.loss[:8] == pytest.approx(one.steps.loss[:8], rel=2e-2)
        assert other.steps.loss != one.steps.loss


def test_each_run_is_told_of_to_its_own_watch(tiny_encoder, task):
    told = [[], []]
    watches = [lambda done, steps, loss, to=to: to.append((done, steps, loss)) for to in told]
    first, second = train_together(seeds_of("debiased", tiny_encoder, seeds=(2, 3)), task=task, watches=watches)
    for record, seen in zip((first, second), told, strict=True):
        assert [loss for *_, loss in seen] == list(record.steps.loss)
        assert seen[-1][:2] == (9, 9)


def test_a_stack_of_one_is_a_run(tiny_encoder, task):
    run = setup.prepare(seeds_of("debiased", tiny_encoder)[0], task)
    (course,) = optimize_together([run])
    assert course.over
    assert isinstance(course, loop.Course)
