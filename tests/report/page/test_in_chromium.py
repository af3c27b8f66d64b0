"""The page in a browser: nothing is complained of, nothing overflows, and it says all without scripts."""

import json

import pytest

from stablebert.report.page import write_page
from tests.report.page.chromium import PROGRAM, chromium
from tests.report.page.made import every_verdict, made

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs chromium, as Debian has it (apt install chromium)")

# what lies beyond the window, but for what lies in a part that scrolls by itself
BEYOND = """JSON.stringify([...document.body.querySelectorAll('*')].filter(one =>
    one.checkVisibility() && !one.closest('.wide > *, .skip') && one.getBoundingClientRect().right > innerWidth + 0.5
).map(one => one.outerHTML.slice(0, 80)))"""
WIDTH = "document.documentElement.scrollWidth"
ROWS = "[...document.querySelectorAll('tbody tr')].filter(row => !row.hidden).length"
BUTTONS = "document.querySelectorAll('th button').length"


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


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_overflows_and_the_console_is_silent(tab, page, width, dark):
    opened(tab, page, width=width, dark=dark)
    tab.ask("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    assert tab.ask(WIDTH) == width
    assert json.loads(tab.ask(BEYOND)) == []
    assert tab.complaints == []
    assert tab.ask(BUTTONS) > 0


def test_what_overflows_and_what_complains_is_noticed(tab, page):
    wide = altered(page, "wide.html", "<h1>", '<h1 style="width: 2000px">')
    opened(tab, wide, width=360)
    assert tab.ask(WIDTH) > 360
    assert json.loads(tab.ask(BEYOND))
    # its own policy stops a script that is not its own, and says so
    planted = altered(page, "planted.html", "<h1>", "<script>document.title = 'planted'</script><h1>")
    opened(tab, planted)
    assert tab.ask("document.title") != "planted"
    assert "Content Security Policy" in tab.complaints[0]


def test_every_verdict_fits(tab, tmp_path):
    opened(tab, write_page(tmp_path, every_verdict())[0], width=360)
    tab.ask("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
    assert (tab.ask(WIDTH), json.loads(tab.ask(BEYOND)), tab.complaints) == (360, [], [])


def test_under_a_policy_without_scripts_all_tables_are_there(tab, page):
    opened(tab, page)
    rows = tab.ask(ROWS)
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
    before = tab.ask(ROWS)
    tab.ask(
        "const field = document.querySelector('#paper .filter'); field.value = 'rte 2.5';"
        "field.dispatchEvent(new Event('input'))"
    )
    assert 0 < tab.ask(ROWS) < before


def test_the_dark_side_is_dark_and_the_words_are_legible(tab, page):
    shades = "const look = getComputedStyle(document.querySelector('section')); [look.backgroundColor, look.color]"
    seen = {}
    for dark in (False, True):
        opened(tab, page, dark=dark)
        seen[dark] = [sum(map(int, colour[4:-1].split(","))) / 3 for colour in tab.ask(f"{{{shades}}}")]
    (paper, ink), (dark_paper, dark_ink) = seen[False], seen[True]
    assert paper > 200 > 100 > ink
    assert dark_paper < 60 < 200 < dark_ink
