"""Every planted defect is seen by the tests that are said to see it, and by none while it is not planted."""

import time
from functools import partial

import pytest
import torch

from stablebert.encoders.model import Classifier, load_encoder
from stablebert.records import RunStore
from stablebert.runs import RunSpec
from stablebert.training.examples import encode
from tests.defects import gate, native, noninferiority, optimizer, parts, quiet, recipe, rule, sessions
from tests.plugin.conftest import bench  # noqa: F401 a fixture
from tests.records.test_code_digest import home  # noqa: F401 a fixture
from tests.tiny import tiny_task
from tests.training.fast.native.kept import NEEDS_KERNELS
from tests.training.test_train import RECIPE
from tests.training.trajectory import write_exact_encoder

pytest_plugins = ["pytester"]

OF_THE_GATE = (noninferiority, gate, rule, parts, sessions)
DEFECTS = (
    *optimizer.DEFECTS,
    *recipe.DEFECTS,
    *quiet.DEFECTS,
    *native.DEFECTS,
    *(defect for room in OF_THE_GATE for defect in room.DEFECTS),
)
KILLERS = list({str(killer): killer for defect in DEFECTS for killer in defect.killers}.values())


def each(items, killers_of, name_of):
    """Return parameters of a test, left out where a killer needs kernels that cannot be had."""
    return [
        pytest.param(
            item,
            id=name_of(item),
            marks=NEEDS_KERNELS if any("native" in killer.test for killer in killers_of(item)) else (),
        )
        for item in items
    ]


@pytest.fixture(scope="module")
def exact_encoder(tmp_path_factory):
    return write_exact_encoder(tmp_path_factory.mktemp("exact"))


@pytest.fixture
def fixtures(exact_encoder, tiny_encoder, monkeypatch, tmp_path_factory, request):
    """What killers ask for, made anew each time; those of pytest's own once a test."""

    def classifier():
        return Classifier(load_encoder("tiny", source=str(tiny_encoder)), 2, 0.1, torch.Generator().manual_seed(0))

    spec = RunSpec(
        task="trec",
        length="4ep",
        encoder="custom-abcdef",
        encoder_source=str(tiny_encoder),
        recipe=RECIPE,
    )
    once = ("bench", "home", "pytestconfig", "pytester", "tmp_path")
    return {
        **{name: partial(request.getfixturevalue, name) for name in once},
        "exact_encoder": lambda: exact_encoder,
        "tiny_encoder": lambda: tiny_encoder,
        "tmp_path_factory": lambda: tmp_path_factory,
        "monkeypatch": lambda: monkeypatch,
        "store": lambda: RunStore(tmp_path_factory.mktemp("runs")),
        "task": tiny_task,
        "batch": lambda: encode(tiny_task().train, load_encoder("tiny", source=str(tiny_encoder)).tokenizer, 32)[:9],
        "spec": lambda: spec,
        "model": classifier,
        "classifier": classifier,
    }


def test_the_catalogue_is_as_long_as_it_should_be():
    ids = [defect.id for defect in DEFECTS]
    assert len(ids) == len(set(ids)) >= 40
    assert all(defect.killers for defect in DEFECTS)


@pytest.mark.parametrize(
    "killer", each(KILLERS, lambda killer: (killer,), lambda killer: killer.test.rpartition(":")[2])
)
def test_without_a_defect_it_passes(killer, fixtures):
    killer.run(fixtures)


@pytest.mark.parametrize("defect", each(DEFECTS, lambda defect: defect.killers, lambda defect: defect.id))
def test_it_is_killed(defect, fixtures, monkeypatch, record_property):
    for killer in defect.killers:
        killer.load()
        # what the test itself patches is undone before the defect is
        with monkeypatch.context() as planted, monkeypatch.context() as own:
            defect.plant(planted)
            started = time.perf_counter()
            try:
                killer.run({**fixtures, "monkeypatch": lambda own=own: own})
            except (Exception, pytest.fail.Exception):
                seconds = time.perf_counter() - started
            else:
                pytest.fail(f"{defect.id} ({defect.what}) survives {killer.test}")
        record_property("kill", f"{defect.id}|{defect.what}|{killer.layer}|{killer.test}|{seconds:.2f}")
