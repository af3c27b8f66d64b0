"""The plug-in as every pytest session of its user meets it: cheap, documented, silent."""

import re
import shutil
from pathlib import Path

import pytest

from stablebert.project.options import OPTIONS

pytest_plugins = ["pytester"]

HEAVY = ("torch", "transformers", "datasets", "pandas", "scipy", "numpy", "hypothesis")


def test_collecting_thousands_of_items_loads_nothing_heavy(pytester, request):
    bench, tables = request.config.rootpath / "bench", Path("baselines", "paper")
    # some cells are trained by a recipe of the paper's tables
    shutil.copytree(request.config.rootpath / tables, pytester.path / tables)
    pytester.makeconftest(
        f"""
        import sys

        def pytest_collection_finish(session):
            print("LOADED", *[name for name in {HEAVY[:-1]} if name in sys.modules])
        """
    )
    result = pytester.runpytest_subprocess(
        str(bench),
        "--collect-only",
        "-qq",
        "--stablebert-all",
        "--stablebert-seeds=104",
        f"--confcutdir={bench}",
        f"--rootdir={pytester.path}",
        "-c",
        "/dev/null",
        "-p",
        "conftest",
    )
    assert result.ret == 0
    assert "LOADED" in result.outlines
    counts = [found[1] for line in result.outlines if (found := re.fullmatch(r"\S+\.py: (\d+)", line))]
    assert sum(map(int, counts)) > 5000


def test_every_option_says_its_default_and_has_an_ini_key(pytester):
    result = pytester.runpytest_subprocess("--help")
    text = " ".join(result.stdout.str().split())
    for option in OPTIONS:
        assert f"--stablebert-{option.name}" in text
        assert f"{option.help} (default: {option.default or 'none'})" in text
        assert option.key in text


@pytest.mark.parametrize(("ini", "given", "seeds"), [("5", [], "100-104"), ("5", ["--stablebert-seeds=7"], "100-106")])
def test_an_ini_key_is_a_default(pytester, ini, given, seeds):
    pytester.makeini(f"[pytest]\nstablebert_seeds = {ini}\nstablebert_seed_block = 100\n")
    pytester.makepyfile(
        test_any="""
        from stablebert.bench import cells

        CELLS = cells(["trec"], ["debiased"])


        def test_gate(gate, stablebert_bench):
            stablebert_bench.judge(gate)
        """
    )
    result = pytester.runpytest_subprocess("--collect-only", "--stablebert-all", *given)
    result.stdout.fnmatch_lines([f"stablebert: *seeds {seeds},*"])
