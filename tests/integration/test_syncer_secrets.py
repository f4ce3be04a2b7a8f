"""What GitHub's client tells never has the token in it, whatever a server answers."""

import pytest
from support.github.answers import Reply, problem, reply
from support.github.checks import client
from support.github.server import TOKEN, FakeGitHub, Fault

from shared.errors import MonitorError


@pytest.mark.parametrize("token", [TOKEN, "ghp_with\nnewline", "ghp_ünicode"])
def test_no_error_names_the_token(fake: FakeGitHub, token: str) -> None:
    """Not even one about a header that can't be sent."""
    fake.token = "another"
    for path in ("monthly.json", "yearly.json"):
        with pytest.raises(MonitorError) as told:
            client(fake, token).read(path)
        error: BaseException | None = told.value
        while error:
            assert token not in f"{error!r} {getattr(error, 'hint', '')}"
            error = error.__cause__


@pytest.mark.parametrize(
    "answer",
    [
        problem(401, f"Bad credentials {TOKEN}"),
        Reply(
            401,
            problem(401, f"Bad credentials {TOKEN}").body.replace(b"_", b"\\u005f"),
            {"content-type": "application/json"},
        ),
        problem(403, "No", x_accepted_github_permissions=f"contents=write {TOKEN}"),
        problem(403, "No", x_accepted_github_permissions=f"{TOKEN[:9]}, {TOKEN[9:]}"),
        Reply(301, b"{}", {"location": f"https://{TOKEN}.example/"}),
    ],
    ids=["message", "JSON escapes", "header", "split header", "location"],
)
def test_no_error_names_a_token_that_a_server_echoes(fake: FakeGitHub, answer: Reply) -> None:
    fake.faults.append(Fault(answer, times=9))
    with pytest.raises(MonitorError) as told:
        client(fake).read("monthly.json")
    said = f"{told.value!r} {told.value.hint}".lower()
    assert not [part for part in (TOKEN, TOKEN[:11], TOKEN[9:]) if part.lower() in said]


def test_no_new_name_of_a_repository_and_no_version_is_the_token(fake: FakeGitHub) -> None:
    fake.faults.append(Fault(problem(404, "Not Found")))
    fake.faults.append(Fault(reply(200, {"full_name": f"owner/{TOKEN}"})))
    github = client(fake)
    github.read("missing.json")
    assert github.renamed_to == "owner/***"
    fake.faults.append(Fault(reply(200, {"object": {"sha": TOKEN}}), path="/git/ref"))
    assert github.revision() == "***"
