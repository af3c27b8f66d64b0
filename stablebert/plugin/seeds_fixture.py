"""The fixture `seeds`: a training function of anyone's is gated against the scores that lie beside its test."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from stablebert.machine import is_continuous_integration
from stablebert.plugin.selection import check_repeaters
from stablebert.project.options import PREFIX, Settings

if TYPE_CHECKING:
    from stablebert.gate import Policy, Verdict
    from stablebert.scores import FinishedRuns, JudgedRuns, RawRow, ScoreFile

_EVIDENCE = "stablebert_seeds"
_JUDGED = pytest.StashKey[set[str]]()
_ASKED = pytest.StashKey["Seeds"]()
_GATES = pytest.StashKey[int]()
_COUNTED = pytest.StashKey[bool]()
# as pytest-repeat names its parameter
_REPEATED = "__pytest_repeat_step_number"
_FILES = (pytest.Session, pytest.Directory, pytest.File)


class Seeds:
    """What a test of a training function asks for.

    Its accepted scores are in `MODULE/TEST.csv` beside the test's module; the first session writes them, and fails.

    Args:
        node: The test.
        settings: The options in force.

    Attributes:
        has_judged: Whether a verdict was asked for.
    """

    def __init__(self, node: pytest.Item, settings: Settings) -> None:
        self.has_judged = False
        self._node = node
        self._settings = settings
        # a node id may have a group of workers at its end
        names = [each.name for each in node.listchain() if not isinstance(each, _FILES)]
        self._test = "::".join(names)
        name = re.sub(r"[^\w.-]+", "_", self._test.replace("::", ".")).strip("_")
        self.path = node.path.parent / node.path.stem / f"{name}.csv"
        # whoever hands it on to the test, and under whatever name
        node.stash[_ASKED] = self

    def noninferior(
        self, train: Any, *, margin: float | None = None, lower_is_better: bool = False, key: str = ""
    ) -> "Verdict":
        """Pass if a loss of the margin is ruled out, and fail otherwise, with the verdict.

        Args:
            train: Takes a seed; returns a score, or a mapping with `score` and perhaps `loss`, `failed`, `reason` and
                more. An exception, or a score that is not finite, is a failed run.
            margin: Largest loss that does not matter: in points, also of scores in [0, 1], else in the scores' unit.
                None is `--stablebert-margin`, else 1.5 standard deviations of the accepted runs, of points at most 2.
            lower_is_better: Whether scores are losses.
            key: What the runs depend on beside the code that is loaded, such as a version of the data: finished runs of
                an interrupted session stand only under the same.

        Returns:
            The PASS.
        """
        judged = self._judged(train, margin, lower_is_better, key)
        from stablebert.gate import Status

        verdict = judged.verdict
        if verdict.status is Status.PASS:
            return verdict
        said = f"{self._node.nodeid}: {verdict.sentence()}"
        if verdict.status is Status.INCONCLUSIVE and self._settings.inconclusive == "pass":
            pytest.skip(said)
        notes = "".join(f"\nnote: {note}" for note in judged.terms.notes)
        pytest.fail(f"{said}{notes}\naccepted scores: {self._place}", pytrace=False)

    def judge(
        self, train: Any, *, margin: float | None = None, lower_is_better: bool = False, key: str = ""
    ) -> "Verdict":
        """Return the verdict and leave it to the test; arguments as in `noninferior`."""
        return self._judged(train, margin, lower_is_better, key).verdict

    @property
    def _place(self) -> str:
        """The accepted scores, as a reader of the session's output finds them."""
        root = self._node.config.rootpath
        return str(self.path.relative_to(root) if self.path.is_relative_to(root) else self.path)

    def _judged(self, train: Any, margin: float | None, lower_is_better: bool, key: str) -> "JudgedRuns":
        self.has_judged = True
        try:
            self._refuse_uncounted()
            self._refuse_repeats()
            return self._made_and_judged(train, margin, lower_is_better, key)
        except (ValueError, OSError) as error:
            # what the function raises is a failed run, so that this is of a file, an option or what it returns
            problem = str(error)
        pytest.fail(problem, pytrace=False)

    def _made_and_judged(self, train: Any, margin: float | None, lower_is_better: bool, key: str) -> "JudgedRuns":
        if self._settings.accept or not self.path.is_file():
            self._accept(train, key)
        from stablebert.files import sha256_of
        from stablebert.scores import candidate_seeds, judge_runs

        accepted = self._accepted()
        policy = self._policy
        finished = self._finished(sha256_of(self.path), key)
        made: list[int] = []
        judged = judge_runs(
            self._runs(train, candidate_seeds(accepted.table, policy), finished, made),
            accepted.table,
            policy,
            margin=self._settings.margin if margin is None else margin,
            lower_is_better=lower_is_better,
            label=self._node.nodeid,
            # what an earlier session says it has made may be the accepted file, copied
            made=lambda: bool(made),
        )
        finished.drop()
        self._report(judged, finished.note)
        return judged

    def _accept(self, train: Any, key: str) -> None:
        """Make the scores that judge, write them and fail: a session that accepts has no say."""
        from stablebert.scores import RawRow, summary_words, write_scores

        before, why = self.path.is_file(), (self._settings.why or "").strip()
        self._check_place()
        if self._settings.accept and not why:
            pytest.fail(f"--{PREFIX}-accept needs a reason, which the file keeps: --{PREFIX}-why", pytrace=False)
        if not before and not why:
            why = "the first runs"
        old = f"{summary_words(self._accepted().table)} -> " if before else ""
        finished = self._finished("accepting", key)
        first, runs = self._settings.seed_block, self._settings.seeds or self._policy.looks[-1]
        rows: list[RawRow] = list(self._runs(train, range(first, first + runs), finished, []))
        header = {"test": self._test, "accepted": date.today().isoformat(), "why": why}
        # runs that are refused are not to be found again either
        finished.drop()
        table = write_scores(self.path, header, rows)
        what = "accepted anew" if before else "there were no accepted scores; they are written now"
        again = f"run again without --{PREFIX}-accept" if self._settings.accept else "run again"
        said = f"{what}: {self._place} ({old}{summary_words(table)})"
        renamed = "" if before else self._scores_without_a_test()
        pytest.fail(
            f"{said}. Look at it, commit it, {again}: a session that accepts has no say{renamed}", pytrace=False
        )

    def _check_place(self) -> None:
        """Fail, before anything is trained, where scores cannot be written, or nobody is there to commit them."""
        if is_continuous_integration() and not self._settings.accept:
            pytest.fail(
                f"there are no accepted scores: {self._place}; CI makes none ($CI is set): run the test once where "
                f"they can be committed{self._scores_without_a_test()}",
                pytrace=False,
            )
        above = next(folder for folder in self.path.parents if folder.exists())
        if not (above.is_dir() and os.access(above, os.W_OK)):
            pytest.fail(f"{self._place}: {above} is no folder that can be written to", pytrace=False)

    def _scores_without_a_test(self) -> str:
        """Say which accepted scores nearby are of a test that is no longer there: it may be this one."""
        from stablebert.scores import read_scores

        for path in sorted(self.path.parent.parent.glob(f"*/{self.path.name}")):
            module = path.parent.with_name(f"{path.parent.name}.py")
            with suppress(ValueError, OSError):
                if not module.exists() and read_scores(path).header.get("test") == self._test:
                    return (
                        f"\n{path.parent.name}/{path.name} is of {module.name}, which is no longer there: if that was "
                        "this module, put it in the place of the new file"
                    )
        for path in sorted({*self.path.parent.glob("*.csv")} - {self.path}):
            with suppress(ValueError, OSError):
                test = read_scores(path).header.get("test", "")
                if test and not _is_in(self._node, test):
                    return (
                        f"\n{path.name} beside it is of {test!r}, which the module has no longer: if that was this "
                        f"test, put it in the place of the new file, with '# test: {self._test}'"
                    )
        return ""

    def _accepted(self) -> "ScoreFile":
        from stablebert.scores import read_scores

        found = read_scores(self.path)
        if found.header.get("test") != self._test:
            test = found.header.get("test")
            pytest.fail(f"{self._place} holds the accepted scores of {test!r}, not of {self._test!r}", pytrace=False)
        return found

    @property
    def _policy(self) -> "Policy":
        """The rule; the gates of a session share its alarms, as the cells of a grid do."""
        from stablebert.project.pyproject import policy_of

        config = self._node.config
        return policy_of(config.rootpath, self._settings, cells=config.stash.get(_GATES, 1))

    def _finished(self, against: str, key: str) -> "FinishedRuns":
        from stablebert.scores import FinishedRuns

        folder = self._node.config.rootpath / f".{PREFIX}" / "seeds"
        return FinishedRuns(folder, self._node.nodeid, against, key)

    def _runs(self, train: Any, seeds: range, finished: "FinishedRuns", made: list[int]) -> "Iterator[RawRow]":
        from stablebert.scores import RawRow, run_of

        for seed in seeds:
            values = finished.rows.get(seed)
            if values is None:
                values = run_of(train, seed)
                made.append(seed)
                finished.keep(values)
            yield RawRow(f"train({seed})", values)

    def _refuse_uncounted(self) -> None:
        """Refuse a gate that has no share of the session's alarms: those that have one would raise too many with it."""
        if not self._node.stash.get(_COUNTED, False):
            pytest.fail(
                f"{self._node.nodeid} was not counted when the gates of this session shared its alarms, for nothing "
                "showed that it asks for `seeds`: name it among the test's arguments, or those of a fixture of its own",
                pytrace=False,
            )

    def _refuse_repeats(self) -> None:
        """Refuse a second verdict of one test in a session: repeated until it passes, a gate has no error rate."""
        config = self._node.config
        judged = config.stash.setdefault(_JUDGED, set())
        check_repeaters(config)
        parameters = getattr(getattr(self._node, "callspec", None), "params", {})
        if self._node.get_closest_marker("flaky") is not None or _REPEATED in parameters:
            pytest.fail(f"{self._node.nodeid}: a gate cannot be repeated; it judges once a session", pytrace=False)
        if self._node.nodeid in judged:
            pytest.fail(f"{self._node.nodeid} was judged in this session: one test, one verdict", pytrace=False)
        judged.add(self._node.nodeid)

    def _report(self, judged: "JudgedRuns", note: str) -> None:
        from stablebert.report import properties_of

        notes = [note] if note else []
        evidence = json.dumps({"verdict": judged.verdict.to_dict(), "notes": notes})
        self._node.user_properties += [(_EVIDENCE, evidence), *properties_of(judged.verdict)]


