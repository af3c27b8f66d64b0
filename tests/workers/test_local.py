import pytest

from stablebert.records import RunStore, load_run
from stablebert.runs import Record, RunSpec
from stablebert.workers import run_all
from tests.synthetic import synthetic_record


def train(spec):
    if spec.seed == 1:
        raise ValueError("seed 1 cannot be made")
    return synthetic_record(spec, 80.0 + spec.seed)


@pytest.fixture
def specs(tiny_encoder, monkeypatch, tmp_path):
    from tests.tasks.test_glue import HEADERS, LINES, write

    (tmp_path / "RTE").mkdir()
    for split, size in (("train", 60), ("dev", 41)):
        write(tmp_path / "RTE" / f"{split}.tsv", [HEADERS["RTE"], *(LINES["RTE"](index) for index in range(size))])
    monkeypatch.setenv("GLUE_DIR", str(tmp_path))
    return [
        RunSpec(task="rte", encoder="custom-000000", encoder_source=str(tiny_encoder), seed=seed) for seed in range(4)
    ]


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_run_is_made_reported_and_stored_and_one_error_stops_no_other(specs, tmp_path, jobs):
    reported = []
    results = run_all(
        specs, tmp_path / "runs", jobs=jobs, report=lambda spec, outcome: reported.append((spec, outcome)), train=train
    )
    told = dict(reported)
    assert len(reported) == len(told) == 4
    assert [result is None for result in results] == [True, False, True, True]
    assert "seed 1" in str(results[1])
    assert told[specs[1]] is results[1]
    for spec in (specs[0], *specs[2:]):
        assert isinstance(told[spec], Record)
        assert told[spec] == load_run(spec, RunStore(tmp_path / "runs"))
    assert sorted(record.spec.seed for record in RunStore(tmp_path / "runs").records()) == [0, 2, 3]


def test_a_second_call_trains_nothing(specs, tmp_path):
    folder = tmp_path / "runs"
    run_all(specs[2:], folder, jobs=1, report=lambda *_: None, train=train)
    told = []
    again = run_all(specs[2:], folder, jobs=1, report=lambda _, outcome: told.append(outcome), train=_never)
    assert again == [None, None]
    assert all(isinstance(outcome, Record) for outcome in told)
    # the control: what is not stored is trained
    (error,) = run_all(specs[:1], folder, jobs=1, report=lambda *_: None, train=_never)
    assert "trained again" in str(error)


def _never(spec):
    raise ValueError("trained again")


def test_an_interruption_passes_through(specs, tmp_path):
    def interrupted(spec):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_all(specs, tmp_path / "runs", jobs=1, report=lambda *_: None, train=interrupted)


def test_less_than_one_job_is_refused(specs, tmp_path):
    with pytest.raises(ValueError, match="jobs is 0"):
        run_all(specs, tmp_path, jobs=0, report=lambda *_: None)
