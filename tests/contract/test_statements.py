"""A number in a law's sentence is the one that its check uses: gradients are recorded on their way to the optimizer."""

import re

import pytest
import torch

from stablebert.contract import LAWS, Effort, OptimizerUnderTest, Status, examine
from stablebert.contract.laws import memory
from stablebert.contract.setting import Group, Setting
from tests.contract.plain import Plain
from tests.contract.plain_kinds import PlainFree, PlainOrthogonal, PlainSign

LAW = {law.name: law for law in LAWS}
SETTING = Setting(groups=(Group(rate=0.1, decay=0.5, shapes=((1,),)),), steps=1)
NUMBER = re.compile(r"(?<!\w)\d\S*\d")
IN_WORDS = re.compile(r"\b(ten|twenty|fifty|sixty|hundred|thousand|million)\b")


def numbers_in(name):
    return [float(text) for text in NUMBER.findall(LAW[name].statement)]


def recording(seen, base=Plain):
    """Return a right optimizer that appends each gradient, and a list for each time that it is built."""

    class Records(base):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            seen.append([])

        def gradient(self, parameter, group):
            seen[-1].append(parameter.grad.clone())
            return parameter.grad

    return OptimizerUnderTest("records", Records)


def large_gradient_as_checked():
    """Return how much larger the large gradient is, and how many updates later the usual one comes."""
    seen = []
    LAW["large-gradient-is-remembered"].check(recording(seen), SETTING)
    sizes = next([float(row.abs().max()) for row in run] for run in seen if run and run[0].any())
    return [round(sizes[0] / sizes[-1], 6), len(sizes) - 1]


def test_the_large_gradient_is_as_large_and_as_long_ago_as_the_sentence_says(monkeypatch):
    assert large_gradient_as_checked() == numbers_in("large-gradient-is-remembered")
    # the control: a check that waits for another number of updates than is said
    monkeypatch.setattr(memory, "WAIT", 100)
    assert large_gradient_as_checked() != numbers_in("large-gradient-is-remembered")


def test_tiny_gradients_are_those_of_the_sentence():
    seen = []
    subject = recording(seen)
    # what is seen before the law is the look at which dtypes there are
    assert subject.precisions == ("float64", "float32")
    assert subject.lacks("decay") is None
    seen.clear()
    assert examine(LAW["tiny-gradients-stay-finite"], subject, Effort()).status is Status.KEPT
    given = {float(size) for run in seen for row in run for size in row.abs().flatten()}
    assert {row.dtype for run in seen for row in run} == {torch.float32}
    *sizes, _ = numbers_in("tiny-gradients-stay-finite")
    assert given == {0.0, *(float(torch.tensor(size)) for size in sizes)}
    assert "gradients of 0, " in LAW["tiny-gradients-stay-finite"].statement


@pytest.mark.parametrize(("share", "status"), [(0.99, Status.KEPT), (1.01, Status.BROKEN)])
def test_the_bound_on_their_updates_is_that_of_the_sentence(share, status):
    *_, most = numbers_in("tiny-gradients-stay-finite")

    class Moves(Plain):
        def direction(self, gradient, group, state):
            return torch.full_like(gradient, most * share)

    assert examine(LAW["tiny-gradients-stay-finite"], OptimizerUnderTest("moves", Moves)).status is status


@pytest.mark.parametrize(
    ("name", "base", "first"),
    [
        ("constant-gradient-moves-one-rate", Plain, 0),
        ("constant-gradient-moves-one-rate-at-last", Plain, 0),
        ("decay-comes-on-top-of-the-update", Plain, 0),
        ("momentum-lasts-and-fades", PlainOrthogonal, 1),
    ],
)
def test_gradients_come_as_often_as_the_sentence_says(name, base, first):
    seen = []
    LAW[name].check(recording(seen, base), SETTING)
    assert [sum(map(len, seen)) / len(seen) - first] == numbers_in(name)


