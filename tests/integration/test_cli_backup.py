"""`backup` and `restore`: what was saved comes back, and nothing else is ever touched."""

import gzip
import io
import json
import shutil
import tarfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from support.broker import Broker
from support.github.house import ZONE, noisy_readings, point
from support.monitor import Typed, type_line
from support.stack import Stack
from support.wait import wait_until

from cli.reach import reach
from cli.restoring import restore
from services.aggregator.service import lock_file
from shared import clock
from shared.config import load
from shared.errors import Refused
from shared.lock import held
from shared.times import days_before

TODAY = ZONE.day_of(clock.now())
YESTERDAY = TODAY - timedelta(days=1)
TOKEN = "the-token-nobody-may-see"
FAR = "2000-01-01T00:00:00Z"


def make_board(directory: Path) -> Path:
    """Return the configuration of a board without any history."""
    directory.mkdir(parents=True)
    config = directory / "config.json"
    document = {
        "home_assistant": {
            "url": "http://127.0.0.1:9",
            "token": TOKEN,
            "entities": {"power": "sensor.power"},
        },
        "github": {"token": f"github-{TOKEN}", "repo": "owner/house"},
        "paths": {"data_dir": "data", "state_dir": "state"},
        "timezone": ZONE.name,
    }
    config.write_text(json.dumps(document))
    config.chmod(0o600)
    return config


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """A board with thirty days in the book and the readings of yesterday, at rest."""
    config = make_board(tmp_path / "board")
    journal = config.parent / "state" / "journal"
    journal.mkdir(parents=True)
    (journal / f"{YESTERDAY}.jsonl").write_bytes(noisy_readings(YESTERDAY, 600) + b" " * 5000)
    with reach(load(config, {}), offline=True) as there:
        days = days_before(YESTERDAY, 30)
        there.ask("aggregator", "import", {"buckets": [point(day, 400, 1.0) for day in days]})
    credentials = config.parent / "state" / "credentials"
    credentials.mkdir()
    (credentials / "admin").write_text(f"password-{TOKEN}\n")
    return config


def run(config: Path, *words: str) -> Typed:
    return type_line("--config", str(config), *words, POWER_MONITOR_EARLIEST_CLOCK=FAR)


def saved(config: Path) -> Path:
    archive = config.parent.parent / "saved.tar.gz"
    typed = run(config, "backup", str(archive))
    assert typed.status == 0, typed.err
    return archive


def files(config: Path) -> dict[str, bytes]:
    """Return what can be seen of a monitor, but for the time at which it was written."""
    found = {}
    for tier in ("weekly", "monthly", "yearly"):
        document = orjson.loads((config.parent / "data" / f"{tier}.json").read_bytes())
        found[tier] = orjson.dumps(document["data_points"])
    return found


def test_a_backup_on_another_board_gives_the_same_files(board: Path, tmp_path: Path) -> None:
    other = make_board(tmp_path / "other")
    typed = run(other, "restore", str(saved(board)))
    assert typed.status == 0, typed.err
    assert files(other) == files(board)
    assert run(other, "rollup", "--offline").status == 0
    assert files(other) == files(board)
    journal = other.parent / "state" / "journal"
    assert [path.name for path in journal.iterdir()] == [f"{YESTERDAY}.jsonl.gz"]


def test_a_weekly_file_that_comes_back_is_not_taken_for_damaged(board: Path) -> None:
    """What is known of the file that was here before does not hold for it."""
    archive, before = saved(board), files(board)
    start = ZONE.day_start(YESTERDAY)
    span = {"from": ZONE.iso(start), "to": ZONE.iso(start + 36000)}
    with reach(load(board, {}), offline=True) as there:
        for power in (1, 2):  # the last two files are known
            there.ask("aggregator", "correct", {**span, "set": {"power": power}})
    assert files(board) != before
    assert run(board, "restore", str(archive), "--force", "--yes").status == 0
    assert run(board, "rollup", "--offline").status == 0
    assert files(board) == before
    assert list((board.parent / "data").glob("*.corrupt-*")) == []


def test_two_restores_within_a_second_keep_both_that_were_there(
    board: Path, tmp_path: Path
) -> None:
    config = load(make_board(tmp_path / "other"), {})
    archive = saved(board)
    restore(archive, config, force=True, stamp="now")
    kept = [restore(archive, config, force=True, stamp="now") for _ in range(2)]
    assert [path.name for path in kept if path] == ["before-restore-now", "before-restore-now-2"]


