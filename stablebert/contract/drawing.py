"""How settings are drawn: corners first, so that a counterexample shrinks to the plainest of them."""

from hypothesis import strategies as st

from stablebert.contract.setting import Group, Setting

RATES = (0.1, 1e-3, 1e-5)
DECAYS = (0.5, 0.01, 0.0)
SHAPES = ((1,), (3,), (2, 2))
SCALES = (1.0, 1e4)
FACTORS = (2.0, 1e3, 1e6)
STEPS = 4


def settings_strategy() -> st.SearchStrategy[Setting]:
    """Return a strategy for settings: one or two groups of one or two parameters, one to four updates."""
    group = st.builds(
        Group,
        rate=st.sampled_from(RATES),
        decay=st.sampled_from(DECAYS),
        shapes=st.lists(st.sampled_from(SHAPES), min_size=1, max_size=2).map(tuple),
    )
    return st.builds(
        Setting,
        groups=st.lists(group, min_size=1, max_size=2).map(tuple),
        steps=st.integers(1, STEPS),
        scale=st.sampled_from(SCALES),
        factor=st.sampled_from(FACTORS),
        seed=st.integers(0, 99),
    )
