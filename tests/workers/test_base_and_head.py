"""Two trees of a real repository, real processes; only the training is a formula of the tree's own package."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path

import pytest

import stablebert
from stablebert.runs import RunSpec, format_id, parse_id
from stablebert.workers import base_and_head, one_run
from stablebert.workers.base_and_head import TreeError, base_tree, head_tree, run_pairs
from stablebert.workers.worktree import checked_out, commit_of, is_changed, repository_of
from tests.records import fake_runs
from tests.synthetic import synthetic_record

PROGRAM = Path(__file__).with_name("fake_one_run.py")
OPTIMIZER = "mypackage.optim:MyAdam"
HERE = Path(stablebert.__file__).parents[1]


def git(folder, *words):
    identity = ["-c", "user.name=me", "-c", "user.email=me@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def write_package(root, score, *, seconds=0, place="src/mypackage"):
    (root / place).mkdir(parents=True, exist_ok=True)
    (root / place / "__init__.py").touch()
    (root / place / "optim.py").write_text(f"class MyAdam:\n    score = {score}\n    seconds = {seconds}\n")


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository whose package scores 90 at its only commit and 80 in the working tree."""
    root = tmp_path / "repository"
    write_package(root, 90.0)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "base")
    write_package(root, 80.0)
    monkeypatch.chdir(root)
    # as a user has it installed: what the tree does not hold comes from here
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    return root.resolve()


@contextmanager
def trees(repository, tmp_path, ref="HEAD", optimizer=OPTIMIZER):
    head = head_tree(repository, optimizer, tmp_path / "stores" / "head")
    with checked_out(repository, commit_of(repository, ref)) as folder:
        yield base_tree(head, folder, tmp_path / "stores" / "base"), head


def runs(number):
    return [RunSpec(task="trec", optimizer=OPTIMIZER, seed=seed) for seed in range(number)]


def no_report(*_):
    pass


def test_each_side_imports_from_its_own_tree_and_nothing_stays_behind(repository, tmp_path):
    with trees(repository, tmp_path) as (base, head):
        pairs = list(run_pairs(base, head, runs(2), no_report, program=PROGRAM))
        assert base.root.is_dir()
    assert [(round(before.test, -1), round(after.test, -1)) for before, after in pairs] == [(90, 80)] * 2
    assert not base.root.exists()
    assert git(repository, "worktree", "list").count("\n") == 1


def test_pairs_are_made_only_when_they_are_asked_for_and_base_first(repository, tmp_path):
    seen = []
    with trees(repository, tmp_path) as (base, head):
        made = run_pairs(base, head, runs(3), lambda run, *_: seen.append(run), program=PROGRAM)
        next(made)
        assert seen == ["trec_debiased_3ep_minilm_fp32_s000"]
        assert [len(list(tree.store.iterdir())) for tree in (base, head)] == [1, 1]


def test_a_base_that_cannot_run_says_why(repository, tmp_path):
    (repository / "src/mypackage/optim.py").write_text("import nowhere_to_be_found\n")
    git(repository, "commit", "-qam", "broken")
    write_package(repository, 80.0)
    with trees(repository, tmp_path) as (base, head), pytest.raises(TreeError, match="base: .*nowhere_to_be_found"):
        next(run_pairs(base, head, runs(1), no_report, program=PROGRAM))


def test_a_package_that_the_base_lacks_is_not_taken_from_head(repository, tmp_path, monkeypatch):
    git(repository, "mv", "src/mypackage", "src/former")
    git(repository, "commit", "-qam", "another name")
    write_package(repository, 80.0)
    # as an editable installation has it: head is always found
    monkeypatch.setenv("PYTHONPATH", f"{repository / 'src'}{os.pathsep}{HERE}")
    outside = tmp_path / "site"
    outside.mkdir()
    (outside / "sitecustomize.py").write_text(f"import sys\nsys.path.append({str(repository / 'src')!r})\n")
    monkeypatch.setenv("PYTHONPATH", f"{outside}{os.pathsep}{HERE}")
    with (
        trees(repository, tmp_path) as (base, head),
        pytest.raises(TreeError, match="base: mypackage was imported from"),
    ):
        next(run_pairs(base, head, runs(1), no_report, program=PROGRAM))


def test_what_is_not_in_the_repository_has_no_base(repository, tmp_path):
    with pytest.raises(ValueError, match="no package 'torch'"):
        head_tree(repository, "torch.optim:Adam", tmp_path)
    with pytest.raises(ValueError, match="no stablebert; without --optimizer"):
        head_tree(repository, None, tmp_path)