def test_what_is_copied_while_readings_stream_in_comes_together_again(
    broker: Broker, tmp_path: Path
) -> None:
    """Whatever the aggregator was in the middle of: the book is what the journal says."""
    stack = Stack(tmp_path / "stack", broker, {"POWER_MONITOR_EARLIEST_CLOCK": FAR})
    config = tmp_path / "stack" / "config.json"
    other = make_board(tmp_path / "other")
    lines = noisy_readings(YESTERDAY, 30).splitlines()
    archive, journal = tmp_path / "saved.tar.gz", stack.state / "journal"
    with broker.client() as client:
        stack.service("aggregator").start()
        try:
            stack.wait_online(client, "aggregator")
            for begin in range(0, len(lines), 480):
                for line in lines[begin : begin + 480]:
                    client.send(broker.topics.reading, line)
                wait_until(lambda: list(journal.glob("*.jsonl")), what="the first readings")
                assert run(config, "backup", str(archive), "--force").status == 0
                restored = run(other, "restore", str(archive), "--force", "--yes")
                assert restored.status == 0, restored.err
                assert run(other, "rollup", "--offline").status == 0
                _assert_made_from_its_journal(other)
            client.wait_until_sent()
        finally:
            stack.stop()


def _assert_made_from_its_journal(config: Path) -> None:
    seen = files(config)
    for path in (config.parent / "state" / "book", config.parent / "data"):
        shutil.rmtree(path, ignore_errors=True)
    assert run(config, "rollup", "--offline").status == 0
    assert files(config) == seen


@pytest.fixture(name="broker")
def a_broker(broker: Broker, tmp_path: Path) -> Broker:
    (tmp_path / "stack").mkdir()
    return broker


def test_no_secret_is_in_a_backup(board: Path) -> None:
    archive = saved(board)
    assert TOKEN.encode() not in gzip.decompress(archive.read_bytes())
    assert archive.stat().st_mode & 0o777 == 0o600


def test_a_board_without_configuration_gets_the_one_of_the_backup(
    board: Path, tmp_path: Path
) -> None:
    archive, place = saved(board), tmp_path / "new" / "config.json"
    place.parent.mkdir()
    typed = run(place, "restore", str(archive))
    assert typed.status == 0, typed.err
    assert "power-monitor setup" in typed.out
    written = json.loads(place.read_text())
    assert written["home_assistant"]["entities"] == {"power": "sensor.power"}
    assert "token" not in written["home_assistant"]
    assert place.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "new" / "data" / "yearly.json").exists()


def test_a_history_is_replaced_only_by_force_and_kept(board: Path, tmp_path: Path) -> None:
    other = make_board(tmp_path / "other")
    with reach(load(other, {}), offline=True) as there:
        there.ask("aggregator", "import", {"buckets": [point(YESTERDAY, 900, 1.0)]})
    archive = saved(board)
    before = files(other)
    refused = run(other, "restore", str(archive))
    assert (refused.status, "--force" in refused.err, files(other)) == (1, True, before)
    unasked = run(other, "restore", str(archive), "--force")
    assert (unasked.status, "--yes" in unasked.err, files(other)) == (1, True, before)
    done = run(other, "restore", str(archive), "--force", "--yes", "--json").document
    assert files(other) == files(board)
    kept = Path(done["before"]) / "data" / "monthly.json"
    assert orjson.dumps(orjson.loads(kept.read_bytes())["data_points"]) == before["monthly"]


def test_a_running_monitor_is_not_restored_over(board: Path) -> None:
    archive = saved(board)
    with held(lock_file(board.parent / "state"), Refused("unexpected")):
        typed = run(board, "restore", str(archive), "--force", "--yes")
    assert (typed.status, "the monitor is running" in typed.err) == (1, True)


def test_a_backup_never_lands_where_the_page_shows_it(board: Path) -> None:
    typed = run(board, "backup", str(board.parent / "data" / "saved.tar.gz"))
    assert (typed.status, "is shown to whoever opens the page" in typed.err) == (1, True)


def cut_short(content: bytes) -> bytes:
    return content[: len(content) // 2]


def one_bit_wrong(content: bytes) -> bytes:
    plain = bytearray(gzip.decompress(content))
    plain[plain.index(b'"energy_kwh"') + 14] ^= 1
    return gzip.compress(bytes(plain))


def with_a_stranger(_content: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("state/journal/../../../stranger"))
    return made.getvalue()


def with_a_link(_content: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        link = tarfile.TarInfo("state/book/2026.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return made.getvalue()


def no_archive(_content: bytes) -> bytes:
    return b"Dear diary, today I made a backup."


@pytest.mark.parametrize(
    "harm", [cut_short, one_bit_wrong, with_a_stranger, with_a_link, no_archive]
)
def test_a_damaged_backup_touches_nothing(
    board: Path, tmp_path: Path, harm: Callable[[bytes], bytes]
) -> None:
    archive, other = saved(board), make_board(tmp_path / "other")
    archive.write_bytes(harm(archive.read_bytes()))
    typed = run(other, "restore", str(archive))
    assert typed.status == 1
    assert typed.err.startswith("power-monitor: ")
    assert "Traceback" not in typed.err
    assert [path.name for path in other.parent.iterdir()] == ["config.json"]
