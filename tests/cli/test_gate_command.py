"""`stablebert gate`: verdicts of stored runs, and exit statuses."""

import json
import os
import subprocess
import sys

import pytest

from stablebert.baselines import baseline_path, write_baseline, write_bridges
from stablebert.cli import main
from stablebert.project import precision
from stablebert.records import RunStore
from stablebert.runs import RunSpec
from tests.cli.conftest import CELL, HEADER
from tests.frozen import freeze_margins
from tests.synthetic import passed_bridge, synthetic_record, synthetic_rows


def test_a_verdict_of_the_gate_names_the_command_that_reaches_it_again(folders, capsys):
    assert main([*folders(90.0), "--json"]) == 0
    (first,) = json.loads(capsys.readouterr().out)
    assert first["command"].startswith(f"stablebert gate {CELL} --seed-block 100 --seeds 12 ")
    assert main([*first["command"].split()[1:], "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [first]


@pytest.mark.parametrize(("mean", "status", "code"), [(90.0, "PASS", 0), (88.0, "FAIL", 1), (89.4, "INCONCLUSIVE", 3)])
def test_gate_exits_by_its_verdict(folders, capsys, mean, status, code):
    assert main(folders(mean)) == code
    assert status in capsys.readouterr().out


def test_gate_without_runs_is_invalid(folders, capsys):
    assert main(folders(90.0, runs=3)) == 4
    assert "3 of the 6 seeds" in capsys.readouterr().out


def test_gate_without_any_run_says_which_command_makes_them(folders, capsys):
    assert main([*folders(90.0, runs=0), "--json"]) == 4
    (verdict,) = json.loads(capsys.readouterr().out)
    assert verdict["status"] == "INVALID"
    command = f"`stablebert run {CELL} --seed-block 100 --seeds 12 --store s --baselines b` makes them"
    assert command in verdict["reason"]


def test_gate_does_not_step_over_a_missing_seed(folders, capsys):
    assert main([*folders(90.0, runs=8, without={102}), "--seeds", "8"]) == 4
    assert "2 of the 6 seeds" in capsys.readouterr().out


def test_gate_says_how_many_seeds_it_found(folders, capsys):
    assert main([*folders(89.4, runs=7), "--seeds", "20"]) == 3
    assert "7 of the 20 seeds asked for are stored" in capsys.readouterr().out


def test_a_name_as_in_a_grid_is_the_cell_that_a_session_trains_here(folders, capsys, tmp_path, monkeypatch):
    words = folders(90.0)
    assert main(words) == 0
    of_an_id = capsys.readouterr().out
    words[1] = "trec_debiased_3ep"
    assert main(words) == 0
    assert capsys.readouterr().out == of_an_id
    # where a bridge has passed and the processor gains from it, the runs that a session makes are of the other class
    write_bridges(tmp_path / "b", [passed_bridge()])
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda: True)
    assert main(words) == 4
    assert f"{CELL.replace('fp32', 'bf16')}  INVALID" in capsys.readouterr().out
    words[1] = "trec_debiased.released_3ep"
    assert main(words) == 2
    assert "is of another fidelity than --fidelity corrected; give the same" in capsys.readouterr().err


def test_gate_judges_across_no_class_and_trusts_no_damaged_file(folders, capsys, tmp_path):
    words = folders(90.0)
    words[1] = CELL.replace("fp32", "bf16")
    assert main(words) == 4
    assert "class cpu-fp32, these runs of cpu-bf16" in capsys.readouterr().out
    words[1] = CELL
    next((tmp_path / "s").glob("??/*.json")).write_text("{}")
    assert main(words) == 4
    assert "is damaged" in capsys.readouterr().out


def test_several_cells_are_judged_as_one_session_and_each_by_itself_is_asked_for_more(folders, capsys, tmp_path):
    words, other = folders(90.0), "trec_reinit_3ep_minilm_fp32"
    spec = RunSpec("trec", "reinit")
    write_baseline(baseline_path(tmp_path / "b", spec.cell), {**HEADER, "cell": other}, synthetic_rows(90.0, range(20)))
    freeze_margins(tmp_path / "b")
    folders(90.0, method="reinit")
    words[-5] = "6"
    assert main([*words[:2], other, *words[2:]]) == 0
    printed = capsys.readouterr().out
    assert printed.count(" PASS ") == 3
    assert "session: PASS" in printed
    # the control
    assert main(words) == 3
    printed = capsys.readouterr().out
    assert "pooled" not in printed
    assert "the failure rate may be 39 %, above 25 %" in printed


def test_a_shown_loss_is_said_beside_a_pass_and_fails_where_that_is_asked_for(folders, capsys):
    words = [*folders(89.2), "--margin", "2"]
    assert main(words) == 0
    assert "loss shown: -0." in capsys.readouterr().out
    assert main([*words, "--shown", "fail", "--json"]) == 1
    (verdict,) = json.loads(capsys.readouterr().out)
    assert (verdict["status"], verdict["decided_by"]) == ("FAIL", "location")
    assert "--shown fail" in verdict["command"]
    assert main([*words, "--shown", "maybe"]) == 2


def test_a_record_of_another_run_is_no_evidence(folders, capsys, tmp_path):
    words = folders(90.0)
    store = RunStore(tmp_path / "s")
    place = next(path for path in (tmp_path / "s").glob("??/*.json") if path.stem.startswith("103"))
    place.unlink()
    store.publish(place.stem, synthetic_record(RunSpec("trec", seed=203), 90.0))
    assert main(words) == 4
    assert "is of another run (trec_debiased_3ep_minilm_fp32_s203)" in capsys.readouterr().out


def test_a_margin_that_was_edited_or_lost_makes_its_cell_invalid(folders, capsys, tmp_path):
    words, path = folders(90.0), tmp_path / "b" / "margins.csv"
    frozen = path.read_text()
    path.write_text(frozen.replace(",0.6575,", ",50.0,"))
    assert main(words) == 4
    assert "does not follow from the accepted runs" in capsys.readouterr().out
    path.write_text(frozen.splitlines()[0] + "\n")
    assert main(words) == 4
    assert "has no row of trec_debiased_3ep on minilm" in capsys.readouterr().out
    # the control
    path.write_text(frozen)
    assert main(words) == 0


def test_gate_takes_the_worst_of_its_cells(folders, capsys):
    words = folders(90.0)
    assert main([*words[:2], CELL.replace("debiased", "reinit"), *words[2:]]) == 4
    assert "it has no baseline" in capsys.readouterr().out


def test_gate_prints_data(folders, capsys):
    assert main([*folders(90.0), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["status"] == "PASS"


def test_a_method_of_a_hook_is_known_to_commands(tmp_path):
    (tmp_path / "their_methods.py").write_text(
        "from dataclasses import dataclass\n\nfrom stablebert.methods import Method\n\n\n"
        "@dataclass(frozen=True)\nclass Idle(Method):\n    pass\n"
    )
    conftest = tmp_path / "conftest.py"
    conftest.write_text(
        "import their_methods\n\n\ndef pytest_stablebert_methods():\n    return {'idle': their_methods.Idle}\n"
    )
    (tmp_path / "below").mkdir()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}

    def said(folder):
        code = "import sys; from stablebert.cli import main; sys.exit(main())"
        words = [sys.executable, "-c", code, "gate", CELL.replace("debiased", "idle")]
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    assert "it has no baseline" in said(tmp_path / "below")
    # the control: without the hook there is no such method
    conftest.unlink()
    assert "unknown method 'idle'" in said(tmp_path / "below")