def _is_in(node: pytest.Item, test: str) -> bool:
    """Return whether the module of a test has another, by its name there, whatever its parameters."""
    found = getattr(node, "module", None)
    for name in test.partition("[")[0].split("::"):
        found = getattr(found, name, None)
    return found is not None


def _is_a_gate(item: pytest.Item) -> bool:
    """Return whether a test asks for this fixture, and not for one of its own by the same name."""
    known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    for found in reversed(known.get("seeds") or ()):
        if getattr(found.func, "__annotations__", {}).get("return") is Seeds:
            return True
        # one that asks for the fixture in whose place it stands may hand it on
        if "seeds" not in found.argnames:
            return False
    return False


class SeedsSummary:
    """Listens to a session: counts its gates, and says their verdicts at the end, those of workers, too."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, Any]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Count the tests that ask for seeds before -k or -m leaves some out, which makes no other rule of the rest."""
        gates = [item for item in items if _is_a_gate(item)]
        for item in gates:
            item.stash[_COUNTED] = True
        config.stash[_GATES] = len(gates) or 1

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Fail a test that asks for seeds and judges nothing: it would pass whatever is trained."""
        yield
        seeds = item.stash.get(_ASKED, None)
        if seeds is not None and not seeds.has_judged:
            pytest.fail(f"{item.nodeid} asks for `seeds` and judges nothing", pytrace=False)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the verdict that a report carries."""
        for name, value in report.user_properties:
            if name == _EVIDENCE:
                self._found[report.nodeid] = json.loads(str(value))

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the verdicts."""
        if not self._found:
            return
        from stablebert.gate import Verdict
        from stablebert.report import verdict_lines

        said = [self._found[nodeid] for nodeid in sorted(self._found)]
        terminalreporter.section(f"{PREFIX} seeds")
        lines = verdict_lines([Verdict.from_dict(one["verdict"]) for one in said])
        for line in [*lines, *(f"note: {note}" for one in said for note in one["notes"])]:
            terminalreporter.write_line(line)
