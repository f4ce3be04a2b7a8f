"""The syncer's pure decisions: what an answer means, how long to wait, what to say and send."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import orjson
import pytest
from support.github.house import ZONE, point

from services.syncer.answers import Answer, EmptyRepository, NoBranch, NotThere, Place, failure
from services.syncer.migrate import beyond, read_document
from services.syncer.plan import (
    MergeOrder,
    batches,
    commit_message,
    days_ahead,
    fate,
    lost_days,
    merge_requests,
)
from services.syncer.remote import Change, Conflict, blob_version
from shared.backoff import CEILING_S, LONGEST_ASKED_S, wait_s
from shared.bucket import Bucket, Summary, decode_bucket
from shared.documents import Document
from shared.errors import BadInput, MonitorError, Permanent, Retryable
from shared.messages import MAX_MERGE_BYTES

PLACE = Place("owner/house", "https://api.github.com")
NOW = 1_795_300_000.0
DAY = date(2026, 11, 21)
HTML = {"content-type": "text/html"}


def told(status: int, message: str | None = "", **headers: str) -> MonitorError:
    """Return the error of an answer; a message None is a page for people."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = b"<html>Log in to the hotel" if message is None else orjson.dumps({"message": message})
    kind = HTML if message is None else {"content-type": "application/json"}
    return failure(Answer(status, kind | named, body), PLACE, NOW)


@pytest.mark.parametrize(
    ("error", "kind", "word"),
    [
        (told(401, "Bad credentials"), Permanent, "revoked or expired"),
        (told(403, "Resource not accessible"), Permanent, "403"),
        (
            told(403, "Resource not accessible", x_accepted_github_permissions="contents=write"),
            Permanent,
            "lacks: contents=write",
        ),
        (told(403, "Blocked", x_ratelimit_remaining="0"), Retryable, "403"),
        (told(403, "You have exceeded a secondary rate limit"), Retryable, "secondary"),
        (told(403, None), Retryable, "web page"),
        (told(404, "Not Found"), NotThere, "404"),
        (told(404, "Branch main not found"), NoBranch, "Branch"),
        (told(404, None), Retryable, "web page"),
        (told(409, "data/x does not match 0a"), Conflict, "match"),
        (told(409, "Git Repository is empty."), EmptyRepository, "empty"),
        (told(422, 'Invalid request.\n\n"sha" wasn\'t supplied.'), Conflict, "sha"),
        (told(422, "Update is not a fast forward"), Conflict, "fast forward"),
        (told(422, "path contains a malformed path component"), Permanent, "malformed"),
        (told(413, "Too large"), Permanent, "413"),
        (told(429, "Too many requests"), Retryable, "429"),
        (told(500, None), Retryable, "500"),
        (told(503, "Unavailable"), Retryable, "503"),
    ],
)
def test_an_answer_is_retryable_or_permanent_by_type(
    error: MonitorError, kind: type[MonitorError], word: str
) -> None:
    assert isinstance(error, kind)
    assert isinstance(error, Permanent) is issubclass(kind, Permanent)
    assert word in str(error)
    if not isinstance(error, Conflict):  # which heals by itself, unseen
        assert error.hint


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (409, "Could not update file: Changes must be made through a pull request."),
        (409, "Could not update file: 6 of 6 required status checks are expected."),
        (409, "Could not create file: At least 1 approving review is required by reviewers"),
        (409, "Repository rule violations found\n\nChanges must be made through a pull request."),
        (422, "Repository rule violations found\n\nCannot update this protected ref."),
        (422, "Repository rule violations found for the sha that does not exist"),
        (422, "Reference update failed"),
        (403, "Cannot update this protected branch"),
    ],
)
def test_a_protected_branch_is_no_other_monitor(status: int, message: str) -> None:
    """GitHub says 409 to both; only one of them heals by looking again."""
    error = told(status, message)
    assert isinstance(error, Permanent)
    assert message.split(maxsplit=1)[0] in str(error)
    assert "protects the branch" in error.hint


