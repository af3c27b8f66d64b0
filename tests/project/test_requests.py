from pathlib import Path
from types import SimpleNamespace

import pytest

from stablebert.baselines import Trial, length_search, write_search
from stablebert.bench import cells
from stablebert.project.requests import candidate_spec, gate_request
from stablebert.runs import cell_key


def session(baselines: Path, **given):
    settings = {"profile": "mini", "against": None, "model": None, "optimizer": None, "optimizer_args": "{}"}
    settings |= {
        "fidelity": "corrected",
        "precision": "fp32",
        "seeds": 5,
        "seed_block": 100,
        "baselines": (baselines,),
        "methods": {},
        "accept": False,
    }
    return SimpleNamespace(**{**settings, **given})


def test_a_long_cell_has_the_recorded_steps_also_with_an_encoder_of_the_users(tmp_path):
    (cell,) = cells(["trec"], ["reinit"], length="long")
    trials = [Trial("trec", "reinit", f"{steps}st", 2e-4, 900, 90.0 - steps, False) for steps in (20, 10)]
    write_search(tmp_path, "minilm", trials, "abc", name=length_search("trec", "reinit"))
    gate = gate_request(cell, session(tmp_path))
    assert gate.id == "trec_reinit_long_minilm_fp32"
    assert {spec.steps for spec in gate.specs} == {10}
    assert candidate_spec(cell, session(tmp_path, model="google/electra-small-discriminator")).steps == 10


def test_a_long_cell_without_a_choice_is_collected_and_cannot_be_trained(tmp_path):
    (cell,) = cells(["trec"], ["reinit"], length="long")
    spec = candidate_spec(cell, session(tmp_path))
    with pytest.raises(ValueError, match="`stablebert search --lengths .*` chooses it"):
        cell_key(spec, "data", "weights")
