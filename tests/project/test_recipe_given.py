"""Rate, batch and the like given for a candidate: read at both doors, part of its keys, and said beside a verdict."""

import argparse
import importlib
import json
from dataclasses import asdict

import pytest

from stablebert.baselines import baseline_path, write_baseline
from stablebert.cli.arguments import add_options, project_of
from stablebert.encoders.encoder_files import parameter_count
from stablebert.gate import Status
from stablebert.project import judge_stored_session, load_project
from stablebert.project.options import options_in
from stablebert.records import Keys, RunStore, run_keys
from stablebert.report import note_lines
from stablebert.runs import Cell, Recipe, cell_key
from tests.frozen import freeze_margins
from tests.project.projects import project_below
from tests.synthetic import synthetic_record, synthetic_rows, wobble
from tests.tiny import write_tiny_encoder

pytest_plugins = ["pytester"]

TREC = ("trec", "debiased", "3ep")
GIVEN = {"learning_rate": 1e-4, "batch_size": 16}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("learning_rate", "must be NAME=VALUE"),
        ("rate=1e-4", "must be NAME=VALUE .*names: learning_rate, batch_size, "),
        ("", None),
        ("learning_rate=1e-4,", "must be NAME=VALUE"),
        ("learning_rate=fast", "gives learning_rate as 'fast', which is no such number; its default is 2e-05"),
        ("batch_size=16.5", "gives batch_size as '16.5', which is no such number; its default is 32"),
        ("learning_rate=-1", "learning_rate is -1.0; it must be > 0"),
        ("learning_rate=inf", "learning_rate as inf; it must be finite"),
        ("learning_rate=nan", "learning_rate as nan; it must be finite"),
        ("batch_size=0", "batch_size is 0; it must be >= 1"),
        ("betas=0.9", r"betas is \(0.9,\); it must be two values"),
        ("batch_size=16,batch_size=32", "gives batch_size twice"),
    ],
)
def test_a_recipe_that_is_none_is_one_clear_error(tmp_path, text, message):
    if message is None:
        assert project_below(tmp_path, recipe=text).settings.recipe is None
        return
    with pytest.raises(ValueError, match=f"--stablebert-recipe '{text}' .*{message}"):
        project_below(tmp_path, recipe=text)


def test_both_doors_take_it_in_one_word_or_several(pytester, monkeypatch):
    words = [["learning_rate=1e-4,batch_size=16"], ["learning_rate=1e-4", "batch_size=16"]]
    monkeypatch.chdir(pytester.path)
    parser = argparse.ArgumentParser()
    add_options(parser, "recipe", "model")
    for given in words:
        _, settings = options_in(pytester.parseconfig(*(f"--stablebert-recipe={word}" for word in given)))
        assert dict(settings.recipe) == GIVEN
        arguments = parser.parse_args([part for word in given for part in ("--recipe", word)])
        assert dict(project_of(arguments).settings.recipe) == GIVEN
    assert dict(load_project(pytester.path, recipe=words[0][0]).settings.recipe) == GIVEN
    # the control
    assert project_of(parser.parse_args([])).settings.recipe is None


def test_it_is_the_models_and_part_of_its_keys(tmp_path):
    text = "learning_rate=1e-4,batch_size=16"
    plain, given = (project_below(tmp_path, model="some/model", **more) for more in ({}, {"recipe": text}))
    ours = given.spec(given.declared(*TREC))
    assert asdict(ours.recipe) == {**asdict(Recipe()), **GIVEN}
    keys = {cell_key(project.spec(project.declared(*TREC)), "data", "weights") for project in (plain, given)}
    assert len(keys) == 2
    # that which judges keeps its own
    judge = given.baseline_cell(given.declared(*TREC))
    assert given.spec(judge) == plain.spec(judge)


def test_it_goes_before_what_is_recorded(tmp_path, request):
    (tmp_path / "paper").symlink_to(request.config.rootpath / "baselines" / "paper")
    given = project_below(tmp_path, model="xlnet-large", recipe="learning_rate=1e-4")
    own = given.spec(given.declared("rte", "debiased", "own"))
    assert (own.recipe.learning_rate, own.recipe.batch_size, own.steps) == (1e-4, 32, 800)


