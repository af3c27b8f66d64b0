"""The page in a browser: nothing is complained of, nothing overflows, and it says all without scripts."""

import json

import pytest

from stablebert.report.page import write_page
from tests.report.page.chromium import PROGRAM, chromium
from tests.report.page.made import every_verdict, made

pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="needs Chromium: apt install chromium, or pip install -e '.[browser]'"
)

# what lies beyond the window, but for what lies in a part that scrolls by itself
BEYOND = """JSON.stringify([...document.body.querySelectorAll('*')].filter(one =>
    one.checkVisibility() && !one.closest('.wide > *, .skip') && one.getBoundingClientRect().right > innerWidth + 0.5
).map(one => one.outerHTML.slice(0, 80)))"""
WIDTH = "document.documentElement.scrollWidth"
ROWS = "[...document.querySelectorAll('tbody tr')].filter(row => !row.hidden).length"
BUTTONS = "document.querySelectorAll('th button').length"
SHOWN_BUTTONS = "[...document.querySelectorAll('th button')].filter(one => one.checkVisibility()).length"
OPENED = "document.querySelectorAll('details').forEach(fold => { fold.open = true; })"
# how thick the ring is around what has the focus; null where nothing has
RING = """(() => { const one = document.activeElement, look = getComputedStyle(one);
    return one === document.body ? null : look.outlineStyle === 'none' ? 0 : parseFloat(look.outlineWidth); })()"""


@pytest.fixture(scope="module")
def tab():
    with chromium() as tab:
        yield tab


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return write_page(tmp_path_factory.mktemp("page"), made())[0]


def altered(page, name, old, new):
    """Write a page with one thing changed, beside it."""
    text = page.read_text()
    assert old in text
    path = page.with_name(name)
    path.write_text(text.replace(old, new))
    return path


def opened(tab, page, **given):
    # all of it in sight, since what is not is not laid out
    tab.complaints.clear()
    tab.look(**{"height": 20_000, **given})
    tab.open(page)


def faults(tab, width):
    """Return what is wrong with an open page: it does not fit its window, or the console complains."""
    tab.ask(OPENED)
    wider = ["the page is wider than its window"] if tab.ask(WIDTH) != width else []
    return [*wider, *json.loads(tab.ask(BEYOND)), *tab.complaints]


def shades(tab, ground, words):
    """Return how light the ground of one element is and the words of another, 0 to 255."""
    look = f"getComputedStyle(document.querySelector('{ground}')).backgroundColor"
    ink = f"getComputedStyle(document.querySelector('{words}')).color"
    return [sum(map(int, colour[4:-1].split(","))) / 3 for colour in tab.ask(f"[{look}, {ink}]")]


def rings_of(tab):
    """Yield how thick the ring is around each thing that a key reaches."""
    tab.press_tab()
    while (ring := tab.ask(RING)) is not None:
        yield ring
        tab.press_tab()


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_overflows_and_the_console_is_silent(tab, page, width, dark):
    opened(tab, page, width=width, dark=dark)
    assert faults(tab, width) == []
    assert tab.ask(BUTTONS) > 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("<h1>", '<h1 style="width: 2000px">', "<h1"),
        ("overflow-x: auto;", "", "wider than its window"),
        # its own policy stops what is not its own, and says so
        ("<h1>", "<script>document.title = 'planted'</script><h1>", "Content Security Policy"),
        ("<h1>", '<script src="https://nowhere.invalid/a.js"></script><h1>', "https://nowhere.invalid/a.js"),
        ("<h1>", '<img src="https://nowhere.invalid/a.png" alt=""><h1>', "https://nowhere.invalid/a.png"),
        ("<h1>", '<link rel="stylesheet" href="https://nowhere.invalid/a.css"><h1>', "https://nowhere.invalid/a.css"),
    ],
)
def test_what_overflows_and_what_comes_from_elsewhere_is_noticed(tab, page, old, new, said):
    opened(tab, altered(page, "planted.html", old, new), width=360)
    assert any(said in fault for fault in faults(tab, 360))
    assert tab.ask("document.title") != "planted"


