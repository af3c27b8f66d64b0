"""`stablebert search`: what is tried, recorded and chosen."""

import json

import pytest

from stablebert.baselines import (
    BaselineError,
    Trial,
    parameter_search,
    rate_search,
    read_search,
    winner,
    write_search,
)
from stablebert.cli import main
from stablebert.project import load_project
from stablebert.records import Keys, RunStore
from stablebert.runs import digest_of, format_id
from tests.cli.conftest import OBTAIN
from tests.synthetic import synthetic_record


def test_search_records_its_winner(capsys, monkeypatch, tmp_path):
    def keys(spec):
        return Keys(*([f"{spec.recipe.learning_rate:.0e}{spec.task}".ljust(64, "0")] * 6))

    monkeypatch.setattr(OBTAIN, "run_keys", keys)
    best = {1e-4: 80.0, 2e-4: 85.0}
    monkeypatch.setattr(OBTAIN, "_train", lambda spec, **_: synthetic_record(spec, best[spec.recipe.learning_rate]))
    words = ["--tasks", "trec", "sms", "--rates", "1e-4", "2e-4", "--store", "s", "--baselines", "b"]
    assert main(["search", *words]) == 0
    assert "debiased 3ep at 0.0002: mean validation 85.00  <- best" in capsys.readouterr().out
    assert winner(read_search(tmp_path / "b", "minilm")).learning_rate == 2e-4


def test_a_task_may_have_a_rate_of_its_own_and_another_after_the_intermediate_task(monkeypatch, tmp_path):
    def keys(spec):
        return Keys(*([digest_of([format_id(spec), spec.recipe.learning_rate])] * 6))

    best = {("rte-1k", "debiased"): 1e-4, ("rte-1k", "transfer"): 5e-5, ("trec", "debiased"): 4e-4}

    def train(spec, **_):
        return synthetic_record(spec, 80.0 + 5 * (spec.recipe.learning_rate == best[spec.task, spec.method]))

    monkeypatch.setattr(OBTAIN, "run_keys", keys)
    monkeypatch.setattr(OBTAIN, "intermediate_run", lambda spec: None)
    monkeypatch.setattr(OBTAIN, "_train", train)
    words = ["--store", "s", "--baselines", "b"]
    each = ["search", "--tasks", "rte-1k", "--each", "--rates", "5e-5", "1e-4", "2e-4"]
    assert main([*each, "--methods", "debiased", "transfer", *words]) == 0
    assert len(list(RunStore(tmp_path / "s").records())) == 2 * 3 * 8
    # that of all tasks stands beside it
    assert main(["search", "--tasks", "trec", "--rates", "2e-4", "4e-4", *words]) == 0
    project = load_project(tmp_path, baselines="b")
    rates = {
        name: project.spec(project.cell_of(f"{name}_3ep_minilm_fp32")).recipe.learning_rate
        for name in ("rte-1k_debiased", "rte-1k_reinit", "rte-1k_transfer", "trec_debiased", "rte_debiased")
    }
    assert rates == {
        "rte-1k_debiased": 1e-4,
        "rte-1k_reinit": 1e-4,
        "rte-1k_transfer": 5e-5,
        "trec_debiased": 4e-4,
        "rte_debiased": 4e-4,
    }


def test_a_search_of_a_task_that_has_trials_of_another_is_refused(tmp_path):
    trials = [Trial("sms", "debiased", "3ep", 1e-4, 900, 80.0, False)]
    write_search(tmp_path / "b", "minilm", trials, "abc", name=rate_search("rte-1k"))
    project = load_project(tmp_path, baselines="b")
    with pytest.raises(BaselineError, match=r"rte-1k_debiased.csv has trials of sms"):
        project.spec(project.cell_of("rte-1k_debiased_3ep_minilm_fp32"))


