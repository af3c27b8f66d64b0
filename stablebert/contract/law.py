"""What a law is, and what it says when it is broken."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stablebert.contract.setting import Setting
    from stablebert.contract.subject import OptimizerUnderTest

    Check = Callable[[OptimizerUnderTest, Setting], None]

# attribute of a class that says which laws do not hold for it
WAIVERS = "stablebert_waives"
# attribute of a class that says what it behaves as
KIND = "stablebert_kind"


class BreachError(Exception):
    """What a check found in one setting, in words."""


class BrokenLaw(Exception):  # noqa: N818
    """An optimizer breaks a law.

    Args:
        law: The law.
        subject: The optimizer, by name.
        counterexample: The smallest setting found in which it does, as a Python expression.
        detail: What happened there.
        guess: What it was taken for by its arguments, where the law is one of that kind and nobody says the kind.
    """

    def __init__(self, law: "Law", subject: str, counterexample: str, detail: str, guess: str = "") -> None:
        super().__init__(law, subject, counterexample, detail, guess)
        self.law = law
        self.subject = subject
        self.counterexample = counterexample
        self.detail = detail
        self.guess = guess

    def __str__(self) -> str:
        return "\n".join(
            [
                f"{self.subject} breaks the law {self.law.name}",
                f"  law: {self.law.statement}",
                f"  found: {self.detail}",
                f"  smallest counterexample: {self.counterexample}",
                f"  usual cause: {self.law.cause}",
                *(
                    [f'  taken for {self.guess} by its arguments; what is of another kind says {KIND} = "other"']
                    if self.guess
                    else []
                ),
                f'  if it is meant: {WAIVERS} = {{"{self.law.name}": "why"}} in the class or a subclass',
            ]
        )


@dataclass(frozen=True)
class Law:
    """One law of optimizers.

    Attributes:
        name: Words joined by hyphens; with underscores it is the name of its check.
        statement: What holds, in one sentence.
        cause: What is usually wrong where it does not.
        home: Module of `laws` that has its check.
        needs: What an optimizer must have for the law to mean something, as `OptimizerUnderTest.lacks` knows it.
        kinds: Kinds of optimizers that it is asked of; all where there is none.
        examples: Settings drawn at the most; 0 leaves that to the effort.
    """

    name: str
    statement: str
    cause: str
    home: str
    needs: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    examples: int = 0

    @property
    def check(self) -> "Check":
        """The check: takes an optimizer and a setting, and raises `BreachError` if the law does not hold there."""
        # imported when checked: the list of laws is collected in every session of the bench, and torch is heavy
        home = import_module(f"stablebert.contract.laws.{self.home}")
        found: Check = getattr(home, self.name.replace("-", "_"))
        return found
