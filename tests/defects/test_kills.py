"""Every planted defect is seen by the tests that are said to see it, and by none while it is not planted."""

import time

import pytest
import torch

from stablebert.encoders.classifier import Classifier
from stablebert.encoders.loading import load_encoder
from stablebert.runs import RunSpec
from tests.defects import optimizer, recipe
from tests.tiny import tiny_task
from tests.training.test_train import RECIPE
from tests.training.trajectory import write_exact_encoder

DEFECTS = (*optimizer.DEFECTS, *recipe.DEFECTS)
KILLERS = list({str(killer): killer for defect in DEFECTS for killer in defect.killers}.values())


@pytest.fixture(scope="module")
def exact_encoder(tmp_path_factory):
    return write_exact_encoder(tmp_path_factory.mktemp("exact"))


@pytest.fixture
def fixtures(exact_encoder, tiny_encoder, monkeypatch, tmp_path_factory):
    """What killers ask for, made anew each time."""

    def classifier():
        return Classifier(load_encoder("tiny", source=str(tiny_encoder)), 2, 0.1, torch.Generator().manual_seed(0))

    spec = RunSpec(
        task="trec",
        length="4ep",
        encoder="custom-abcdef",
        encoder_source=str(tiny_encoder),
        recipe=RECIPE,
    )
    return {
        "exact_encoder": lambda: exact_encoder,
        "tiny_encoder": lambda: tiny_encoder,
        "tmp_path_factory": lambda: tmp_path_factory,
        "monkeypatch": lambda: monkeypatch,
        "task": tiny_task,
        "spec": lambda: spec,
        "model": classifier,
        "classifier": classifier,
    }


def test_the_catalogue_is_as_long_as_it_should_be():
    ids = [defect.id for defect in DEFECTS]
    assert len(ids) == len(set(ids)) >= 40
    assert all(defect.killers for defect in DEFECTS)


@pytest.mark.parametrize("killer", KILLERS, ids=lambda killer: killer.test.rpartition(":")[2])
def test_without_a_defect_it_passes(killer, fixtures):
    killer.run(fixtures)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.id)
def test_it_is_killed(defect, fixtures, monkeypatch, record_property):
    for killer in defect.killers:
        with monkeypatch.context() as planted:
            defect.plant(planted)
            started = time.perf_counter()
            try:
                killer.run(fixtures)
            except Exception:
                seconds = time.perf_counter() - started
            else:
                pytest.fail(f"{defect.id} ({defect.what}) survives {killer.test}")
        record_property("kill", f"{defect.id}|{defect.what}|{killer.layer}|{killer.test}|{seconds:.2f}")