def test_our_own_sources_are_compared_where_they_are(tmp_path):
    root = repository_of(HERE)
    head = head_tree(root, None, tmp_path)
    assert (head.subject, head.paths[0]) == ("stablebert", root)


def test_refs_and_folders_that_are_none(repository, tmp_path):
    with pytest.raises(ValueError, match="git rev-parse"):
        commit_of(repository, "no-such-ref")
    with pytest.raises(ValueError, match="git rev-parse"):
        commit_of(repository, "--help")
    with pytest.raises(ValueError, match="not a git repository"):
        repository_of(tmp_path)
    assert is_changed(repository)
    assert repository_of(repository / "src") == repository


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_command_leaves_no_tree_and_no_process(repository, tmp_path, sent):
    write_package(repository, 90.0, seconds=600)
    git(repository, "commit", "-qam", "slow")
    code = (
        "import functools, signal, sys\n"
        # a shell's background job has it ignored
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from pathlib import Path\n"
        "from stablebert.cli import against_base\n"
        f"against_base.run_pairs = functools.partial(against_base.run_pairs, program=Path({str(PROGRAM)!r}))\n"
        "from stablebert.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    words = ["gate", "trec_debiased_3ep_minilm_fp32", "--base", "HEAD", "--optimizer", OPTIMIZER, "--margin", "1"]
    store = tmp_path / "stores" / "runs"
    own = tmp_path / "temporary"
    own.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", code, *words, "--store", str(store)],
        cwd=repository,
        env={**os.environ, "TMPDIR": str(own)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while not list((tmp_path / "stores").glob("base/*/*")):
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.05)
    process.send_signal(sent)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert list(own.iterdir()) == []
    assert git(repository, "worktree", "list").count("\n") == 1
    # the pipe has closed, so that no child holds it either


def test_one_run_obtains_its_run_by_its_own_recipe_and_says_where_it_came_from(tmp_path, monkeypatch):
    fake_runs.set_up(tmp_path, monkeypatch)
    seen = []

    def obtain(spec, store):
        seen.append((spec, store.folder))
        return synthetic_record(spec, 91.0)

    monkeypatch.setattr("stablebert.records.obtain.obtain", obtain)
    asked = {"run": "rte_debiased_3ep_minilm_fp32_s003", "given": {"optimizer": "torch.optim:Adam"}}
    made = one_run.answer({**asked, "store": str(tmp_path / "s")})
    ((spec, folder),) = seen
    assert (spec.seed, spec.optimizer, spec.recipe.learning_rate, folder) == (
        3,
        "torch.optim:Adam",
        2e-4,
        tmp_path / "s",
    )
    assert made["row"]["test"] == 91.0
    assert set(made["files"]) == {"stablebert", "torch"}
    assert Path(made["files"]["stablebert"]) == Path(stablebert.__file__).resolve()


def test_a_run_is_given_all_that_its_id_does_not_say():
    spec = RunSpec(
        task="tickets",
        method="idle",
        encoder="house",
        encoder_source="/models/house",
        task_source='{"folder":"/data"}',
        method_sources='{"idle":"a:Idle"}',
    )
    given = base_and_head._given(spec)
    named = parse_id(format_id(spec))
    assert replace(named, **given) == spec
    # the control: the id alone is another run
    assert named != spec
    assert base_and_head._given(RunSpec(task="trec")) == {}


OTHER = {
    **{"method": "reinit", "length": "4ep", "steps": 7, "precision": "bf16", "seed": 3, "data_seed": 4},
    **{"fidelity": "released", "optimizer_arguments": '{"eps":0.1}'},
    **{"epochs": 5, "layerwise_decay": 0.8},
}


@pytest.mark.parametrize("name", [field.name for field in fields(RunSpec) if field.name not in ("task", "recipe")])
def test_every_field_of_a_run_is_in_its_id_or_given(name):
    # what only a length has, and the recipe of the encoder
    given = {"length": {"steps": "long", "epochs": "own", "layerwise_decay": "own"}.get(name, "3ep")}
    spec = replace(RunSpec(task="trec"), **{**given, "recipe": None, name: OTHER.get(name, "other")})
    assert replace(parse_id(format_id(spec)), **base_and_head._given(spec)) == spec


def test_a_recipe_of_its_own_is_refused():
    usual = RunSpec(task="trec")
    own = replace(usual, recipe=replace(usual.recipe, learning_rate=1e-3))
    with pytest.raises(ValueError, match="two commits are compared by the recipe that each records"):
        base_and_head._given(own)
