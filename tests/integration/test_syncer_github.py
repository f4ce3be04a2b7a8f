"""GitHub's client against everything that goes wrong between it and GitHub."""

import socket
from threading import Thread

import pytest
from support.github.answers import Reply, problem
from support.github.checks import MONTHLY, client, client_at
from support.github.server import TOKEN, FakeGitHub, Fault

from services.syncer.answers import NotThere, Place
from services.syncer.github import GitHub
from services.syncer.remote import Change, Conflict, blob_version
from services.syncer.wire import Timeouts, Wire
from shared.errors import MonitorError, Permanent, Retryable

CONTENT = b'{"n": 1}'
PORTAL = Reply(200, b"<html>Welcome to the hotel", {"content-type": "text/html"})


@pytest.fixture(autouse=True)
def _a_file_of_ours(fake: FakeGitHub) -> None:
    """Put a document there."""
    fake.repository.edit(MONTHLY, CONTENT)


def push(github: GitHub, content: bytes = b"{}") -> None:
    """Replace our file."""
    github.write([Change("monthly.json", content, blob_version(CONTENT))], "Push")


@pytest.mark.parametrize(
    "fault",
    [
        Fault(PORTAL),
        Fault(Reply(302, b"", {"location": "http://portal.example/login"})),
        Fault(Reply(404, b"<html>no such page", {"content-type": "text/html"})),
        Fault(Reply(200, b'{"half": ', {"content-type": "application/json"}), method="PUT"),
        Fault(Reply(502, b"Bad gateway")),
        Fault(cut=True, times=9),
        Fault(Reply(200, b"")),
    ],
    ids=["portal", "portal's redirect", "portal's 404", "half", "502", "cut", "nothing"],
)
def test_what_is_no_answer_of_github_heals_and_harms_nothing(
    fake: FakeGitHub, fault: Fault
) -> None:
    fake.faults.append(fault)
    with pytest.raises(Retryable) as told:
        push(client(fake))
    assert told.value.hint or isinstance(told.value, Conflict)
    fake.faults.clear()
    assert fake.file(MONTHLY) == CONTENT


def test_a_login_page_is_never_taken_for_a_file(fake: FakeGitHub) -> None:
    fake.faults.append(Fault(PORTAL))
    with pytest.raises(Retryable, match="web page"):
        client(fake).read("monthly.json")


def test_a_login_pages_404_is_never_taken_for_a_missing_file(fake: FakeGitHub) -> None:
    fake.faults.append(Fault(Reply(404, b"<html>", {"content-type": "text/html"})))
    with pytest.raises(Retryable, match="web page"):
        client(fake).read("monthly.json")


def test_silence_ends_at_the_timeout() -> None:
    impatient = Timeouts(read_s=0.5, pace_s=0.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Retryable, match="did not answer in time"):
            client_at(url, TOKEN, timeouts=impatient).read("monthly.json")


def test_a_slow_drip_ends_at_the_deadline() -> None:
    impatient = Timeouts(answer_s=1.0, pace_s=0.0)

    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
            try:
                while True:
                    connection.sendall(b" ")
                    connection.settimeout(0.1)
                    try:
                        if not connection.recv(1):
                            return
                    except TimeoutError:
                        continue
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=drip, args=(server,), daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(Retryable, match="more than 1 s"):
            client_at(url, TOKEN, timeouts=impatient).read("monthly.json")


def test_a_name_server_that_is_gone_heals() -> None:
    with pytest.raises(Retryable, match="can't be reached") as told:
        client_at("http://github.invalid", TOKEN).read("monthly.json")
    assert "name server" in told.value.hint


def test_a_refused_connection_heals() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Retryable, match="can't be reached"):
        client_at(f"http://127.0.0.1:{port}", TOKEN).read("monthly.json")


def test_a_cut_after_the_write_shows_as_conflict_and_then_as_done(fake: FakeGitHub) -> None:
    """The answer was lost, the write was not: the next look finds our own version there."""
    fake.faults.append(Fault(method="PUT", applied=True, cut=True))
    github = client(fake)
    with pytest.raises(Retryable):
        push(github, b"{}")
    with pytest.raises(Conflict):
        push(github, b"{}")
    blob = github.read("monthly.json")
    assert blob
    assert blob.version == blob_version(b"{}")


# Who may do what


def test_a_wrong_token_is_permanent_and_says_what_to_do(fake: FakeGitHub) -> None:
    with pytest.raises(Permanent, match="401") as told:
        client(fake, "ghp_wrong-token").read("monthly.json")
    assert "Contents: read and write" in told.value.hint
    assert len(fake.seen) == 1


def test_a_repository_that_is_hidden_is_not_taken_for_an_empty_one(fake: FakeGitHub) -> None:
    """GitHub answers 404 for what a token may not see: nothing must be restored from that."""
    with pytest.raises(NotThere, match="owner/other, or this token may not see it") as told:
        client(fake, repo="owner/other").read("monthly.json")
    assert "https://github.com/owner/other" in told.value.hint


def test_a_token_that_may_only_read_is_told_so(fake: FakeGitHub) -> None:
    fake.writable = False
    with pytest.raises(Permanent, match="lacks: contents=write"):
        push(client(fake))


def test_a_404_on_writing_is_a_token_that_may_only_read(fake: FakeGitHub) -> None:
    fake.faults.append(Fault(problem(404, "Not Found"), method="PUT"))
    with pytest.raises(Permanent, match="can be read and not written"):
        push(client(fake))


def test_the_rate_limit_is_no_missing_permission(fake: FakeGitHub) -> None:
    fake.remaining = 0
    with pytest.raises(Retryable) as told:
        push(client(fake))
    assert 1100 < told.value.after_s <= 1200


