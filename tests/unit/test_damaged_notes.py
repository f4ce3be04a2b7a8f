"""Small files that are damaged are set aside and told of, never read as empty: passwords, notes."""

from dataclasses import replace
from pathlib import Path

import pytest
from support.collector import Bench, Clock
from support.configuration import SMALLEST

from cli.run.credentials import ensure_passwords
from services.aggregator.entities import Announced
from services.collector.maintenance import Maintenance
from services.syncer.records import Kept, Records
from shared.archived import note_of
from shared.config import parse
from shared.damage import tell_damage
from shared.errors import Refused
from shared.health import Health
from shared.service import credentials

NOW = 1_800_000_000.0


def damage(path: Path) -> bytes:
    """Flip the first bit; return what is there then."""
    content = path.read_bytes()
    path.write_bytes(bytes([content[0] ^ 0x80]) + content[1:])
    return path.read_bytes()


def aside(path: Path) -> bytes:
    """Return what was set aside, once."""
    [found] = path.parent.glob(f"{path.name}.corrupt-*")
    return found.read_bytes()


@pytest.mark.parametrize("zeros", [False, True])
def test_a_damaged_password_is_made_anew_and_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, *, zeros: bool
) -> None:
    """A power cut may leave zeros: a password that anybody would guess."""
    before, file = ensure_passwords(tmp_path), tmp_path / "syncer"
    if zeros:
        file.write_bytes(bytes(33))
    damaged = file.read_bytes() if zeros else damage(file)
    after = ensure_passwords(tmp_path)
    assert {user for user in before if before[user] != after[user]} == {"syncer"}
    assert len(after["syncer"]) == len(before["syncer"])
    assert aside(file) == damaged
    assert f"{file} is damaged" in caplog.text
    assert ensure_passwords(tmp_path) == after


def test_a_service_says_which_password_it_can_not_read(tmp_path: Path) -> None:
    ensure_passwords(tmp_path)
    damage(tmp_path / "syncer")
    mqtt = replace(parse(SMALLEST, {}).mqtt, credentials_dir=tmp_path)
    with pytest.raises(Refused, match="syncer") as told:
        credentials(mqtt, "syncer")
    assert "power-monitor run" in told.value.hint


def test_a_damaged_note_of_maintenance_is_set_aside(tmp_path: Path) -> None:
    """Then it is off: alerts nobody needs are better than none."""
    path = tmp_path / "maintenance"
    Maintenance(path).request("on")
    damaged = damage(path)
    again = Maintenance(path)
    again.load()
    assert again.state == "off"
    assert aside(path) == damaged


def test_the_collector_tells_of_a_damaged_note_of_maintenance(tmp_path: Path) -> None:
    bench = Bench("http://127.0.0.1:9", tmp_path, Clock(NOW))
    note = tmp_path / "collector" / "maintenance"
    Maintenance(note).request("on")
    damage(note)
    bench.start()
    assert "maintenance.corrupt-" in bench.problems["damage"]["text"]


def test_a_damaged_note_of_where_the_device_is_announced_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "announced.json"
    Announced(path).add("homeassistant/device/4a/config")
    path.write_bytes(path.read_bytes().replace(b"4a", b"5a"))
    damaged, again = path.read_bytes(), Announced(path)
    again.load()
    assert again.topics == frozenset()
    assert aside(path) == damaged


def test_a_damaged_note_of_the_archive_is_set_aside_by_who_writes_it(tmp_path: Path) -> None:
    """And made anew by comparing with the archive."""
    records = Records(tmp_path / "syncer")
    records.load("house")
    records.mark_archived({"2026-11-14": Kept("1-2", "readings/x 0f")})
    damaged = damage(note_of(tmp_path))
    again = Records(tmp_path / "syncer")
    again.load("house")
    assert again.archived == {}
    assert aside(note_of(tmp_path)) == damaged


def test_what_was_set_aside_is_told_until_it_is_taken_away(tmp_path: Path) -> None:
    health, file = Health(), tmp_path / "x.json.corrupt-1"
    file.touch()
    tell_damage(health, [tmp_path, tmp_path / "nowhere"], NOW)
    [problem] = health.document(NOW)["problems"]
    assert file.name in problem["text"]
    assert problem["hint"] == f"look at them, then: rm {tmp_path}/*.corrupt-*"
    file.unlink()
    tell_damage(health, [tmp_path], NOW)
    assert health.problems == ()
