import json

import pytest

from stablebert.cli.github import PAUSES, GitHubError, PullRequest, keep_comment, pull_request_of
from tests.cli.fake_github import BOT, TOKEN, FakeGitHub

MARKER = "<!-- stablebert:0 -->"


@pytest.fixture
def fake():
    return FakeGitHub()


@pytest.fixture
def keep(fake):
    """Keep a comment on the fake; the pauses that were made are in `keep.pauses`."""
    with fake.served() as address:

        def keep(text="new", api=address, **given):
            return keep_comment(
                PullRequest(api, "owner/name", 7, TOKEN), MARKER, f"{MARKER}\n{text}", pause=keep.pauses.append, **given
            )

        keep.pauses, keep.address = [], address
        yield keep


def bodies(fake):
    return [comment["body"] for comment in fake.comments]


def test_the_first_time_it_is_created_and_then_updated(fake, keep):
    fake.add("someone's")
    assert keep("one") == "created"
    assert keep("two") == "updated"
    assert bodies(fake) == ["someone's", f"{MARKER}\ntwo"]
    assert fake.tokens == {f"Bearer {TOKEN}"}


def test_where_none_is_wanted_an_earlier_one_is_updated_all_the_same(fake, keep):
    assert keep(create=False) == "not needed"
    assert fake.comments == []
    fake.add(f"{MARKER}\nFAIL")
    assert keep("PASS", create=False) == "updated"
    assert bodies(fake) == [f"{MARKER}\nPASS"]


@pytest.mark.parametrize(
    ("body", "author"),
    [
        (f"{MARKER}\nforged", {"login": "someone", "type": "User"}),
        (f"> {MARKER}\nquoted", BOT),
        ("<!-- stablebert:1 -->\nof another job", BOT),
        (None, BOT),
    ],
)
def test_a_comment_of_others_is_left_alone(fake, keep, body, author):
    fake.add(body, author)
    assert keep() == "created"
    assert bodies(fake) == [body, f"{MARKER}\nnew"]


def test_the_comment_of_a_person_whose_token_it_is_is_found(fake, keep):
    fake.login = "author"
    assert keep("one") == "created"
    assert keep("two") == "updated"
    fake.login = "another"
    assert keep("three") == "created"


def test_it_is_found_on_the_last_page(fake, keep):
    for number in range(200):
        fake.add(f"comment {number}")
    fake.add(f"{MARKER}\nold")
    assert keep() == "updated"
    assert len(fake.comments) == 201
    # the control: pages are asked for one by one, and no more than there are
    fake.comments.pop()
    assert keep() == "created"
    assert [path for _, path in fake.asked].count("/repos/owner/name/issues/7/comments") == 3 + 3 + 1


@pytest.mark.parametrize(("method", "status"), [("POST", 403), ("GET", 404), ("POST", 422), ("GET", 301)])
def test_a_refusal_is_said_and_not_repeated(fake, keep, method, status):
    fake.login = "author"
    fake.answers[method] = [(status, f"{keep.address}/elsewhere")] if status == 301 else [status, status, status]
    if method == "GET":
        fake.login = None
        fake.answers["GET"].insert(0, 403)
    with pytest.raises(GitHubError, match=f"{method} .*: HTTP {status}") as caught:
        keep()
    assert caught.value.status == status
    assert keep.pauses == []
    assert ("fork" in str(caught.value)) == (status in (403, 404))
    assert not any("elsewhere" in path for _, path in fake.asked)


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_what_passes_is_tried_again_but_not_for_ever(fake, keep, status):
    fake.answers["POST"] = [status] * 2
    assert keep() == "created"
    assert keep.pauses == list(PAUSES)
    fake.comments.clear()
    fake.answers["POST"] = [status] * 9
    with pytest.raises(GitHubError, match=f"HTTP {status}: refused, says {status}"):
        keep()
    assert len(fake.answers["POST"]) == 9 - 1 - len(PAUSES)


def test_a_comment_whose_creation_was_not_answered_is_found_and_not_made_twice(fake, keep):
    fake.answers["POST"], fake.does_anyway = [502], True
    assert keep() == "updated"
    assert bodies(fake) == [f"{MARKER}\nnew"]


@pytest.mark.parametrize(
    "answer",
    ["", "no JSON", '{"message": "no list"}', "[3]", '[{"id": 1}]', '[{"id": 1, "user": {"type": "Bot"}, "body": 3}]'],
)
def test_an_answer_that_is_no_list_of_comments_is_an_error(fake, keep, answer):
    fake.answers["GET"] = [403, (200, answer)]
    with pytest.raises(GitHubError, match="answered with something else than"):
        keep()
    assert fake.comments == []


def test_nobody_there_is_an_error_after_all_tries(keep):
    with pytest.raises(GitHubError, match="no answer"):
        keep(api="http://127.0.0.1:1")
    assert keep.pauses == list(PAUSES)


def test_no_error_repeats_the_token(fake, keep):
    fake.answers["GET"] = [403, (403, json.dumps({"message": f"bad\n::error::{TOKEN}"}))]
    with pytest.raises(GitHubError) as caught:
        keep()
    assert TOKEN not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "::error::***" in str(caught.value)
    assert TOKEN not in repr(PullRequest("https://host", "owner/name", 7, TOKEN))


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"api": "http://host"}, "https"),
        ({"api": "file:///etc"}, "https"),
        ({"repository": "owner/name/../.."}, "owner/name"),
        ({"token": f"{TOKEN}\nX-Other: 1"}, "white space"),
    ],
)
def test_what_would_send_the_token_astray_is_refused(given, match):
    proper = {"api": "https://host", "repository": "owner/name", "number": 7, "token": TOKEN}
    PullRequest(**proper)
    with pytest.raises(ValueError, match=match) as caught:
        PullRequest(**proper | given)
    assert TOKEN not in str(caught.value)


def environment(tmp_path, event, **given):
    path = tmp_path / "event.json"
    path.write_text(event if isinstance(event, str) else json.dumps(event))
    return {"GITHUB_EVENT_PATH": str(path), "GITHUB_REPOSITORY": "owner/name", "GITHUB_TOKEN": TOKEN} | given


PULL = {"pull_request": {"number": 7, "head": {"sha": "abc"}}}


def test_the_pull_request_is_that_of_the_event(tmp_path):
    found = pull_request_of(environment(tmp_path, PULL, GITHUB_API_URL="https://host/api/v3"))
    assert found == PullRequest("https://host/api/v3", "owner/name", 7, TOKEN, "abc")
    assert pull_request_of(environment(tmp_path, {"ref": "refs/heads/main"}, GITHUB_TOKEN="")) is None


@pytest.mark.parametrize(
    ("event", "given", "match"),
    [
        (PULL, {"GITHUB_TOKEN": ""}, "there is no token, as in one from a fork"),
        ("{", {}, "what GitHub says of the event cannot be read"),
        ([], {}, "what GitHub says of the event cannot be read"),
        ({"pull_request": {}}, {}, "what GitHub says of the event cannot be read"),
        ({"pull_request": {"number": "7/../8", "head": {"sha": ""}}}, {}, "the number of the pull request is '7/../8'"),
        (PULL, {"GITHUB_EVENT_PATH": "none.json"}, "what GitHub says of the event cannot be read"),
    ],
)
def test_what_is_missing_is_named(tmp_path, event, given, match):
    with pytest.raises(ValueError, match=match):
        pull_request_of(environment(tmp_path, event, **given))
