import csv
from itertools import combinations

import pytest

from stablebert.analysis import EFFECTS
from stablebert.paper import CLAIMS, canonical_method, check_canonical


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_a_claim_is_one_of_the_papers_about_methods_of_ours(claim, request):
    with (request.config.rootpath / "baselines" / "paper" / "claims.csv").open(encoding="utf-8", newline="") as stream:
        stated = {line["id"] for line in csv.DictReader(stream)}
    assert set(claim.sources) <= stated
    assert claim.sources
    for arm in claim.arms:
        check_canonical(canonical_method(arm.method))
    assert claim.effect in EFFECTS
    assert claim.shows in ("more", "less", "not more", "same")
    # a comparison: what all arms share cancels out
    # a claim about one arm is about its value
    assert sum(weight for weight, _ in claim.contrast) == 0 or len(claim.contrast) == 1


def test_every_claim_has_a_name_of_its_own():
    assert all(one.name != other.name for one, other in combinations(CLAIMS, 2))