@pytest.mark.parametrize(
    "message",
    [
        "data/monthly.json does not match 5717457c84de250e7d17c4714e1217d76b6dc123",
        "refs/heads/main expected to be at e765253c2a06ed7f025ee5c971f0988e54437aca",
        "data/monthly.json is at 5717457c but expected e765253c",
    ],
)
def test_a_file_or_branch_that_moved_on_is_looked_at_again(message: str) -> None:
    assert isinstance(told(409, message), Conflict)


def test_an_archived_repository_needs_no_new_token() -> None:
    error = told(403, "Repository was archived so is read-only.")
    assert isinstance(error, Permanent)
    assert "unarchive" in error.hint
    assert "create a token" not in error.hint


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"retry_after": "17"}, 17),
        (403, {"retry_after": "90", "x_ratelimit_remaining": "0"}, 90),
        (503, {"retry_after": "5"}, 5),
        (403, {"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(int(NOW) + 600)}, 600),
        (
            429,
            {
                "x_ratelimit_remaining": "0",
                "x_ratelimit_reset": "1795262460",
                "date": "Sat, 21 Nov 2026 12:00:00 GMT",
            },
            60,
        ),
        (
            429,
            {
                "retry_after": "Sat, 21 Nov 2026 12:05:00 GMT",
                "date": "Sat, 21 Nov 2026 12:00:00 GMT",
            },
            300,
        ),
        (429, {}, 60),
        (429, {"retry_after": "soon"}, 60),
        (503, {}, 0),
    ],
)
def test_the_wait_that_was_asked_for_is_obeyed(
    status: int, headers: dict[str, str], seconds: float
) -> None:
    """The reset is an instant of GitHub's clock; a board's may be minutes off."""
    error = told(status, "rate limit", **headers)
    assert isinstance(error, Retryable)
    assert error.after_s == seconds


def test_back_off_doubles_with_jitter_to_a_ceiling() -> None:
    longest = [wait_s(failures, 1.0) for failures in range(1, 40)]
    assert longest[0] == 30.0
    assert all(later in (2 * sooner, CEILING_S) for sooner, later in pairwise(longest))
    assert wait_s(3, 0.0) == longest[2] / 2
    assert wait_s(10**6, 1.0) == CEILING_S


def test_back_off_is_never_shorter_than_asked_nor_longer_than_a_day() -> None:
    assert wait_s(1, 0.0, 1800.0) == 1800.0
    assert wait_s(1, 0.0, 1e9) == LONGEST_ASKED_S


