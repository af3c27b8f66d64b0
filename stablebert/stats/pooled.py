"""The plain mean of several independent differences, each in a unit of its own."""

from collections.abc import Sequence

from stablebert.stats.degrees import satterthwaite
from stablebert.stats.location import NonInferiority, decide


def pooled_noninferiority(
    tests: Sequence[NonInferiority], units: Sequence[float], *, margin: float, alpha: float = 0.05
) -> NonInferiority:
    """Test whether the plain mean of difference / unit lies above -margin.

    The estimates are independent, so their variances add up, with Satterthwaite's degrees of freedom.

    Args:
        tests: Estimates, at least one.
        units: What each is divided by, > 0.
        margin: In units, > 0.
        alpha: One-sided level, in (0, 1).

    Raises:
        ValueError: there is no estimate, or not one unit each.

    Example:
        >>> from stablebert.stats import noninferiority
        >>> one = noninferiority([80.1, 80.4, 79.9], [80.0, 80.3, 80.2, 79.8], margin=1.0)
        >>> round(pooled_noninferiority([one, one], [1.0, 0.5], margin=0.5).difference, 4)
        0.0875
    """
    if not tests or len(tests) != len(units) or min(units) <= 0:
        raise ValueError(f"{len(tests)} estimates in units {list(units)}: wanted one or more, each with a unit > 0")
    shares = [1 / unit / len(tests) for unit in units]
    difference = sum(test.difference * share for test, share in zip(tests, shares, strict=True))
    terms = [((test.standard_error * share) ** 2, test.degrees) for test, share in zip(tests, shares, strict=True)]
    return decide(difference, *satterthwaite(terms), margin, alpha, "pooled")
