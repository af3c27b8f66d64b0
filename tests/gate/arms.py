"""The two sides of most tests of the gate: a baseline about 90 points, and candidates on other seeds."""

from tests.synthetic import synthetic_rows

BASELINE = synthetic_rows(90.0, range(20))


def candidate(mean=90.0, runs=20, **options):
    return synthetic_rows(mean, range(100, 100 + runs), **options)
