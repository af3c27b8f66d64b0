"""The page as markup, without a browser: nesting, headings, scopes, text alternatives, and colours on every ground."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from stablebert.report import page as package
from stablebert.report.page.pictures import heat_map

PAGE = Path(__file__).parents[3] / "docs" / "results" / "report.html"
STYLE = Path(package.__file__).with_name("page.css")
_EMPTY = ("meta", "link", "br", "img", "input", "hr", "wbr")
_INKS, _GROUNDS = ("ink", "soft", "blue", "purple", "teal", "alarm"), ("page", "card", "tint")
# of text in its usual sizes, WCAG 2, level AA
_LEAST = 4.5


class _Reader(HTMLParser):
    """Reads a page and keeps what is wrong with it, one sentence each."""

    def __init__(self, text):
        super().__init__()
        self.found, self._open, self._ids, self._level = [], [], set(), 0
        self.feed(text)
        self.close()
        self.found += [f"<{name}> is not closed" for name, _ in self._open]
        self.found += [
            f"#{name} leads nowhere" for name in re.findall('href="#([^"]+)"', text) if name not in self._ids
        ]

    def handle_starttag(self, name, attributes):
        given = dict(attributes)
        self._look_at(name, given)
        if name not in _EMPTY:
            self._open.append((name, given))

    def handle_startendtag(self, name, attributes):
        self._look_at(name, dict(attributes))

    def handle_endtag(self, name):
        if not self._open or self._open.pop()[0] != name:
            self.found.append(f"</{name}> closes another")

    def _look_at(self, name, given):
        around = [each for each, _ in self._open]
        if "p" in around and name in ("ul", "dl", "div", "table", "figure", "details", "p"):
            self.found.append(f"<{name}> in a paragraph")
        if name == "th" and "scope" not in given:
            self.found.append("a head without scope")
        if name == "svg" and not any(one.get("role") == "img" and one.get("aria-label") for _, one in self._open):
            self.found.append("a picture without words")
        if name == "img" and not given.get("alt"):
            self.found.append("a picture without words")
        if re.fullmatch("h[1-6]", name):
            if int(name[1]) > self._level + 1:
                self.found.append(f"<{name}> below a heading of level {self._level}")
            self._level = int(name[1])
        if given.get("id") in self._ids:
            self.found.append(f"two of id {given['id']}")
        self._ids |= {given["id"]} if "id" in given else set()


@pytest.fixture(scope="module")
def text():
    return PAGE.read_text()


def test_the_page_is_well_made(text):
    assert _Reader(text).found == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('<th scope="col"', "<th", "a head without scope"),
        ('role="img"', "", "a picture without words"),
        ("<h2", "<h3", "<h3> below a heading of level 1"),
        ("</section>", "", "</main> closes another"),
        ('<p class="lead">', '<p class="lead"><ul></ul>', "<ul> in a paragraph"),
        ('href="#', 'href="#no', "leads nowhere"),
        ("<main>", '<main id="a"><i id="a"></i>', "two of id a"),
    ],
)
def test_what_is_wrong_is_noticed(text, before, after, said):
    assert any(said in one for one in _Reader(text.replace(before, after, 1)).found)


def faint(style):
    """Return what is too faint to be read, each theme's own."""
    found = []
    for theme in re.findall(r":root \{(.*?)\}", style, re.DOTALL):
        shades = dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", theme))
        pairs = [(ink, ground) for ink in _INKS for ground in _GROUNDS if {ink, ground} <= shades.keys()]
        found += [pair for pair in pairs if _contrast(shades[pair[0]], shades[pair[1]]) < _LEAST]
    return found


def _contrast(one, other):
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(shade):
    digits = shade[1:] if len(shade) == 7 else "".join(digit * 2 for digit in shade[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_words_can_be_read_on_every_ground_light_dark_and_printed():
    style = STYLE.read_text()
    assert len(re.findall(r":root \{", style)) == 3
    assert faint(style) == []
    # orange is for pictures, which stand on the card; words are in the others
    assert "{ color: var(--orange)" not in style
    # the controls
    assert _contrast("#000000", "#ffffff") == pytest.approx(21)
    assert faint(style.replace("--soft: #566273", "--soft: #8c98a8")) == [("soft", ground) for ground in _GROUNDS]


def blended(over, under, share):
    """Return a shade that lets another through."""
    parts = [(int(over[place : place + 2], 16), int(under[place : place + 2], 16)) for place in (1, 3, 5)]
    return "#" + "".join(f"{round(share * one + (1 - share) * other):02x}" for one, other in parts)


def test_numbers_can_be_read_on_every_square_of_the_heat_map():
    themes = re.findall(r":root \{(.*?)\}", STYLE.read_text(), re.DOTALL)[:2]
    for theme in themes:
        shades = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", theme))
        for share in heat_map.SHADES:
            ground = blended(shades["blue"], shades["card"], share)
            assert _contrast(shades["ink"], ground) >= _LEAST
        # the control: what is lost was red once
        assert _contrast(shades["alarm"], ground) < _LEAST
