"""Every planted defect is caught by the law that names it, and every law catches one."""

from functools import cache

import pytest

from stablebert.contract import LAWS, Effort, OptimizerUnderTest, Status, examine
from tests.contract import plain, planted

LAW = {law.name: law for law in LAWS}
CAUGHT_BY = {
    planted.RateHasAFloor: "zero-rate-moves-nothing",
    planted.RateTwice: "updates-scale-with-rate",
    planted.Ascends: "first-step-opposes-the-gradient",
    planted.TrustRatio: "weights-do-not-shape-updates",
    planted.Noise: "equal-inputs-give-equal-updates",
    planted.Upcasts: "low-precision-keeps-its-dtype",
    planted.NewStorage: "low-precision-keeps-its-dtype",
    planted.LeaksIntoTheNext: "order-changes-nothing",
    planted.ReadsTheRateLate: "scheduler-sets-the-rate",
    planted.RateFromConstruction: "scheduler-sets-the-rate",
    planted.NoEpsilon: "zero-gradients-move-nothing",
    planted.NoEpsilonUnlessZero: "tiny-gradients-stay-finite",
    planted.EpsilonInsideTheRoot: "epsilon-has-the-unit-of-gradients",
    planted.EpsilonIsFixed: "epsilon-dominates-small-gradients",
    planted.EpsilonIsLarge: "updates-ignore-gradient-scale",
    planted.NoRoot: "first-step-is-a-constant-times-rate",
    planted.ResetsMoments: "large-gradient-is-remembered",
    planted.SwapsBetas: "impulse-fades",
    planted.NeverForgets: "impulse-fades",
    planted.MeansOfSizes: "mirrored-gradients-mirror-updates",
    planted.ClipsInside: "updates-ignore-gradient-scale",
    planted.DecayWithoutRate: "decay-alone-is-a-product",
    planted.DecayTimesRateSquared: "decay-alone-is-a-product",
    planted.DecayGrows: "decay-alone-is-a-product",
    planted.DecayIsZero: "decay-alone-is-a-product",
    planted.DecayTwice: "decay-alone-is-a-product",
    planted.DecayOnceADtype: "dtypes-in-a-group-change-nothing",
    planted.DecayFromConstruction: "decay-follows-the-rate",
    planted.DecayCannotBeSwitchedOff: "zero-gradients-move-nothing",
    planted.CoupledWhereDecoupledIsSaid: "gradient-scale-leaves-decay-alone",
    planted.DecoupledWhereCoupledIsSaid: "coupled-decay-is-a-gradient",
    planted.DecayInPlaceOnTheGradient: "gradients-are-not-changed",
    planted.RateOfTheFirstGroup: "groups-keep-rate-and-decay",
    planted.DecayOfTheFirstGroup: "groups-keep-rate-and-decay",
    planted.CountsOnceAParameter: "partition-changes-nothing",
    planted.CountsOnceAnOptimizer: "late-parameter-gets-its-first-step",
    planted.NoneIsZero: "missing-gradient-changes-nothing",
    planted.ForeachLacksDecay: "kernels-agree",
    planted.FusedRoundsEpsilon: "kernels-agree",
    planted.FusedIsForgotten: "kernels-agree",
    planted.LoadsByPosition: "loaded-state-follows-its-parameter",
    planted.LosesTheStepWhenLoaded: "saved-state-goes-on",
    planted.StateOutsideState: "saved-state-goes-on",
    planted.SharesStateBetweenOptimizers: "equal-inputs-give-equal-updates",
    planted.ScalesTheGradientInPlace: "gradients-are-not-changed",
    planted.WritesTheRateBack: "settings-are-not-changed",
    planted.ClosureWithoutGradients: "closure-runs-once-with-gradients",
    planted.ClosureTwice: "closure-runs-once-with-gradients",
    planted.LossIsDropped: "closure-runs-once-with-gradients",
}


@cache
def became_of(kind, name):
    return examine(LAW[name], OptimizerUnderTest(kind.__name__, kind), Effort())


def right_twin(kind):
    return next(base for base in kind.__mro__ if base.__module__ == plain.__name__)


@pytest.mark.parametrize(("kind", "name"), CAUGHT_BY.items(), ids=[kind.__name__ for kind in CAUGHT_BY])
def test_a_defect_breaks_its_law_and_the_right_twin_keeps_it(kind, name):
    finding = became_of(kind, name)
    assert finding.status is Status.BROKEN
    for part in (kind.__name__, name, LAW[name].statement, "Setting(groups=", LAW[name].cause, "stablebert_waives"):
        assert part in finding.message
    assert became_of(right_twin(kind), name).status is Status.KEPT


def test_every_law_catches_a_defect():
    assert set(CAUGHT_BY.values()) == set(LAW)


def test_every_planted_optimizer_is_tried():
    assert {kind for kind in vars(planted).values() if getattr(kind, "__module__", "") == planted.__name__} == set(
        CAUGHT_BY
    )
