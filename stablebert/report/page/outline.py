"""What stands on a page, in the order of its worth, whatever it is written in."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from stablebert.gate import Verdict
from stablebert.report.baselines import ACCEPTED_LEFT, accepted_rows
from stablebert.report.page.content import Content
from stablebert.report.page.picture import Drawn
from stablebert.report.paper import claim_line, claim_table, printed_tables
from stablebert.report.session import CAPTION, session_table
from stablebert.tables import Table

_JUDGE = "pytest bench -n 2 --stablebert-report report"
_PAPER = "Each claim of the paper on the runs at hand, failed runs included as in the paper. An interval is of 90 %."
_PRINTED = (
    "What the paper prints, and ours beside it: mean ± standard deviation (runs), the 95 % interval of our mean, the "
    "difference in points and in standard deviations, and where the mean of our runs is to be expected (95 %)."
)


@dataclass(frozen=True)
class Grid:
    """A table.

    Attributes:
        caption: What it shows.
        table: Rows of texts, the head first.
        left: Columns aligned to the left, -1 for the last.
        folded: Whether it stands below a fold, with the caption as its title.
    """

    caption: str
    table: Table
    left: Collection[int] = (0,)
    folded: bool = False


@dataclass(frozen=True)
class Missing:
    """What is not there.

    Attributes:
        what: In words.
        command: What makes it.
    """

    what: str
    command: str


@dataclass(frozen=True)
class Words:
    """Sentences, one a point."""

    lines: tuple[str, ...]


Block = Grid | Missing | Words | Verdict | Drawn


@dataclass(frozen=True)
class Part:
    """A part of the page under a heading.

    Attributes:
        name: Of its anchor.
        title: Its heading.
        lead: A paragraph below it.
        blocks: What it shows.
    """

    name: str
    title: str
    lead: str
    blocks: tuple[Block, ...]


def parts_of(content: Content, pictures: Sequence[Drawn]) -> list[Part]:
    """Return the parts of a page: verdicts, the paper, pictures, history, and how far the gate is to be trusted.

    Args:
        content: What is at hand.
        pictures: Drawn from it, in their order.
    """
    return [
        _verdicts(content),
        _claims(content),
        _printed(content),
        *(_picture(one) for one in pictures),
        _accepted(content),
        _history(content),
        _trust(content),
    ]


def facts(content: Content) -> list[tuple[str, str]]:
    """Return what the page is of, in numbers: names and values."""
    runs = [row for seen in content.every for row in seen.rows]
    claims = Counter(str(one.status) for one in content.claims if one.was_run)
    found = [("cells", f"{len(content.every):,}"), ("runs", f"{len(runs):,}")]
    found.append(("lost runs", f"{sum(row.failed for row in runs):,}"))
    if content.session is not None:
        found.append(("verdicts", _counted(Counter(str(one.status) for one in content.session.verdicts))))
    return [*found, ("claims of the paper", _counted(claims))]


def _counted(words: Counter[str]) -> str:
    return ", ".join(f"{count} {word}" for word, count in sorted(words.items(), key=lambda item: -item[1])) or "none"


def _verdicts(content: Content) -> Part:
    title, session = "Verdicts", content.session
    if session is None:
        missing = Missing("no session of gates has been judged here", _JUDGE)
        return Part("verdicts", title, "", (missing,))
    # why is said beside each verdict already
    numbers = Grid(CAPTION, [row[:-1] for row in session_table(session.verdicts)], range(2))
    notes = (Words(tuple(session.notes)),) if session.notes else ()
    lead = f"The session is {session.word}. Each verdict with its reason; it opens into what was asked and measured."
    return Part("verdicts", title, lead, (*session.verdicts, *notes, *_contract(session.contract), numbers))


def _contract(findings: Sequence[Mapping[str, str]]) -> Iterator[Grid]:
    """Yield what became of the laws of the optimizer's contract, where it was asked."""
    if findings:
        counts = _counted(Counter(one["status"] for one in findings))
        table = [("law", "optimizer", "finding", "detail")]
        table += [(one["law"], one["optimizer"], one["status"], one["detail"]) for one in findings]
        yield Grid(f"The optimizer's contract: {counts}", table, range(4), folded=True)


