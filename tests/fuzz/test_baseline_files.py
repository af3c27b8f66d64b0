"""Files of `baselines/` that were damaged, edited or made by an enemy."""

import gzip
import importlib
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stablebert.baselines import (
    BaselineError,
    baseline_path,
    listed_names,
    read_baseline,
    read_bridges,
    read_margins,
    read_waivers,
    series,
    write_baseline,
)
from stablebert.baselines.changing import finish
from stablebert.baselines.searches import read_search
from stablebert.runs import Cell
from tests.fuzz.mutations import data, deep, files
from tests.fuzz.reading import answers, files_below, folder, put

__all__ = ["folder"]
REAL = Path(__file__).parents[2] / "baselines"
WAIVER = b"".join(b'%s = "trec_debiased_3ep_minilm_fp32"\n' % word for word in (b"cell", b"reason", b"who"))
CHANGE = {"minilm/trec/a.csv": "YWJj", "margins.csv": None}


def short_series():
    """The content of an accepted series, of a few updates."""
    kept = json.loads(gzip.decompress((REAL / "minilm/trec/debiased_3ep.series.json.gz").read_bytes()))["content"]
    for name in ("loss", "rate", "gradient_norm", "update_norm"):
        kept[name] = [values[:3] for values in kept[name]]
    return kept


def sealed(content):
    outer = {"format": series._FORMAT, "sha256": series._checksum(content), "content": content}
    return gzip.compress(json.dumps(outer).encode(), 1)


SERIES = short_series()
TABLES = {"margins.csv": read_margins, "bridges.csv": read_bridges, "grid.toml": listed_names}


@given(files((REAL / "minilm/trec/debiased_3ep.csv").read_bytes()))
def test_a_baseline(folder, content):
    answers(lambda: read_baseline(put(folder, "minilm/trec/debiased_3ep.csv", content)), BaselineError)


@pytest.mark.parametrize("name", TABLES)
@given(drawn=st.data())
def test_a_table(folder, name, drawn):
    put(folder, name, drawn.draw(files((REAL / name).read_bytes())))
    answers(lambda: TABLES[name](folder), BaselineError)


@given(files((REAL / "minilm/search.csv").read_bytes()))
def test_a_search(folder, content):
    put(folder, "minilm/search.csv", content)
    answers(lambda: read_search(folder, "minilm"), BaselineError)


@given(files(WAIVER + b"until = 2099-12-31\n"))
def test_a_waiver(folder, content):
    put(folder, "waivers/a.toml", content)
    answers(lambda: read_waivers([folder], date(2026, 1, 1)), BaselineError)


@given(st.one_of(files(sealed(SERIES)), data(SERIES).map(sealed)))
def test_series_sealed_by_an_enemy_too(folder, content):
    answers(lambda: series.read_series(put(folder, "a.series.json.gz", content)), BaselineError)


@given(st.one_of(files(json.dumps(CHANGE).encode()), data(CHANGE).map(lambda found: json.dumps(found).encode())))
def test_a_change_under_way_never_leads_out_of_its_folder(folder, content):
    put(folder, "held/.change.json", content)
    beside = files_below(folder) - files_below(folder / "held")
    answers(lambda: finish(folder / "held"), BaselineError, OSError)
    assert files_below(folder) - files_below(folder / "held") == beside


def test_a_small_file_that_stands_for_more_than_a_machine_has_is_refused(folder, monkeypatch):
    monkeypatch.setattr(series, "_MOST", 1 << 20)
    bomb = gzip.compress(b" " * (2 << 20))
    with pytest.raises(BaselineError, match="holds more than 1 MiB"):
        series.read_series(put(folder, "bomb.series.json.gz", bomb))
    # the control: what is as large as allowed is read, and is no JSON
    with pytest.raises(BaselineError, match="Expecting value"):
        series.read_series(put(folder, "bomb.series.json.gz", gzip.compress(b" " * (1 << 20))))


def test_a_series_too_deep_for_its_checksum_is_named(folder):
    outer = {"format": series._FORMAT, "sha256": "", "content": deep(900)}
    with pytest.raises(BaselineError, match="series .*a.series.json.gz"):
        series.read_series(put(folder, "a.series.json.gz", gzip.compress(json.dumps(outer).encode())))


def test_a_change_whose_name_is_none_is_named(folder):
    put(folder, "nul/.change.json", b'{"a\\u0000b": null}')
    with pytest.raises(BaselineError, match="no change of this program"):
        importlib.import_module("stablebert.baselines.changing").finish(folder / "nul")


@pytest.mark.parametrize("text", ["trec_debiased_3ep_.._fp32", ".._debiased_3ep_minilm_fp32", "._debiased_3ep_._fp32"])
def test_an_id_never_leads_out_of_the_folder(text):
    with pytest.raises(BaselineError, match="names no folder below"):
        baseline_path(Path("baselines"), Cell.parse(text))
    # the control: dots within a name are no way out
    assert baseline_path(Path("b"), Cell.parse("trec_debiased_3ep_a..b_fp32")) == Path("b/a..b/trec/debiased_3ep.csv")


FACTS = {
    name: json.loads(read_baseline(REAL / "minilm/trec/debiased_3ep.csv").header[name])
    for name in ("recipe", "environments")
}


def sealed_header(folder, header):
    """Return a baseline with a header of an enemy's, whose checksum fits."""
    real = read_baseline(REAL / "minilm/trec/debiased_3ep.csv")
    path = folder / "sealed/minilm/trec/debiased_3ep.csv"
    write_baseline(path, {**real.header, **header}, real.rows)
    return read_baseline(path)


@given(st.sampled_from(["recipe", "environments", "cell", "environment_class"]), st.data())
def test_a_header_sealed_by_an_enemy(folder, name, drawn):
    valid = json.dumps(FACTS[name]) if name in FACTS else "trec_debiased_3ep_minilm_fp32"
    raw = files(valid.encode()).map(lambda found: found.decode("utf-8", "replace"))
    text = drawn.draw(st.one_of(raw, data(FACTS[name]).map(json.dumps)) if name in FACTS else raw)
    found = answers(lambda: sealed_header(folder, {name: text}), BaselineError)
    if found is not None:
        for fact in ("recipe", "environments", "cell", "environment_class"):
            answers(lambda fact=fact: getattr(found, fact), BaselineError, of="debiased_3ep.csv")