def test_iterates_are_as_many_as_the_sentence_says():
    seen = []

    class Counts(PlainFree):
        def update(self, parameter, group):
            seen.append(parameter)
            super().update(parameter, group)

    LAW["iterates-are-those-of-adam-without-momentum"].check(OptimizerUnderTest("counts", Counts), SETTING)
    assert [float(len(seen))] == numbers_in("iterates-are-those-of-adam-without-momentum")


def test_the_long_tensor_is_as_long_as_the_sentence_says():
    seen = []
    LAW["tensors-are-moved-whole"].check(recording(seen), SETTING)
    assert [float(max(row.numel() for run in seen for row in run))] == numbers_in("tensors-are-moved-whole")


def test_a_whole_run_is_as_long_as_the_sentence_says():
    seen = []
    LAW["updates-are-those-of-adam"].check(recording(seen), SETTING)
    assert [float(max(map(len, seen)))] == numbers_in("updates-are-those-of-adam")
    sizes = [float(row.abs().max()) for row in max(seen, key=len)]
    assert 100 < max(sizes) / min(size for size in sizes if size) < 4000
    seen.clear()
    LAW["signs-are-those-of-lion"].check(recording(seen, PlainSign), SETTING)
    assert [float(max(map(len, seen)))] == numbers_in("signs-are-those-of-lion")


def test_gradients_of_a_matrix_are_as_much_larger_as_the_sentence_says():
    seen = []
    LAW["matrix-updates-ignore-gradient-scale"].check(recording(seen, PlainOrthogonal), SETTING)
    usual, larger = (run[0] for run in seen if run)
    assert [float(larger.norm() / usual.norm())] == numbers_in("matrix-updates-ignore-gradient-scale")


def test_small_gradients_are_those_of_the_sentence():
    seen = []
    LAW["updates-ignore-gradient-scale"].check(recording(seen), SETTING)
    (said,) = numbers_in("updates-ignore-gradient-scale")
    smallest = min(float(row.abs().max()) for run in seen for row in run if row.any())
    assert said / 2 <= smallest <= 2 * said


def test_no_other_sentence_has_a_number_to_hold():
    assert {name for name in LAW if numbers_in(name)} == {
        "updates-are-those-of-adam",
        "signs-are-those-of-lion",
        "matrix-updates-ignore-gradient-scale",
        "updates-ignore-gradient-scale",
        "tiny-gradients-stay-finite",
        "constant-gradient-moves-one-rate",
        "constant-gradient-moves-one-rate-at-last",
        "decay-comes-on-top-of-the-update",
        "momentum-lasts-and-fades",
        "iterates-are-those-of-adam-without-momentum",
        "large-gradient-is-remembered",
        "tensors-are-moved-whole",
    }
    assert not any(IN_WORDS.search(law.statement) for law in LAWS)


def test_laws_are_checked_in_one_thread_whose_number_is_put_back():
    seen = set()

    class Counts(Plain):
        def direction(self, gradient, group, state):
            seen.add(torch.get_num_threads())
            return super().direction(gradient, group, state)

    subject, before = OptimizerUnderTest("counts", Counts), torch.get_num_threads()
    assert subject.precisions
    seen.clear()
    torch.set_num_threads(2)
    try:
        examine(LAW["updates-scale-with-rate"], subject, Effort(examples=1))
        assert (seen, torch.get_num_threads()) == ({1}, 2)
    finally:
        torch.set_num_threads(before)


def test_nothing_is_compiled_for_a_law():
    def refuse(*_):
        raise AssertionError("compiled")

    class Compiles(Plain):
        def denominator(self, square, eps):
            return torch.compile(super().denominator, backend=refuse)(square, eps)

    subject = OptimizerUnderTest("compiles", Compiles)
    assert examine(LAW["updates-scale-with-rate"], subject, Effort(examples=1)).status is Status.KEPT
    # the control: outside of a law it is
    weight = torch.nn.Parameter(torch.ones(1))
    weight.grad = torch.ones(1)
    with pytest.raises(Exception, match="compiled"):
        Compiles([weight]).step()
