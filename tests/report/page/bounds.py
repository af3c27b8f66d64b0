"""Measure a page of 2,000 runs in Chromium: `python -m tests.report.page.bounds`; what it said is in docs/report.md."""

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from stablebert.report.page import write_page
from tests.report.page.chromium import PROGRAM, chromium
from tests.report.page.made import made

TIMES = 5
_PAINT = "performance.getEntriesByType('paint').find(one => one.name === 'first-contentful-paint').startTime"
# twice a frame later what was asked for is drawn
_DRAWN = """new Promise(done => { const start = performance.now(); %s;
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start))); })"""
_SORT = "document.querySelector('th button').click()"
_FILTER = "const one = document.querySelector('.filter'); one.value = 'trec'; one.dispatchEvent(new Event('input'))"


def many():
    """Return content with 2,000 runs, of four tasks under five methods."""
    methods = ("bertadam", "debiased", "reinit", "llrd", "mixout")
    return made(("trec", "intensity", "rotten", "sms"), methods, seeds=100)


def main():
    if PROGRAM is None:
        raise SystemExit("there is no Chromium: pip install -e '.[browser]'")
    content = many()
    with TemporaryDirectory() as folder, chromium() as tab:
        page = write_page(Path(folder), content)[0]
        print(f"{sum(len(seen.rows) for seen in content.cells):,} runs, {page.stat().st_size / 1e6:.2f} MB")
        for width in (360, 1440):
            paints, sorts, filters = [], [], []
            for _ in range(TIMES):
                tab.look(width=width)
                tab.open(page)
                paints.append(tab.ask(f"new Promise(done => setTimeout(() => done({_PAINT}), 500))"))
                sorts.append(tab.ask(_DRAWN % _SORT))
                filters.append(tab.ask(_DRAWN % _FILTER))
            said = [f"{median(times):.0f} ms (at most {max(times):.0f})" for times in (paints, sorts, filters)]
            print("{} px: first paint after {}, sorted after {}, filtered after {}".format(width, *said))
        print(f"the console said {tab.complaints or 'nothing'}")


if __name__ == "__main__":
    main()
