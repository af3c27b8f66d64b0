import gzip
import json
import math
from dataclasses import replace

import pytest

from stablebert.baselines import (
    BaselineError,
    baseline_path,
    find_series,
    read_baseline,
    read_series,
    series_path,
    write_baseline,
    write_series,
)
from stablebert.runs import Evaluation, RunSpec, StepSeries, encode_array, row_of
from tests.synthetic import synthetic_record, wobble

SPEC = RunSpec(task="trec")
BLOCKS = [f"block{place:02d}" for place in range(1, 7)] + ["embeddings", "head", "pooler"]


def _record(seed, updates=40, labels=6, examples=20):
    def series(name):
        return tuple(abs(wobble(1000 * seed + place + len(name))) for place in range(updates))

    logits = [wobble(seed * examples * labels + place) for place in range(examples * labels)]
    evaluations = tuple(
        Evaluation(
            step, 90 + wobble(seed + step), abs(wobble(step)), {name: abs(wobble(len(name) + step)) for name in BLOCKS}
        )
        for step in (10, 20, 30, 40)
    )
    return replace(
        synthetic_record(SPEC.with_seed(seed), 90.0 + wobble(seed)),
        steps=StepSeries(*(series(name) for name in ("loss", "rate", "gradient_norm", "update_norm"))),
        evaluations=evaluations,
        test_logits=encode_array(logits, (examples, labels)),
    )


RECORDS = [_record(seed) for seed in range(5)]


@pytest.fixture
def path(tmp_path):
    made = series_path(tmp_path, SPEC.cell)
    write_series(made, RECORDS)
    return made


def test_series_come_back_to_the_digits_that_are_kept(path):
    runs = read_series(path)
    assert [run.seed for run in runs] == [f"s{seed:03d}" for seed in range(5)]
    for run, record in zip(runs, RECORDS, strict=True):
        for name in ("loss", "rate", "gradient_norm", "update_norm"):
            assert getattr(run.steps, name) == pytest.approx(getattr(record.steps, name), rel=5e-4)
        for kept, made in zip(run.evaluations, record.evaluations, strict=True):
            assert (kept.step, kept.score) == (made.step, pytest.approx(made.score, rel=5e-6))
            assert kept.log_loss == pytest.approx(made.log_loss, rel=5e-6)
            assert kept.distance == pytest.approx(made.distance, rel=5e-4)


def test_the_two_lowest_seeds_begin_in_full(tmp_path):
    path = tmp_path / "one.series.json.gz"
    write_series(path, RECORDS[::-1])
    runs = read_series(path)
    assert [run.seed for run in runs if run.first] == ["s000", "s001"]
    for run, record in zip(runs[:2], RECORDS[:2], strict=True):
        assert run.first.evaluation == record.evaluations[0]
        assert run.first.steps.loss == record.steps.loss[:30]
        assert run.first.steps.update_norm == record.steps.update_norm[:30]


def test_of_each_test_example_the_class_is_kept(path):
    import numpy as np

    from stablebert.runs import decode_array
    from stablebert.stats.disagreement import disagreement

    logits = [np.array(decode_array(record.test_logits)[0]).reshape(20, 6) for record in RECORDS]
    kept = np.array([run.predictions for run in read_series(path)])
    assert (kept == [run.argmax(axis=1) for run in logits]).all()
    assert 0 < disagreement(kept) < 1


@pytest.mark.parametrize(("labels", "wrong"), [(1, 1e-3), (300, 0.0)])
def test_scores_are_kept_as_float16_and_many_classes_as_they_are(tmp_path, labels, wrong):
    records = [_record(seed, labels=labels) for seed in range(2)]
    write_series(tmp_path / "s", records)
    from stablebert.runs import decode_array

    for run, record in zip(read_series(tmp_path / "s"), records, strict=True):
        values, _ = decode_array(record.test_logits)
        lines = [values[place * labels : (place + 1) * labels] for place in range(20)]
        wanted = values if labels == 1 else [line.index(max(line)) for line in lines]
        assert list(run.predictions) == pytest.approx(wanted, abs=wrong)
        assert all(isinstance(value, float if labels == 1 else int) for value in run.predictions)


