"""Scores that candidates and baselines could have had, each from a named stream of random numbers."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, ndtr, stdtrit

from tests.calibration.arms import Arm

SEED = 20261126
SD = 2.0
CENTRE, CHANCE = 80.0, 50.0
STEP = 100 / 277

# from standard normal scores to standardised ones: increasing, mean 0, variance 1
SHAPES = {
    "normal": lambda z: z,
    "t, 4 degrees": lambda z: stdtrit(4, ndtr(z)) / np.sqrt(2),
    "gamma(4), left": lambda z: (4 - gammaincinv(4, ndtr(-z))) / 2,
    "gamma(2), left": lambda z: (2 - gammaincinv(2, ndtr(-z))) / np.sqrt(2),
    "gamma(2), right": lambda z: (gammaincinv(2, ndtr(z)) - 2) / np.sqrt(2),
    "exponential, left": lambda z: 1 + np.log(ndtr(z)),
}


@dataclass(frozen=True)
class Population:
    """What the runs of both sides are drawn from, but for the candidate's mean and standard deviation.

    Attributes:
        name: For the tables; a skewed one is named by its shape.
        shape: Of the scores of the runs that have not failed.
        step: Grid of the scores in points; 0: none.
        failure_rate: Chance that a run fails.
    """

    name: str
    shape: str = "normal"
    step: float = 0.0
    failure_rate: float = 0.0

    @property
    def skewed(self) -> bool:
        """Whether the shape is not symmetrical."""
        return self.shape.startswith(("gamma", "exponential"))


POPULATIONS = (
    Population("normal"),
    Population("t, 4 degrees", shape="t, 4 degrees"),
    Population("accuracy on 277 examples", step=STEP),
    Population("5 % failed runs", failure_rate=0.05),
    Population("20 % failed runs", failure_rate=0.2),
    Population("gamma(4), left", shape="gamma(4), left"),
    Population("gamma(2), left", shape="gamma(2), left"),
    Population("gamma(2), right", shape="gamma(2), right"),
    Population("exponential, left", shape="exponential, left"),
)


def stream(*name: object) -> np.random.Generator:
    """Return the generator of a name: another name, other numbers."""
    return np.random.default_rng([SEED, *" ".join(map(str, name)).encode()])


@dataclass(frozen=True)
class Draw:
    """Both sides in standard normal scores, shape (replicates, runs), and which runs fail."""

    ours: np.ndarray
    theirs: np.ndarray
    ours_failed: np.ndarray
    theirs_failed: np.ndarray


def draw(
    population: Population,
    replicates: int,
    runs: int,
    baseline_runs: int,
    correlation: float,
    generator: np.random.Generator,
) -> Draw:
    """Return runs of both sides; those of one seed correlate, before the shape is given, failures do not."""
    theirs = generator.standard_normal((replicates, baseline_runs))
    ours = generator.standard_normal((replicates, runs)) * np.sqrt(1 - correlation**2)
    both = min(runs, baseline_runs)
    ours[:, :both] += correlation * theirs[:, :both]
    ours[:, both:] /= np.sqrt(1 - correlation**2)
    failed = [generator.random(side.shape) < population.failure_rate for side in (ours, theirs)]
    shape = SHAPES[population.shape]
    return Draw(shape(ours), shape(theirs), *failed)


def arms(drawn: Draw, population: Population, shift: float = 0.0, ratio: float = 1.0) -> tuple[Arm, Arm]:
    """Return candidate and baseline in points.

    Args:
        drawn: Standardised scores.
        population: Their population.
        shift: True mean of the candidate less that of the baseline, in points.
        ratio: Standard deviation of the candidate over that of the baseline.
    """
    return (
        _arm(CENTRE + shift + SD * ratio * drawn.ours, drawn.ours_failed, population),
        _arm(CENTRE + SD * drawn.theirs, drawn.theirs_failed, population),
    )


def _arm(scores: np.ndarray, failed: np.ndarray, population: Population) -> Arm:
    if population.step:
        scores = np.round(scores / population.step) * population.step
    return Arm(np.where(failed, CHANCE, scores), failed)
