import json
import shutil
from dataclasses import replace

import pytest

from stablebert.runs import RunSpec
from stablebert.training import train_together
from stablebert.training.stacked.alone import check_together, why_alone


@pytest.fixture
def spec(tiny_encoder):
    return RunSpec(task="trec", precision="fp32x2", encoder="custom-abcdef", encoder_source=str(tiny_encoder))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"optimizer": "torch.optim:AdamW"}, "torch.optim:AdamW is not ours"),
        ({"method_sources": '{"mine": "own.methods:Mine"}'}, "own.methods:Mine is not ours"),
        ({"method": "transfer"}, "transfer begins with a run of its own each"),
    ],
)
def test_what_is_made_alone_says_why(spec, change, words):
    assert why_alone(spec) is None
    assert words in why_alone(replace(spec, **change))
    with pytest.raises(ValueError, match="cannot be trained side by side"):
        train_together(replace(spec, **change).stack)


def test_a_family_that_is_not_packed_is_made_alone(spec, tmp_path):
    folder = shutil.copytree(spec.encoder_source, tmp_path / "encoder")
    (folder / "config.json").write_text(json.dumps({"model_type": "distilbert"}))
    assert "type distilbert cannot be packed" in why_alone(replace(spec, encoder_source=str(folder)))


def test_an_encoder_that_cannot_be_read_is_left_to_its_run(spec, tmp_path):
    assert why_alone(replace(spec, encoder_source=str(tmp_path / "none"))) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([], "none"),
        ([{}], "s000"),
        ([{}, {}], "s000, .*s000"),
        ([{"seed": 1}, {"seed": 2}], "s001, .*s002"),
        ([{"seed": 1}, {}], "s001, .*s000"),
        ([{}, {"seed": 1, "method": "bertadam"}], "bertadam"),
        ([{"precision": "fp32"}], "fp32_s000"),
        ([{}, {"seed": 1, "data_seed": 2}], "i001d002"),
    ],
)
def test_what_is_no_stack_is_refused(spec, changes, said):
    check_together(replace(spec, seed=5).stack)
    check_together(replace(spec, seed=4, data_seed=7).stack)
    with pytest.raises(ValueError, match=f"those of one stack, .* these are .*{said}"):
        check_together([replace(spec, **change) for change in changes])
