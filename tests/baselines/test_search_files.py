import re
from pathlib import Path

import pytest

from stablebert.baselines import BaselineError, length_search, read_search, searched_seeds, winner, write_search
from stablebert.runs import default_recipe
from tests.baselines.trials import TRIALS, at_length

BASELINES = Path(__file__).parents[2] / "baselines"


def test_a_search_comes_back(tmp_path):
    path = write_search(tmp_path, "minilm", TRIALS, "abc", why="the first look was one seed")
    assert path == tmp_path / "minilm" / "search.csv"
    found = read_search(tmp_path, "minilm")
    assert sorted(found, key=repr) == sorted(TRIALS, key=repr)
    lines = [line for line in path.read_text().splitlines() if line.startswith("#")]
    names = ["# stablebert-search 2", "# what", "# rule", "# winner", "# why", "# date", "# commit", "# code"]
    assert [line.split(": ")[0] for line in lines] == names
    what = "method debiased, length 3ep, learning_rate searched; otherwise the recipe of minilm"
    assert lines[1:4:2] == [f"# what: {what}", "# winner: debiased 3ep at 0.0002"]


def test_every_search_of_an_encoder_uses_its_seeds_up(tmp_path):
    write_search(tmp_path, "minilm", TRIALS, "abc")
    trials = [at_length(length, seed, 90.0) for length in ("200st", "400st") for seed in (902, 903)]
    path = write_search(tmp_path, "minilm", trials, "abc", name=length_search("trec", "reinit"))
    assert path == tmp_path / "minilm" / "searches" / "length" / "trec_reinit.csv"
    assert searched_seeds(tmp_path, "minilm") == {900, 901, 902, 903}
    assert searched_seeds(tmp_path, "another") == set()


def test_a_search_is_no_baseline(tmp_path):
    # the doors and the report take every file two folders below an encoder for one
    path = write_search(tmp_path, "minilm", TRIALS, "abc", name=length_search("trec", "debiased"))
    assert path.is_file()
    assert list(tmp_path.glob("*/*/*.csv")) == []


def test_a_search_needs_a_reason(tmp_path):
    with pytest.raises(ValueError, match="one line of text"):
        write_search(tmp_path, "minilm", TRIALS, "abc", why=" ")


@pytest.mark.parametrize(
    "damage", [lambda text: text.replace("False", "no", 1), lambda text: text.replace("seed", "sed")]
)
def test_a_tampered_file_is_named(tmp_path, damage):
    path = write_search(tmp_path, "minilm", TRIALS, "abc")
    path.write_text(damage(path.read_text()))
    for read in (read_search, searched_seeds):
        with pytest.raises(BaselineError, match=r"search.csv is damaged"):
            read(tmp_path, "minilm")


def test_the_embedded_encoders_recipe_has_the_rate_that_its_search_chose():
    assert winner(read_search(BASELINES, "minilm")).learning_rate == default_recipe("minilm").learning_rate


def test_the_committed_searches_say_who_won():
    names = [path.relative_to(BASELINES / "minilm") for path in (BASELINES / "minilm").glob("search*/*/*.csv")]
    for name in ["search", *(str(name.with_suffix("")) for name in names)]:
        best = winner(read_search(BASELINES, "minilm", name))
        said = re.search(r"^# winner: (.*)$", (BASELINES / "minilm" / f"{name}.csv").read_text(), re.MULTILINE)[1]
        assert said in (f"{best.method} {best.length} at {best.learning_rate!r}", repr(best.learning_rate))
