"""Defects that a training survives without a word: its loss falls, and its score looks like one (S and R, later numbers).

They are trained for real beside earlier ones; what the gate says of them is in `docs/sensitivity.md`.
"""

import math
from dataclasses import replace

import torch

from stablebert.encoders.parts import parameter_blocks
from stablebert.methods import building
from stablebert.training import loop, setup
from stablebert.training.outcome import BestCheckpoint
from tests.defects.planting import Defect, path_of, whole_run

_PATH = path_of("debiased")
_SCHEDULE = whole_run("training.test_train:test_the_rate_follows_the_schedule_and_the_first_update_has_none")
_CHECKPOINT = whole_run("training.test_train:test_a_run_learns_and_says_all_that_it_should")
# what torch's AdamW decays by when nobody tells it otherwise
_DECAY = 0.01
_WRONG_LABELS = 0.02


def _rate(factor):
    def plant(patch):
        schedule = loop.linear_warmup_decay
        patch.setattr(loop, "linear_warmup_decay", lambda *at: factor * schedule(*at))

    return plant


def _decay_everywhere(patch):
    build = building._debiased
    patch.setattr(building, "_debiased", lambda groups, recipe: build(groups, replace(recipe, weight_decay=_DECAY)))


def _block_without_gradient(patch):
    optimize = loop.optimize

    def optimized(run):
        blocks = parameter_blocks(run.model)
        inner = [name for name in blocks if name.startswith("block")]
        parameters = dict(run.model.named_parameters())
        for name in blocks[inner[len(inner) // 2]]:
            parameters[name].register_hook(torch.zeros_like)
        return optimize(run)

    patch.setattr(loop, "optimize", optimized)


class _Shuffled:
    """The loss of a run in which the labels of 2 % of the texts stand beside another text of the same batch."""

    def __init__(self, loss_of):
        self.loss_of = loss_of
        self.generator = torch.Generator().manual_seed(torch.initial_seed())
        self.owed = 0.0

    def __call__(self, logits, labels, regression):
        # an evaluation has no gradient, and its labels are right
        if logits.requires_grad:
            self.owed += _WRONG_LABELS * len(labels)
            labels = self._with_two_exchanged(labels) if self.owed >= 2 else labels
        return self.loss_of(logits, labels, regression)

    def _with_two_exchanged(self, labels):
        one = int(torch.randint(len(labels), (), generator=self.generator))
        others = (labels != labels[one]).nonzero().flatten()
        if not len(others):
            return labels
        other = int(others[torch.randint(len(others), (), generator=self.generator)])
        self.owed -= 2
        wrong = labels.clone()
        wrong[[one, other]] = labels[[other, one]]
        return wrong


def _half_a_batch(patch):
    batches, total = setup.epoch_batches, setup.total_steps
    patch.setattr(setup, "epoch_batches", lambda examples, size, *more: batches(examples, size // 2, *more))
    patch.setattr(setup, "total_steps", lambda length, examples, size: total(length, examples, size // 2))


def _last_checkpoint(patch):
    offer = BestCheckpoint.offer

    def always(self, *given):
        self._selection = -math.inf
        offer(self, *given)

    patch.setattr(BestCheckpoint, "offer", always)


DEFECTS = (
    Defect("S15", "half the rate", _rate(0.5), (_PATH, _SCHEDULE)),
    Defect("S15b", "twice the rate", _rate(2.0), (_PATH, _SCHEDULE)),
    Defect("R26", "decay of everything, biases and normalisations too", _decay_everywhere, (_PATH,)),
    Defect("R27", "the gradient of one block dropped", _block_without_gradient, (_PATH,)),
    Defect(
        "R28",
        "the labels of 2 % of the texts exchanged within their batch",
        lambda patch: patch.setattr(loop, "loss_of", _Shuffled(loop.loss_of)),
        (_PATH,),
    ),
    Defect("R29", "half the batch in as many epochs", _half_a_batch, (_PATH, _SCHEDULE)),
    Defect("R30", "the last checkpoint in place of the best", _last_checkpoint, (_CHECKPOINT,)),
)
