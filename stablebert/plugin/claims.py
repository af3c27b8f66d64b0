"""The paper's claims as items, each in the module of its section; only where they are asked for (`-m claims`)."""

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from stablebert.analysis import ClaimOutcome
    from stablebert.paper import Claim
    from stablebert.project import Project

MARK = "claims"
FIXTURE = "stablebert_claims"
_OUTCOME = "stablebert_claim"
_OUTCOMES = pytest.StashKey["dict[str, ClaimOutcome]"]()


class ClaimItem:
    """One claim's item.

    Args:
        node: The pytest item.
        project: Whose runs are at hand.
    """

    def __init__(self, node: pytest.Item, project: "Project") -> None:
        self._node = node
        self._project = project

    def judge(self, claim: "Claim") -> None:
        """Judge a claim on the runs at hand; trains nothing.

        What contradicts it fails the item, and so do runs that are no evidence. Where neither it nor its opposite is
        shown, or runs are missing, the item is skipped: nothing that was not shown passes.
        """
        from stablebert.gate import Status
        from stablebert.paper import cited_lines
        from stablebert.report import claim_sentence

        outcome = self._outcomes()[claim.name]
        words = claim_sentence(outcome, cited_lines(self._project.baselines))
        self._node.user_properties.append((_OUTCOME, json.dumps(outcome.to_dict())))
        if outcome.status is Status.PASS:
            return
        if not outcome.was_run or outcome.status is Status.INCONCLUSIVE:
            pytest.skip(words)
        pytest.fail(words, pytrace=False)

    def _outcomes(self) -> "dict[str, ClaimOutcome]":
        """Return what is said of all claims, which are judged together, once in a process."""
        stash = self._node.config.stash
        if _OUTCOMES not in stash:
            from stablebert.project.claimed import judge_claims_at_hand
            from stablebert.project.precision import AUTO

            asked = self._project.settings.precision
            found = judge_claims_at_hand(self._project, "fp32" if asked == AUTO else asked)
            stash[_OUTCOMES] = {one.claim.name: one for one in found}
        return stash[_OUTCOMES]


def parametrize_claims(metafunc: pytest.Metafunc) -> None:
    """Give a function the claims of the sections that its mark names.

    Raises:
        ValueError: it has no such mark, or no claim is of a section that it names.
    """
    from stablebert.paper import CLAIMS

    mark = metafunc.definition.get_closest_marker(MARK)
    sections = () if mark is None else mark.args
    known = {claim.section for claim in CLAIMS}
    if not sections or not known >= {*sections}:
        raise ValueError(
            f"{metafunc.definition.nodeid}: pytest.mark.{MARK} names the sections of its claims, each one of "
            f"{', '.join(sorted(known))}; it names {', '.join(map(repr, sections)) or 'none'}"
        )
    chosen = [claim for claim in CLAIMS if claim.section in sections]
    metafunc.parametrize("claim", [pytest.param(one, id=f"{'-'.join(one.sources)}-{one.name}") for one in chosen])


def leave_out_claims(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the claims of a session that does not ask for them: it costs and decides what it did without."""
    if MARK in config.option.markexpr:
        return
    claims = [item for item in items if FIXTURE in getattr(item, "fixturenames", ())]
    if claims:
        config.hook.pytest_deselected(items=claims)
        items[:] = [item for item in items if FIXTURE not in getattr(item, "fixturenames", ())]
