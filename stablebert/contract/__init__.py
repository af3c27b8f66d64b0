"""Floor 1: the laws that every Adam-like optimizer keeps. Imports no torch until a law is checked."""

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
