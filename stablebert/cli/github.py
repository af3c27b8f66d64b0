"""The comments of a pull request on GitHub: one of ours is found again and kept, by the standard library alone."""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

PAUSES = (2.0, 8.0)
_PAGE, _MOST_PAGES = 100, 100
_SECONDS = 20
_LONGEST = 300
_REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
_REFUSED = " (a token may comment with `pull-requests: write`, and never for a fork)"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class GitHubError(RuntimeError):
    """A request was refused, not answered, or answered with something else than was asked for.

    Attributes:
        status: Of HTTP; None where there was no answer.
    """

    def __init__(self, said: str, status: int | None = None, *, passing: bool = False) -> None:
        super().__init__(said)
        self.status = status
        self.passing = passing or (status or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR


@dataclass(frozen=True)
class PullRequest:
    """A pull request and the right to comment on it.

    Attributes:
        api: Address of the API, `https`, or `http` to this very machine.
        repository: `owner/name`.
        number: Of the pull request.
        token: Never printed.
        commit: The one that is proposed; the empty text where nobody knows.

    Raises:
        ValueError: one of these is not what it should be; a token is not repeated.
    """

    api: str
    repository: str
    number: int
    token: str = field(repr=False)
    commit: str = ""

    def __post_init__(self) -> None:
        address = urlsplit(self.api)
        if address.scheme != "https" and not (address.scheme == "http" and address.hostname in _LOOPBACK):
            raise ValueError(f"the address of the API is {self.api!r}; a token goes to https:// alone")
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", self.repository):
            raise ValueError(f"the repository is {self.repository!r}; it must be owner/name")
        # http.client would repeat it in its error
        if not re.fullmatch(r"[!-~]+", self.token):
            raise ValueError("the token holds white space or other characters that no token has")


def pull_request_of(environment: Mapping[str, str]) -> PullRequest | None:
    """Return the pull request that a workflow runs for, None where it runs for another event.

    Args:
        environment: Of a step, with `GITHUB_TOKEN`.

    Raises:
        ValueError: there is one, but no token, or what GitHub sets is missing or unreadable.
    """
    try:
        event = json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
        proposed = event.get("pull_request")
        number = None if proposed is None else proposed["number"]
        commit = "" if proposed is None else str(proposed["head"]["sha"])
        repository = environment["GITHUB_REPOSITORY"]
    except (AttributeError, KeyError, TypeError, ValueError, OSError, RecursionError) as error:
        raise ValueError(f"what GitHub says of the event cannot be read ({type(error).__name__}: {error})") from error
    if number is None:
        return None
    if not isinstance(number, int):
        raise ValueError(f"the number of the pull request is {number!r}")
    token = environment.get("GITHUB_TOKEN", "")
    if not token:
        raise ValueError("there is no token, as in one from a fork")
    api = environment.get("GITHUB_API_URL", "https://api.github.com")
    return PullRequest(api, repository, number, token, commit)


def keep_comment(
    pull_request: PullRequest,
    marker: str,
    body: str,
    *,
    create: bool = True,
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """Put a text into the comment that begins with a marker and is ours, or into a new one, and say what was done.

    What passes (no answer, a status from 500, too many requests) is tried again from the start, at most twice: a
    comment whose creation was not answered is then found.

    Args:
        pull_request: Where.
        marker: First line of the text.
        body: The text.
        create: Whether a new comment is made where there is none.
        pause: Waits for seconds.

    Raises:
        GitHubError: it could not be done.
    """
    for seconds in PAUSES:
        try:
            return _keep(pull_request, marker, body, create)
        except GitHubError as error:
            if not error.passing:
                raise
            pause(seconds)
    return _keep(pull_request, marker, body, create)


def _keep(pull_request: PullRequest, marker: str, body: str, create: bool) -> str:
    comments = f"/repos/{pull_request.repository}/issues"
    number = _own_comment(pull_request, marker)
    if number is not None:
        _ask(pull_request, "PATCH", f"{comments}/comments/{number}", {"body": body})
        return "updated"
    if not create:
        return "not needed"
    _ask(pull_request, "POST", f"{comments}/{pull_request.number}/comments", {"body": body})
    return "created"


def _own_comment(pull_request: PullRequest, marker: str) -> int | None:
    """Return the number of the comment that begins with a marker and was written by this token, or by a bot."""
    login = _login(pull_request)
    for page in range(1, _MOST_PAGES + 1):
        where = f"/repos/{pull_request.repository}/issues/{pull_request.number}/comments?per_page={_PAGE}&page={page}"
        comments = _ask(pull_request, "GET", where)
        try:
            for comment in comments:
                author = comment["user"] or {}
                ours = author.get("type") == "Bot" or (login is not None and author.get("login") == login)
                # others may quote it
                if ours and (comment["body"] or "").startswith(marker):
                    return int(comment["id"])
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise GitHubError(f"GET {where}: answered with something else than comments") from error
        if len(comments) < _PAGE:
            return None
    raise GitHubError(f"more than {_PAGE * _MOST_PAGES} comments")


def _login(pull_request: PullRequest) -> str | None:
    """Return whose the token is, None where it may not ask: a workflow's own is a bot's."""
    try:
        found = _ask(pull_request, "GET", "/user")
    except GitHubError as error:
        if error.status in _REFUSALS:
            return None
        raise
    return found.get("login") if isinstance(found, dict) else None


class _NoRedirect(HTTPRedirectHandler):
    """A redirection would take the token to wherever it points."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = build_opener(_NoRedirect)


def _ask(pull_request: PullRequest, method: str, where: str, data: Mapping[str, str] | None = None) -> Any:
    request = Request(
        f"{pull_request.api.rstrip('/')}{where}",
        None if data is None else json.dumps(data).encode(),
        {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {pull_request.token}",
            "Content-Type": "application/json",
            "User-Agent": "stablebert",
        },
        method=method,
    )
    try:
        with _OPENER.open(request, timeout=_SECONDS) as response:
            return json.loads(response.read())
    except HTTPError as error:
        hint = _REFUSED if error.code in _REFUSALS else ""
        said = _said(pull_request, f"{method} {where}: HTTP {error.code}: {_message(error)}") + hint
        raise GitHubError(said, error.code, passing=error.code == HTTPStatus.TOO_MANY_REQUESTS) from None
    except (OSError, HTTPException) as error:
        raise GitHubError(_said(pull_request, f"{method} {where}: no answer: {error}"), passing=True) from None
    except (ValueError, RecursionError):
        raise GitHubError(f"{method} {where}: answered with something else than JSON") from None


def _message(error: HTTPError) -> str:
    try:
        return str(json.loads(error.read())["message"])
    except (KeyError, OSError, HTTPException, TypeError, ValueError, RecursionError):
        return error.reason


def _said(pull_request: PullRequest, text: str) -> str:
    """Return a text in one line, without the token, whoever repeats it."""
    return " ".join(text.replace(pull_request.token, "***").split())[:_LONGEST]