def test_what_is_not_finite_comes_back(tmp_path):
    inf, nan = math.inf, math.nan
    failed = replace(
        RECORDS[0],
        steps=StepSeries((0.7, nan), (0.1, 0.1), (inf, nan), (0.0, nan)),
        test_logits=encode_array([nan, 1.0, 0.5, nan, nan, nan], (2, 3)),
    )
    write_series(tmp_path / "s", [failed])
    [run] = read_series(tmp_path / "s")
    assert run.steps.gradient_norm[0] == inf
    assert math.isnan(run.steps.loss[1])
    assert run.predictions == (1, 0)
    write_series(tmp_path / "s", [replace(failed, test_logits=encode_array([1e30, -1e30, nan], (3, 1)))])
    assert read_series(tmp_path / "s")[0].predictions[:2] == (inf, -inf)


def test_bytes_follow_from_the_records_alone(path, tmp_path, monkeypatch):
    monkeypatch.setattr("time.time", lambda: 0.0)
    write_series(tmp_path / "again", RECORDS)
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_fifty_runs_take_little_room(tmp_path):
    # as many updates, evaluations and test examples as trec has; its runs agree far more than these
    one = [_record(seed, updates=282, examples=200) for seed in range(10)]
    write_series(tmp_path / "s", one)
    assert (tmp_path / "s").stat().st_size < 300_000 / 5


@pytest.mark.parametrize("damage", ["torn", "edited", "rubbish", "empty", "missing", "another format", "no object"])
def test_a_damaged_file_is_named(path, damage):
    whole = path.read_bytes()
    content = json.loads(gzip.decompress(whole))
    if damage == "edited":
        content["content"]["loss"][0][0] += 0.1
    elif damage == "another format":
        content["format"] = "stablebert-series 0"
    packed = {
        "torn": whole[: len(whole) // 2],
        "rubbish": b"rubbish",
        "empty": b"",
        "no object": gzip.compress(b"[1]"),
    }.get(damage, gzip.compress(json.dumps(content).encode()))
    path.write_bytes(packed)
    if damage == "missing":
        path.unlink()
    message = {"edited": "the checksum does not fit", "another format": "is not of", "no object": "is not of"}
    with pytest.raises(BaselineError, match=message.get(damage, "cannot be read|is not of")) as caught:
        read_series(path)
    assert str(path) in str(caught.value)


def test_runs_join_those_that_stand_as_if_all_were_written_at_once(tmp_path):
    write_series(tmp_path / "whole", RECORDS)
    write_series(tmp_path / "first", [RECORDS[0], RECORDS[1], RECORDS[3]])
    write_series(tmp_path / "joined", [RECORDS[2], RECORDS[4]], read_series(tmp_path / "first"))
    assert read_series(tmp_path / "joined") == read_series(tmp_path / "whole")
    assert (tmp_path / "joined").read_bytes() == (tmp_path / "whole").read_bytes()
    with pytest.raises(ValueError, match="one run a seed, and these of s000, s001, s001"):
        write_series(tmp_path / "joined", RECORDS[:2], read_series(tmp_path / "first")[1:2])


def test_series_of_other_runs_than_the_rows_are_refused(path, tmp_path):
    place = baseline_path(tmp_path, SPEC.cell)
    write_baseline(place, {"cell": SPEC.cell.id}, [row_of(record) for record in RECORDS])
    assert find_series(read_baseline(place)) == read_series(path)
    write_series(path, [*RECORDS[:4], _record(7)])
    with pytest.raises(BaselineError, match="are of other runs than debiased_3ep.csv"):
        find_series(read_baseline(place))
    path.unlink()
    assert find_series(read_baseline(place)) is None


def test_runs_of_several_cells_or_shapes_are_refused_and_nothing_written(tmp_path):
    other = replace(RECORDS[1], spec=replace(RECORDS[1].spec, task="sms"))
    moved = replace(RECORDS[1].evaluations[0], distance={"head": 1.0})
    for records, message in (
        ([RECORDS[0], other], "are of one cell, and these of sms"),
        ([], "are of one cell, and these of none"),
        ([RECORDS[0], replace(RECORDS[1], evaluations=(moved,))], "distances are of head"),
        ([RECORDS[0], _record(1, examples=10)], "predictions of .10, 20. test examples"),
    ):
        with pytest.raises(ValueError, match=message):
            write_series(tmp_path / "s", records)
    assert list(tmp_path.iterdir()) == []
