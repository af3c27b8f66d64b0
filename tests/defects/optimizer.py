"""Defects of the optimizer core, the schedule and clipping (catalogue O and S)."""

import torch

from stablebert.methods import building
from stablebert.methods.prior import PretrainedDecay
from stablebert.methods.wdecay import Wdecay
from stablebert.optim import BertAdam, bert_adam
from stablebert.training import loop
from tests.contract.planted.epsilon import EpsilonInsideTheRoot
from tests.defects.planting import Defect, identity, path_of, whole_run

_DECAY = "reinit+llrd.decay0.7+wdecay.coefficient0.5"
_PRIOR = "mixout.p0.3+prior.coefficient0.5"
_ADAM = "optim.test_bert_adam:"
_FUSED = identity(f"{_ADAM}test_trajectories_are_those_of_the_equation", kernel={"fused": True})
_PULL = identity("methods.test_prior:test_the_path_is_that_of_the_equation")


def _optimizer(kind, **changes):
    """Build the debiased optimizer of a run otherwise."""

    def plant(patch):
        def build(groups, recipe):
            options = {"lr": recipe.learning_rate, "betas": recipe.betas, "eps": recipe.eps, "weight_decay": 0.0}
            return kind(groups, **{**options, **changes})

        patch.setattr(building, "_debiased", build)

    return plant


def _parts(change):
    """Change every part that BertAdam hands to torch: rate, epsilon, decay."""

    def plant(patch):
        original = BertAdam._parts_at_equal_step

        def parts(self, group):
            return [{**part, **change(part, group)} for part in original(self, group)]

        patch.setattr(BertAdam, "_parts_at_equal_step", parts)

    return plant


def _ratio(change):
    def plant(patch):
        original = bert_adam.bias_ratio
        patch.setattr(bert_adam, "bias_ratio", lambda step, betas: change(original, step, betas))

    return plant


def _shared_counter(patch):
    def parts(self, group):
        moving = [tensor for tensor in group["params"] if tensor.grad is not None]
        step = max((int(state["step"]) for state in self.state.values() if state), default=0) + 1
        ratio = bert_adam.bias_ratio(step, group["betas"])
        eps = group["eps"] / (1 - group["betas"][1] ** step) ** 0.5
        decay = group["weight_decay"] / ratio
        return [{**group, "params": moving, "lr": group["lr"] * ratio, "eps": eps, "weight_decay": decay}]

    patch.setattr(BertAdam, "_parts_at_equal_step", parts)


def _wrong_parameter(patch):
    original = BertAdam.load_state_dict

    def load(self, state):
        keys = list(state["state"])
        shifted = dict(zip(keys, [state["state"][key] for key in keys[2:] + keys[:2]], strict=True))
        original(self, {**state, "state": shifted})

    patch.setattr(BertAdam, "load_state_dict", load)


def _pull(factor_of, times=1):
    def plant(patch):
        def pull(self, group):
            for _ in range(times):
                moved = [tensor for tensor in group["params"] if tensor.grad is not None and tensor in self._targets]
                for tensor in moved:
                    tensor.lerp_(self._targets[tensor], factor_of(float(group["lr"]), self.coefficient))

        patch.setattr(PretrainedDecay, "_pull", pull)

    return plant


def _decay(change):
    def plant(patch):
        original = Wdecay.refine_groups

        def refine(self, groups, model, recipe, fidelity):
            return change(groups, original(self, groups, model, recipe, fidelity))

        patch.setattr(Wdecay, "refine_groups", refine)

    return plant


def _schedule(change):
    def plant(patch):
        original = loop.linear_warmup_decay
        patch.setattr(loop, "linear_warmup_decay", lambda *at: change(original, *at))

    return plant


def _clip(change):
    def plant(patch):
        original = torch.nn.utils.clip_grad_norm_
        patch.setattr(torch.nn.utils, "clip_grad_norm_", lambda tensors, limit: change(original, list(tensors), limit))

    return plant


def _alone(clip, tensors, limit):
    return torch.stack([clip([tensor], limit) for tensor in tensors]).norm()


def _elementwise(clip, tensors, limit):
    norm = clip(tensors, float("inf"))
    torch.nn.utils.clip_grad_value_(tensors, limit)
    return norm


def _scaled(groups, factor):
    return [{**group, "weight_decay": group["weight_decay"] * factor} for group in groups]


