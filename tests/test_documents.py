"""What the documents say is there, is there."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from stablebert.cli.commands import COMMANDS
from stablebert.cli.exits import Exit
from stablebert.contract import LAWS
from stablebert.paper import METHOD_PARAMETERS
from stablebert.project.options import OPTIONS, PREFIX
from stablebert.report import accepted_cells, accepted_table
from stablebert.tasks import TASKS

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
DOCUMENTS = sorted([*PAGES, *(path for folder in (".", "baselines") for path in (ROOT / folder).glob("*.md"))])
# what happened stands there as it was, whatever has been renamed since
DOCUMENTS = [path for path in DOCUMENTS if path.name != "LEDGER.md"]
README_LINES = 130
every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


def page(name):
    return (ROOT / name).read_text()


def commands_of(text):
    """Return the lines of a text's console blocks that are typed, without variables before them and comments behind."""
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    lines = [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    return [re.sub(r"^[A-Z_]+=\S+ |\s+#.*$", "", line) for line in lines]


def unknown_options(text):
    known = {f"--{PREFIX}-{option.name}" for option in OPTIONS}
    return set(re.findall(rf"--{PREFIX}-[a-z-]+", text)) - known


def unknown_commands(text):
    named = [words.split()[1] for words in commands_of(text) if words.startswith("stablebert ")]
    named += re.findall(r"`stablebert ([a-z]+)", text)
    return set(named) - set(COMMANDS)


def anchors_of(text):
    """Return the headings of a text as links name them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(path, text):
    """Return the links of a document that lead to no file, or to no heading of one."""
    found = []
    for link, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", text):
        target = path.parent / link if link else path
        if not target.exists() or (anchor and anchor not in anchors_of(target.read_text())):
            found.append(f"{link}#{anchor}")
    return found


@every_document
def test_options_commands_links_and_paths_exist(path):
    text = path.read_text()
    assert unknown_options(text) == set()
    assert unknown_commands(text) == set()
    assert broken_links(path, text) == []
    paths = re.findall(r"`((?:stablebert|tests|bench|methods|training|paper)/[a-z_/]+\.(?:py|hpp))`", text)
    assert [name for name in paths if not any((base / name).is_file() for base in (ROOT, ROOT / "stablebert"))] == []


def test_what_does_not_exist_is_noticed():
    assert unknown_options("`--stablebert-sed-block`") == {"--stablebert-sed-block"}
    assert unknown_commands("`stablebert plant`\n```console\n$ stablebert jugde CELL\n```") == {"plant", "jugde"}
    assert broken_links(ROOT / "README.md", "[a](docs/none.md) [b](docs/gate.md#none) [c](docs/gate.md#verdicts)") == [
        "docs/none.md#",
        "docs/gate.md#none",
    ]


def test_the_readme_is_short():
    assert len(page("README.md").splitlines()) <= README_LINES


def test_every_page_is_reached_from_the_readme():
    linked = set(re.findall(r"\]\((docs/[a-z/]+\.md)", page("README.md")))
    # what is made by a command lies below the page that says so
    written = {path.relative_to(ROOT).as_posix() for path in PAGES if path.parent.name != "results"}
    # nobody has to link it, and the README's picture does
    assert linked - {"docs/results/report.md"} == written


def listed_options(text):
    """Return the options of a page's tables with their defaults."""
    return sorted(re.findall(rf"^\| `--{PREFIX}-([a-z-]+)` \| (\S+) \|", text, re.MULTILINE))


def test_the_page_of_options_is_the_table_of_options():
    text = page("docs/options.md")
    declared = sorted((option.name, option.default or "none") for option in OPTIONS)
    assert listed_options(text) == declared
    # the control: a row that is missing, there twice, or has another default is noticed
    row = "| `--stablebert-seed-block` | 0 |"
    for wrong in ("| seeds | 0 |", f"{row}\n{row}", row.replace("0", "1")):
        assert listed_options(text.replace(row, wrong)) != declared


def test_the_page_of_options_has_the_variables_that_are_read():
    sources = "".join(path.read_text() for path in (ROOT / "stablebert").rglob("*.py"))
    named = re.findall(r"^\| `([A-Z_]+)` \|", page("docs/options.md"), re.MULTILINE)
    assert set(re.findall(r'"(STABLEBERT_[A-Z]+)"', sources)) | {"GLUE_DIR", "GITHUB_STEP_SUMMARY"} == set(named)


def listed_laws(text):
    """Return the laws of the page of optimizers, each with the kinds in its row."""
    rows = re.findall(r"^\| ([a-z, -]+) \| ((?:`[a-z0-9-]+` ?)+)\|$", text, re.MULTILINE)
    return sorted((law, kinds) for kinds, laws in rows for law in re.findall(r"`([a-z0-9-]+)`", laws))


def test_the_page_of_optimizers_has_every_law_with_its_kinds():
    text = page("docs/optimizers.md")
    asked = sorted((law.name, ", ".join(law.kinds) or "all") for law in LAWS)
    assert listed_laws(text) == asked
    # the control: a law that is missing, or in the row of another kind, is noticed
    for wrong in ("", "`impulse-fades` `impulse-fades`"):
        assert listed_laws(text.replace("`impulse-fades`", wrong)) != asked


def listed_commands(text):
    return sorted(re.findall(r"^\| `stablebert ([a-z]+)", text, re.MULTILINE))


def test_the_page_of_commands_lists_every_command_once():
    text = page("docs/commands.md")
    assert listed_commands(text) == sorted(COMMANDS)
    # the control: a row that is missing is noticed
    assert listed_commands(text.replace("| `stablebert plan", "| plan")) != sorted(COMMANDS)
    statuses = [int(number) for number in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)]
    assert statuses == sorted(Exit)


