"""Any stored cell can judge: an encoder, a method, a length, or a whole cell."""

from types import SimpleNamespace

import pytest

from stablebert.bench import cells
from stablebert.project.against import replaced_fields
from stablebert.project.requests import baseline_spec, candidate_spec, is_gated
from stablebert.runs import cell_id

pytest_plugins = ["pytester"]

(REINIT,) = cells(["trec"], ["reinit"])
OWN = "trec_reinit_3ep_minilm_fp32"


def session(**given):
    settings = {"profile": "mini", "against": None, "model": None, "optimizer": None, "optimizer_args": "{}"}
    settings |= {
        "fidelity": "corrected",
        "precision": "fp32",
        "seed_block": 100,
        "baselines": (),
        "methods": {},
        "accept": False,
    }
    return SimpleNamespace(**{**settings, **given})


@pytest.mark.parametrize(
    ("against", "judge"),
    [
        (None, OWN),
        ("debiased", "trec_debiased_3ep_minilm_fp32"),
        ("800st", "trec_reinit_800st_minilm_fp32"),
        ("electra-large", "trec_reinit_3ep_electra-large_fp32"),
        ("trec_debiased_800st_bert-large_fp32", "trec_debiased_800st_bert-large_fp32"),
    ],
)
def test_the_judge_changes_and_what_is_trained_does_not(against, judge):
    settings = session(against=against)
    assert cell_id(baseline_spec(REINIT, settings)) == judge
    assert candidate_spec(REINIT, settings) == candidate_spec(REINIT, session())
    assert cell_id(candidate_spec(REINIT, settings)) == OWN


def test_a_cell_is_gated_where_its_judge_is_in_the_grid():
    grid = frozenset({"trec_debiased_3ep"})
    assert not is_gated(REINIT, grid, session())
    assert is_gated(REINIT, grid, session(against="debiased"))


@pytest.mark.parametrize("wrong", ["x", "trec", "trec_adamw_3ep_minilm_fp32", "trec_debiased_3ep_maxilm_fp32", "0ep"])
def test_what_names_no_cell_is_refused(wrong):
    with pytest.raises(ValueError, match="no cell|unknown"):
        replaced_fields(wrong)


def test_a_session_judges_by_the_cell_it_names_and_says_so(bench):
    words = ("--stablebert-seeds=5", "--stablebert-seed-block=100", "-k", "trec_debiased")
    judged = bench(*words, "--stablebert-against=trec_bertadam_3ep_minilm_fp32")
    judged.stdout.fnmatch_lines(["stablebert: *judged against trec_bertadam_3ep_minilm_fp32*"])
    other = bench(*words, "--stablebert-against=sms_debiased_3ep_minilm_fp32")
    other.stdout.fnmatch_lines(["*not comparable: its task is trec, that of sms_debiased_3ep_minilm_fp32 is sms*"])
    assert other.ret == 1
