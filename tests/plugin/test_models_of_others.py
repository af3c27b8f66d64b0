"""`pytest bench --stablebert-model` with a tiny model of every family: trained, measured, and said what it is."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.encoders.tiny_families import TINY, write_family
from tests.plugin.test_methods_of_others import TSV

BENCH = """
from stablebert.bench import cells

CELLS = cells(["rte"], ["debiased", "reinit"], length="2st")


def test_run(run, stablebert_bench):
    stablebert_bench.run(run)


def test_gate(gate, stablebert_bench):
    stablebert_bench.judge(gate)
"""
# one session after the other in one process, which loads the libraries once
SESSIONS = """
import contextlib, io, json, os, sys
import pytest

said = {}
for name, glue, words in json.load(sys.stdin):
    os.environ["GLUE_DIR"] = glue
    with contextlib.redirect_stdout(io.StringIO()) as out:
        pytest.main(["bench", "-p", "no:cacheprovider", "--stablebert-all", "--stablebert-seeds=1", *words])
    said[name] = out.getvalue()
json.dump(said, open("said.json", "w"))
"""
GIVEN = "--stablebert-recipe=batch_size=4,learning_rate=1e-3"


def write_glue(folder, text):
    (folder / "RTE").mkdir(parents=True)
    for name in ("train.tsv", "dev.tsv"):
        (folder / "RTE" / name).write_text(text)
    return str(folder)


def _two_segments(name):
    # the tiny tokenizer tells the texts of a pair apart
    return {"type_vocab_size": 2} if "type_vocab_size" in TINY[name].settings else {}


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What sessions print: of every family by its name, and of BERT with texts that are too long for it."""
    root = tmp_path_factory.mktemp("root")
    (root / "pyproject.toml").write_text("[project]\nname = 'mine'\n")
    (root / "bench").mkdir()
    (root / "bench" / "test_section4.py").write_text(BENCH)
    models = {name: str(write_family(root / "models" / name, name, **_two_segments(name))) for name in sorted(TINY)}
    one_segment = write_family(root / "models" / "one", "xlm-roberta", type_vocab_size=1)
    short, long = (
        write_glue(root / name, text) for name, text in (("short", TSV), ("long", TSV.replace("plot", "plot " * 80)))
    )
    sessions = [(name, short, [f"--stablebert-model={model}", GIVEN]) for name, model in models.items()]
    plain = [f"--stablebert-model={models['bert']}", "-k", "debiased"]
    sessions += [("pairs", short, [f"--stablebert-model={one_segment}"])]
    sessions += [("long", long, plain), ("cut", long, [*plain, "--stablebert-recipe=max_length=64"])]
    outer = {name: value for name, value in os.environ.items() if name not in ("CI", "STABLEBERT_STORE")}
    environment = {**outer, "STABLEBERT_CACHE": str(root / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", SESSIONS],
        input=json.dumps(sessions),
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads((root / "said.json").read_text())


@pytest.mark.parametrize("name", sorted(TINY))
def test_a_model_of_every_family_is_trained_and_measured(said, name):
    text = said[name]
    assert re.search(rf"custom-\w{{6}} is \S+/{name}, peak rate 0.001 \(baselines: minilm, 0.0002\)", text)
    # an encoder whose blocks share their weights has none to redraw, and says so
    if TINY[name].shared:
        assert "2 blocks of this albert share 1 set of weights: no block of it can be redrawn alone" in text
        assert "2 failed, 1 passed, 1 skipped" in text
    else:
        assert "2 passed, 2 skipped" in text


def test_a_text_beyond_the_models_positions_says_which_option_cuts_it(said):
    assert re.search(r"a text has \d+ tokens, and the encoder positions for 64", said["long"])
    assert "--stablebert-recipe max_length=64" in said["long"]
    assert "1 passed, 1 skipped" in said["cut"]


def test_a_model_of_one_segment_with_pairs_is_one_clear_error(said):
    assert "its tokenizer gives segment 1, as of a second text, and the encoder has 1" in said["pairs"]
    assert "4 failed" in said["pairs"]
