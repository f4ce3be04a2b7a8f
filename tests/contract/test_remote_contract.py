"""What every remote must do, whatever it is made of: one suite over all of them.

GitHub's side runs against our fake over real HTTP and, with `scripts/test --all`, against the
independent stand-in; the directory's on a file system.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.github.checks import REPO, client_at
from support.github.server import FakeGitHub
from support.github.stand_in import StandIn, installed

from services.syncer.directory import Directory
from services.syncer.remote import ANY, Change, Conflict, Remote, blob_version

FIRST, SECOND, THIRD = b'{"n": 1}', b'{"n": 2}', b'{"n": 3}'


@pytest.fixture(scope="session")
def stand_in_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the stand-in once."""
    home = installed(tmp_path_factory.mktemp("emulate"))
    if home is None:
        pytest.skip("npm is not installed")
    return home


@pytest.fixture(
    params=[
        "fake",
        "fake, empty repository",
        "fake, missing branch",
        "directory",
        pytest.param("stand-in", marks=pytest.mark.slow),
        pytest.param("stand-in, empty repository", marks=pytest.mark.slow),
        pytest.param("stand-in, missing branch", marks=pytest.mark.slow),
    ]
)
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Remote]:
    """Return a remote with nothing of ours in it."""
    kind: str = request.param
    branch = "history" if "missing" in kind else "main"
    if kind == "directory":
        (tmp_path / "stick").mkdir()
        yield Directory(tmp_path / "stick", tmp_path / "seen")
    elif kind.startswith("fake"):
        with FakeGitHub() as fake:
            if "empty" not in kind:
                fake.repository.edit("README.md", b"A house.\n")
            yield client_at(fake.url, fake.token, branch=branch)
    else:
        home = request.getfixturevalue("stand_in_home")
        running = StandIn(home, tmp_path, REPO, empty="empty" in kind)
        running.start()
        yield client_at(running.url, "any", branch=branch)
        running.stop()


def test_nothing_is_there_at_first(remote: Remote) -> None:
    assert remote.read("monthly.json") is None
    assert remote.versions("") == {}
    assert remote.versions("history") == {}


def test_what_is_written_is_read_back_byte_for_byte(remote: Remote) -> None:
    content = bytes(range(256)) * 5
    remote.write([Change("readings/2026/2026-11-21.jsonl.gz", content, None)], "Readings")
    blob = remote.read("readings/2026/2026-11-21.jsonl.gz")
    assert blob is not None
    assert blob.content == content
    assert blob.version == blob_version(content)


def test_a_version_is_what_the_content_says(remote: Remote) -> None:
    """So a push can be skipped without reading: same version, same bytes."""
    remote.write([Change("monthly.json", FIRST, None)], "First")
    assert remote.versions("") == {"monthly.json": blob_version(FIRST)}


def test_a_file_is_replaced_by_who_knows_its_version(remote: Remote) -> None:
    remote.write([Change("monthly.json", FIRST, None)], "First")
    remote.write([Change("monthly.json", SECOND, blob_version(FIRST))], "Second")
    assert content(remote, "monthly.json") == SECOND


@pytest.mark.parametrize("expected", [None, blob_version(THIRD)])
def test_a_file_in_another_version_is_a_conflict_and_stays(
    remote: Remote, expected: str | None
) -> None:
    remote.write([Change("monthly.json", FIRST, None)], "First")
    with pytest.raises(Conflict):
        remote.write([Change("monthly.json", SECOND, expected)], "Second")
    assert content(remote, "monthly.json") == FIRST


def test_a_file_that_somebody_deleted_is_written_anew(remote: Remote) -> None:
    """GitHub itself ignores the version then; the stand-in wants a second look."""
    remote.write([Change("yearly.json", SECOND, None)], "Another file")
    try:
        remote.write([Change("monthly.json", FIRST, blob_version(THIRD))], "As if it were there")
    except Conflict:
        assert remote.read("monthly.json") is None
        remote.write([Change("monthly.json", FIRST, None)], "Now that we know")
    assert content(remote, "monthly.json") == FIRST


def test_several_files_go_up_together(remote: Remote) -> None:
    changes = [
        Change("monthly.json", FIRST, None),
        Change("yearly.json", SECOND, None),
        Change("history/2025.json", THIRD, None),
    ]
    remote.write(changes, "Three")
    assert remote.versions("") == {
        "monthly.json": blob_version(FIRST),
        "yearly.json": blob_version(SECOND),
    }
    assert remote.versions("history") == {"2025.json": blob_version(THIRD)}


@pytest.mark.parametrize("expected", [None, blob_version(THIRD)])
def test_one_conflict_among_several_stops_all(remote: Remote, expected: str | None) -> None:
    remote.write([Change("yearly.json", FIRST, None)], "First")
    changes = [Change("monthly.json", FIRST, None), Change("yearly.json", SECOND, expected)]
    with pytest.raises(Conflict):
        remote.write(changes, "Both")
    assert content(remote, "yearly.json") == FIRST
    assert remote.read("monthly.json") is None


def test_several_files_replace_several(remote: Remote) -> None:
    remote.write([Change("a.json", FIRST, None), Change("b.json", FIRST, None)], "Both")
    known = blob_version(FIRST)
    remote.write([Change("a.json", SECOND, known), Change("b.json", THIRD, known)], "Again")
    assert (content(remote, "a.json"), content(remote, "b.json")) == (SECOND, THIRD)


def test_any_version_may_be_replaced_by_who_says_so(remote: Remote) -> None:
    remote.write([Change("index.html", FIRST, ANY)], "Page")
    remote.write([Change("index.html", SECOND, ANY)], "Page")
    assert content(remote, "index.html") == SECOND


def test_more_than_a_megabyte_goes_there_and_back(remote: Remote) -> None:
    large = b"0123456789abcdef" * (1 << 17)
    remote.write([Change("yearly.json", large, None)], "Large")
    assert content(remote, "yearly.json") == large


def test_a_known_copy_is_as_good_as_the_way_there(remote: Remote) -> None:
    remote.write([Change("monthly.json", FIRST, None)], "First")
    for known in (None, FIRST, FIRST, SECOND):
        blob = remote.read("monthly.json", known)
        assert blob is not None
        assert blob.content == FIRST


def test_a_revision_names_the_whole_and_a_write_steps_from_one_to_the_next(
    remote: Remote,
) -> None:
    """So whoever knows the revision before knows what is there after, unless others wrote too."""
    start = remote.revision()
    one = remote.write([Change("monthly.json", FIRST, None)], "First")
    assert (one.before, one.after) == (start, remote.revision())
    assert one.after != start
    changes = [
        Change("monthly.json", SECOND, blob_version(FIRST)),
        Change("yearly.json", SECOND, None),
    ]
    two = remote.write(changes, "Two")
    assert (two.before, two.after) == (one.after, remote.revision())
    assert remote.revision() == two.after
    assert two.after != one.after


def test_names_with_other_letters_and_spaces(remote: Remote) -> None:
    remote.write([Change("übersicht 1+1?.json", FIRST, None)], "Name")
    assert content(remote, "übersicht 1+1?.json") == FIRST


def content(remote: Remote, path: str) -> bytes | None:
    """Return a file of a remote."""
    blob = remote.read(path)
    return blob.content if blob else None
