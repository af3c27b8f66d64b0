"""What a project trains for a cell, and which cell judges it."""

from dataclasses import replace

import pytest

from stablebert.baselines import Trial, length_search, write_search
from stablebert.project import Project
from stablebert.project.options import settings_of
from stablebert.runs import Cell, cell_id, cell_key
from tests.project.projects import project_below

pytest_plugins = ["pytester"]

REINIT = ("trec", "reinit", "3ep")
OWN = "trec_reinit_3ep_minilm_fp32"


def test_a_long_cell_has_the_recorded_steps_also_with_an_encoder_of_the_users(tmp_path):
    trials = [Trial("trec", "reinit", f"{steps}st", 2e-4, 900, 90.0 - steps, False) for steps in (20, 10)]
    write_search(tmp_path, "minilm", trials, "abc", name=length_search("trec", "reinit"))
    project = project_below(tmp_path, seeds=5)
    cell = project.declared("trec", "reinit", "long")
    assert cell.id == "trec_reinit_long_minilm_fp32"
    assert {spec.steps for spec in project.specs(cell)} == {10}
    other = project_below(tmp_path, model="google/electra-small-discriminator")
    assert other.spec(other.declared("trec", "reinit", "long")).steps == 10


def test_a_long_cell_without_a_choice_is_collected_and_cannot_be_trained(tmp_path):
    project = project_below(tmp_path)
    spec = project.spec(project.declared("trec", "reinit", "long"))
    with pytest.raises(ValueError, match="`stablebert search --lengths .*` chooses it"):
        cell_key(spec, "data", "weights")


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
def test_the_judge_changes_and_what_is_trained_does_not(tmp_path, against, judge):
    project, plain = project_below(tmp_path, against=against), project_below(tmp_path)
    cell = project.declared(*REINIT)
    assert project.baseline_cell(cell).id == judge
    assert cell == plain.declared(*REINIT)
    assert project.spec(cell) == plain.spec(cell)
    assert cell_id(project.spec(cell)) == OWN


def test_a_cell_is_gated_where_its_judge_is_in_the_grid(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.stablebert.grid]\nmini = ["trec_debiased_3ep"]\n')
    cell = Cell.parse(OWN)
    assert not project_below(tmp_path).is_gated(cell)
    assert project_below(tmp_path, against="debiased").is_gated(cell)


@pytest.mark.parametrize("wrong", ["x", "trec", "trec_adamw_3ep_minilm_fp32", "trec_debiased_3ep_maxilm_fp32", "0ep"])
def test_what_names_no_cell_is_refused(tmp_path, wrong):
    with pytest.raises(ValueError, match="no cell|unknown"):
        _ = project_below(tmp_path, against=wrong).against


def test_a_session_judges_by_the_cell_it_names_and_says_so(bench):
    words = ("--stablebert-seeds=5", "--stablebert-seed-block=100", "-k", "trec_debiased")
    judged = bench(*words, "--stablebert-against=trec_bertadam_3ep_minilm_fp32")
    judged.stdout.fnmatch_lines(["stablebert: *judged against trec_bertadam_3ep_minilm_fp32*"])
    other = bench(*words, "--stablebert-against=sms_debiased_3ep_minilm_fp32")
    other.stdout.fnmatch_lines(["*not comparable: its task is trec, that of sms_debiased_3ep_minilm_fp32 is sms*"])
    assert other.ret == 1


def test_all_cells_of_the_grid_share_the_alarms_whatever_is_selected(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.stablebert.grid]\nmini = ["trec_debiased_3ep", "sms_reinit_3ep"]\n')
    assert project_below(tmp_path).policy.cells == 2
    # the control: the number is in the digest
    assert project_below(tmp_path).policy.digest != replace(project_below(tmp_path).policy, cells=3).digest


def test_the_second_endpoint_stands_within_one_method_and_encoder_only(tmp_path):
    assert project_below(tmp_path).policy.endpoint == "log_loss"
    assert project_below(tmp_path, against="debiased").policy.endpoint == "none"
    assert Project(tmp_path, settings_of({"model": "some/model"})).policy.endpoint == "none"