@pytest.mark.parametrize("words", ["console.error('planted')", "setTimeout(() => { throw Error('planted'); })"])
def test_what_the_console_says_is_noticed(tab, page, words):
    opened(tab, page)
    tab.ask(f"{{ {words} }}")
    # a turn of the page's own loop later
    tab.ask("new Promise(done => setTimeout(done, 50))")
    assert "planted" in tab.complaints[0]


def test_every_verdict_fits(tab, tmp_path):
    opened(tab, write_page(tmp_path, every_verdict())[0], width=360)
    assert faults(tab, 360) == []


def test_printed_on_paper_it_fits_and_is_light(tab, page):
    paper = {"width": 700, "media": "print", "dark": True}
    opened(tab, page, **paper)
    assert faults(tab, 700) == []
    ground, alarm = shades(tab, "section", ".mark.fail")
    assert ground > 250
    opened(tab, page, media="print")
    assert shades(tab, "section", ".mark.fail") == [ground, alarm]
    # the controls: tables as wide as on a screen, and a dark side that is printed
    opened(tab, altered(page, "unwrapped.html", "td, thead th { white-space: normal;", "th {"), **paper)
    assert "the page is wider than its window" in faults(tab, 700)
    opened(tab, altered(page, "dark.html", "@media screen and (prefers", "@media (prefers"), **paper)
    assert shades(tab, "section", ".mark.fail")[1] != alarm


def test_what_has_the_focus_is_seen(tab, page):
    opened(tab, page)
    rings = [*rings_of(tab)]
    # links, folds, tables that scroll, their heads, and filters
    assert len(rings) > tab.ask(SHOWN_BUTTONS)
    assert min(rings) >= 2
    # the control
    opened(
        tab,
        altered(page, "unseen.html", "th button:focus-visible { outline: 3px", "th button:focus-visible { outline: 0"),
    )
    assert min(rings_of(tab)) == 0


def test_under_a_policy_without_scripts_all_tables_are_there(tab, page):
    opened(tab, page)
    rows = tab.ask(ROWS)
    assert rows > 100
    script = page.read_text().partition("script-src ")[2].partition(";")[0]
    forbidden = altered(page, "forbidden.html", f"script-src {script}", "script-src 'none'")
    opened(tab, forbidden)
    assert (tab.ask(ROWS), tab.ask(BUTTONS)) == (rows, 0)
    opened(tab, page, scripts=False)
    assert (tab.ask(ROWS), tab.ask(BUTTONS), tab.complaints) == (rows, 0, [])


def test_tables_sort_and_filter(tab, page):
    opened(tab, page)
    column = """[...document.querySelectorAll('#heads tbody tr')].map(row => row.cells[1].textContent.trim())"""
    tab.ask("document.querySelector('#accepted table').id = 'heads'")
    tab.ask("document.querySelectorAll('#heads th button')[1].click()")
    up = tab.ask(column)
    tab.ask("document.querySelectorAll('#heads th button')[1].click()")
    down = tab.ask(column)
    assert up == sorted(up, key=float) == down[::-1] != down
    assert tab.ask("document.querySelectorAll('#heads th')[1].getAttribute('aria-sort')") == "descending"
    left = "[...document.querySelector('#paper tbody').rows].filter(row => !row.hidden).map(row => row.textContent)"
    before = tab.ask(left)
    tab.ask(
        "const field = document.querySelector('#paper .filter'); field.value = 'rte 2.5';"
        "field.dispatchEvent(new Event('input'))"
    )
    assert tab.ask(left) == [row for row in before if "rte" in row and "2.5" in row] != []


def test_the_dark_side_is_dark_and_the_words_are_legible(tab, page):
    seen = {}
    for dark in (False, True):
        opened(tab, page, dark=dark)
        seen[dark] = shades(tab, "section", "section")
    (paper, ink), (dark_paper, dark_ink) = seen[False], seen[True]
    assert paper > 200 > 100 > ink
    assert dark_paper < 60 < 200 < dark_ink
