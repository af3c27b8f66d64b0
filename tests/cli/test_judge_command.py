"""`stablebert judge`: tables of anyone's runs get the verdicts of the gate, or one clear error."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from stablebert.baselines import table_text
from stablebert.cli import main
from stablebert.records import RunStore
from stablebert.runs import RunRow, row_of
from tests.cli.conftest import CELL
from tests.synthetic import wobble


def write(name, mean, seeds=range(20), *, factor=1.0, sd=0.5):
    lines = [f"{seed},{factor * (mean + wobble(seed + 300, sd))!r}" for seed in seeds]
    Path(name).write_text("\n".join(["seed,score", *lines, ""]))


@pytest.fixture
def tables(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("base.csv", 90.0)


@pytest.mark.parametrize(("mean", "runs"), [(90.0, 12), (88.0, 12), (89.4, 12), (90.0, 3), (90.0, 0)])
def test_exported_runs_are_judged_word_for_word_as_by_gate(folders, tmp_path, capsys, mean, runs):
    gate = [*folders(mean, runs=runs), "--json"]
    status = main(gate)
    (said,) = json.loads(capsys.readouterr().out)
    rows = [row_of(record) for record in RunStore(tmp_path / "s").records()] if runs else []
    baseline = "b/minilm/trec/debiased_3ep.csv"
    (tmp_path / f"{CELL}.csv").write_text(table_text(RunRow, sorted(rows, key=lambda row: row.seed)))
    if not runs:
        # a table without rows is no table
        assert main(["judge", baseline, f"{CELL}.csv"]) == 2
        assert f"{CELL}.csv has no rows" in capsys.readouterr().err
        return
    assert main(["judge", baseline, f"{CELL}.csv", "--json"]) == status
    (judged,) = json.loads(capsys.readouterr().out)["verdicts"]
    assert judged.pop("command") == f"stablebert judge {baseline} {CELL}.csv"
    said.pop("command")
    if runs == 3:
        # how many seeds were asked for is known to a session alone
        said["reason"] = judged["reason"]
    assert judged == said


@pytest.mark.parametrize(("mean", "status", "code"), [(90.2, "PASS", 0), (88.0, "FAIL", 1), (89.6, "INCONCLUSIVE", 3)])
@pytest.mark.parametrize("factor", [1.0, 0.01])
def test_it_exits_by_its_verdict_in_points_and_in_fractions(tables, capsys, mean, status, code, factor):
    write("base.csv", 90.0, factor=factor)
    write("new.csv", mean, range(100, 120), factor=factor)
    assert main(["judge", "base.csv", "new.csv"]) == code
    said = capsys.readouterr().out
    assert said.splitlines()[1].split()[:2] == ["new", status]
    assert said.count("no column failed in base.csv, new.csv") == 1
    assert ("taken as fractions" in said) == (factor == 0.01)
    assert "1.5 sd of the baseline's sound runs, at most 2 points" in said


def test_losses_are_judged_with_their_sign_turned(tables, capsys):
    write("base.csv", 3.0, sd=0.1)
    write("lower.csv", 2.5, range(100, 120), sd=0.1)
    write("higher.csv", 3.5, range(100, 120), sd=0.1)
    assert main(["judge", "base.csv", "lower.csv", "--lower-is-better"]) == 0
    assert main(["judge", "base.csv", "higher.csv", "--lower-is-better"]) == 1
    assert "no 2 points cap it" in capsys.readouterr().out
    # the control: as scores the same tables are judged the other way round
    assert main(["judge", "base.csv", "higher.csv"]) == 0


def test_several_candidates_are_ranked_with_ties(tables, capsys):
    for name, mean in (("same.csv", 90.0), ("worse.csv", 87.0)):
        write(name, mean, range(100, 120))
    assert main(["judge", "base.csv", "same.csv", "worse.csv", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["status"] for one in found["verdicts"]] == ["PASS", "FAIL"]
    assert [(one["label"], one["best"], one["worst"]) for one in found["ranking"][2:]] == [("worse", 3, 3)]
    assert {(one["best"], one["worst"]) for one in found["ranking"][:2]} == {(1, 2)}
    assert main(["judge", "base.csv", "same.csv", "worse.csv", "--markdown"]) == 1
    assert "| 1-2 | same |" in capsys.readouterr().out


def test_a_verdict_that_was_written_is_explained(tables, capsys):
    write("new.csv", 88.0, range(100, 120))
    main(["judge", "base.csv", "new.csv", "--json"])
    Path("v.json").write_text(capsys.readouterr().out)
    assert main(["explain", "v.json"]) == 0
    assert "Why FAIL" in capsys.readouterr().out


def test_the_baseline_given_as_a_candidate_never_passes(tables, capsys):
    text = Path("base.csv").read_text()
    lines = text.splitlines()
    copies = {
        "copy.csv": text,
        "few.csv": "\n".join(lines[:13]),
        "more.csv": "\n".join([*lines, *(f"{seed},{91 + wobble(seed)}" for seed in range(20, 30))]),
        # other seeds on the same runs
        "renamed.csv": "\n".join(
            [lines[0], *(f"{int(one.split(',')[0]) + 500},{one.split(',')[1]}" for one in lines[1:])]
        ),
        "later.csv": shifted(lines[6:]),
        "turned.csv": shifted([*lines[6:], *lines[1:6]]),
    }
    for name, copied in copies.items():
        Path(name).write_text(copied)
        assert main(["judge", "base.csv", name]) == 4, name
        assert "runs are the baseline's own: the same table was given twice" in capsys.readouterr().out
    assert main(["judge", "base.csv", "base.csv"]) == 4


def test_coarse_scores_in_the_order_of_another_table_are_no_copy(tables, capsys):
    coarse = [90, 91, 92] * 7
    for name, scores in (("coarse.csv", coarse[:20]), ("new.csv", coarse[1:13])):
        Path(name).write_text("seed,score\n" + "".join(f"{seed},{score}\n" for seed, score in enumerate(scores)))
    main(["judge", "coarse.csv", "new.csv", "--margin", "5"])
    assert "given twice" not in capsys.readouterr().out


def shifted(lines):
    """Return a table of the runs of these lines, each under the next seed from 500 on."""
    return "\n".join(["seed,score", *(f"{500 + seed},{one.split(',')[1]}" for seed, one in enumerate(lines))])


def test_a_seed_that_is_ignored_never_passes(tables, capsys):
    Path("new.csv").write_text("seed,score\n" + "".join(f"{seed},93.0\n" for seed in range(12)))
    for words, side in ((["base.csv", "new.csv"], "candidate"), (["new.csv", "base.csv", "--margin", "1"], "baseline")):
        assert main(["judge", *words]) == 4
        assert f"the {side}'s 12 runs all score 93: the seed is ignored" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seed,score\n1,90\n1,91\n", "new.csv, line 3: seed s001 stands there a second time, after new.csv, line 2"),
        ("seed,score\n1,nan\n", "new.csv, line 2: score is nan; a run that has failed says so in a column `failed`"),
        ("seed,score\n1,\n", "new.csv, line 2: score is missing"),
        ("seed,acc\n1,90\n", "new.csv has no column 'score'; it has 'seed', 'acc'; --score NAME"),
        ("score\n90\n", "new.csv has no column 'seed'"),
        ("", "new.csv has no rows"),
        ("seed,score\n", "new.csv has no rows"),
        ("seed,score\n1,good\n", "new.csv, line 2: score is 'good'; it must be a number such as 90.5"),
        ("seed,score\n1,90.0 %\n", "new.csv, line 2: score is '90.0 %'"),
        ('seed,score\n1,"1,234.5"\n', "without separators and with a decimal point"),
        ("seed;score\n1;90,5\n", "without separators and with a decimal point"),
        ("seed,score\n1,1,234\n", "new.csv, line 2: 3 fields under 2 columns; a number with a separator"),
        ("seed,score\nbest,90\n", "new.csv, line 2: seed is 'best'; it must be a whole number"),
        ("seed,score,failed\n1,90,maybe\n", "new.csv, line 2: failed is 'maybe'; it must be true or false"),
        ("seed,score,loss\n1,90,\n", "new.csv, line 2: loss is missing, and the run has not failed"),
        ("seed,score,score\n1,90,91\n", "new.csv, line 1: a column stands there twice"),
        ("seed,score\ns001,90\ni001d002,91\n", "seeds are of two kinds"),
        (b"\xff\xfes\x00e\x00", "new.csv is in UTF-16; it must be saved as UTF-8"),
        (b"seed,score\n1,90\n\xe9,91\n", "new.csv, line 3: it is not in UTF-8"),
        ("# sha256: 0\nseed,score\n1,90\n", "the checksum does not fit"),
    ],
)
def test_a_bad_table_is_one_clear_error(tables, capsys, text, said):
    Path("new.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert main(["judge", "base.csv", "new.csv"]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"seed": 1, "score": "90"}', "line 1: score is the text '90'; it must be a number"),
        ('{"seed": 1, "score": true}', "line 1: score is True; it must be a number"),
        ("[1, 90]", "line 1: it is [1, 90]; it must be an object"),
        ('{"seed": 1,', "line 1: it is no JSON"),
        ('{"seed": 1.5, "score": 90}', "line 1: seed is 1.5; it must be a whole number"),
    ],
)
def test_a_bad_line_of_json_is_one_clear_error(tables, capsys, line, said):
    Path("new.jsonl").write_text(line)
    assert main(["judge", "base.csv", "new.jsonl"]) == 2
    assert said in capsys.readouterr().err


def test_one_run_is_no_baseline_and_too_few_are_no_candidate(tables, capsys):
    write("one.csv", 90.0, range(100, 101))
    assert main(["judge", "one.csv", "base.csv"]) == 2
    assert "one.csv has 1 run; a baseline is a distribution, of at least 3" in capsys.readouterr().err
    assert main(["judge", "base.csv", "one.csv"]) == 4
    assert "1 of the 6 seeds of the first look are there" in capsys.readouterr().out


def test_a_gap_is_not_stepped_over_and_labels_are_no_gap(tables, capsys):
    write("new.csv", 90.2, [*range(100, 104), *range(105, 121)])
    assert main(["judge", "base.csv", "new.csv"]) == 4
    assert "no run between seeds s103 and s105" in capsys.readouterr().out
    assert main(["judge", "base.csv", "new.csv", "--labels"]) == 0


def test_failed_runs_are_counted_and_not_averaged(tables, capsys):
    lines = [f"{seed},{90 + wobble(seed + 7)!r},false" for seed in range(100, 114)]
    lines[::2] = [f"{seed},nan,true" for seed in range(100, 114, 2)]
    Path("new.csv").write_text("\n".join(["seed,score,failed", *lines]))
    assert main(["judge", "base.csv", "new.csv", "--json"]) == 1
    (verdict,) = json.loads(capsys.readouterr().out)["verdicts"]
    assert (verdict["decided_by"], verdict["failed"], round(verdict["mean"])) == ("failed runs", 5, 90)


def test_parquet_and_json_lines_say_the_same(tables, capsys):
    import pandas as pd

    write("new.csv", 88.0, range(100, 120))
    table = pd.read_csv("new.csv")
    table.to_parquet("new.parquet")
    table.to_json("new.jsonl", orient="records", lines=True, double_precision=15)
    said = []
    for name in ("new.csv", "new.parquet", "new.jsonl"):
        assert main(["judge", "base.csv", name]) == 1
        said.append(capsys.readouterr().out.replace(name, "new"))
    assert len({*said}) == 1


def test_fractions_against_points_are_invalid(tables, capsys):
    write("new.csv", 90.0, range(100, 120), factor=0.01)
    assert main(["judge", "base.csv", "new.csv"]) == 4
    assert "the candidate's scores are fractions, the baseline's are points" in capsys.readouterr().out
    assert main(["judge", "new.csv", "base.csv"]) == 4
    assert "the baseline's scores are fractions, the candidate's are points" in capsys.readouterr().out


@pytest.mark.parametrize("lost", [0, 2])
def test_judging_loads_nothing_that_takes_longer_than_it(tables, lost):
    write("new.csv", 89.6, range(100, 120))
    lines = Path("new.csv").read_text().splitlines()
    failed = ["failed", *("true" if place < lost else "false" for place in range(20))]
    Path("new.csv").write_text("".join(f"{line},{said}\n" for line, said in zip(lines, failed, strict=True)))
    heavy = {"torch", "transformers", "datasets", "pandas", "matplotlib", "scipy.stats", "scipy.optimize"}
    code = (
        "import sys; from stablebert.cli import main; main(['judge', 'base.csv', 'new.csv']); "
        f"print(sorted({heavy} & {{*sys.modules}}), 'scipy.special' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[] True"


def test_a_table_logged_to_wandb_is_judged(tables, capsys):
    rows = [line.split(",") for line in Path("base.csv").read_text().splitlines()[1:]]
    # the form of wandb.Table 0.31.0, in files/media/table of a run
    table = {"columns": ["seed", "score"], "data": [[int(seed), float(score)] for seed, score in rows]}
    Path("new.table.json").write_text(json.dumps(table))
    assert main(["judge", "base.csv", "new.table.json"]) == 4
    assert "are the baseline's own" in capsys.readouterr().out
    Path("new.table.json").write_text(json.dumps({"columns": ["seed", "score"]}))
    assert main(["judge", "base.csv", "new.table.json"]) == 2
    assert "it must hold a list of objects" in capsys.readouterr().err
    for row in (7, [7], [7, 90.0, 1.0]):
        Path("new.table.json").write_text(json.dumps({"columns": ["seed", "score"], "data": [row]}))
        assert main(["judge", "base.csv", "new.table.json"]) == 2
        assert "new.table.json: a row of its data has not one value a column" in capsys.readouterr().err
