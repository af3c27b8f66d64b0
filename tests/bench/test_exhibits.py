"""Every table and figure is a mark that selects what it shows, and every printed row is the target of one cell."""

from collections import Counter
from dataclasses import replace

import pytest

from stablebert.baselines import Trial, parameter_search, write_search
from stablebert.bench import SECTIONS, PaperSection, module_of, paper_cells
from stablebert.paper import EXHIBITS, Exhibit
from stablebert.paper.methods import SEARCH_SPACES, search_space
from tests.bench import written
from tests.project.projects import project_below

# one that no written set has: what is chosen is seen to be the chosen value, whatever that is
CHOSEN = {
    "reinit": "reinit.blocks4",
    "llrd": "llrd.decay0.9.lr5e-05",
    "mixout": "mixout.p0.3",
    "prior": "prior.coefficient0.1",
    "wdecay": "wdecay.coefficient0.001",
}


@pytest.fixture(scope="module")
def root(request):
    return request.config.rootpath


@pytest.fixture(scope="module", params=["as the paper has it", "as searches have chosen"])
def paper(request, root, tmp_path_factory):
    """The paper's cells on its profile, and the method text that stands for a searched name on a task."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "paper").symlink_to(root / "baselines" / "paper")
    searched = request.param == "as searches have chosen"
    if searched:
        write_searches(folder)

    def chosen(task, name):
        # what the paper states goes before a search
        return "reinit.blocks2" if (task, name) == ("sst2-1k", "reinit") else CHOSEN[name] if searched else name

    return project_below(folder, profile="paper").paper, chosen


def write_searches(folder):
    """Record searches that have chosen no default, of every method on the tasks that it is printed for."""
    for task, name, encoder in {
        (task, method.removesuffix("*"), encoder)
        for number in (1, 2, 7)
        for task, method, _, encoder, _ in written.printed(number)
        if method.endswith("*")
    }:
        trials = [
            Trial(task, point, "3ep", 2e-5, 900, 50.0 + (point == CHOSEN[name]), False) for point in search_space(name)
        ]
        write_search(folder, encoder, trials, "abc", name=parameter_search(task, name))


def as_written(cells, chosen):
    """Return written cells with the values chosen in the place of the starred names."""
    return {
        (task, chosen(task, method.removesuffix("*")) if method.endswith("*") else method, *rest)
        for task, method, *rest in cells
    }


def marked(paper, cells, mark="paper"):
    """Return how many runs of every cell carry each mark: a count of cells by mark, and of runs."""
    gates, runs = {}, {}
    for declared in cells:
        cell = paper.cell_of(declared)
        key = (cell.task, cell.method, cell.length, cell.encoder, cell.precision)
        for place in {place for place in declared.places if place.mark == mark}:
            for one in place.keywords:
                gates.setdefault(one, Counter())[key] += 1
        for run in paper.runs(declared):
            for one in {one for place in run.places if place.mark == mark for one in place.keywords}:
                runs.setdefault(one, Counter())[key] += 1
    return gates, runs


def differences(paper, cells, chosen):
    """Return the tables and figures whose marks select other cells than it shows, or one twice, or other runs."""
    gates, runs = marked(paper, cells)
    found = []
    for one, (expected, number) in written.shown().items():
        wanted = as_written(expected, chosen)
        if gates.get(one) != Counter(dict.fromkeys(wanted, 1)):
            found.append(one)
        elif runs[one] != Counter(dict.fromkeys(wanted, number)):
            found.append((*one, "runs"))
    known = {*written.shown()}
    found += [one for one in gates if one[0] != "section" and one not in known]
    return found


def test_every_table_and_figure_is_a_mark_of_exactly_what_it_shows(paper):
    here, chosen = paper
    assert differences(here, here.cells, chosen) == []
    assert set(marked(here, here.cells)[0]["section", "H"]) == written.searched()


def test_a_cell_that_is_marked_wrongly_is_noticed(paper):
    here, chosen = paper
    cells = list(here.cells)
    first = next(place for place, cell in enumerate(cells) if any("table" in dict(one.keywords) for one in cell.places))
    table = next(place for place in cells[first].places if "table" in dict(place.keywords))
    without = replace(cells[first], places=tuple(place for place in cells[first].places if place != table))
    twice = [*cells, cells[first]]
    left_out = [*cells[:first], without, *cells[first + 1 :]]
    one_too_many = [*cells, replace(cells[first], length="7ep", places=(table,))]
    another_number = [replace(cell, places=tuple(replace(place, seeds=7) for place in cell.places)) for cell in cells]
    for planted in (twice, left_out, one_too_many):
        assert ("table", dict(table.keywords)["table"]) in differences(here, planted, chosen)
    assert ("figure", "8", "runs") in differences(here, another_number, chosen)


def targets(paper, cells):
    """Return the cells of every printed row, rows of different tables that share one apart."""
    found = {row: [] for row in paper.rows}
    for declared in cells:
        if not declared.apart:
            cell = paper.cell_of(declared)
            for row in paper.targets(cell):
                found[row].append(cell)
    return found


def test_every_printed_row_is_the_target_of_one_cell_which_its_table_marks(paper):
    here, chosen = paper
    found = targets(here, here.cells)
    assert len(found) == 124
    assert {len(cells) for cells in found.values()} == {1}
    for number in (1, 2, 4, 5, 7):
        cells = [cells[0] for row, cells in found.items() if row.table == number]
        ours = [(cell.task, cell.method, cell.length, cell.encoder, cell.precision) for cell in cells]
        (expected,) = [[*map(tuple, written.printed(number))]]
        assert [one for cell in expected for one in as_written([cell], chosen)] == ours
    # the controls: a cell that is collected twice, and one that is not
    two = [cell for cell in here.cells if cell.task == "mnli"]
    assert Counter(map(len, targets(here, [*here.cells, *two]).values())) == {1: 120, 2: 4}
    assert Counter(map(len, targets(here, [cell for cell in here.cells if cell not in two]).values())) == {1: 120, 0: 4}


def test_the_other_class_is_held_against_the_half_of_table_4_that_is_about_it(root):
    for precision, means in (("fp32", {"rte": (69.5, 71.8)}), ("fp16", {"rte": (69.5, 71.4)})):
        project = project_below(root / "baselines", profile="paper", precision=precision)
        both = (project.declared("rte", "debiased", "3ep", other_class=other) for other in (False, True))
        assert tuple(project.printed(cell).mean for cell in both) == means["rte"]


def test_cells_without_a_target_are_those_of_figures_searches_and_ours(paper):
    here, chosen = paper
    printed = {cell for number in (1, 2, 4, 5, 7) for cell in as_written(written.printed(number), chosen)}
    shown = {cell for cells, _ in written.shown().values() for cell in as_written(cells, chosen)} | written.searched()
    bare = set()
    for declared in here.cells:
        cell = here.cell_of(declared)
        if not here.targets(cell):
            assert not any("table" in dict(place.keywords) and place.mark == "paper" for place in declared.places)
            bare |= {(cell.task, cell.method, cell.length, cell.encoder, cell.precision)} if declared.section else set()
            if any(place.mark == "paper" for place in declared.places):
                assert (cell.task, cell.method, cell.length, cell.encoder, cell.precision) in shown - printed
    assert shown - printed <= bare


def shown_twice(paper, cells):
    """Return the tables and figures that a run carries two marks of: the paper's and ours."""
    return {
        one
        for declared in cells
        for run in paper.runs(declared)
        for one, count in Counter(one for place in run.places for one in place.keywords if one[0] != "section").items()
        if count > 1
    }


