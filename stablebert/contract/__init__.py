"""Floor 1: the laws that every Adam-like optimizer keeps. Loaded when used, torch when a law is checked."""

from typing import TYPE_CHECKING

from stablebert.lazy import lazy_names

if TYPE_CHECKING:
    from stablebert.contract.checking import check_contract, examine
    from stablebert.contract.finding import Effort, Finding, Status
    from stablebert.contract.law import BrokenLaw, Law
    from stablebert.contract.laws import LAWS
    from stablebert.contract.subject import ContractError, OptimizerUnderTest, load_subject
    from stablebert.contract.waivers import waivers_of

__all__ = [
    "LAWS",
    "BrokenLaw",
    "ContractError",
    "Effort",
    "Finding",
    "Law",
    "OptimizerUnderTest",
    "Status",
    "check_contract",
    "examine",
    "load_subject",
    "waivers_of",
]
_HOMES = {
    "checking": ("check_contract", "examine"),
    "finding": ("Effort", "Finding", "Status"),
    "law": ("BrokenLaw", "Law"),
    "laws": ("LAWS",),
    "subject": ("ContractError", "OptimizerUnderTest", "load_subject"),
    "waivers": ("waivers_of",),
}
__getattr__ = lazy_names(__name__, {name: f"{__name__}.{home}" for home, names in _HOMES.items() for name in names})
