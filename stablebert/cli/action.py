"""What `action.yml` runs on GitHub: a session with its verdict as outputs, then one comment that is kept."""

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from stablebert.cli.exits import Exit, exit_of
from stablebert.cli.github import GitHubError, PullRequest, keep_comment, pull_request_of
from stablebert.gate import Status
from stablebert.project.options import PREFIX
from stablebert.report import SessionReport, append_summary, read_report, to_markdown
from stablebert.report.comment import Occasion, comment_of, harmless, harmless_text
from stablebert.report.session import NAME

_SESSION, _COMMENT = "session", "comment"
_ALWAYS, _ALERT = "always", "alert"
_REPORT = f"--{PREFIX}-report"
# what a step may tell later steps, and its token, are no business of the code that is judged
_WITHHELD = ("GITHUB_TOKEN", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE")
_SIGNALLED = 128


@dataclass(frozen=True)
class _Left:
    """What a session has left: a report whose texts are harmless, and whether it is its own."""

    report: SessionReport
    is_whole: bool

    @property
    def status(self) -> Status:
        """The session's; one that judged nothing is no evidence."""
        return self.report.status or Status.INVALID


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    text = f"{_SESSION}: run pytest, and say its verdict to later steps; {_COMMENT}: keep one comment that says it"
    parser.add_argument("step", choices=(_SESSION, _COMMENT), help=text)
    parser.add_argument("--report", type=Path, required=True, metavar="FOLDER", help="where the session leaves it")
    parser.add_argument("--arguments", default="", metavar="TEXT", help="what follows `pytest`, as a shell quotes it")
    parser.add_argument("--exit-code", default="", metavar="NUMBER", help="what the session exited with")
    text = f"{_ALERT}: only if the verdict is no PASS or the session failed; an earlier comment is brought up to date"
    parser.add_argument("--when", choices=(_ALWAYS, _ALERT), default=_ALWAYS, help=f"{text} (default: {_ALWAYS})")


def work(arguments: argparse.Namespace) -> int:
    """Do one step: a session exits as pytest does, and by its verdict where pytest lets an unread one pass."""
    return _session(arguments) if arguments.step == _SESSION else _comment(arguments)


def exit_code_of(returned: int, status: Status) -> int:
    """Return what a session exits with: never 0 without a verdict, and else what pytest says.

    Args:
        returned: By pytest; negative is a signal.
        status: Of the session; an INCONCLUSIVE passes only where pytest was told to let it.

    Example:
        >>> [int(exit_code_of(*given)) for given in [(0, Status.PASS), (0, Status.INVALID), (-9, Status.PASS)]]
        [0, 4, 137]
    """
    if returned:
        return returned if returned > 0 else _SIGNALLED - returned
    return Exit.DONE if status is Status.INCONCLUSIVE else exit_of(status)


def _session(arguments: argparse.Namespace) -> int:
    path = arguments.report / NAME
    # of no earlier session, whatever happens now
    path.unlink(missing_ok=True)
    words = shlex.split(arguments.arguments)
    if any(word.startswith(_REPORT) for word in words):
        raise ValueError(f"{_REPORT} is given by the action itself, as {arguments.report}")
    command = [sys.executable, "-m", "pytest", f"{_REPORT}={arguments.report}", *words]
    environment = {name: value for name, value in os.environ.items() if name not in _WITHHELD}
    returned = subprocess.run(command, env=environment, check=False).returncode
    left = _left(path)
    code = exit_code_of(returned, left.status)
    _tell(os.environ, {"verdict": str(left.status), "exit-code": str(int(code))})
    if not left.is_whole:
        # else pytest has done so
        append_summary(os.environ, to_markdown(left.report))
    print(f"verdict: {left.status}, exit status {int(code)}")
    return code


def _comment(arguments: argparse.Namespace) -> int:
    left = _left(arguments.report / NAME)
    code = int(arguments.exit_code) if arguments.exit_code else None
    try:
        pull_request = pull_request_of(os.environ)
        if pull_request is None:
            print("no comment: this is no pull request")
            return Exit.DONE
        occasion = _occasion(os.environ, arguments.arguments, code, pull_request)
        body = comment_of(left.report, occasion)
        alert = left.status is not Status.PASS or code != Exit.DONE
        create = alert or arguments.when == _ALWAYS
        print(f"comment: {keep_comment(pull_request, occasion.marker, body, create=create)}")
    except (ValueError, GitHubError) as error:
        line = harmless_text(f"no comment on this pull request: {error}")
        print(line)
        append_summary(os.environ, f"{line}. The verdict is **{left.status}** all the same.")
    return Exit.DONE


def _left(path: Path) -> _Left:
    try:
        report = harmless(read_report(path))
        # a report that cannot be shown is none
        to_markdown(report)
    except FileNotFoundError:
        return _nothing(f"there is no {path}")
    except (AttributeError, KeyError, OSError, TypeError, ValueError) as error:
        return _nothing(f"{type(error).__name__}: {error}")
    return _Left(report if report.status else replace(report, status=Status.INVALID), is_whole=True)


def _nothing(why: str) -> _Left:
    report = SessionReport(Status.INVALID, (), notes=(f"the session left no verdict: {why}",))
    return _Left(harmless(report), is_whole=False)


def _occasion(
    environment: Mapping[str, str], arguments: str, exit_code: int | None, pull_request: PullRequest
) -> Occasion:
    place = (environment.get("GITHUB_WORKFLOW", ""), environment.get("GITHUB_JOB", ""), arguments)
    server, run = environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_RUN_ID", "")
    url = f"{server}/{pull_request.repository}/actions/runs/{run}" if server and run else ""
    return Occasion(place, f"pytest {arguments}".strip(), exit_code, pull_request.commit, url)


def _tell(environment: Mapping[str, str], outputs: Mapping[str, str]) -> None:
    name = environment.get("GITHUB_OUTPUT")
    if name:
        with Path(name).open("a", encoding="utf-8") as stream:
            stream.writelines(f"{key}={value}\n" for key, value in outputs.items())