def test_the_page_of_selecting_names_every_task_and_method():
    words = set(re.findall(r"[a-z0-9]+", page("docs/selecting.md")))
    assert {name for name in TASKS if not name.endswith("-1k")} <= words
    assert {"bertadam", "debiased", *METHOD_PARAMETERS} <= words


@pytest.mark.parametrize("name", ["README.md", "docs/own.md", "docs/howto/finetune.md"])
def test_the_code_runs(name, tiny_encoder):
    from transformers import AutoModelForSequenceClassification

    names = {"model": AutoModelForSequenceClassification.from_pretrained(tiny_encoder)}
    for code in re.findall(r"```python\n(.*?)```", page(name), re.DOTALL):
        exec(code, names)
    redrawn = names["names"] if "names" in names else names["prepared"].census["reinitialized"]
    assert "bert.pooler.dense.weight" in redrawn


SESSIONS = sorted(
    {words for path in DOCUMENTS for words in commands_of(path.read_text()) if words.startswith("pytest ")}
)


@pytest.mark.parametrize("words", SESSIONS)
def test_the_selections_select(words, tiny_encoder):
    if "schedulefree" in words:
        pytest.importorskip("schedulefree", reason="needs the extra 'optimizers'")
    # what a reader has made before, the folder of a release too
    words = words.replace("mypackage.optim:MyAdam", "stablebert.optim:BertAdam").replace("=releases", "=baselines")
    given = shlex.split(words)[1:]
    # pytest looks for its root where a path stands alone, and this folder is elsewhere
    given = shlex.split(shlex.join(given).replace(" ./my-encoder", f"={tiny_encoder}"))
    whole = [] if any(word.startswith("--stablebert-expect") for word in given) else ["--stablebert-all"]
    command = [sys.executable, "-m", "pytest", *given, "--collect-only", "-q", *whole]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def sessions_in_yaml(text):
    """Return the sessions that the YAML of a page runs, as its console would, without the files that they write."""
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    given = [words for block in blocks for words in re.findall(r"\barguments: (.*?)(?: }|$)", block, re.MULTILINE)]
    lines = [line for block in blocks for line in re.findall(r"- pytest (.*)", block)]
    return ["pytest " + re.sub(r" --(?:stablebert-report|junitxml) \S+", "", words) for words in given + lines]


@pytest.mark.parametrize("name", ["README.md", "docs/ci/github.md", "docs/ci/gitlab.md"])
def test_what_ci_is_told_to_run_is_among_the_sessions_that_select(name):
    known = {re.sub(r"-n \d", "-n 4", words) for words in SESSIONS}
    found = [re.sub(r"-n \d", "-n 4", words) for words in sessions_in_yaml(page(name))]
    assert len(found) == 1
    assert {*found} <= known
    # the control
    assert not {words.replace("mypackage", "mypackages") for words in found} & known


def test_the_place_of_the_results_is_marked_once():
    text = page("docs/results.md")
    assert len(re.findall(r"<!-- results:begin -->.*<!-- results:end -->", text, re.DOTALL)) == 1


def test_the_numbers_of_the_results_are_those_of_the_accepted_runs():
    table = accepted_table(accepted_cells(ROOT / "baselines"))
    assert table in page("docs/results.md")
    # the control: a changed number is noticed
    assert re.sub(r"\d\d\.\d\d", "1.23", table, count=1) not in page("docs/results.md")
