"""Checking a law: settings drawn by hypothesis, the smallest counterexample where there is one, and what came out."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from typing import TYPE_CHECKING

from stablebert.contract.kinds import Kind, is_guessed
from stablebert.contract.law import BreachError, BrokenLaw, Law
from stablebert.contract.laws.table import LAWS
from stablebert.contract.subject import OptimizerUnderTest, waivers_of
from stablebert.contract.switches import eager_on_one_thread
from stablebert.foreign import contained

if TYPE_CHECKING:
    from stablebert.contract.setting import Setting


# orthogonal updates cost a hundred times what an Adam's do
_MOST = {Kind.ORTHOGONAL: 4}


class Status(StrEnum):
    """What became of a law."""

    KEPT = "kept"
    BROKEN = "broken"
    WAIVED = "waived"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Effort:
    """How hard a law is tried.

    Attributes:
        examples: Settings drawn, >= 1; a broken law costs more, until its counterexample is the smallest.
        seed: Of the drawing: the same settings in every session.
    """

    examples: int = 20
    seed: int = 0


@dataclass(frozen=True)
class Finding:
    """What became of one law.

    Attributes:
        law: Its name.
        status: Kept, broken, waived or not applicable.
        detail: Why, in one line; empty for a law that is kept.
        message: For a broken law all there is to say: statement, counterexample, usual cause.
    """

    law: str
    status: Status
    detail: str = ""
    message: str = ""


def check_contract(
    subject: OptimizerUnderTest, effort: Effort | None = None, laws: Sequence[Law] = LAWS
) -> list[Finding]:
    """Check every law, and return what became of each.

    Args:
        subject: The optimizer.
        effort: How hard each law is tried.
        laws: Laws to check.

    Raises:
        ContractError: the optimizer's waivers are not well formed.

    Example:
        >>> from stablebert.contract import load_subject
        >>> findings = check_contract(load_subject("torch.optim:AdamW", '{"eps": 1e-3}'), laws=LAWS[:4])
        >>> {str(finding.status) for finding in findings}
        {'kept'}
    """
    return [examine(law, subject, effort) for law in laws]


def examine(law: Law, subject: OptimizerUnderTest, effort: Effort | None = None) -> Finding:
    """Check one law unless it is waived or says nothing about the optimizer.

    Args:
        law: The law.
        subject: The optimizer.
        effort: How hard it is tried.

    Raises:
        ContractError: the optimizer's waivers are not well formed.
    """
    waivers = waivers_of(subject.kind)
    if law.name in waivers:
        return Finding(law.name, Status.WAIVED, waivers[law.name])
    if law.kinds and subject.behaves_as not in law.kinds:
        asked = f"asked of {', '.join(law.kinds)}; this one is taken for {subject.behaves_as}"
        return Finding(law.name, Status.NOT_APPLICABLE, asked)
    with eager_on_one_thread():
        reasons = [reason for need in law.needs if (reason := subject.lacks(need)) is not None]
        if reasons:
            return Finding(law.name, Status.NOT_APPLICABLE, reasons[0])
        try:
            hold(law, subject, effort or Effort())
        except BrokenLaw as broken:
            return Finding(law.name, Status.BROKEN, broken.detail, str(broken))
    return Finding(law.name, Status.KEPT)


def hold(law: Law, subject: OptimizerUnderTest, effort: Effort) -> None:
    """Try to break a law.

    Args:
        law: The law.
        subject: The optimizer; whatever it raises breaks the law.
        effort: How hard it is tried.

    Raises:
        BrokenLaw: it breaks, with the smallest counterexample.
    """
    from hypothesis.errors import Flaky

    attempt = partial(_attempt, law, subject)
    most = min(law.examples or effort.examples, _MOST.get(subject.behaves_as, 1000))
    try:
        for setting in _drawn(subject.precisions, effort)[:most]:
            attempt(setting)
    except BrokenLaw:
        with suppress(Flaky):
            _search(attempt, subject.precisions, effort)
        detail = "it broke once, and did not when tried again with equal inputs"
        raise BrokenLaw(law, subject.name, "not reproducible", detail) from None


def _attempt(law: Law, subject: OptimizerUnderTest, setting: "Setting") -> None:
    guess = str(subject.behaves_as) if law.kinds and is_guessed(subject.kind) else ""
    try:
        with contained(subject.name):
            law.check(subject, setting)
    except BreachError as breach:
        raise BrokenLaw(law, subject.name, repr(setting), str(breach), guess) from None
    except Exception as error:
        detail = f"it raised {type(error).__name__}: {error}"
        raise BrokenLaw(law, subject.name, repr(setting), detail, guess) from error


@cache
def _drawn(precisions: tuple[str, ...], effort: Effort) -> "tuple[Setting, ...]":
    """Return the settings that every law is checked in: drawn once, since drawing costs as much as checking."""
    settings: list[Setting] = []
    _search(settings.append, precisions, effort)
    return tuple(settings)


def _search(visit: "Callable[[Setting], None]", precisions: tuple[str, ...], effort: Effort) -> None:
    """Visit settings as they are drawn; where it raises, it is visited in ever smaller ones and raises in the least."""
    import hypothesis

    from stablebert.contract.setting import settings_strategy

    @hypothesis.seed(effort.seed)
    @hypothesis.settings(
        max_examples=effort.examples,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
    )
    @hypothesis.given(settings_strategy(precisions))
    def each(setting: "Setting") -> None:
        visit(setting)

    each()
