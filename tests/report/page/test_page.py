"""The page as files: the same bytes, nothing from elsewhere, nothing that a name can break, nothing hidden that is missing."""

import importlib.util
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from stablebert.baselines.csv_tables import parse_table
from stablebert.cli.commands import main
from stablebert.cli.exits import Exit
from stablebert.optim import bias_ratio
from stablebert.plugin import ending
from stablebert.report.page import Content, PageError, check_extra, write_page
from stablebert.report.page import pictures as room
from stablebert.report.page.outline import parts_of
from stablebert.report.page.picture import Drawn, drawn, pictures
from stablebert.report.page.pictures import bias
from stablebert.report.page.style import CARD, PALETTE, themed
from tests.report.page.bounds import many
from tests.report.page.made import every_verdict, made

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>$a_$&"
PICTURES = pictures()


@pytest.fixture(scope="module")
def content():
    return made()


@pytest.fixture(scope="module")
def page(content, tmp_path_factory):
    return write_page(tmp_path_factory.mktemp("page"), content)[0]


class Seen(HTMLParser):
    """What a file is made of: its elements, attributes that act, and what it asks for from elsewhere."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.acting, self.wanted, self.rows = [], [], [], 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append(tag)
        self.acting += [name for name, _ in attributes if name.startswith("on")]
        self.wanted += [value for name, value in attributes if name in ("src", "href", "xlink:href", "srcset")]


def from_elsewhere(text):
    """Return what a page asks for that is neither in it nor a file of its own folder."""
    ours = ("#", "pictures/", "data:,")
    return [value for value in Seen(text).wanted if not value.startswith(ours)] + (["url"] if "@import" in text else [])


def files_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_evidence_makes_the_same_bytes(tmp_path):
    content = made(("trec",), seeds=6)
    for name in ("once", "again"):
        write_page(tmp_path / name, content)
    assert files_of(tmp_path / "again") == files_of(tmp_path / "once")
    # the control: one run of another score is another page
    first, *others = content.cells
    moved = replace(first.rows[2], test=first.rows[2].test + 1)
    other = replace(first, rows=(*first.rows[:2], moved, *first.rows[3:]))
    write_page(tmp_path / "other", replace(content, cells=(other, *others)))
    once = files_of(tmp_path / "once")
    changed = {name for name, text in files_of(tmp_path / "other").items() if text != once[name]}
    assert {"report.html", "pictures/strips.svg", "pictures/strips.csv", "pictures/heat-map.csv"} <= changed


def test_nothing_comes_from_elsewhere(page):
    assert from_elsewhere(page.read_text()) == []
    # the control
    assert from_elsewhere('<link href="https://a/b.css">') == ["https://a/b.css"]


def test_no_name_breaks_out(tmp_path):
    files = write_page(tmp_path, made(("trec",), seeds=6, word=HOSTILE))
    seen = Seen(files[0].read_text())
    assert (seen.elements.count("script"), seen.elements.count("img"), seen.acting) == (1, 0, [])
    assert "&lt;script&gt;alert(1)" in files[0].read_text()
    for path in tmp_path.glob("pictures/*.svg"):
        assert not {element.tag.rpartition("}")[2] for element in ElementTree.parse(path).iter()} & {"script", "img"}
    # a command stands in a block of code, as it is to be typed
    assert [line for line in files[1].read_text().splitlines() if "<script" in line and line[:2] != "$ "] == []
    # the control: the same words as they are would be seen
    bare = Seen(HOSTILE)
    assert (bare.elements, bare.acting) == (["script", "img"], ["onerror"])


def test_two_thousand_runs_are_a_light_page(tmp_path):
    content = many()
    assert sum(len(seen.rows) for seen in content.cells) == 2000
    page, *others = write_page(tmp_path, content)
    assert page.stat().st_size <= 1_500_000
    assert sum(path.stat().st_size for path in others) <= 4_000_000
    strips = (tmp_path / "pictures" / "strips.svg").read_text()
    # every run of them is there
    assert strips.count("<use") >= sum(len(seen.rows) for seen in content.every)


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_draws_what_its_csv_says(picture, content):
    shown = drawn(picture, content)
    rows = picture.rows(content)
    assert ElementTree.fromstring(shown.svg).tag.endswith("svg")
    # not a number is unequal to itself
    assert [*map(str, parse_table(picture.kind, shown.csv.splitlines()))] == [*map(str, rows)]
    # the shade of what can be scrolled is behind it
    assert f"fill: {CARD}" in shown.svg
    assert "--card" not in themed(shown.svg)
    # no colour that the dark side does not know
    assert "#" not in themed(shown.svg).replace('href="#', "").replace("url(#", "")
    assert set(PALETTE) >= set(_variables(themed(shown.svg)))


def _variables(svg):
    return {part.partition(")")[0] for part in svg.split("var(--")[1:]}


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_what_is_missing_says_which_command_fills_it(picture):
    nothing = drawn(picture, Content())
    (part,) = [part for part in parts_of(Content(), [nothing]) if part.name == picture.name]
    if picture.name == "bias-ratio":
        assert nothing.svg
    else:
        assert (nothing.svg, part.blocks[0].command) == ("", picture.fill)


def test_an_empty_page_hides_nothing(tmp_path):
    (tmp_path / "pictures").mkdir()
    stale = tmp_path / "pictures" / "strips.svg"
    stale.write_text("of an earlier page")
    page, markdown, *_ = write_page(tmp_path, Content())
    assert not stale.exists()
    assert page.read_text().count('class="missing"') == markdown.read_text().count("*Missing:*") >= len(PICTURES)


def test_a_file_more_is_a_picture_more(tmp_path, monkeypatch):
    (tmp_path / "planted.py").write_text(
        "from stablebert.report.page.pictures.bias import PICTURE as OTHER\n"
        "from dataclasses import replace\nPICTURE = replace(OTHER, place=15, name='planted')\n"
    )
    monkeypatch.setattr(room, "__path__", [*room.__path__, str(tmp_path)])
    names = [picture.name for picture in pictures()]
    assert names[:3] == ["forest", "planted", "strips"]
    assert len(set(names)) == len(names) == len(PICTURES) + 1


def test_the_markdown_is_the_same_page(page, content):
    text = page.with_suffix(".md").read_text()
    parts = parts_of(content, [Drawn(picture, "", "<svg/>") for picture in PICTURES])
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == [part.title for part in parts]
    assert all(f"]({'pictures'}/{picture.name}.csv)" in text for picture in PICTURES)
    assert "**FAIL**" in text
    assert "none -> some \\| more" in text


def test_every_verdict_stands_with_its_reason(tmp_path):
    session = every_verdict()
    page = write_page(tmp_path, session)[0]
    text = page.read_text()
    assert text.count('<details class="verdict">') == len(session.session.verdicts)
    assert "no part" not in text
    assert "it has no baseline" in text
    assert (
        text.index("Verdicts</h2>")
        < text.index("The paper&#39;s claims</h2>")
        < text.index("Forest plot with margins</h2>")
    )


def test_the_ratio_is_that_of_the_optimizer():
    for one in bias.rows(Content()):
        assert one.ratio == pytest.approx(bias_ratio(one.update), abs=1e-6)
    # the control
    assert bias.rows(Content())[0].ratio != pytest.approx(bias_ratio(2), abs=1e-6)


def test_without_the_extra_there_is_one_sentence(monkeypatch, tmp_path, capsys):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "stablebert.report.page.output.find_spec", lambda name: None if name == "matplotlib" else find(name)
    )
    with pytest.raises(PageError, match=r"^a page needs matplotlib, of the extra 'report': pip install"):
        check_extra()
    monkeypatch.chdir(tmp_path)
    assert main(["report"]) == Exit.UNUSABLE
    assert capsys.readouterr().err.count("\n") == 1
    # a session's verdicts stand without its page
    said = ending._page(None, tmp_path, None)
    assert said.startswith("no page: a page needs matplotlib")
    assert [*tmp_path.iterdir()] == []
