"""Defects of the methods and of the recipe around them (catalogue R)."""

from dataclasses import replace

import torch
from torch import nn

from stablebert.encoders import parts as blocks
from stablebert.methods import building, llrd, mixout, prior, reinit, wdecay
from stablebert.methods.mixout import MixoutLinear
from stablebert.tasks.metrics import METRICS
from stablebert.training import loop, setup
from stablebert.training.seeding import Streams
from tests.defects.planting import Defect, identity, path_of, whole_run

_DECAY = "reinit+llrd.decay0.7+wdecay.coefficient0.5"
_PRIOR = "mixout.p0.3+prior.coefficient0.5"
_LLRD = identity("methods.test_llrd:test_every_depth_has_the_rate_of_the_equation", blocks=2)
_REINIT = identity("methods.test_methods:test_reinit_moves_every_tensor_it_names_and_no_other", blocks=1)
_DRAWS = identity("methods.test_methods:test_reinit_draws_what_the_paper_says")
_EXPECTATION = identity(
    "methods.test_mixout:test_the_expectation_over_masks_is_the_weight", granularity="element", p=0.5
)
_GRADIENT = identity("methods.test_mixout:test_the_gradient_is_that_of_the_forward_pass", granularity="element")
_EVALUATION = identity("methods.test_mixout:test_evaluation_is_a_plain_linear_layer_and_draws_nothing")
_HEAD = identity("methods.test_prior:test_the_head_and_what_else_has_no_pretrained_value_is_never_pulled")
_MODES = whole_run("training.test_train:test_evaluation_is_without_dropout_and_training_goes_on_with_it")
_SPLITS = whole_run("training.test_train:test_checkpoints_are_selected_on_validation_and_the_test_set_is_read_once")
_SEEDS = whole_run("training.test_train:test_another_seed_is_another_record")
_STREAMS = identity("training.test_seeding:test_drawing_from_one_stream_does_not_move_another")


def _replace(home, name, make):
    """Replace an attribute by what `make` makes of it."""
    return lambda patch: patch.setattr(home, name, make(getattr(home, name)))


def _depths_reversed(by_depth):
    def groups(found, model, lr, decay, early):
        return by_depth(found, model, lr * decay ** len(blocks.parameter_blocks(model)), 1 / decay, early)

    return groups


def _without_head(group_of):
    def groups(model, **options):
        (group,) = group_of(model, **options)
        head = {id(tensor) for tensor in getattr(model, "classifier", nn.Identity()).parameters()}
        return [{**group, "params": [tensor for tensor in group["params"] if id(tensor) not in head]}]

    return groups


def _unchecked(patch):
    patch.setattr(building, "trainable_group", _without_head(building.trainable_group))
    patch.setattr(building, "_check_partition", lambda *_: None)


def _other_end(find):
    def found(model):
        there = find(model)
        path = there.family.blocks
        parent, _, name = path.rpartition(".")
        holder = there.module.get_submodule(parent)
        setattr(holder, name, nn.ModuleList(reversed(list(getattr(holder, name)))))
        return there

    return found


def _scaled_norms(redraw):
    def draw(module, place, std, generator):
        names = redraw(module, place, std, generator)
        if isinstance(module, nn.LayerNorm):
            nn.init.normal_(module.weight, std=std, generator=generator)
        return names

    return draw


def _always_mixed(patch):
    patch.setattr(MixoutLinear, "forward", lambda self, x: nn.functional.linear(x, self.mixed_weight(), self.bias))


def _uncorrected(self):
    mask = self._mask()
    return mask * self.target + (1 - mask) * self.weight


def _unscaled(self):
    kept = 1 - self._mask()
    moved = self.weight - self.target
    value = self.target + kept * moved.detach() / (1 - self.p)
    return value + kept * (moved - moved.detach())


def _by_neuron(mask):
    def drawn(self):
        return mask(self)[:1].expand_as(self.weight)

    return drawn


def _aliased(build):
    def init(self, linear, target, *options):
        build(self, linear, target, *options)
        self.target = linear.weight.detach()

    return init


def _one_stream(generator):
    shared = torch.Generator().manual_seed(0)
    return lambda self, purpose: shared


def _still_training(predict):
    def predicted(model, examples, forward):
        evaluate = model.eval
        model.eval = lambda: model
        try:
            return predict(model, examples, forward)
        finally:
            model.eval = evaluate

    return predicted


def _dropout_lost(predict):
    def predicted(model, examples, forward):
        logits = predict(model, examples, forward)
        model.eval()
        return logits

    return predicted


def _dropped_batch(batches):
    def drawn(examples, batch_size, steps, generator):
        return batches(examples - examples % batch_size, batch_size, steps, generator)

    return drawn


