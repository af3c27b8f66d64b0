"""Section 4: the laws that an Adam-like optimizer keeps, for ours or for `--stablebert-optimizer`."""


def test_law(law, stablebert_contract):
    stablebert_contract.check(law)
