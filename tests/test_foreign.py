import pytest

from stablebert.baselines import BaselineError
from stablebert.baselines.csv_tables import parse_table
from stablebert.baselines.grid import listed_names
from stablebert.foreign import ForeignError, contained, load_object
from stablebert.project.values import canonical_object, whole_number
from stablebert.records import RunStore, StoreError
from stablebert.runs import RunRow
from stablebert.stats.looks import MOST, check_looks

DEEP = "[" * 200_000


@pytest.fixture
def package(tmp_path, monkeypatch):
    def write(name, text):
        (tmp_path / f"{name}.py").write_text(text)
        return f"{name}:Thing"

    monkeypatch.syspath_prepend(str(tmp_path))
    return write


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("raise SystemExit(0)", "foreign_[0-9]+ would end the process \\(SystemExit: 0\\)"),
        ("raise RuntimeError('no\\nmore')", "does not import: RuntimeError: no$"),
        ("", "AttributeError: module 'foreign_[0-9]+' has no attribute 'Thing'"),
        ("class Odd(BaseException): pass\nraise Odd", "would end the process \\(Odd: without a word\\)"),
        ("import no_such_package", "ModuleNotFoundError"),
    ],
)
def test_what_does_not_import_is_one_sentence(text, said, package):
    path = package(f"foreign_{abs(hash(text))}", text)
    with pytest.raises(ForeignError, match=said):
        load_object(path)


def test_what_imports_is_returned(package):
    assert load_object(package("foreign_b", "class Thing:\n    part = 3") + ".part") == 3


def test_an_interruption_and_an_error_pass():
    for kind in (KeyboardInterrupt, KeyError):
        with pytest.raises(kind), contained("a thing"):
            raise kind


def test_more_seeds_than_memory_holds_are_refused():
    with pytest.raises(ValueError, match=r"the last must be at most 1,000 seeds"):
        check_looks(0.05, (1_000_000_000,))
    check_looks(0.05, (MOST,))
    for text in ("1000000000", "9" * 5000):
        with pytest.raises(ValueError, match="must be a whole number >= 1 and <= 1,000"):
            whole_number(1, MOST)(text)


def test_what_is_nested_too_deep_is_a_named_error(tmp_path):
    with pytest.raises(ValueError, match="must be a JSON object"):
        canonical_object(DEEP)
    (tmp_path / "grid.toml").write_text(f"mini = {DEEP}")
    with pytest.raises(BaselineError, match="grid.toml cannot be read"):
        listed_names(tmp_path)
    store = RunStore(tmp_path / "runs")
    path = store.path("ab")
    path.parent.mkdir(parents=True)
    path.write_text(DEEP)
    with pytest.raises(StoreError, match="is damaged"):
        store.load("ab")


def test_a_table_that_is_none_is_a_named_error():
    for lines in (["seed,test\n", f"{'x' * 200_000},1\n"], ["a,a\n", "1,2\n"], ["\n"]):
        with pytest.raises(ValueError, match="it is no table|columns|there twice"):
            parse_table(RunRow, lines)
