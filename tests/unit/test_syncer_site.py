"""The static site: what is published, when, and what never is."""

from pathlib import Path

import pytest
from support.github.memory import MemoryRemote, published

from services.syncer.records import Records
from services.syncer.site import LEAST_PAUSE_S, Site


class Publisher:
    """A site with a clock of its own."""

    def __init__(self, directory: Path, pause_s: float = 3600.0) -> None:
        self.assets, self.data = directory / "assets", directory / "data"
        for made in (self.assets / "vendor", self.data):
            made.mkdir(parents=True, exist_ok=True)
        (self.assets / "index.html").write_bytes(b"<!doctype html>")
        (self.assets / "vendor/chart.js").write_bytes(b"export {}")
        for tier in ("daily", "weekly", "monthly", "yearly"):
            (self.data / f"{tier}.json").write_bytes(b"{}")
        self.directory, self.pause_s = directory, pause_s
        self.remote = MemoryRemote()
        self.time = 1_000_000.0
        self.start()

    def start(self) -> None:
        """Start anew."""
        records = Records(self.directory / "state")
        records.load("memory")
        clock = lambda: self.time  # noqa: E731 - both clocks are one here
        self.site = Site(
            self.assets,
            self.data,
            records,
            self.pause_s,
            site_json=b'{"published":true}',
            now=clock,
            tick=clock,
        )

    def publish(self) -> list[str]:
        """Publish; return the paths written."""
        return published(self.site.publish(), self.remote)


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    """Return a publisher with assets and all four files."""
    return Publisher(tmp_path)


def test_the_dashboard_and_all_four_files_go_up_in_one_commit(publisher: Publisher) -> None:
    publisher.publish()
    assert set(publisher.remote.files) == {
        *(".nojekyll", "site.json", "index.html", "vendor/chart.js"),
        *("daily.json", "weekly.json", "monthly.json", "yearly.json"),
    }
    assert publisher.remote.writes == 1


def test_only_what_changed_is_published_and_nothing_when_nothing_did(publisher: Publisher) -> None:
    publisher.publish()
    assert publisher.publish() == []
    (publisher.data / "daily.json").write_bytes(b"[]")
    assert publisher.publish() == ["daily.json"]


def test_a_page_that_somebody_changed_or_deleted_is_published_whole_again(
    publisher: Publisher,
) -> None:
    whole = publisher.publish()
    publisher.remote.files.clear()
    (publisher.data / "daily.json").write_bytes(b"[]")
    assert publisher.publish() == whole
    assert publisher.publish() == []


def test_secrets_and_hidden_files_stay_here(publisher: Publisher) -> None:
    """The house's own site.json has the viewer's password for its broker."""
    (publisher.assets / "site.json").write_bytes(b'{"password": "x"}')
    (publisher.assets / ".env").write_bytes(b"x")
    (publisher.assets / ".git").mkdir()
    (publisher.assets / ".git/config").write_bytes(b"x")
    publisher.publish()
    assert not {".env", ".git/config"} & set(publisher.remote.files)
    assert publisher.remote.files["site.json"] == b'{"published":true}'


@pytest.mark.parametrize(("pause_s", "wait_s"), [(3600.0, 3600.0), (6.0, LEAST_PAUSE_S)])
def test_it_is_published_as_often_as_configured_but_ten_times_an_hour_at_most(
    tmp_path: Path, pause_s: float, wait_s: float
) -> None:
    publisher = Publisher(tmp_path, pause_s)
    assert publisher.site.wait_s() == 0
    publisher.publish()
    assert publisher.site.wait_s() == wait_s
    publisher.time += wait_s
    assert publisher.site.wait_s() == 0
    assert wait_s >= 360


def test_a_restart_is_no_reason_to_publish_sooner(publisher: Publisher) -> None:
    publisher.publish()
    publisher.time += 600
    publisher.start()
    assert publisher.site.wait_s() == 3000


def test_a_clock_that_went_back_does_not_stop_it(publisher: Publisher) -> None:
    publisher.publish()
    publisher.time -= 1e6
    publisher.start()
    assert publisher.site.wait_s() == 0
