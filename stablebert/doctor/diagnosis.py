"""From the facts of a set-up to the causes found, each with what is stored about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from stablebert.doctor.causes import CAUSES, Cause
from stablebert.doctor.facts import Setup
from stablebert.doctor.stored import supported_rates


@dataclass(frozen=True)
class Finding:
    """A cause that a set-up has.

    Attributes:
        cause: Which.
        what: What is wrong, a sentence.
        seen: The facts that show it, each with the place where it was seen.
        evidence: What is stored about the cause, a line each.
    """

    cause: Cause
    what: str
    seen: tuple[str, ...]
    evidence: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """Yield it in words."""
        yield f"{self.cause.name} ({self.cause.section}): {self.what}"
        yield f"  seen: {'; '.join(self.seen)}"
        yield f"  remedy: {self.cause.remedy}"
        for line in self.evidence or ("no stored run shows what it costs",):
            yield f"  evidence: {line}"


@dataclass(frozen=True)
class Diagnosis:
    """What was found in a set-up.

    Attributes:
        setup: The facts.
        findings: Causes that it has.
        unknown: Causes of which the facts do not decide whether it has them.
        absent: Causes that it does not have.
    """

    setup: Setup
    findings: tuple[Finding, ...]
    unknown: tuple[Cause, ...]
    absent: tuple[Cause, ...]

    def __str__(self) -> str:
        """Return it in words."""
        total = len(self.findings) + len(self.unknown) + len(self.absent)
        head = f"of {total} known causes of instability: {len(self.findings)} found, "
        lines = [f"{head}{len(self.unknown)} not known, {len(self.absent)} not there"]
        lines += [line for finding in self.findings for line in finding.lines()]
        lines += [f"not known: {cause.name} ({_missing(cause, self.setup)})" for cause in self.unknown]
        if self.absent:
            lines.append(f"not there: {', '.join(cause.name for cause in self.absent)}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "setup": {
                name: {"value": str(value) if value == float("inf") else value, "seen": self.setup.seen.get(name)}
                for name, value in self.setup.known().items()
            },
            "findings": [
                {
                    "cause": finding.cause.name,
                    "section": finding.cause.section,
                    "what": finding.what,
                    "seen": list(finding.seen),
                    "remedy": finding.cause.remedy,
                    "evidence": list(finding.evidence),
                }
                for finding in self.findings
            ],
            "not_known": {cause.name: _missing(cause, self.setup) for cause in self.unknown},
            "not_there": [cause.name for cause in self.absent],
        }


def diagnose(setup: Setup, folders: Sequence[Path], causes: Sequence[Cause] = CAUSES) -> Diagnosis:
    """Return the known causes of instability that a set-up has.

    Args:
        setup: What is known of it.
        folders: `baselines` folders, for evidence.
        causes: Those asked about.

    Raises:
        BaselineError: a stored baseline or search is damaged.
        ValueError: no folder has the paper's tables.

    Example:
        >>> found = diagnose(Setup(bias_correction=False), [Path("baselines")])
        >>> [finding.cause.name for finding in found.findings]
        ['no-bias-correction']
    """
    rates = supported_rates(setup.encoder, folders, setup.task)
    seen = MappingProxyType({**setup.seen, "rates": "baselines"})
    known = replace(setup, rates=rates, seen=seen)
    answers = [(cause, cause.present(known)) for cause in causes]
    return Diagnosis(
        known,
        tuple(_finding(cause, known, folders) for cause, present in answers if present),
        tuple(cause for cause, present in answers if present is None),
        tuple(cause for cause, present in answers if present is False),
    )


def _finding(cause: Cause, setup: Setup, folders: Sequence[Path]) -> Finding:
    decided = all(getattr(setup, name) is not None for name in cause.facts)
    names = cause.facts if decided else (*cause.facts, *cause.instead)
    known = [(name, getattr(setup, name)) for name in names if getattr(setup, name) is not None]
    return Finding(
        cause,
        cause.says.format(setup),
        tuple(f"{name} {value} ({setup.seen.get(name, 'given')})" for name, value in known if name != "rates"),
        tuple(line for evidence in cause.evidence for line in evidence.lines(setup, folders)),
    )


def _missing(cause: Cause, setup: Setup) -> str:
    missing = [name for name in cause.facts if getattr(setup, name) is None]
    said = [
        "no rates are stored for this encoder" if name == "rates" else _unseen(name, setup)
        for name in missing
        # without an encoder there are no rates, and that need not be said twice
        if name != "rates" or setup.encoder is not None
    ]
    return "; ".join(said)


def _unseen(name: str, setup: Setup) -> str:
    place = setup.seen.get(name)
    return f"{name}: {place}" if place else f"{name} is not said"