def test_no_run_is_the_papers_and_ours_for_one_table(paper):
    here, _ = paper
    assert shown_twice(here, here.cells) == set()
    planted = Exhibit("5", "Table 1", ("rte",), ("debiased",), counterpart=True)
    assert shown_twice(here, paper_cells(here.chosen, [*EXHIBITS, planted])) == {("table", "1")}


def test_a_chosen_value_is_one_of_those_searched():
    assert CHOSEN.keys() == SEARCH_SPACES.keys()
    assert all(best in search_space(name) and best != name for name, best in CHOSEN.items())


def test_a_section_has_its_module_and_every_cell_a_section_that_has_one(root, paper):
    here, _ = paper
    modules = {path.name for path in (root / "bench").glob("test_*.py")} - {"test_optimizer_contract.py"}
    assert modules == {module_of(section) for section in SECTIONS}
    assert {cell.section for cell in here.cells} == {*SECTIONS}
    for section in SECTIONS:
        text = (root / "bench" / module_of(section)).read_text()
        assert f'CELLS = PaperSection("{section}")' in text
        gated = any(cell.section == section and not cell.apart for cell in here.cells)
        assert ("def test_gate" in text) is gated
    with pytest.raises(ValueError, match="section '3' of the paper trains nothing; these do: 4, 5"):
        PaperSection("3")


def test_a_cell_stands_in_the_first_section_that_trains_it(paper):
    here, chosen = paper
    sections = {
        (cell.task, cell.method, cell.length, cell.encoder, cell.apart): cell.section
        for cell in here.cells
        if not cell.other_class
    }
    assert sections["rte", "debiased", "3ep", "", False] == "4"
    assert sections["rte", "debiased", "3ep", "", True] == "B"
    assert sections["rte", "reinit.blocks5", "3ep", "", False] == "5"
    assert sections["stsb", "reinit.blocks10", "3ep", "", False] == "F"
    # a chosen value is trained where it is used, and so is no further cell of the search
    assert sections["cola", chosen("cola", "reinit"), "3ep", "", False] == "5"
    assert sections["cola", chosen("cola", "mixout"), "3ep", "", False] == "7"
    assert sections["cola", "mixout.p0.1", "3ep", "", False] == "H"
