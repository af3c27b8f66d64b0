"""Every planted defect is caught by the law that names it, and every law catches one."""

from functools import cache

import pytest

from stablebert.contract import LAWS, Effort, OptimizerUnderTest, Status, examine
from tests.contract import plain, plain_kinds
from tests.contract.planted import (
    FILES,
    decay,
    epsilon,
    groups,
    handling,
    kernels,
    kinds,
    late,
    moments,
    sizes,
    state,
    use,
)

LAW = {law.name: law for law in LAWS}
CAUGHT_BY = {
    sizes.RateHasAFloor: "zero-rate-moves-nothing",
    sizes.RateTwice: "updates-scale-with-rate",
    sizes.Ascends: "first-step-opposes-the-gradient",
    sizes.TrustRatio: "weights-do-not-shape-updates",
    sizes.Noise: "equal-inputs-give-equal-updates",
    sizes.Upcasts: "low-precision-keeps-its-dtype",
    sizes.NewStorage: "low-precision-keeps-its-dtype",
    sizes.LeaksIntoTheNext: "order-changes-nothing",
    sizes.ReadsTheRateLate: "scheduler-sets-the-rate",
    sizes.RateFromConstruction: "scheduler-sets-the-rate",
    epsilon.NoEpsilon: "zero-gradients-move-nothing",
    epsilon.NoEpsilonUnlessZero: "tiny-gradients-stay-finite",
    epsilon.EpsilonInsideTheRoot: "epsilon-has-the-unit-of-gradients",
    epsilon.EpsilonIsFixed: "epsilon-dominates-small-gradients",
    epsilon.EpsilonIsLarge: "updates-ignore-gradient-scale",
    epsilon.NoRoot: "first-step-is-a-constant-times-rate",
    moments.ResetsMoments: "large-gradient-is-remembered",
    moments.SwapsBetas: "impulse-fades",
    moments.NeverForgets: "impulse-fades",
    moments.MeansOfSizes: "mirrored-gradients-mirror-updates",
    moments.ClipsInside: "updates-ignore-gradient-scale",
    decay.DecayWithoutRate: "decay-alone-is-a-product",
    decay.DecayTimesRateSquared: "decay-alone-is-a-product",
    decay.DecayGrows: "decay-alone-is-a-product",
    decay.DecayIsZero: "decay-alone-is-a-product",
    decay.DecayTwice: "decay-alone-is-a-product",
    decay.DecayOnceADtype: "dtypes-in-a-group-change-nothing",
    decay.DecayFromConstruction: "decay-follows-the-rate",
    decay.DecayCannotBeSwitchedOff: "zero-gradients-move-nothing",
    decay.CoupledWhereDecoupledIsSaid: "gradient-scale-leaves-decay-alone",
    decay.DecoupledWhereCoupledIsSaid: "coupled-decay-is-a-gradient",
    decay.DecayInPlaceOnTheGradient: "gradients-are-not-changed",
    groups.RateOfTheFirstGroup: "groups-keep-rate-and-decay",
    groups.DecayOfTheFirstGroup: "groups-keep-rate-and-decay",
    groups.CountsOnceAParameter: "partition-changes-nothing",
    groups.CountsOnceAnOptimizer: "late-parameter-gets-its-first-step",
    groups.NoneIsZero: "missing-gradient-changes-nothing",
    groups.ForeachLacksDecay: "kernels-agree",
    groups.FusedRoundsEpsilon: "kernels-agree",
    groups.FusedIsForgotten: "kernels-agree",
    state.LoadsByPosition: "loaded-state-follows-its-parameter",
    state.LosesTheStepWhenLoaded: "saved-state-goes-on",
    state.StateOutsideState: "saved-state-goes-on",
    state.SharesStateBetweenOptimizers: "equal-inputs-give-equal-updates",
    use.ScalesTheGradientInPlace: "gradients-are-not-changed",
    use.WritesTheRateBack: "settings-are-not-changed",
    use.ClosureWithoutGradients: "closure-runs-once-with-gradients",
    use.ClosureTwice: "closure-runs-once-with-gradients",
    use.LossIsDropped: "closure-runs-once-with-gradients",
    sizes.TwiceTheRate: "constant-gradient-moves-one-rate",
    sizes.DropsTheTail: "tensors-are-moved-whole",
    sizes.WritesIntoACopy: "layout-changes-nothing",
    sizes.FirstUpdatesOnly: "constant-gradient-moves-one-rate",
    sizes.SignOfTwiceTheSize: "every-update-is-one-size",
    sizes.DoesNotOrthogonalise: "matrix-update-is-orthogonal",
    epsilon.EpsilonBeforeTheCorrection: "epsilon-equal-to-the-gradient-halves-updates",
    epsilon.EpsilonTwice: "epsilon-equal-to-the-gradient-halves-updates",
    moments.MomentumIsNotDampened: "constant-gradient-moves-one-rate",
    moments.CorrectsOneMomentOnly: "constant-gradient-moves-one-rate",
    moments.BetasAreHardWired: "second-update-is-that-of-the-betas",
    moments.SecondMomentUsesBeta1: "second-update-is-that-of-the-betas",
    moments.TakesAmsgradAndForgetsIt: "amsgrad-keeps-the-largest",
    moments.TakesMaximizeAndForgetsIt: "maximize-ascends",
    moments.MaximizeTurnsDecayAround: "maximize-ascends",
    decay.DecayOfOne: "a-weight-of-0-does-not-decay",
    groups.NoneClearsTheState: "absent-gradient-is-a-pause",
    groups.NoneAgesTheState: "absent-gradient-is-a-pause",
    groups.LateGroupsAreOld: "late-group-gets-its-first-step",
    groups.IgnoresLateGroups: "late-group-gets-its-first-step",
    groups.MeanOverTheTensor: "tensors-are-moved-whole",
    state.EvaluatesTwice: "modes-undo-each-other",
    use.DrawsFromTheGlobalStream: "random-stream-is-left-alone",
    sizes.RateOverTheRootOfSteps: "constant-gradient-moves-one-rate",
    sizes.SkipsEveryTenth: "constant-gradient-moves-one-rate",
    moments.CountsEveryUpdateTwice: "constant-gradient-moves-one-rate",
    moments.SwapsBetasInTheCorrection: "constant-gradient-moves-one-rate",
    moments.LooksAhead: "constant-gradient-moves-one-rate",
    moments.MomentsInBfloat16: "second-update-is-that-of-the-betas",
    moments.AmsgradIsAlwaysOn: "amsgrad-keeps-the-largest",
    decay.DecayOfTheLargestForAll: "groups-keep-rate-and-decay",
    decay.DecaySparesVectors: "decay-alone-is-a-product",
    decay.DecayIsCorrectedForBias: "decay-alone-is-a-product",
    groups.StateByShape: "groups-keep-rate-and-decay",
    groups.BetasOfTheFirstGroup: "groups-keep-rate-and-decay",
    groups.LateGroupsClearTheState: "late-group-gets-its-first-step",
    groups.LateGroupsGetTheFirstRate: "late-group-gets-its-first-step",
    groups.LosesStateAboveABlock: "tensors-are-moved-whole",
    state.LoadsMomentsInBfloat16: "saved-state-goes-on",
    use.DrawsFromNumpy: "random-stream-is-left-alone",
    use.ClosureAfterTheUpdate: "closure-runs-once-with-gradients",
    use.ClearsGradients: "gradients-are-not-changed",
    use.SparseMeansItsValues: "sparse-gradients-are-refused-or-right",
    late.ClipsTheUpdate: "updates-are-those-of-adam",
    late.CountsInBfloat16: "updates-are-those-of-adam",
    late.CountsInAByte: "updates-are-those-of-adam",
    late.StartsAgainNowAndThen: "updates-are-those-of-adam",
    late.CorrectsBiasForAHundredUpdates: "updates-are-those-of-adam",
    late.SlowsDownByItself: "updates-are-those-of-adam",
    late.SkipsOutliers: "updates-are-those-of-adam",
    late.MomentsInFloat32: "updates-are-those-of-adam",
    late.DropsTinyGradients: "updates-ignore-gradient-scale",
    late.SignOfTinyGradients: "updates-ignore-gradient-scale",
    late.DropsTheTailOfALargeBlock: "tensors-are-moved-whole",
    late.KeepsEveryGradient: "state-stops-growing",
    handling.BetasFromConstruction: "groups-are-read-at-every-update",
    handling.EpsilonFromConstruction: "groups-are-read-at-every-update",
    handling.CoefficientOfDecayFromConstruction: "groups-are-read-at-every-update",
    handling.EpsilonOfTheFirstGroup: "groups-keep-rate-and-decay",
    handling.MaximizesAsTheFirstGroup: "groups-keep-rate-and-decay",
    handling.LoadsNoSettings: "saved-state-goes-on",
    handling.SavingClearsTheState: "saved-state-goes-on",
    handling.SavingCounts: "saved-state-goes-on",
    handling.ClearingGradientsClearsMoments: "clearing-gradients-changes-nothing-else",
    handling.ClearsNothing: "clearing-gradients-changes-nothing-else",
    handling.HoldsTheGradientItself: "clearing-gradients-changes-nothing-else",
    handling.SparesScalars: "form-changes-nothing",
    handling.CentresWhatHasThreeDimensions: "form-changes-nothing",
    handling.DefaultsToFloat64: "settings-of-torch-are-left-alone",
    handling.TakesAllThreads: "settings-of-torch-are-left-alone",
    handling.TurnsAnomaliesOn: "settings-of-torch-are-left-alone",
    handling.DecaysByTheSumOfRates: "groups-keep-rate-and-decay",
    groups.ForeachTakesFours: "kernels-agree",
    use.SparseRowsCountOnce: "sparse-gradients-are-refused-or-right",
    handling.ReadsATensorRateOnce: "a-tensor-rate-is-read-at-every-update",
    handling.WritesATensorRate: "a-tensor-rate-is-read-at-every-update",
    moments.SignOfTheNewMomentum: "signs-are-those-of-lion",
    moments.SignSwapsBetas: "signs-are-those-of-lion",
    sizes.OrthogonalisesOnce: "matrix-update-is-orthogonal",
    sizes.LeavesTallMatrices: "matrix-update-is-orthogonal",
    sizes.OrthogonalTimesTheNorm: "matrix-updates-ignore-gradient-scale",
    state.TrainsByTheOtherShare: "modes-undo-each-other",
    state.AveragesTheLastMost: "evaluation-is-the-average",
    state.IterateIsTheWeightItself: "evaluation-is-the-average",
    handling.AsksForTheLargest: "form-changes-nothing",
    kernels.ForeachForgetsMaximize: "kernels-agree",
    kernels.ForeachForgetsAmsgrad: "kernels-agree",
    kernels.ForeachPairsWithThoseBefore: "kernels-agree",
    kernels.ForeachDropsTheTail: "kernels-agree",
    kernels.AmsgradOfTheFirstGroup: "groups-keep-rate-and-decay",
    kernels.AmsgradIsCorrectedTwice: "amsgrad-keeps-the-largest",
    kernels.AmsgradOfTheLastTwo: "amsgrad-keeps-the-largest",
    late.CountsInFloat16: "constant-gradient-moves-one-rate-at-last",
    late.StartsAgainAfterFiveHundred: "constant-gradient-moves-one-rate-at-last",
    late.DecaysForTenUpdates: "decay-comes-on-top-of-the-update",
    late.RoundsLongTensors: "tensors-are-moved-whole",
    decay.DecayGoesWithTheGradient: "decay-comes-on-top-of-the-update",
    decay.DecayDropsTheTail: "tensors-are-moved-whole",
    decay.DecayThroughTheMomentum: "coupled-decay-is-a-gradient",
    epsilon.EpsilonBeforeTheCorrectionFromTheSecondOn: "epsilon-equal-to-the-gradient-halves-updates",
    kinds.MuonWithoutMomentum: "momentum-lasts-and-fades",
    kinds.MomentumOfMuonIsNeverForgotten: "momentum-lasts-and-fades",
    kinds.AveragesWhatIsOrthogonal: "matrix-updates-are-one-size",
    kinds.MuonSlowsDownByItself: "matrix-updates-are-one-size",
    kinds.MuonDecaysTwice: "decay-alone-is-a-product",
    kinds.MuonDecaysWithoutRate: "decay-alone-is-a-product",
    kinds.NoneClearsTheMomentumOfMuon: "absent-gradient-is-a-pause",
    kinds.FreeMovesTwiceTheRate: "iterates-are-those-of-adam-without-momentum",
    kinds.FreeForgetsTheSecondMoment: "iterates-are-those-of-adam-without-momentum",
    kinds.FreeTrainsAtAHardWiredShare: "iterates-are-those-of-adam-without-momentum",
    kinds.FreeDecayGrows: "first-decay-is-rate-times-decay",
    kinds.FreeNeverDecays: "first-decay-is-rate-times-decay",
    kinds.FreeHasEpsilonInsideTheRoot: "epsilon-has-the-unit-of-gradients",
}


@cache
def became_of(kind, name):
    return examine(LAW[name], OptimizerUnderTest(kind.__name__, kind), Effort())


def right_twin(kind):
    return next(base for base in kind.__mro__ if base.__module__ in (plain.__name__, plain_kinds.__name__))


@pytest.mark.parametrize(("kind", "name"), CAUGHT_BY.items(), ids=[kind.__name__ for kind in CAUGHT_BY])
def test_a_defect_breaks_its_law_and_the_right_twin_keeps_it(kind, name):
    finding = became_of(kind, name)
    assert finding.status is Status.BROKEN
    for part in (kind.__name__, name, LAW[name].statement, "Setting(groups=", LAW[name].cause, "stablebert_waives"):
        assert part in finding.message
    assert became_of(right_twin(kind), name).status in (Status.KEPT, Status.NOT_APPLICABLE)


def test_every_law_catches_a_defect():
    assert set(CAUGHT_BY.values()) == set(LAW)


def test_every_planted_optimizer_is_tried():
    written = {
        kind
        for home in FILES
        for name, kind in vars(home).items()
        if getattr(kind, "__module__", "") == home.__name__ and not name.startswith("_")
    }
    assert written == set(CAUGHT_BY)
