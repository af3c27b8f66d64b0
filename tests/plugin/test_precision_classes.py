"""Which class `auto` trains in: bfloat16 where this processor gains from it and a bridge has passed, else the baseline's."""

from dataclasses import replace

import pytest

from stablebert.baselines import baseline_path, write_baseline, write_bridges
from stablebert.project import precision
from stablebert.project.precision import bridged_tasks, precision_of
from stablebert.runs import Cell
from tests.plugin import fake_bench
from tests.plugin.fake_bench import FRESH
from tests.project.projects import project_below
from tests.synthetic import passed_bridge, synthetic_rows

pytest_plugins = ["pytester"]

CELL = Cell("trec")
PASSED = passed_bridge()
PLAN = replace(PASSED, pairing="", difference=None, lower=None, upper=None, failed=None, recorded="", commit="")
FAILED = replace(PASSED, upper=0.6)
GAINS = """
import stablebert.project.precision as precision

precision.multiplies_bfloat16 = lambda: True
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A baseline of class cpu-fp32, on a processor that gains from bfloat16."""
    monkeypatch.delenv("STABLEBERT_DEVICE", raising=False)
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda: True)
    accept(tmp_path, "cpu-fp32")
    return tmp_path


def accept(folder, environment_class):
    header = {"cell": CELL.id, "environment_class": environment_class, "data": "data"}
    write_baseline(baseline_path(folder, CELL), header, synthetic_rows(90.0, range(20)))


def automatic(folder, cell=CELL, **given):
    return precision_of("auto", cell, CELL, [folder], **given)


@pytest.mark.parametrize("one", ["cpu-fp32", "cpu-fp16"])
def test_over_a_bridge_that_has_passed_it_is_bfloat16_from_either_side(folder, one):
    accept(folder, one)
    for passed in (replace(PASSED, one=one), replace(PASSED, one="cpu-bf16", other=one)):
        write_bridges(folder, [passed])
        assert automatic(folder) == "bf16"
        assert bridged_tasks("minilm", "minilm", [folder]) == {"trec": one}


@pytest.mark.parametrize(
    "bridge",
    [
        None,
        PLAN,
        FAILED,
        replace(PASSED, failed=1),
        replace(PASSED, task="sms"),
        replace(PASSED, encoder="bert-large"),
        replace(PASSED, other="cuda-bf16"),
        replace(PASSED, one="cpu-fp16"),
    ],
)
def test_without_a_bridge_that_has_passed_between_these_it_is_the_baselines_class(folder, bridge):
    if bridge is not None:
        write_bridges(folder, [bridge])
    assert automatic(folder) == "fp32"
    assert bridged_tasks("minilm", "minilm", [folder]) == {}


def test_a_bridge_is_not_gone_over_where_nothing_is_gained_or_the_class_must_stay(folder, monkeypatch):
    write_bridges(folder, [PASSED])
    assert automatic(folder, bridges=False) == "fp32"
    assert automatic(folder, replace(CELL, encoder="custom-abcdef")) == "fp32"
    assert precision_of("fp32", CELL, CELL, [folder]) == "fp32"
    monkeypatch.setenv("STABLEBERT_DEVICE", "cuda")
    assert automatic(folder) == "fp32"
    monkeypatch.delenv("STABLEBERT_DEVICE")
    assert automatic(folder) == "bf16"
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda: False)
    assert automatic(folder) == "fp32"
    assert bridged_tasks("minilm", "minilm", [folder]) == {}


def test_an_encoder_of_the_users_needs_a_bridge_of_its_own(folder):
    def session(model):
        """Return the cell of a session, which asks for a cell's class once."""
        return project_below(folder, precision="auto", model=model).declared("trec", "debiased", "3ep")

    write_bridges(folder, [PASSED])
    own, other = session(None), session("google/electra-small")
    assert (own.precision, other.precision) == ("bf16", "fp32")
    write_bridges(folder, [replace(PASSED, encoder=other.encoder)])
    assert (session(None).precision, session("google/electra-small").precision) == ("fp32", "bf16")


def test_a_baseline_of_bfloat16_is_no_other_class_and_the_first_folder_decides(folder, tmp_path_factory):
    write_bridges(folder, [PASSED])
    first = tmp_path_factory.mktemp("first")
    accept(first, "cpu-bf16")
    assert precision_of("auto", CELL, CELL, [first, folder]) == "bf16"
    assert bridged_tasks("minilm", "minilm", [first, folder]) == {}


def test_a_damaged_file_of_bridges_or_baseline_leaves_the_surer_class(folder):
    (folder / "bridges.csv").write_text("no table")
    assert automatic(folder) == "fp32"
    write_bridges(folder, [PASSED])
    baseline_path(folder, CELL).write_text("no baseline")
    assert automatic(folder) == "fp32"
    assert bridged_tasks("minilm", "minilm", [folder]) == {}


def test_a_session_goes_over_the_bridge_says_so_and_accepts_in_the_old_class(bench, pytester, monkeypatch):
    monkeypatch.setattr(fake_bench, "CONFTEST", fake_bench.CONFTEST + GAINS)
    write_bridges(pytester.path / "baselines", [PASSED])
    joined = bench(FRESH, "-k", "trec_debiased or sms_debiased")
    joined.stdout.fnmatch_lines(
        [
            "stablebert: bf16 in place of the baseline's class, over a bridge: trec (cpu-fp32)",
            "sms_debiased_3ep_minilm_fp32 * PASS *",
            "trec_debiased_3ep_minilm_bf16 * PASS *",
            "bridge: cpu-fp32 and cpu-bf16 on minilm, trec: passed today*",
        ]
    )
    assert joined.ret == 0
    kept = bench("--collect-only", "-q", "-k", "trec_debiased", "--stablebert-accept", "--stablebert-why=x")
    assert "trec_debiased_3ep_minilm_fp32]" in kept.stdout.str()
    assert "bf16" not in kept.stdout.str()


def test_a_session_beside_a_bridge_that_has_failed_stays_and_says_nothing(bench, pytester, monkeypatch):
    monkeypatch.setattr(fake_bench, "CONFTEST", fake_bench.CONFTEST + GAINS)
    write_bridges(pytester.path / "baselines", [FAILED])
    result = bench(FRESH, "-k", "trec_debiased")
    result.stdout.fnmatch_lines(["trec_debiased_3ep_minilm_fp32 * PASS *"])
    assert "bf16" not in result.stdout.str()
    assert result.ret == 0
