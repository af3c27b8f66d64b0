"""The site: every page is in its list, links of the repository become links of the site, every method has its card."""

import doctest
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from stablebert.methods import METHODS

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def site():
    """The hook, which is no module of a package."""
    specification = importlib.util.spec_from_file_location("site_hook", ROOT / "docs" / "site.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def listed(navigation):
    """Return the pages of a navigation, however deep."""
    if isinstance(navigation, str):
        return [navigation]
    parts = navigation.values() if isinstance(navigation, dict) else navigation
    return [page for part in parts for page in listed(part)]


def test_every_page_stands_in_the_navigation_once(site):
    configuration = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert not pages & {*site.JOINED.values()}
    assert sorted(listed(configuration["nav"])) == sorted(pages | {*site.JOINED.values()})
    assert all((ROOT / place).is_file() for place in site.JOINED)


@pytest.mark.parametrize(
    ("page", "link", "wanted"),
    [
        ("index.md", "[a](docs/gate.md#pairs)", "[a](gate.md#pairs)"),
        ("index.md", "[a](docs/ci/github.md)", "[a](ci/github.md)"),
        ("gate.md", "[a](options.md)", "[a](options.md)"),
        ("gate.md", "[a](../baselines/README.md#waivers)", "[a](baselines.md#waivers)"),
        ("ci/github.md", "[a](../gate.md)", "[a](../gate.md)"),
        ("ci/github.md", "[a](../../DEVIATIONS.md)", "[a](../deviations.md)"),
        ("baselines.md", "[a](../docs/gate.md), [b](LEDGER.md)", "[a](gate.md), [b](ledger.md)"),
        ("own.md", "[hook](../stablebert/plugin/hookspec.py)", "`stablebert/plugin/hookspec.py`"),
        ("index.md", "[![a](docs/results/a.svg)](docs/gate.md#x)", "[![a](results/a.svg)](gate.md#x)"),
        ("own.md", "[a](#here) [b](https://host/x.md)", "[a](#here) [b](https://host/x.md)"),
    ],
)
def test_links_lead_to_where_the_page_is_on_the_site(site, page, link, wanted):
    assert site.with_links_of_the_site(link, page) == wanted


def test_the_site_is_built_so_that_it_sees_what_is_broken():
    (built,) = re.findall(r"mkdocs build.*", (ROOT / "Makefile").read_text())
    # a quiet build counts no warnings
    assert built == "mkdocs build --strict"
    checks = yaml.safe_load((ROOT / "mkdocs.yml").read_text())["validation"]
    assert {level for part in checks.values() for level in part.values()} == {"warn"}


def test_the_examples_of_the_hook_are_true(site):
    done = doctest.testmod(site)
    assert done.attempted > 0
    assert done.failed == 0


def test_every_method_has_a_card(site):
    text = site.cards()
    headed = re.findall(r"`([a-z]+)`", "".join(re.findall(r"^## .*$", text, re.MULTILINE)))
    assert headed == [*METHODS]
    assert text.count("**Where it does not help**: ") == len(re.findall(r"^## ", text, re.MULTILINE))
    assert "reinitialize(model, blocks, *, pooler=True, std=0.02, generator=None)" in text
    assert "PretrainedDecay(optimizer, model, coefficient, *, pretrained=None)" in text
    # a formula of several lines stays code
    assert "\n\n    debiased:  mhat_t" in text


def test_the_page_of_methods_has_a_place_for_them_and_a_row_each(site):
    page = (ROOT / "docs" / "methods.md").read_text()
    named = {name for row in re.findall(r"^\| (`.*`) \| \d", page, re.MULTILINE) for name in re.findall(r"[a-z]+", row)}
    assert named == {*METHODS}

    class Page:
        class file:
            src_uri = "methods.md"

    shown = site.on_page_markdown(page, Page)
    assert "## `mixout`" in shown
    assert "<!-- cards -->" not in shown


def test_a_card_that_does_not_say_where_a_method_does_not_help_fails_the_site(site):
    module = ModuleType(
        "planted", "What it is.\n\nWhat: a.\nHyperparameters: b.\nWhere it does not help: c.\nDeviations: d."
    )
    assert "**Where it does not help**: c." in site.card(module, ["planted"], {})
    module.__doc__ = module.__doc__.replace("Where it does not help: c.\n", "")
    with pytest.raises(ValueError, match="the card of planted has no Where it does not help"):
        site.card(module, ["planted"], {})
