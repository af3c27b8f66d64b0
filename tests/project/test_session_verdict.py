"""What a session says of its cells: waivers act on FAIL alone, what was lost is INVALID."""

from stablebert.gate import Status, Verdict
from stablebert.project import judge_session
from stablebert.runs import Cell
from tests.project.projects import project_below

ONE, TWO, THREE, OTHER = (Cell(task) for task in ("trec", "sms", "rotten", "intensity"))
WAIVER = 'cell = "{}"\nreason = "known"\nwho = "Ada"\nuntil = 2999-12-31\n'


def waive(folder, *cells):
    (folder / "waivers").mkdir()
    for number, cell in enumerate(cells):
        (folder / "waivers" / f"{number}.toml").write_text(WAIVER.format(cell))


def judged(folder, **statuses):
    cells = {"one": ONE, "two": TWO, "three": THREE, "other": OTHER}
    verdicts = {cells[name]: Verdict(cells[name].id, status, "said") for name, status in statuses.items()}
    return judge_session(project_below(folder), verdicts, lambda cell: [])


def test_only_a_fail_is_waived(tmp_path):
    waive(tmp_path, ONE, TWO, THREE)
    given = {"one": Status.FAIL, "two": Status.INVALID, "three": Status.INCONCLUSIVE, "other": Status.FAIL}
    assert list(judged(tmp_path, **given).waived) == [ONE.id]


def test_a_session_of_waived_cells_passes_and_no_other_does(tmp_path):
    waive(tmp_path, ONE)
    assert judged(tmp_path, one=Status.FAIL).status is Status.PASS
    assert judged(tmp_path, one=Status.FAIL, two=Status.FAIL).status is Status.FAIL
    assert judged(tmp_path, one=Status.INVALID).status is Status.INVALID


def test_what_was_not_judged_makes_a_session_invalid(tmp_path):
    lost = Verdict(TWO.id, Status.INVALID, "collected and not judged")
    session = judge_session(project_below(tmp_path), {ONE: Verdict(ONE.id, Status.PASS, "")}, lambda cell: [], [lost])
    assert session.status is Status.INVALID
    assert session.shown[-1] == lost
