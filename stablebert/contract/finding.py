"""How hard a law is tried, and what came out."""

from dataclasses import dataclass
from enum import StrEnum


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
        seed: Of the drawing; None draws the same settings in every session.
    """

    examples: int = 20
    seed: int | None = None


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
