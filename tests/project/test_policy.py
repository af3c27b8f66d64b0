"""The policy as data: a table in pyproject.toml, ini keys, options; anything else is one clear error."""

import json

import pytest

from stablebert.gate import Policy
from stablebert.project import load_project
from stablebert.project.options import settings_of
from stablebert.project.pyproject import policy_of
from tests.plugin.fake_bench import FRESH
from tests.plugin.test_boundaries import said, without_crash

pytest_plugins = ["pytester"]

ONE_CELL = (FRESH, "-k", "trec_debiased")


def project(folder, text):
    (folder / "pyproject.toml").write_text(f"[tool.stablebert.policy]\n{text}\n")
    return folder


def test_without_a_table_the_defaults_stand(tmp_path):
    assert policy_of(tmp_path, settings_of({})) == Policy()
    assert policy_of(project(tmp_path, ""), settings_of({"alpha": None}), cells=7) == Policy(cells=7)


def test_what_is_given_comes_before_the_table_and_that_before_the_defaults(tmp_path):
    project(tmp_path, "alpha = 0.1\nlooks = [4, 8]\nfutility = [0.5]\nwide_margin = 4\nendpoint = 'training_loss'")
    expected = Policy(alpha=0.2, looks=(4, 8), futility=(0.5,), wide_margin=4.0, endpoint="training_loss")
    assert policy_of(tmp_path, settings_of({"alpha": "0.2", "looks": None})) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("alhpa = 0.1", "unknown alhpa"),
        ("cells = 3", "unknown cells"),
        ("alpha = '0.1'", "alpha is '0.1'"),
        ("alpha = true", "alpha is True"),
        ("alpha = 1.5", "alpha is 1.5; it must be in"),
        ("looks = 5", "looks is 5"),
        ("looks = [5.5]", "looks is"),
        ("looks = [10, 5]", "looks are"),
        ("anytime = 1", "anytime is 1"),
        ("endpoint = 'accuracy'", "endpoint is 'accuracy'"),
        ("shown = 'maybe'", "shown is 'maybe'"),
        ("alpha = 1e-300", "alpha is 1e-300"),
    ],
)
def test_a_table_with_anything_else_is_refused(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        policy_of(project(tmp_path, text), settings_of({}))


def test_a_policy_that_is_no_table_is_refused(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.stablebert]\npolicy = 'strict'\n")
    with pytest.raises(ValueError, match="must be a table"):
        policy_of(tmp_path, settings_of({}))


@pytest.mark.parametrize("text", ["alpha = 0.1", "[tool.stablebert.polcy]\nalpha = 0.1", "task = {}"])
def test_a_table_that_nothing_reads_is_refused(tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(f"[tool.stablebert]\n{text}\n")
    with pytest.raises(
        ValueError, match=r"\[tool.stablebert\]: unknown (alpha|polcy; did you mean policy|task; did you)"
    ):
        policy_of(tmp_path, settings_of({}))


@pytest.mark.parametrize(
    ("key", "said"),
    [("stablebert_mergin", "unknown stablebert_mergin; did you mean stablebert_margin?"), ("stablebert_x", "unknown")],
)
def test_an_ini_key_that_nothing_reads_is_refused_by_both_doors(pytester, monkeypatch, key, said):
    monkeypatch.chdir(pytester.path)
    others = "filterwarnings =\nsomebody_elses = 1\n"
    pytester.makeini(f"[pytest]\n{others}{key} = 5\n")
    with pytest.raises(ValueError, match=said):
        load_project(pytester.path)
    result = pytester.runpytest_inprocess("--collect-only")
    assert (result.ret, said in result.stderr.str()) == (4, True)
    # the control: one that is read, and what is not ours
    pytester.makeini(f"[pytest]\n{others}stablebert_margin = 5\n")
    assert load_project(pytester.path).settings.margin == 5.0


def test_numbers_are_read_between_commas():
    assert settings_of({"looks": "5,10"}).looks == (5, 10)
    with pytest.raises(ValueError, match="must be whole numbers with commas between them"):
        settings_of({"looks": "5,x"})


def header(result):
    return next(line for line in result.outlines if line.startswith("stablebert: "))


def test_options_come_before_ini_keys_and_these_before_the_table(bench, pytester):
    (pytester.path / "pyproject.toml").write_text("[tool.stablebert.policy]\nalpha = 0.1\nlooks = [6, 12]\n")
    table = header(bench("--collect-only", *ONE_CELL))
    assert "seeds 100-111" in table
    assert "alpha 0.1, looks 6, 12" in table
    (pytester.path / "pytest.ini").write_text("[pytest]\nstablebert_alpha = 0.2\n")
    assert "alpha 0.2, looks 6, 12" in header(bench("--collect-only", *ONE_CELL))
    option = header(bench("--collect-only", *ONE_CELL, "--stablebert-alpha=0.3", "--stablebert-futility=.7"))
    assert "alpha 0.3, looks 6, 12, futility 0.7" in option


def test_a_fixed_number_of_seeds_is_one_look(bench):
    result = bench(*ONE_CELL, "--stablebert-looks=13")
    result.stdout.fnmatch_lines(["trec_debiased*PASS*13/20*", "session: PASS"])
    assert len(result.trained) == 13


def test_looking_after_every_run_trains_no_more_than_it_takes(bench):
    result = bench(*ONE_CELL, "--stablebert-anytime", "--stablebert-margin=3")
    result.stdout.fnmatch_lines(["stablebert: *a look after every run, 6 to 20*", "trec_debiased*PASS*11/20*"])
    assert len(result.trained) == 11


def test_a_futile_cell_trains_no_more(bench):
    result = bench(*ONE_CELL, "--stablebert-futility=.7,.5,.3", "--stablebert-margin=0.2", loss={"trec_debiased": 0.8})
    result.stdout.fnmatch_lines(["*stopped as futile*", "session: INCONCLUSIVE"])
    assert len(result.trained) == 6


def test_a_shown_loss_may_be_made_a_fail_and_the_header_says_so(bench, pytester):
    words = (*ONE_CELL, "--stablebert-margin=2", "--stablebert-report=out", "--junitxml=junit.xml")
    lost = {"trec_debiased": 0.9}
    said = bench(*words, loss=lost)
    said.stdout.fnmatch_lines(
        ["trec_debiased* PASS *", "trec_debiased*: *loss shown: -0.*loses at most*", "session: PASS"]
    )
    assert "a PASS with a shown loss is a FAIL" not in header(said)
    verdict = json.loads((pytester.path / "out" / "verdicts.json").read_text())["verdicts"][0]
    assert verdict["loss_shown"] < 0.01
    assert verdict["ruled_out"]["loss"] < 2
    assert "loss shown: -0." in (pytester.path / "out" / "verdicts.md").read_text()
    for name in ("stablebert_loss_shown", "stablebert_ruled_out_more_lost"):
        assert f'name="{name}"' in (pytester.path / "junit.xml").read_text()
    strict = bench(*words, "--stablebert-shown=fail", loss=lost)
    strict.stdout.fnmatch_lines(["*the policy lets no shown loss pass", "session: FAIL"])
    assert "a PASS with a shown loss is a FAIL" in header(strict)
    # an ini key and the table say it too
    (pytester.path / "pytest.ini").write_text("[pytest]\nstablebert_shown = fail\n")
    assert bench(*words, loss=lost).ret == 1
    (pytester.path / "pytest.ini").unlink()
    project(pytester.path, "shown = 'fail'")
    assert bench(*words, loss=lost).ret == 1
    assert bench(*words, "--stablebert-shown=pass", loss=lost).ret == 0


@pytest.mark.parametrize("table", ["alhpa = 0.1", "alpha = 2.0"])
def test_a_wrong_table_is_one_usage_error(bench, pytester, table):
    project(pytester.path, table)
    result = bench(*ONE_CELL)
    assert table.split(" ")[0] in said(result)
    assert without_crash(result)
    assert result.ret == 4