def test_a_search_of_lengths_decides_what_long_means(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(OBTAIN, "run_keys", lambda spec: Keys(*([digest_of(format_id(spec))] * 6)))
    best = {"200st": 80.0, "800st": 85.0, "3200st": 85.0}
    monkeypatch.setattr(OBTAIN, "_train", lambda spec, **_: synthetic_record(spec, best[spec.length]))
    words = ["--tasks", "trec", "sms", "--methods", "debiased", "reinit", "--lengths", "200", "800", "3200"]
    assert main(["search", *words, "--store", "s", "--baselines", "b"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("debiased 800st at 0.0002: mean validation 85.00  <- best") == 2
    assert len(trained := list(RunStore(tmp_path / "s").records())) == 2 * 2 * 3 * 8
    assert {record.spec.seed for record in trained} == set(range(900, 908))
    for cell in ("trec_reinit_long_minilm_fp32", "sms_debiased_long_minilm_fp32"):
        project = load_project(tmp_path, baselines="b")
        assert project.spec(project.cell_of(cell)).steps == 800
    for file in (tmp_path / "b").glob("minilm/searches/length/*.csv"):
        assert "# machine: cpu (test), torch 0\n" in file.read_text()


def test_a_search_of_parameters_takes_the_papers_grid(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(OBTAIN, "run_keys", lambda spec: Keys(*([digest_of(format_id(spec))] * 6)))
    best = {"mixout.p0.3": 85.0, "llrd.decay0.9.lr5e-05": 85.0}
    monkeypatch.setattr(OBTAIN, "_train", lambda spec, **_: synthetic_record(spec, best.get(spec.method, 80.0)))
    words = ["--tasks", "trec", "--parameters", "mixout", "llrd", "--seeds", "900", "901", "--store", "s"]
    assert main(["search", *words, "--baselines", "b"]) == 0
    assert len(list(RunStore(tmp_path / "s").records())) == (5 + 6) * 2
    printed = capsys.readouterr().out
    for text in best:
        search = parameter_search("trec", text.split(".")[0])
        assert winner(read_search(tmp_path / "b", "minilm", search)).method == text
        assert f"{text} 3ep at 0.0002: mean validation 85.00  <- best" in printed


def test_a_search_of_lengths_may_take_the_papers(monkeypatch):
    seen = []
    monkeypatch.setattr("stablebert.cli.search.make_runs", lambda specs, *_, **__: seen.extend(specs) or [ValueError()])
    assert main(["search", "--lengths", "--tasks", "trec", "--baselines", "b"]) == 2
    assert {spec.length for spec in seen} == {"200st", "400st", "800st", "1600st", "3200st"}


PRODIGAL = """
import torch


class Finds(torch.optim.SGD):
    def __init__(self, params, lr=1.0, d0=1e-6, weight_decay=0.5):
        super().__init__(params, lr=lr, weight_decay=weight_decay)
"""


def rate_of(spec):
    return json.loads(spec.optimizer_arguments)["lr"]


def test_a_search_of_an_optimizer_records_the_rate_that_it_is_run_at(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(OBTAIN, "run_keys", lambda spec: Keys(*([digest_of([format_id(spec), rate_of(spec)])] * 6)))
    monkeypatch.setattr(
        OBTAIN, "_train", lambda spec, **_: synthetic_record(spec, 85.0 if rate_of(spec) == 3e-4 else 80)
    )
    subject = ["--optimizer", "torch.optim:AdamW", "--optimizer-args", '{"weight_decay":0.1}', "--baselines", "b"]
    words = ["--tasks", "trec", "sms", "--rates", "1e-4", "3e-4", "9e-4", "--store", "s"]
    assert main(["search", *words, *subject]) == 0
    assert "debiased 3ep at 0.0003: mean validation 85.00  <- best" in capsys.readouterr().out
    (path,) = tmp_path.glob("b/minilm/searches/optimizers/torch.optim.AdamW-*.csv")
    assert (
        "# why: the recipe's rate is that of debiased Adam; this is the rate of torch.optim:AdamW {" in path.read_text()
    )

    def specs(arguments):
        project = load_project(tmp_path, baselines="b", optimizer="torch.optim:AdamW", optimizer_args=arguments)
        return project.spec(project.cell_of("trec_reinit_3ep_minilm_fp32"))

    assert json.loads(specs('{"weight_decay":0.1}').optimizer_arguments) == {"lr": 3e-4, "weight_decay": 0.1}
    # the recipe, and so the baseline, is that of the cell
    assert specs('{"weight_decay":0.1}').recipe == specs("{}").recipe
    # a given rate stands, and other arguments are another optimizer
    assert rate_of(specs('{"lr":1e-05,"weight_decay":0.1}')) == 1e-5
    assert specs("{}").optimizer_arguments == "{}"
    assert main(["run", "trec_debiased_3ep_minilm_fp32_s900", "--store", "s", *subject]) == 0
    printed = capsys.readouterr().out
    assert "optimizer torch.optim:AdamW: peak rate 0.0003 as searched; its own, where no method sets it: " in printed
    assert "betas=(0.9, 0.999), eps=1e-08" in printed
    main(["gate", "trec_debiased_3ep_minilm_fp32", "--seeds", "3", "--store", "s", *subject])
    assert "optimizer torch.optim:AdamW: peak rate 0.0003 as searched" in capsys.readouterr().out


def test_an_optimizers_rates_are_tried_about_what_it_gets_without_a_search(capsys, monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr("stablebert.cli.search.make_runs", lambda specs, *_, **__: seen.extend(specs) or [ValueError()])
    (tmp_path / "prodigal.py").write_text(PRODIGAL)
    monkeypatch.syspath_prepend(str(tmp_path))
    for path, rates in (
        ("torch.optim:AdamW", [2e-5, 6e-5, 2e-4, 6e-4, 2e-3]),
        ("prodigal:Finds", [0.1, 0.3, 1, 3, 10]),
    ):
        seen.clear()
        assert main(["search", "--tasks", "trec", "--optimizer", path, "--baselines", "b"]) == 2
        assert [rate_of(spec) for spec in seen] == rates
        assert {spec.seed for spec in seen} == {900}
    assert (
        "peak rate 1, its own; its own, where no method sets it: d0=1e-06, weight_decay=0.5" in capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--lengths", "200"], "--optimizer goes with --rates"),
        (["--optimizer-args", '{"lr": 1}'], '--optimizer-args {"lr":1} has an lr, which is what the search chooses'),
    ],
)
def test_what_a_search_of_an_optimizer_does_not_vary_is_named(capsys, words, reason):
    assert main(["search", "--tasks", "trec", "--optimizer", "torch.optim:AdamW", *words]) == 2
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--methods", "transfer"], "--methods goes with --lengths or --each"),
        (
            ["--each", "--methods", "mixout"],
            "--methods mixout with --each: a task's own rate is that of debiased or of",
        ),
        (["--each", "--lengths", "200"], "--each goes with --rates"),
        (["--each", "--optimizer", "torch.optim:AdamW"], "--each goes with --rates"),
    ],
)
def test_what_a_search_of_a_tasks_own_rate_cannot_be_is_named(capsys, words, reason):
    assert main(["search", "--tasks", "trec", *words]) == 2
    assert reason in capsys.readouterr().err