def test_a_secondary_limit_asks_for_a_minute(fake: FakeGitHub) -> None:
    fake.faults.append(Fault(problem(403, "You have exceeded a secondary rate limit")))
    with pytest.raises(Retryable) as told:
        push(client(fake))
    assert told.value.after_s == 60


# Moving about


@pytest.mark.parametrize("files", [1, 2])
def test_a_renamed_repository_is_followed_and_named(fake: FakeGitHub, files: int) -> None:
    fake.renamed_from, fake.repository.full_name = "owner/house", "owner/new-house"
    github = client(fake)
    changes = [
        Change("monthly.json", b"{}", blob_version(CONTENT)),
        Change("yearly.json", b"{}", None),
    ]
    github.write(changes[:files], "Push")
    assert fake.file(MONTHLY) == b"{}"
    assert github.renamed_to == "owner/new-house"
    moved = len([seen for seen in fake.seen if seen.status in (301, 307)])
    assert moved == 1


@pytest.mark.parametrize(
    ("status", "remembered"), [(301, True), (302, False), (307, True), (308, True)]
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_redirect_is_followed_with_method_and_body_and_remembered_unless_it_is_found_only(
    fake: FakeGitHub, method: str, status: int, *, remembered: bool
) -> None:
    """GitHub answers 301 or 307 for what was renamed; 302 is for now only."""
    path = "/repositories/1/contents/data/monthly.json"
    where = path + ("?ref=main" if method == "GET" else "")
    fake.faults.append(Fault(Reply(status, b"{}", {"location": where}), method=method))
    github = client(fake)
    if method == "PUT":
        push(github)
        assert fake.file(MONTHLY) == b"{}"
    else:
        blob = github.read("monthly.json")
        assert blob
        assert blob.content == CONTENT
    assert [seen.call.method for seen in fake.seen][:2] == [method, method]
    assert fake.seen[0].call.body == fake.seen[1].call.body
    fake.seen.clear()
    github.read("monthly.json")
    assert fake.seen[0].call.path.startswith("/repositories/1") is remembered


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(301, b"{}", {"location": "https://api.other.example/repos/x"}), Permanent),
        (Reply(308, b"{}", {"location": "https://api.other.example/repos/x"}), Permanent),
        (Reply(302, b"{}", {"location": "https://api.other.example/repos/x"}), Retryable),
        (Reply(307, b"{}", {"location": "https://api.other.example/repos/x"}), Retryable),
        (Reply(301, b"{}", {"location": "http://127.0.0.1:1/repos/x"}), Permanent),
        (Reply(301, b"{}"), Retryable),
        (Reply(301, b"{}", {"location": "http://[half"}), Retryable),
    ],
    ids=["301", "308", "302", "307", "another port", "nowhere", "nonsense"],
)
def test_a_redirect_elsewhere_is_of_the_type_that_fits(
    fake: FakeGitHub, reply: Reply, kind: type[MonitorError]
) -> None:
    fake.faults.append(Fault(reply, times=9))
    with pytest.raises(kind) as told:
        client(fake).read("monthly.json")
    assert told.value.hint


def test_the_token_follows_no_redirect_to_another_host(fake: FakeGitHub) -> None:
    with FakeGitHub() as other:
        for status in (301, 307):
            fake.faults.append(Fault(Reply(status, b"{}", {"location": f"{other.url}/x"})))
            with pytest.raises(MonitorError):
                client(fake).read("monthly.json")
        assert other.seen == []


def test_a_circle_of_redirects_ends(fake: FakeGitHub) -> None:
    where = {"location": "/repositories/1/contents/data/monthly.json?ref=main"}
    fake.faults.append(Fault(Reply(301, b"{}", where), times=99))
    with pytest.raises(Retryable, match="circle"):
        client(fake).read("monthly.json")


# Sparing the way


def test_a_file_that_has_not_changed_is_not_sent_again(fake: FakeGitHub) -> None:
    github = client(fake)
    first = github.read("monthly.json")
    assert first
    again = github.read("monthly.json", first.content)
    assert again == first
    assert [seen.status for seen in fake.seen] == [200, 304]
    fake.repository.edit(MONTHLY, b"[]")
    changed = github.read("monthly.json", first.content)
    assert changed
    assert changed.content == b"[]"


def test_requests_keep_their_pace(fake: FakeGitHub) -> None:
    """Usually a second; a minute here, of which no busy machine takes half for a request."""
    assert Timeouts().pace_s == 1.0
    pauses: list[float] = []
    place = Place("owner/house", fake.url)
    wire = Wire(place, TOKEN, timeouts=Timeouts(pace_s=60.0), sleep=pauses.append)
    github = GitHub(wire, place, "main", "data")
    github.write([Change("a.json", b"{}", None), Change("b.json", b"{}", None)], "Two")
    assert len(pauses) == len(fake.seen) - 1
    assert all(30 < pause <= 60 for pause in pauses)


def test_every_request_says_who_asks_and_which_version_of_the_api(fake: FakeGitHub) -> None:
    push(client(fake))
    headers = fake.seen[0].call.headers
    assert headers["user-agent"].startswith("power-monitor/")
    assert headers["x-github-api-version"] == "2022-11-28"
    assert headers["accept"] == "application/vnd.github+json"


def test_a_file_with_more_than_we_take_is_refused(
    fake: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.syncer.wire.LARGEST_READ_BYTES", 1000)
    fake.repository.edit(MONTHLY, bytes(100_000))
    with pytest.raises(Permanent, match="more than"):
        client(fake).read("monthly.json")