def test_a_version_is_what_git_says() -> None:
    """Expected: what `echo hello | git hash-object --stdin` prints."""
    assert blob_version(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"


def test_lost_are_the_days_there_that_the_file_should_still_have() -> None:
    """Newer days than this clock knows are no less lost."""
    days = {DAY - timedelta(days=n): bucket(400.0) for n in range(4)}
    here = {day: made for day, made in days.items() if day != DAY - timedelta(days=1)}
    assert lost_days(days, here, min(days)) == [DAY - timedelta(days=1)]
    assert lost_days(days, here, DAY) == []
    assert lost_days(days, {}, None) == sorted(days)
    assert lost_days({}, here, None) == []
    assert lost_days({DAY + timedelta(days=9)}, here, DAY) == [DAY + timedelta(days=9)]


def test_a_day_that_is_not_over_by_our_clock_is_ahead() -> None:
    days = {DAY - timedelta(days=1), DAY, DAY + timedelta(days=1)}
    assert days_ahead(days, DAY) == [DAY, DAY + timedelta(days=1)]
    assert days_ahead(days, DAY + timedelta(days=2)) == []


@pytest.mark.parametrize(
    "content",
    [
        b'{"schema": [1]}',
        b'{"schema": {}}',
        b'{"schema": "1"}',
        b'{"data_points": [{"timestamp": "0001-01-01T00:00:00+14:00", "power": 1}]}',
        b'{"data_points": [{"timestamp": "0001-01-01", "power": 1}]}',
        b'{"data_points": [{"timestamp": "9999-12-31", "power": 1}]}',
        *(
            orjson.dumps(
                {
                    "schema": 1,
                    "tier": "monthly",
                    "timezone": "Europe/Berlin",
                    "last_update": None,
                    "units": {"power": "W"},
                    "data_points": [{**point(DAY, 1.0, 1.0), "timestamp": time} for time in times],
                }
            )
            for times in (
                ["0001-01-01T00:00:00+01:00"],
                ["9999-12-31T00:00:00+01:00"],
                ["2026-11-21T00:00:00+01:00", "2026-11-21T06:00:00+01:00"],
            )
        ),
    ],
)
def test_what_no_program_of_ours_would_write_is_bad_input(content: bytes) -> None:
    with pytest.raises(BadInput):
        read_document(content, "monthly", ZONE)


def test_a_merge_request_is_sized_with_its_base() -> None:
    """A base of many metrics is as large as the document may be, and they travel together."""
    theirs, base = document(365, 20), document(365, 63)
    sizes = [len(one) for one in merge_requests(MergeOrder("yearly", theirs, base), ZONE)]
    assert max(sizes) < MAX_MERGE_BYTES


def bucket(mean: float, coverage: float | None = 1.0, corrected: float | None = None) -> Bucket:
    """Return a day's bucket."""
    return Bucket(0.0, {"power": Summary(mean, mean, mean)}, 1.0, 0.0, 1, coverage, corrected)


def document(days: int, metrics: int = 1) -> Document:
    """Return a document of some days."""
    names = {f"m{n}": {"mean": 1.5, "min": 1.25, "max": 2.75} for n in range(metrics)}
    points = [
        {**point(DAY - timedelta(days=back), 400.0, 1.0), **names} for back in range(days, 0, -1)
    ]
    return Document("yearly", ZONE.name, None, {"power": "W"}, [decode_bucket(p) for p in points])


@pytest.mark.parametrize(("days", "metrics"), [(1, 1), (365, 1), (365, 63), (3, 63)])
def test_a_merge_request_fits_a_message_and_all_days_are_asked_for(days: int, metrics: int) -> None:
    made = document(days, metrics)
    order = MergeOrder("yearly", made, made, made.buckets)
    payloads = list(merge_requests(order, ZONE))
    assert max(map(len, payloads)) < 1024 * 1024
    requests = [orjson.loads(one) for one in payloads]
    points: list[Any] = [p for request in requests for p in request["document"]["data_points"]]
    assert len(points) == days
    for request in requests:
        asked = [p["timestamp"] for p in request["document"]["data_points"]]
        for beside in ("base", "assumed"):
            assert set(asked) <= {p["timestamp"] for p in request[beside]["data_points"]}


def test_files_go_up_in_groups_of_bounded_size() -> None:
    changes = [Change(f"readings/2026/{n}", bytes(1 << 20), None) for n in range(10)]
    groups = list(batches(changes))
    assert [change for group in groups for change in group] == changes
    assert all(len(group) <= 4 for group in groups)
    large = [Change("one", bytes(9 << 20), None)]
    assert list(batches(large)) == [large]
    assert list(batches([])) == []


def test_a_commit_message_says_what_it_brings() -> None:
    changes = [
        Change("monthly.json", b"", None),
        Change("history/2025.json", b"", None),
        *(Change(f"readings/2026/2026-11-{day}.jsonl.gz", b"", None) for day in range(11, 19)),
        Change("yearly.json.unreadable-1234567", b"", None),
    ]
    days = {"monthly.json": DAY, "history/2025.json": date(2025, 12, 31)}
    assert commit_message(changes, days) == (
        "Update monthly to 2026-11-21; history of 2025; readings of 2026-11-11 to 2026-11-18; "
        "keep yearly.json.unreadable-1234567"
    )
    assert commit_message(changes[1:2], {}) == "History of 2025"


def test_a_remote_copy_that_differs_in_cost_alone_is_the_same_and_wholly_known() -> None:
    """Cost is made anew from the tariff here: it is no conflict, and nothing to keep aside."""
    ours = point(DAY, 500, 1.0)
    theirs = ours | {"cost": "3.14", "base_fee": "0.35"}
    assert fate(decode_bucket(ours), decode_bucket(theirs), changed=False, refused="") == "same"
    remote = {"schema": 1, "tier": "yearly", "timezone": ZONE.name, "last_update": None}
    content = orjson.dumps({**remote, "units": {}, "currency": "EUR", "data_points": [theirs]})
    assert beyond(content) == ""
    (bucket,) = read_document(content, "yearly", ZONE).buckets
    assert bucket == decode_bucket(ours)
