"""`stablebert search`: what is tried, recorded and chosen."""

from stablebert.baselines import parameter_search, read_search, winner
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
    monkeypatch.setattr("stablebert.cli.search.run_all", lambda specs, *_, **__: seen.extend(specs) or [ValueError()])
    assert main(["search", "--lengths", "--tasks", "trec", "--baselines", "b"]) == 2
    assert {spec.length for spec in seen} == {"200st", "400st", "800st", "1600st", "3200st"}