def _same_order(batches):
    def drawn(examples, batch_size, steps, generator):
        per_epoch = -(-examples // batch_size)
        epoch = batches(examples, batch_size, per_epoch, generator)
        return (epoch * (steps // per_epoch + 1))[:steps]

    return drawn


def _summed(loss):
    return lambda logits, labels, regression: loss(logits, labels, regression) * len(labels) / 8


def _on_test(evaluate):
    def evaluated(run, *given):
        return evaluate(_swapped(run), *given)

    return evaluated


def _swapped(run):
    return replace(run, splits={**run.splits, "validation": run.splits["test"]})


DEFECTS = (
    Defect("R01", "layer-wise rates reversed", _replace(llrd, "_by_depth", _depths_reversed), (_LLRD, path_of(_DECAY))),
    Defect(
        "R02",
        "layer-wise rates off by one block",
        _replace(llrd, "_by_depth", lambda by: lambda groups, model, lr, decay, early: by(groups, model, lr, decay, 1)),
        (_LLRD, path_of(_DECAY)),
    ),
    Defect("R04", "head missing from the optimizer", _unchecked, (path_of("debiased"),)),
    Defect(
        "R05",
        "normalisations decay",
        lambda patch: patch.setattr(wdecay, "_is_normalisation", lambda module: False),
        (identity("methods.test_wdecay:test_what_decays_is_found_by_the_type_of_its_module_not_by_its_name"),),
    ),
    Defect("R07", "re-initialisation of the wrong end", _replace(reinit, "find_encoder", _other_end), (_REINIT,)),
    Defect(
        "R08", "scales of normalisations drawn from N(0, 0.02)", _replace(reinit, "_redraw", _scaled_norms), (_DRAWS,)
    ),
    Defect(
        "R08b",
        "another standard deviation",
        _replace(reinit, "_redraw", lambda redraw: lambda m, place, std, g: redraw(m, place, 2 * std, g)),
        (_DRAWS,),
    ),
    Defect(
        "R10",
        "re-initialisation undone: names without draws",
        _replace(
            reinit, "_redraw", lambda redraw: lambda m, *_: [name for name, _ in m.named_parameters(recurse=False)]
        ),
        (_REINIT, _DRAWS),
    ),
    Defect("R11", "one random stream for everything", _replace(Streams, "generator", _one_stream), (_STREAMS,)),
    Defect("R13", "Mixout active in evaluation", _always_mixed, (_EVALUATION,)),
    Defect(
        "R14",
        "Mixout's gradient lacks 1 / (1 - p)",
        lambda patch: patch.setattr(MixoutLinear, "mixed_weight", _unscaled),
        (_GRADIENT,),
    ),
    Defect(
        "R15",
        "Mixout's target is the live weight",
        _replace(MixoutLinear, "__init__", _aliased),
        (identity("methods.test_mixout:test_the_target_stays_while_the_weight_moves"), path_of(_PRIOR)),
    ),
    Defect(
        "R16",
        "Mixout without its correction",
        lambda patch: patch.setattr(MixoutLinear, "mixed_weight", _uncorrected),
        (_EXPECTATION, path_of(_PRIOR)),
    ),
    Defect(
        "R16b",
        "one mask for all outputs",
        _replace(MixoutLinear, "_mask", _by_neuron),
        (
            identity(
                "methods.test_mixout:test_a_mask_is_drawn_for_every_weight_or_for_every_input_feature",
                granularity="element",
                columns_agree=False,
            ),
        ),
    ),
    Defect(
        "R16c",
        "Mixout leaves dropout on",
        _replace(mixout, "apply_mixout", lambda apply: lambda model, p, **o: _keeping_dropout(apply, model, p, **o)),
        (path_of(_PRIOR),),
    ),
    Defect("R17", "dropout left on in evaluation", _replace(loop, "predict", _still_training), (_MODES,)),
    Defect(
        "R17b",
        "dropout off for ever after the first evaluation",
        _replace(loop, "predict", _dropout_lost),
        (_MODES, path_of("debiased")),
    ),
    Defect(
        "R18",
        "pretrained decay pulls to zero",
        _replace(
            prior, "_targets", lambda find: lambda m, given: {t: torch.zeros_like(v) for t, v in find(m, given).items()}
        ),
        (identity("methods.test_prior:test_the_path_is_that_of_the_equation"), path_of(_PRIOR)),
    ),
    Defect(
        "R19",
        "pretrained decay pulls the head",
        _replace(
            prior,
            "pretrained_values",
            lambda values: lambda model: {n: t.detach().clone() for n, t in model.named_parameters()},
        ),
        (_HEAD,),
    ),
    Defect(
        "R20",
        "evaluations at the start of the run only",
        _replace(loop, "evaluation_steps", lambda steps: lambda total, n, uneven=False: steps(total // 2, n)),
        (whole_run("training.test_train:test_a_run_learns_and_says_all_that_it_should"),),
    ),
    Defect("R22", "the seed is ignored", _replace(Streams, "root", lambda root: lambda self, purpose: 0), (_SEEDS,)),
    Defect(
        "R23",
        "the same order every epoch",
        _replace(setup, "epoch_batches", _same_order),
        (path_of("debiased"),),
    ),
    Defect(
        "R23b",
        "the last batch of an epoch dropped",
        _replace(setup, "epoch_batches", _dropped_batch),
        (path_of("debiased"),),
    ),
    Defect("R24", "checkpoints selected on the test set", _replace(loop, "evaluate", _on_test), (_SPLITS,)),
    Defect(
        "R25",
        "accuracy where the Matthews correlation is meant",
        lambda patch: patch.setitem(METRICS, "mcc", METRICS["accuracy"]),
        (identity("tasks.test_metrics:test_metrics_of_classes_are_their_definitions"),),
    ),
    Defect("S12", "a smaller batch counts less", _replace(loop, "loss_of", _summed), (path_of("debiased"),)),
)


def _keeping_dropout(apply, model, p, **options):
    rates = {module: module.p for module in model.modules() if isinstance(module, nn.Dropout)}
    names = apply(model, p, **options)
    for module, rate in rates.items():
        module.p = rate
    return names
