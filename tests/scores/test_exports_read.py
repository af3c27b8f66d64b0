"""Exports of other tools: what a file does not say is an error, and a failed run is one."""

import json
from pathlib import Path

import pytest
from transformers import TrainerState

from stablebert.scores import TableError, exported_rows, table_of

EXPORTED = Path(__file__).with_name("exported")


def written(folder, name, content):
    path = folder / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def rows(path, score="accuracy", seed=None):
    return [dict(row.values) for row in exported_rows([path], score, seed)]


def state(folder, **given):
    history = given.pop("history", [{"eval_accuracy": 0.5, "eval_loss": 0.7}, {"eval_accuracy": 0.9, "eval_loss": 0.3}])
    path = folder / "seed_3" / "trainer_state.json"
    path.parent.mkdir()
    TrainerState(log_history=history, global_step=96, max_steps=96, **given).save_to_json(str(path))
    return path


def test_a_trainer_is_read_at_its_last_evaluation(tmp_path):
    (row,) = rows(state(tmp_path), "eval_accuracy")
    assert row == {"seed": "3", "score": 0.9, "loss": 0.3, "failed": False, "failed_reason": ""}


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        ([{"loss": float("nan")}, {"eval_accuracy": 0.3}], "loss not finite"),
        ([{"loss": 0.1}, {"eval_accuracy": float("nan")}], "the score is nan"),
        # the loss that is logged is filtered, and argmax makes a score of NaN
        ([{"loss": 0.0, "grad_norm": float("nan")}] * 2 + [{"eval_accuracy": 0.3}], "gradients not finite"),
        ([{"loss": 0.1}, {"eval_accuracy": 0.3, "eval_loss": float("nan")}], "loss not finite"),
    ],
)
def test_a_trainer_that_diverged_has_failed(tmp_path, history, reason):
    (row,) = rows(state(tmp_path, history=history), "eval_accuracy")
    assert (row["failed"], row["failed_reason"]) == (True, reason)


def test_an_update_that_a_scaled_loss_has_left_out_is_no_failure(tmp_path):
    norms = [float("inf"), 1.5, 0.9, float("nan")]
    history = [{"loss": 0.5, "grad_norm": norm} for norm in norms] + [{"eval_accuracy": 0.8}]
    assert not rows(state(tmp_path, history=history), "eval_accuracy")[0]["failed"]


@pytest.mark.parametrize("name", ["trainer_state.json", "all_results.json"])
def test_what_trainer_5_24_has_written_is_read(name):
    """Runs of a tiny BERT, the second at a rate of 1e30."""
    folder = EXPORTED / "transformers-5.24.0"
    (sound,), (lost,) = (rows(folder / f"seed_{seed}" / name, "eval_accuracy") for seed in (1, 2))
    assert sound == {"seed": "1", "score": 0.71875, "loss": 0.691508412361145, "failed": False, "failed_reason": ""}
    assert (lost["seed"], lost["score"], lost["failed_reason"]) == ("2", 0.4375, "loss not finite")


def test_a_training_loss_that_leaves_nan_out_is_no_score():
    folder = EXPORTED / "transformers-5.24.0"
    # of a run that diverged the mean of what is left is the best of all
    with pytest.raises(TableError, match="Trainer leaves NaN out of train_loss"):
        rows(folder / "seed_2" / "train_results.json", "train_loss")
    (lost,) = rows(folder / "seed_2" / "trainer_state.json", "train_loss")
    assert (lost["failed"], lost["score"] < 0.2) == (True, True)
    (sound,) = rows(folder / "seed_1" / "trainer_state.json", "train_loss")
    assert not sound["failed"]


def test_what_the_harness_0_4_13_has_written_is_read():
    (path,) = (EXPORTED / "lm_eval-0.4.13").rglob("*.json")
    assert [rows(path, f"tickets/{name}")[0]["score"] for name in ("acc", "acc,none", "acc_norm")] == [
        0.45,
        0.45,
        0.475,
    ]
    assert rows(path, "tickets/acc")[0]["seed"] == "1"
    assert rows(path, "tickets/acc", "torch_seed")[0]["seed"] == 1


def test_results_of_a_trainer_are_read_by_key(tmp_path):
    results = {"epoch": 3.0, "eval_accuracy": 0.9, "eval_loss": 0.3, "eval_runtime": 1.2, "eval_samples": 500}
    (row,) = rows(written(tmp_path, "seed_3/all_results.json", results), "eval_accuracy")
    assert row == {"seed": "3", "score": 0.9, "loss": 0.3, "failed": False, "failed_reason": ""}
    with pytest.raises(TableError, match="has no 'accuracy'; it has epoch, eval_accuracy"):
        rows(tmp_path / "seed_3/all_results.json")
    diverged = written(tmp_path, "seed_4/all_results.json", {**results, "eval_loss": float("nan")})
    assert rows(diverged, "eval_accuracy")[0]["failed_reason"] == "loss not finite"