def _claims(content: Content) -> Part:
    was_run = [one for one in content.claims if one.was_run]
    left = [one for one in content.claims if not one.was_run]
    blocks: list[Block] = []
    if was_run:
        blocks += [Grid("Claims that were run", claim_table(was_run), range(4)), Words(tuple(map(claim_line, was_run)))]
    if left:
        table = [("claim", "of", "why not"), *((one.claim.name, one.claim.place, one.reason) for one in left)]
        blocks.append(Grid(f"{len(left)} claims that were not run", table, range(3), folded=True))
        blocks.append(Missing(f"{len(left)} claims have no runs", "pytest bench -n 2 --stablebert-all"))
    if not blocks:
        blocks.append(Missing("there is nothing to hold them against", "pytest bench -n 2 --stablebert-all"))
    return Part("claims", "The paper's claims", _PAPER, tuple(blocks))


def _printed(content: Content) -> Part:
    tables = printed_tables(content.printed, content.targets)
    blocks: list[Block] = [
        Grid(
            f"Table {one.number}: {one.measured} of {len(one.rows) - 1} rows with runs",
            one.rows,
            (*range(4), -2, -1),
            folded=not one.measured,
        )
        for one in tables
    ]
    if not tables:
        blocks.append(Missing("the paper's tables are in no folder of baselines", "pip install stablebert"))
    without = sum(len(one.rows) - 1 - one.measured for one in tables)
    if without:
        words = f"{without} printed rows have no runs of their encoder here"
        blocks.insert(0, Missing(words, "pytest bench --stablebert-profile paper --stablebert-report report"))
    return Part("paper", "The paper's tables", _PRINTED, tuple(blocks))


def _picture(one: Drawn) -> Part:
    picture = one.picture
    block = one if one.svg else Missing("there is nothing to draw yet", picture.fill)
    return Part(picture.name, picture.title, picture.caption, (block,))


def _accepted(content: Content) -> Part:
    command = 'stablebert accept CELL... --why "..."'
    block: Block = Missing("no runs are accepted", command)
    if content.accepted:
        block = Grid("Accepted runs, scores in points", accepted_rows(content.accepted), ACCEPTED_LEFT)
    lead = "What every candidate is held against: means of the runs that have not failed, with the 95 % t interval."
    return Part("accepted", "Accepted runs", lead, (block,))


def _history(content: Content) -> Part:
    block: Block = Missing("nothing has been accepted", 'stablebert accept CELL... --why "..."')
    if content.ledger:
        table = [("date", "of", "what has changed, and why")]
        table += [(one.date, one.subject, one.words) for one in reversed(content.ledger)]
        block = Grid(f"{len(content.ledger)} acceptances, the youngest first", table, range(3))
    return Part("history", "History of the baselines", "The ledger: appended to, never edited.", (block,))


def _trust(content: Content) -> Part:
    return Part(
        "trust",
        "How far to trust the gate",
        "Simulated sessions say how often it errs, planted defects what it sees.",
        tuple(_measurements(content)),
    )


def _measurements(content: Content) -> Iterator[Block]:
    for document in content.documents:
        yield Words((document.lead,))
        if document.table:
            words = [place for place, name in enumerate(document.table[0]) if place < 2 or name == "verdict"]
            yield Grid(document.title, document.table, words, folded=len(document.table) > 20)
    if not content.documents:
        yield Missing("this is no checkout with measurements of the gate", "make calibrate")
    yield Missing(
        "the kill matrix, planted defects against the tests that must see them, is run and not stored",
        "make kill-matrix",
    )
