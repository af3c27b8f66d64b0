"""Tables of scores and exports of other tools, as anyone may hand them over."""

import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.scores.exports import exported_rows
from stablebert.scores.readers import read_table
from stablebert.scores.score_table import TableError
from stablebert.scores.wandb_log import _records
from tests.fuzz.mutations import data, files
from tests.fuzz.reading import answers, folder, put
from tests.scores.test_wandb_log import log

__all__ = ["folder"]
CSV = b"seed,score,loss,failed,failed_reason\n0,90.1,0.3,false,\n1,90.4,0.31,false,\n2,12,9,true,why\n"
RUNS = [
    {"seed": 0, "score": 90.1, "loss": 0.3, "failed": False},
    {"seed": 1, "score": 90.4, "loss": 0.3, "failed": True},
]
TABLES = {
    "csv": CSV,
    "tsv": CSV.replace(b",", b"\t"),
    "json": json.dumps(RUNS).encode(),
    "jsonl": b"".join(json.dumps(run).encode() + b"\n" for run in RUNS),
    "parquet": pd.DataFrame(RUNS).to_parquet(index=False),
}
TRAINER = {
    "log_history": [{"loss": 0.5, "step": 1}, {"eval_accuracy": 0.9, "eval_loss": 0.1, "step": 3}],
    "global_step": 3,
    "max_steps": 3,
    "stateful_callbacks": {"TrainerControl": {"args": {"should_training_stop": False}}},
}
EXPORTS = {
    "eval_accuracy": TRAINER,
    "acc": {"run": "a-seed3", "metric": "acc", "values": [{"step": 1, "value": 0.9}]},
    "arc/acc": {"results": {"arc": {"acc,none": 0.4}}, "config": {"model_args": "seed_3"}},
}


REAL = Path(__file__).parents[2] / "examples" / "exports"
LOGS = {
    "wandb": ("accuracy", sorted(REAL.rglob("*.wandb"))[0].read_bytes()),
    "db": ("accuracy", (REAL / "trackio" / "tickets.db").read_bytes()),
}
MESSAGES = list(_records(LOGS["wandb"][1]))


@pytest.mark.parametrize("kind", LOGS)
@given(drawn=st.data())
def test_a_log_of_a_tool(folder, kind, drawn):
    score, content = LOGS[kind]
    path = put(folder, f"seed_3.{kind}", drawn.draw(files(content)))
    answers(lambda: exported_rows([path], score), TableError, of=f"seed_3.{kind}")


@given(drawn=st.data())
def test_a_log_of_wandb_sealed_by_an_enemy(folder, drawn):
    place = drawn.draw(st.integers(0, len(MESSAGES) - 1))
    changed = drawn.draw(files(MESSAGES[place]))
    path = put(folder, "seed_4.wandb", log(*MESSAGES[:place], changed, *MESSAGES[place + 1 :]))
    answers(lambda: exported_rows([path], LOGS["wandb"][0]), TableError, of="seed_4.wandb")


def test_logs_that_are_whole_are_read(folder):
    """The control: what is changed above is right before."""
    assert len(exported_rows([put(folder, "seed_5.wandb", log(*MESSAGES))], LOGS["wandb"][0])) == 1
    assert len(exported_rows([put(folder, "tickets.db", LOGS["db"][1])], LOGS["db"][0])) > 1


@pytest.mark.parametrize("kind", TABLES)
@given(drawn=st.data())
def test_a_table(folder, kind, drawn):
    content = drawn.draw(files(TABLES[kind]))
    table = answers(lambda: read_table(put(folder, f"runs.{kind}", content)), TableError, of=f"runs.{kind}")
    if table is not None:
        assert table.seeds_problem is None or table.rows


@given(data(RUNS))
def test_a_table_of_json_that_is_still_json(folder, found):
    answers(lambda: read_table(put(folder, "runs.json", json.dumps(found).encode())), TableError)


@pytest.mark.parametrize("score", EXPORTS)
@given(drawn=st.data())
def test_an_export(folder, score, drawn):
    found = drawn.draw(data(EXPORTS[score]))
    path = put(folder, "seed_3.json", json.dumps(found).encode())
    answers(lambda: exported_rows([path], score), TableError)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"seed,score\n1," + b"9" * 140_000 + b"\n"),
        ("a.csv", b"seed,score\n" + b"9" * 5000 + b",1\n"),
        ("a.json", b'[{"seed": 1, "score": 1' + b"0" * 400 + b"}]"),
        ("a.json", b"[" * 100_000),
        ("a.jsonl", b'{"seed": ' + b"[" * 100_000),
    ],
    ids=["a field beyond the limit", "a seed of 5,000 digits", "beyond every float", "deep", "deep lines"],
)
def test_what_python_cannot_hold_is_named(folder, name, content):
    with pytest.raises(TableError, match=r"a\.(csv|json)") as caught:
        read_table(put(folder, name, content))
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("found", [{"log_history": 3}, {"log_history": [3]}, {"results": 1}, {"results": {"arc": 1}}])
def test_an_export_of_another_shape_is_named(folder, found):
    with pytest.raises(TableError, match=r"seed_3\.json is not what a tool has written"):
        exported_rows([put(folder, "seed_3.json", json.dumps(found).encode())], "arc/acc")