def test_a_summary_of_wandb_does_not_say_how_its_run_has_ended(tmp_path):
    summary = {"_step": 96, "_runtime": 61.2, "_timestamp": 1.7e9, "_wandb": {"runtime": 61}, "eval/accuracy": 0.9}
    with pytest.raises(TableError, match="does not say whether its run has ended"):
        rows(written(tmp_path, "seed_3/wandb-summary.json", summary), "eval/accuracy")


def test_a_checkpoint_of_a_run_that_goes_on_is_no_run(tmp_path):
    going = {"TrainerControl": {"args": {"should_training_stop": False}, "attributes": {}}}
    path = state(tmp_path)
    said = json.loads(path.read_text())
    path.write_text(json.dumps({**said, "global_step": 50, "stateful_callbacks": going}))
    with pytest.raises(TableError, match="has not ended: it is at step 50 of 96"):
        rows(path, "eval_accuracy")
    # nor does a checkpoint of an older Trainer say that it has
    path.write_text(json.dumps({**said, "global_step": 50}))
    with pytest.raises(TableError, match="has not ended"):
        rows(path, "eval_accuracy")
    # one that was stopped early has ended
    stopped = {"TrainerControl": {"args": {"should_training_stop": True}, "attributes": {}}}
    history = [*said["log_history"], {"train_runtime": 61.2}]
    for ending in ({"stateful_callbacks": stopped}, {"stateful_callbacks": going, "log_history": history}):
        path.write_text(json.dumps({**said, "global_step": 50, **ending}))
        assert rows(path, "eval_accuracy")


def test_runs_of_wandb_that_crashed_have_failed(tmp_path):
    text = '"Name","State","seed","acc"\n"a","finished","0","0.9"\n"b","crashed","1",""\n"c","failed","2","0.1"\n'
    found = rows(written(tmp_path, "runs.csv", text), "acc")
    assert [(row["seed"], row["failed"], row["failed_reason"]) for row in found] == [
        ("0", False, ""),
        ("1", True, "crashed"),
        ("2", True, "failed"),
    ]
    assert table_of("runs", exported_rows([tmp_path / "runs.csv"], "acc")).scores == [0.9]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"Name","State","seed","acc"\n"a","running","0","0.9"\n', "line 2: the run is running"),
        ('"Name","State","seed","acc"\n"a","finished","0",""\n', "line 2: the run is finished and has no acc"),
        ('"Name","State","seed"\n"a","finished","0"\n', "there is no column 'acc'; there are 'Name', 'State', 'seed'"),
        (
            '"Name","seed","acc"\n"a","0","0.9"\n',
            "no column 'State'.*only W&B's table of runs says how a run has ended",
        ),
    ],
)
def test_what_wandb_does_not_say_is_an_error(tmp_path, text, said):
    with pytest.raises(TableError, match=said):
        rows(written(tmp_path, "runs.csv", text), "acc")


def test_trackio_gives_the_last_step(tmp_path):
    values = [{"step": 9, "value": 0.9}, {"step": 3, "value": 0.1}]
    run = {"project": "p", "run": "tiny-seed7", "metric": "accuracy", "values": values}
    (row,) = rows(written(tmp_path, "a.json", run))
    assert (row["seed"], row["score"]) == ("7", 0.9)
    with pytest.raises(TableError, match="of the metric 'accuracy', not of 'loss'"):
        rows(tmp_path / "a.json", "loss")
    with pytest.raises(TableError, match="no seed stands in 'tiny'"):
        rows(written(tmp_path, "a.json", {**run, "run": "tiny"}))


def test_the_harness_names_a_metric_with_its_filter(tmp_path):
    values = {"exact_match,strict-match": 0.3, "exact_match,flexible-extract": 0.4}
    found = {"results": {"gsm8k": values}, "config": {"model_args": "pretrained=hub/model", "torch_seed": 5}}
    path = written(tmp_path, "seed_4/results.json", found)
    (row,) = rows(path, "gsm8k/exact_match,strict-match")
    assert (row["seed"], row["score"]) == ("4", 0.3)
    assert rows(path, "gsm8k/exact_match,strict-match", "torch_seed")[0]["seed"] == 5
    with pytest.raises(TableError, match="has 2 metrics 'exact_match' of gsm8k"):
        rows(path, "gsm8k/exact_match")
    with pytest.raises(TableError, match="has no task 'arc'; it has gsm8k"):
        rows(path, "arc/acc")
    with pytest.raises(TableError, match="its config has no 'seed'"):
        rows(path, "gsm8k/exact_match,strict-match", "seed")


@pytest.mark.parametrize("content", ["[]", "{}", '{"run": "a"}'])
def test_another_file_is_no_export(tmp_path, content):
    with pytest.raises(TableError, match="is no export that is known"):
        rows(written(tmp_path, "a.json", content))
