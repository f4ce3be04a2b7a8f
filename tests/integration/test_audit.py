"""The dependency audit: against an index of our own, and once against the one that pip uses."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from audit import exceptions
from audit.__main__ import CANARY, audit, main
from audit.index import Index, NoData, of_pip

ROOT = Path(__file__).parents[2]
HOLE = {"id": "PYSEC-2018-28", "aliases": ["CVE-2018-18074"], "fixed_in": ["2.20.0"]}
OLD = {"id": "PYSEC-2017-94", "aliases": ["CVE-2013-7459"], "fixed_in": []}
TODAY = datetime.now(UTC).date()


class Standing:
    """A package index that answers with what a test puts there."""

    def __init__(self) -> None:
        self.documents: dict[str, Mapping[str, Any]] = {}
        self.tell(*CANARY, OLD)
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                told = index.documents.get(self.path)
                body = json.dumps(told).encode()
                self.send_response(200 if told is not None else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server: ThreadingHTTPServer | None = server
        self.url = f"http://127.0.0.1:{server.server_port}/simple"
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def tell(
        self, package: str, version: str, *found: Mapping[str, Any], newest: bool = False
    ) -> None:
        """Know a version, by itself or only because it is the newest one."""
        path = f"/pypi/{package}/json" if newest else f"/pypi/{package}/{version}/json"
        self.documents[path] = {"info": {"version": version}, "vulnerabilities": list(found)}

    def stop(self) -> None:
        """Be unreachable."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Standing]:
    """Run an index that pip is configured to use."""
    standing = Standing()
    monkeypatch.setenv("PIP_INDEX_URL", standing.url)
    yield standing
    standing.stop()


@pytest.fixture
def pinned(tmp_path: Path) -> Path:
    """Return a file of requirements, as pip-compile writes it."""
    file = tmp_path / "requirements.txt"
    file.write_text("# made\nrequests==2.19.1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n")
    return file


def test_a_known_hole_fails_and_is_named_with_its_cure(
    index: Standing, pinned: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index.tell("requests", "2.19.1", HOLE)
    assert main([str(pinned)]) == 1
    said = capsys.readouterr().out
    assert "requests 2.19.1: PYSEC-2018-28, CVE-2018-18074; mended in 2.20.0" in said


def test_what_is_told_of_the_newest_version_is_enough(index: Standing, pinned: Path) -> None:
    """Some mirrors keep nothing else."""
    index.tell("requests", "2.19.1", HOLE, newest=True)
    assert main([str(pinned)]) == 1


def test_what_is_told_of_another_version_says_nothing(
    index: Standing, pinned: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index.tell("requests", "2.34.2", newest=True)
    assert main([str(pinned)]) == 0
    said = capsys.readouterr().out
    assert "left out for requests 2.19.1" in said
    assert "nothing is known against 0 packages" in said


def test_a_hole_that_was_none_is_none(index: Standing, pinned: Path) -> None:
    index.tell("requests", "2.19.1", {**HOLE, "withdrawn": "2020-01-01T00:00:00Z"})
    assert main([str(pinned)]) == 0


def test_an_index_without_advisories_is_told_from_one_that_knows_none(
    index: Standing, pinned: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Silence of a mirror that leaves them out must not look like safety."""
    index.tell(*CANARY)
    index.tell("requests", "2.19.1")
    assert main([str(pinned)]) == 0
    assert "left out, advisories can't be had here" in capsys.readouterr().out


def test_without_a_network_it_is_left_out_in_one_line(
    index: Standing, pinned: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index.stop()
    assert main([str(pinned)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    assert "left out, advisories can't be had here: the index does not answer" in lines[0]


@pytest.mark.parametrize(
    ("line", "lets_through"),
    [
        (f"CVE-2018-18074 requests {TODAY} nothing of ours sends that header", True),
        (f"PYSEC-2018-28 requests {TODAY} nothing of ours sends that header", True),
        (f"CVE-2018-18074 urllib3 {TODAY} nothing of ours sends that header", False),
        (f"CVE-2018-18074 requests {TODAY - timedelta(1)} nothing of ours sends it", False),
        (f"CVE-2018-00000 requests {TODAY} nothing of ours sends that header", False),
        (f"# CVE-2018-18074 requests {TODAY} nothing of ours sends that header", False),
    ],
)
def test_an_exception_is_for_one_advisory_and_for_a_time(
    index: Standing,
    line: str,
    lets_through: bool,  # noqa: FBT001 - a parameter
) -> None:
    index.tell("requests", "2.19.1", HOLE)
    known = list(exceptions.read(line, TODAY))
    failures = audit("requests==2.19.1\n", known, Index(index.url))
    assert (failures == []) == lets_through


@pytest.mark.parametrize(
    "line",
    ["CVE-1 requests", f"CVE-1 requests {TODAY}", f"CVE-1 requests {TODAY} because",
     "CVE-1 requests soon nothing of ours sends that header",
     f"CVE-1 requests {TODAY + timedelta(91)} nothing of ours sends that header"],
)  # fmt: skip
def test_an_exception_without_reason_or_end_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="CVE-1"):
        list(exceptions.read(line, TODAY))


def test_our_own_exceptions_can_be_read() -> None:
    list(exceptions.read(exceptions.FILE.read_text(), date(2026, 11, 22)))


def test_scripts_check_asks() -> None:
    assert "-m audit" in (ROOT / "scripts" / "check").read_text()


@pytest.mark.slow
def test_the_index_that_pip_uses_knows_of_old_holes(tmp_path: Path) -> None:
    """The real thing, where it can be asked."""
    index, known = of_pip(), []
    for package, version in (("requests", "2.19.1"), CANARY):
        try:
            known += index.advisories(package, version)
        except NoData as reason:
            print(f"{package} {version}: {reason}")
    if not known:
        pytest.skip("no advisories can be had of the index that pip uses")
    old = tmp_path / "requirements.txt"
    old.write_text("".join(f"{one.package}=={one.version}\n" for one in known))
    assert main([str(old)]) == 1
