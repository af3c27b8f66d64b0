"""The known causes of instability, as data: a new one is one entry.

Each is a question that the facts of a set-up answer with yes, no or not known. What is not known is never taken for
healthy.
"""

from collections.abc import Callable
from dataclasses import dataclass

from stablebert.doctor.facts import Setup
from stablebert.doctor.stored import Cells, Evidence, Rates, Stated, TableOne
from stablebert.paper.methods import LONG_STEPS

_SHORTEST = LONG_STEPS[0]


@dataclass(frozen=True)
class Cause:
    """One known cause of instability.

    Attributes:
        name: Words joined by hyphens.
        section: Where the paper has it, or what else says so.
        says: What is wrong, a sentence; `{0.learning_rate}` and the like are facts of the set-up.
        remedy: What to do.
        facts: Facts that decide it, by name.
        instead: Facts that decide it where those are not all known.
        present: From a set-up to whether it has this cause; None where that is not known.
        evidence: What is stored about it; nothing where no stored run shows it.
    """

    name: str
    section: str
    says: str
    remedy: str
    facts: tuple[str, ...]
    present: Callable[[Setup], bool | None]
    instead: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def _without(value: bool | float | None) -> bool | None:
    return None if value is None else not value


def _schedule_ends_early(setup: Setup) -> bool | None:
    end, updates = setup.schedule_updates, setup.updates
    if end == float("inf"):
        return False
    if end is not None and updates is not None:
        return end < updates
    if setup.schedule_epochs is None or setup.epochs is None:
        return None
    return setup.schedule_epochs < setup.epochs


def _reinit_is_lost(setup: Setup) -> bool | None:
    return setup.reinit if not setup.reinit else _without(setup.reinit_kept)


def _dropout_is_off(setup: Setup) -> bool | None:
    off = _without(setup.dropout)
    # Mixout takes its place
    return off if not off else _without(setup.mixout)


def _too_few_updates(setup: Setup) -> bool | None:
    return None if setup.updates is None else setup.updates < _SHORTEST


def _rate_is_unsupported(setup: Setup) -> bool | None:
    if setup.learning_rate is None or setup.rates is None:
        return None
    if setup.optimizer is not None and setup.bias_correction is None:
        # rates are stored of Adam, and those of others are others
        return None
    lowest, highest = setup.rates
    # a rate that was read from a text is the same rate
    return not 0.999 * lowest <= setup.learning_rate <= 1.001 * highest


CAUSES = (
    Cause(
        "no-bias-correction",
        "Section 4",
        "Adam without its bias correction: early updates are several times as large as the rate says",
        "torch.optim.AdamW",
        ("bias_correction",),
        lambda setup: _without(setup.bias_correction),
        evidence=(Cells(without="bertadam", with_it="debiased"),),
    ),
    Cause(
        "no-warm-up",
        "Section 3",
        "the rate starts at its peak, when the head is still random and Adam's moments are those of one batch",
        "let the rate rise over the first tenth of the updates",
        ("warmup",),
        lambda setup: _without(setup.warmup),
        evidence=(Stated("warmup"),),
    ),
    Cause(
        "schedule-ends-early",
        "Section 3",
        "the rate is 0 from {0.schedule_end}: the rest trains nothing",
        "give the schedule the updates of the whole run, epochs times batches",
        ("schedule_updates", "updates"),
        _schedule_ends_early,
        ("schedule_epochs", "epochs"),
        evidence=(Stated("schedule_after_warmup"), Stated("epochs")),
    ),
    Cause(
        "decay-on-normalisations",
        "Section 7",
        "weight decay pulls weights of normalisations or biases to 0, which pretraining did not leave there",
        "stablebert.methods.weight_decay_groups: only matrices decay",
        ("decays_normalisations",),
        lambda setup: setup.decays_normalisations,
    ),
    Cause(
        "parameters-missing",
        "Section 3",
        "parameters that are not frozen are not in the optimizer: they get gradients and never move",
        "hand model.parameters() over, of the very model that is trained",
        ("trains_everything",),
        lambda setup: _without(setup.trains_everything),
    ),
    Cause(
        "re-init-without-effect",
        "Section 5",
        "blocks are drawn anew, and training does not start from what was drawn",
        "stablebert.methods.reinitialize, after the last loading of weights",
        ("reinit", "reinit_kept"),
        _reinit_is_lost,
        evidence=(Cells(without="debiased", with_it="reinit"),),
    ),
    Cause(
        "dropout-off",
        "Section 3",
        "no dropout is on in training, and no Mixout takes its place",
        "model.train() before the first update, and the dropout of the encoder's configuration",
        ("dropout", "mixout"),
        _dropout_is_off,
        evidence=(Stated("dropout"),),
    ),
    Cause(
        "too-few-updates",
        "Section 6",
        f"{{0.updates}} updates; the shortest of the lengths that longer training is chosen from is {_SHORTEST}",
        "train longer: choose the number of updates on validation",
        ("updates",),
        _too_few_updates,
        evidence=(TableOne(),),
    ),
    Cause(
        "rate-unsupported",
        "Section 3, Appendix F",
        "peak rate {0.learning_rate:g} lies outside what is stored of the encoder, {0.rates[0]:g} to {0.rates[1]:g}",
        "a rate inside, or a search of your own: stablebert search",
        ("encoder", "bias_correction", "learning_rate", "rates"),
        _rate_is_unsupported,
        evidence=(Rates(),),
    ),
)
