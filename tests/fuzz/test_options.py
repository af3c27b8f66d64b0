"""Options, ini values, paths of optimizers and their arguments: a value, or an error that names the option."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from stablebert.optim.driving import OptimizerError, build, load_class, parse_arguments
from stablebert.project.catalogue import catalogue_of
from stablebert.project.loading import settings_in
from stablebert.project.options import OPTIONS, settings_of
from stablebert.project.pyproject import policy_of
from stablebert.runs import RunSpec
from tests.fuzz.mutations import data, files
from tests.fuzz.reading import answers, folder, put

__all__ = ["folder"]
GIVEN = {
    "profile": "mini",
    "all": "true",
    "seeds": "20",
    "seed-block": "100",
    "seeds-of": "baseline",
    "model": "models/mine",
    "recipe": "learning_rate=1e-4,betas=0.9/0.98",
    "against": "bertadam",
    "optimizer": "torch.optim:AdamW",
    "optimizer-args": '{"eps": 1e-3, "betas": [0.9, 0.98]}',
    "margin": "1.5",
    "alpha": "0.05",
    "looks": "6,9,12",
    "futility": ".7,.5",
    "anytime": "true",
    "shown": "fail",
    "expect": "unchanged",
    "budget": "20m",
    "run-timeout": "90s",
    "precision": "fp32",
    "fidelity": "released",
    "inconclusive": "pass",
    "store": ".stablebert/runs",
    "baselines": "baselines",
    "report": "out",
    "accept": "true",
    "why": "a reason",
    "engine": "ray",
    "address": "auto",
    "cpus": "1",
    "gpus": "0.25",
    "retries": "2",
    "at-once": "256",
    "engine-args": '{"num_cpus": 2}',
}
INI = "".join(f"stablebert_{name.replace('-', '_')} = {{}}\n" for name in GIVEN)
ADDED = b"""[tool.stablebert.tasks]
tickets = "mypackage.data:tickets"
reviews = { folder = "data/reviews", metric = "f1" }
[tool.stablebert.encoders]
smallbert = "models/small"
"""


def test_every_option_is_given_here():
    assert GIVEN.keys() == {option.name for option in OPTIONS}


@pytest.mark.parametrize("name", GIVEN)
@given(drawn=st.data())
def test_an_option(folder, name, drawn):
    text = drawn.draw(files(GIVEN[name].encode())).decode("utf-8", "surrogateescape")
    settings = answers(lambda: settings_of({"optimizer": "a:B", name: text}), ValueError, of=name)
    if settings is not None:
        answers(lambda: policy_of(folder / "nowhere", settings), ValueError)


@given(st.sampled_from(sorted(GIVEN)), st.data())
def test_an_ini_file(folder, name, drawn):
    line = f"stablebert_{name.replace('-', '_')} = {GIVEN[name]}\n"
    put(folder, "ini/pytest.ini", drawn.draw(files(f"[pytest]\n{line}".encode())))
    answers(lambda: settings_in(folder / "ini", {}), ValueError)


@given(drawn=st.data())
def test_a_pyproject_of_pytest(folder, drawn):
    content = b"[tool.pytest.ini_options]\nstablebert_looks = '6,12'\nstablebert_store = 'here'\n"
    put(folder, "toml/pyproject.toml", drawn.draw(files(content)))
    answers(lambda: settings_in(folder / "toml", {}), ValueError)


@given(files(ADDED))
def test_what_a_project_adds(folder, content):
    put(folder, "added/pyproject.toml", content)
    answers(lambda: catalogue_of(folder / "added"), ValueError)


def test_an_encoder_whose_name_no_system_has_is_named(folder):
    put(folder, "long/pyproject.toml", b'[tool.stablebert.encoders]\nmine = "' + b"9" * 5000 + b'"\n')
    with pytest.raises(ValueError, match="mine can be no folder: .*File name too long"):
        catalogue_of(folder / "long")


@given(files(b"torch.optim:AdamW", b"torch.optim.adamw:AdamW"))
def test_a_path_of_an_optimizer(content):
    path = content.decode("utf-8", "surrogateescape")
    answers(lambda: load_class(path), OptimizerError, of="optimizer ")
    answers(lambda: RunSpec(task="trec", optimizer=path), ValueError)


@given(
    st.one_of(
        files(GIVEN["optimizer-args"].encode()).map(lambda found: found.decode("utf-8", "surrogateescape")),
        data({"eps": 1e-3, "betas": [0.9, 0.98], "lr": 1e-4, "foreach": False}),
    )
)
def test_arguments_of_an_optimizer(found):
    import json

    text = found if isinstance(found, str) else json.dumps(found)
    given = answers(lambda: parse_arguments(text), OptimizerError, of="optimizer arguments")
    if given is not None:
        groups = [{"params": [torch.nn.Parameter(torch.ones(2))], "lr": 1e-5}]
        answers(lambda: build(torch.optim.AdamW, groups, given, rate=1e-5), OptimizerError, of="AdamW")
    answers(lambda: RunSpec(task="trec", optimizer="torch.optim:AdamW", optimizer_arguments=text), ValueError)