@pytest.fixture
def judged(tmp_path, monkeypatch):
    """A function that judges twelve equal runs by a baseline at rate 2e-4, and returns the session."""

    def keys(spec):
        key = f"{spec.seed:03d}{spec.encoder}{spec.recipe.learning_rate}{spec.optimizer or ''}".ljust(64, "0")
        return Keys(key, key, cell_key(spec, "data", "weights"), "code", "data", "weights")

    for module in ("stablebert.project.judging", "stablebert.records.obtain"):
        monkeypatch.setattr(importlib.import_module(module), "run_keys", keys)

    def judge(facts=None, **given):
        project = project_below(tmp_path, seeds="12", **{"seed-block": "100"}, **given)
        cell, theirs = project.declared(*TREC), project_below(tmp_path).spec(Cell("trec"))
        recipe = json.dumps(asdict(theirs.recipe))
        header = {"cell": "trec_debiased_3ep_minilm_fp32", "cell_key": keys(theirs).cell, "recipe": recipe}
        header |= {"data": "data", "environment_class": "cpu-fp32", **(facts or {})}
        write_baseline(baseline_path(tmp_path, Cell("trec")), header, synthetic_rows(90.0, range(20)))
        freeze_margins(tmp_path)
        for spec in project.specs(cell):
            RunStore(project.store).publish(keys(spec).record, synthetic_record(spec, 90 + wobble(spec.seed)))
        return judge_stored_session(project, [cell])

    return judge


def test_a_recipe_other_than_the_baselines_is_named(judged):
    assert judged().status is Status.PASS
    found = judged(recipe="learning_rate=1e-4,batch_size=16")
    assert found.status is Status.INVALID
    reason = "its baseline was made with another recipe: learning_rate 0.0002, here 0.0001; batch_size 32, here 16"
    assert found.verdicts[0].reason == reason


def test_a_baseline_of_an_optimizer_judges_that_optimizer_alone(judged):
    sgd = {"optimizer": "torch.optim:SGD"}
    assert judged(sgd, optimizer="torch.optim:SGD").status is Status.PASS
    for given in ({}, {"optimizer": "torch.optim:Adam"}):
        found = judged(sgd, **given)
        assert found.status is Status.INVALID
        words = "its baseline is of torch.optim:SGD: it judges what --stablebert-optimizer torch.optim:SGD makes"
        assert found.verdicts[0].reason == words
    # the control: the method's own judges any
    assert judged(optimizer="torch.optim:SGD").status is Status.PASS


def test_the_baselines_own_recipe_given_is_no_other(judged):
    found = judged(recipe="learning_rate=2e-4,batch_size=32")
    assert (found.status, found.apart) == (Status.PASS, ())


def test_what_a_model_differs_in_is_said_beside_its_verdict(judged, tmp_path):
    folder = write_tiny_encoder(tmp_path / "mine")
    found = judged(model=str(folder), recipe="batch_size=16")
    assert found.status is Status.PASS
    (line,) = note_lines(found)
    assert line.startswith("differing: trec_debiased_3ep_custom-")
    parameters = f"parameters {parameter_count(folder):,} / "
    for words in ("learning_rate 2e-05 / 0.0002", "batch_size 16 / 32", parameters, "seconds a run 1.0 / "):
        assert words in line
    assert line.index("weights ") < line.index("tokenizer ")


def test_the_key_of_a_run_has_the_recipe_that_is_given(tiny_encoder, tmp_path, monkeypatch):
    monkeypatch.setattr("stablebert.records.provenance.task_digest", lambda *_: "data")
    projects = [
        project_below(tmp_path, model=str(tiny_encoder), **more)
        for more in ({}, {"recipe": "batch_size=16"}, {"recipe": "learning_rate=2e-5"})
    ]
    records = [run_keys(project.spec(project.declared(*TREC))).record for project in projects]
    assert records[0] != records[1]
    # what is given as it is recorded is the same run
    assert records[0] == records[2]
