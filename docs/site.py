"""The hook of mkdocs: pages of the repository outside docs/ join the site, links follow, docstrings become cards."""

import inspect
import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[1]
# by their place in the repository; those in docs/ keep their names
JOINED = {
    "README.md": "index.md",
    "AGENTS.md": "agents.md",
    "ASSETS.md": "assets.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "DEVIATIONS.md": "deviations.md",
    "baselines/README.md": "baselines.md",
    "baselines/LEDGER.md": "ledger.md",
}
LABELS = ("What", "Equation", "Hyperparameters", "Where it does not help", "Deviations")
_CARDS = "<!-- cards -->"
# a picture may stand in the place of the words
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)(#[^)]*)?\)")
_NAMED_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")


def on_files(files: Any, config: Any) -> Any:
    """Add the pages of the repository that lie outside docs/."""
    from mkdocs.structure.files import File

    for place, name in JOINED.items():
        files.append(File.generated(config, name, content=(ROOT / place).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Put the cards in their place, and turn links of the repository into links of the site."""
    text = markdown.replace(_CARDS, cards()) if _CARDS in markdown else markdown
    return with_links_of_the_site(text, page.file.src_uri)


def with_links_of_the_site(text: str, page: str) -> str:
    """Return a page's Markdown with its links as the site has them; what is no page of it is named, not linked.

    Args:
        text: Markdown.
        page: Name of the page on the site.

    Example:
        >>> with_links_of_the_site("[a](../DEVIATIONS.md#x), [b](../stablebert/hf.py), [c](#y)", "gate.md")
        '[a](deviations.md#x), `stablebert/hf.py`, [c](#y)'
    """
    place = next((place for place, name in JOINED.items() if name == page), f"docs/{page}")

    def named(match: re.Match[str]) -> str:
        target = _target(place, match[2])
        return match[0] if _on_site(target) else f"`{target}`"

    def linked(match: re.Match[str]) -> str:
        name = _on_site(_target(place, match[1])) or match[1]
        return f"]({posixpath.relpath(name, posixpath.dirname(page) or '.')}{match[2] or ''})"

    return _LINK.sub(linked, _NAMED_LINK.sub(named, text))


def _target(place: str, link: str) -> str:
    """Return where a link of a file leads, from the root of the repository."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(place), link))


def _on_site(target: str) -> str | None:
    """Return what a file of the repository is called on the site, None where it is not there."""
    return JOINED.get(target) or (target.removeprefix("docs/") if target.startswith("docs/") else None)


def cards() -> str:
    """Return one card a file of methods, in the paper's order, from the docstrings of the installed package."""
    from stablebert import methods

    by_module: dict[ModuleType, list[str]] = {}
    for name, method in methods.METHODS.items():
        module = inspect.getmodule(method)
        if module is not None:
            by_module.setdefault(module, []).append(name)
    return "\n\n".join(card(module, names, _callables(module, methods)) for module, names in by_module.items())


def card(module: ModuleType, names: list[str], functions: Mapping[str, Callable[..., Any]]) -> str:
    """Return a module's docstring as Markdown, and below it how what it offers to any loop is called.

    Args:
        module: Whose docstring has a first line and paragraphs that begin with a label.
        names: Of its methods.
        functions: What does without the rest of the package, by public names.

    Raises:
        ValueError: a paragraph that every card has is missing.
    """
    title, _, rest = inspect.cleandoc(module.__doc__ or "").partition("\n")
    missing = [label for label in LABELS if label != "Equation" and f"\n{label}" not in f"\n{rest}"]
    if missing:
        raise ValueError(f"the card of {module.__name__} has no {', '.join(missing)}")
    labelled = re.sub(rf"^({'|'.join(LABELS)})\b([^:\n]*):", r"\n**\1**\2:", rest, flags=re.MULTILINE)
    body = re.sub(r"\n{3,}", "\n\n", labelled).strip()
    heading = f"## {', '.join(f'`{name}`' for name in names)}"
    return "\n\n".join((heading, title, body, *(_called(name, function) for name, function in functions.items())))


def _callables(module: ModuleType, public: ModuleType) -> dict[str, Callable[..., Any]]:
    named = {name: getattr(public, name) for name in public.__all__}
    return {name: one for name, one in named.items() if callable(one) and inspect.getmodule(one) is module}


def _called(name: str, function: Callable[..., Any]) -> str:
    arguments = [str(one).partition(":")[0] + _default(one) for one in inspect.signature(function).parameters.values()]
    keywords = [one for one in inspect.signature(function).parameters.values() if one.kind is one.KEYWORD_ONLY]
    if keywords:
        arguments.insert(len(arguments) - len(keywords), "*")
    what = inspect.cleandoc(function.__doc__ or "").partition("\n")[0]
    return f"```python\nstablebert.methods.{name}({', '.join(arguments)})\n```\n\n{what}"


def _default(parameter: inspect.Parameter) -> str:
    return "" if parameter.default is parameter.empty else f"={parameter.default!r}"