DEFECTS = (
    Defect("O01", "debiased Adam without its bias correction", _optimizer(BertAdam), (path_of("debiased"),)),
    Defect(
        "O01b",
        "BERTAdam with the bias correction",
        _ratio(lambda ratio, step, betas: 1.0),
        (identity(f"{_ADAM}test_the_first_step_is_the_bias_ratio_times_the_rate"), path_of("bertadam")),
    ),
    Defect(
        "O03",
        "correction of the step before",
        _ratio(lambda ratio, step, betas: ratio(step + 1, betas)),
        (_FUSED, path_of("bertadam")),
    ),
    Defect("O04", "epsilon inside the root", _optimizer(EpsilonInsideTheRoot), (path_of("debiased"),)),
    Defect(
        "O05",
        "epsilon not rescaled",
        _parts(lambda part, group: {"eps": group["eps"]}),
        (_FUSED,),
    ),
    Defect("O07", "epsilon 1e-6 for 1e-8", _optimizer(torch.optim.AdamW, eps=1e-6), (path_of("debiased"),)),
    Defect("O07b", "beta2 0.99 for 0.999", _optimizer(torch.optim.AdamW, betas=(0.9, 0.99)), (path_of("debiased"),)),
    Defect("O08", "coupled decay for decoupled", _optimizer(torch.optim.Adam), (path_of(_DECAY),)),
    Defect(
        "O11",
        "BERTAdam's decay with the rescaled rate",
        _parts(lambda part, group: {"weight_decay": group["weight_decay"]}),
        (_FUSED,),
    ),
    Defect("O11b", "pull without the rate", _pull(lambda rate, coefficient: coefficient), (_PULL, path_of(_PRIOR))),
    Defect("O11c", "pull with the rate twice", _pull(lambda rate, coefficient: rate**2 * coefficient), (_PULL,)),
    Defect("O12", "pull with the wrong sign", _pull(lambda rate, coefficient: -rate * coefficient), (_PULL,)),
    Defect("O13", "decay silently zero", _decay(lambda before, after: _scaled(after, 0)), (path_of(_DECAY),)),
    Defect("O13b", "pull silently zero", _pull(lambda rate, coefficient: 0.0), (_PULL, path_of(_PRIOR))),
    Defect("O14", "pull applied twice", _pull(lambda rate, coefficient: rate * coefficient, 2), (_PULL,)),
    Defect("O14b", "decay applied twice", _decay(lambda before, after: _scaled(after, 2)), (path_of(_DECAY),)),
    Defect(
        "O17",
        "one step counter for all parameters",
        _shared_counter,
        (identity(f"{_ADAM}test_a_parameter_that_joins_late_starts_with_its_own_first_step"),),
    ),
    Defect(
        "O22",
        "state restored to the wrong parameter",
        _wrong_parameter,
        (identity(f"{_ADAM}test_saved_and_loaded_equals_uninterrupted"),),
    ),
    Defect(
        "S01",
        "schedule one update ahead",
        _schedule(lambda rate, step, total, warmup: rate(step + 1, total, warmup)),
        (path_of("debiased"),),
    ),
    Defect(
        "S02",
        "total too small: the rate is 0 before the end",
        _schedule(lambda rate, step, total, warmup: rate(step, total * 4 // 5, warmup)),
        (path_of("debiased"),),
    ),
    Defect(
        "S02b",
        "the schedule never decays",
        _schedule(lambda rate, step, total, warmup: rate(min(step, warmup), total, warmup)),
        (path_of("debiased"),),
    ),
    Defect(
        "S03",
        "no warm-up",
        _schedule(lambda rate, step, total, warmup: rate(step, total, 0)),
        (path_of("debiased"),),
    ),
    Defect(
        "S03b",
        "warm-up twice as long",
        _schedule(lambda rate, step, total, warmup: rate(step, total, 2 * warmup)),
        (path_of("debiased"),),
    ),
    Defect("S06", "no clipping", _clip(lambda clip, tensors, limit: clip(tensors, 1e30)), (path_of("debiased"),)),
    Defect("S07", "every tensor clipped alone", _clip(_alone), (path_of("debiased"),)),
    Defect("S07b", "values clipped, not the norm", _clip(_elementwise), (path_of("debiased"),)),
    Defect(
        "S07c",
        "another limit",
        _clip(lambda clip, tensors, limit: clip(tensors, 2 * limit)),
        (path_of("debiased"),),
    ),
    Defect(
        "S09",
        "clipped before the loss scale is taken out",
        lambda patch: patch.setattr(torch.amp.GradScaler, "unscale_", lambda *_: None),
        (
            whole_run(
                "training.test_precision:test_fp16_is_close_to_fp32_not_equal_and_repeats_bit_for_bit",
                method="debiased",
            ),
        ),
    ),
)
