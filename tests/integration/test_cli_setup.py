"""The wizard against a simulated Home Assistant and our GitHub; once on a real terminal."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from support.github.server import TOKEN as GITHUB_TOKEN
from support.github.server import FakeGitHub
from support.monitor import environment
from support.talk import Talk

from cli.setup.answers import Answers, House, Old
from demo.entity import sensor
from demo.server import serving
from demo.simulator import Simulator
from shared.errors import Refused

TOKEN = "a-token-of-the-test"
DEADLINE_S = 60.0
NO_REMOTE, YES = "3", ""


@pytest.fixture(name="house", scope="module")
def a_house() -> Simulator:
    entities = {
        "sensor.washer_power": sensor("W", "power"),
        "sensor.house_power": sensor("W", "power"),
        "sensor.house_voltage": sensor("V", "voltage"),
    }
    simulator = Simulator(entities, token=TOKEN, zone="Europe/Berlin")
    now = time.time() - 60
    for entity, state in zip(entities, (3, 412.5, 231), strict=True):
        simulator.insert(entity, [(now, state)])
    return simulator


@pytest.fixture(name="url", scope="module")
def an_url(house: Simulator) -> Iterator[str]:
    with serving(house) as url:
        yield url


@pytest.fixture(name="github")
def a_github() -> Iterator[FakeGitHub]:
    with FakeGitHub() as fake:
        fake.repository.edit("README.md", b"A house.\n")
        yield fake


def at_home(*typed: str) -> Talk:
    """Return a person who has Home Assistant."""
    return Talk("", *typed)


def house_of(answers: Answers) -> House:
    """Return what was answered about Home Assistant."""
    assert isinstance(answers.origin, House)
    return answers.origin


def rest(*remote: str) -> Sequence[str]:
    """Answer what comes after the token: sensor, no more, not shown, interval, zone, no price."""
    return ("", "", "", "", "", "", *(remote or (NO_REMOTE,)), YES)


def test_a_house_is_found_and_its_sensors_and_zone_offered(url: str) -> None:
    talk = at_home(url, TOKEN, *rest())
    answers = talk.hold()
    assert house_of(answers).entities == {"power": "sensor.house_power"}
    assert (answers.timezone, answers.minutes, answers.remote) == ("Europe/Berlin", 10, "")
    assert "412.5 W" in talk.heard
    assert TOKEN not in talk.heard
    assert next(ask for ask in talk.asked if ask.prompt == "Access token").secret


def test_sensors_are_chosen_by_number_part_of_a_name_or_whole_name(url: str) -> None:
    talk = at_home(url, TOKEN, "washer", "1", "volt", "1", "volts", *[""] * 5, NO_REMOTE, YES)
    assert house_of(talk.hold()).entities == {
        "power": "sensor.washer_power",
        "volts": "sensor.house_voltage",
    }
    typed = at_home(url, TOKEN, "sensor.elsewhere", *rest()[1:]).hold()
    assert house_of(typed).entities == {"power": "sensor.elsewhere"}


def test_no_sensor_takes_the_name_of_a_metric_from_elsewhere(url: str) -> None:
    """It would be a mistake of the configuration, told only at the end."""
    old = Old({"sources": {"voltage": {"topic": "plug/volts", "unit": "V"}}})
    talk = at_home(url, TOKEN, "", "1", "voltage", *[""] * 6, NO_REMOTE, YES)
    assert house_of(talk.hold(old)).entities == {
        "power": "sensor.house_power",
        "house_voltage": "sensor.house_voltage",
    }


def test_a_wrong_token_is_told_at_once_and_typed_again(url: str) -> None:
    talk = at_home(url, "wrong", YES, TOKEN, *rest())
    assert house_of(talk.hold()).token == TOKEN
    assert "the token is refused" in talk.heard


def test_a_wrong_address_is_told_apart(url: str, github: FakeGitHub) -> None:
    """Nobody there, something else there: both said before a token is sent anywhere."""
    talk = at_home("http://127.0.0.1:9", YES, github.url, YES, url, TOKEN, *rest())
    talk.hold()
    assert "can't be reached at http://127.0.0.1:9" in talk.heard
    assert "something else answers there" in talk.heard
    assert not [seen for seen in github.seen if TOKEN in str(seen.call.headers)]


def test_an_address_without_scheme_or_with_a_page_is_understood(url: str) -> None:
    answers = at_home(url.removeprefix("http://") + "/lovelace", TOKEN, *rest()).hold()
    assert house_of(answers).url == url


def test_away_from_home_everything_can_be_typed_untried() -> None:
    talk = at_home(
        *("http://127.0.0.1:9", "n", TOKEN, "n", "sensor.p", "", "", "Europe/Paris", "", "3", YES)
    )
    answers = talk.hold(here=False)
    assert (house_of(answers).url, house_of(answers).entities) == (
        "http://127.0.0.1:9",
        {"power": "sensor.p"},
    )


def github_old(github: FakeGitHub) -> Old:
    return Old({"github": {"api_url": github.url}})


def test_a_private_repository_is_read_written_and_left_as_it_was(
    url: str, github: FakeGitHub
) -> None:
    commits = github.repository.messages()
    page = "https://github.com/owner/house.git"
    talk = at_home(url, TOKEN, *rest("1", page, GITHUB_TOKEN, "y"))
    answers = talk.hold(github_old(github))
    assert answers.safe == {"repo": "owner/house", "token": GITHUB_TOKEN, "archive": True}
    assert "it is private" in talk.heard
    assert "MB a year" in talk.heard
    assert github.repository.messages() == commits


def test_a_public_repository_is_warned_of(url: str, github: FakeGitHub) -> None:
    github.repository.private = False
    talk = at_home(url, TOKEN, *rest("1", "owner/house", GITHUB_TOKEN, "n", ""))
    talk.hold(github_old(github))
    assert "PUBLIC" in talk.heard
    assert "when you are at home" in talk.heard


@pytest.mark.parametrize(
    ("repo", "token", "told"),
    [
        ("owner/house", "github_pat_wrong", "the token is wrong, revoked or expired"),
        ("owner/other", GITHUB_TOKEN, "there is no repository owner/other"),
        ("owner/house", GITHUB_TOKEN, "can be read and not written"),
    ],
)
def test_what_is_wrong_with_a_repository_is_told(
    url: str, github: FakeGitHub, repo: str, token: str, told: str
) -> None:
    github.writable = False
    talk = at_home(url, TOKEN, *rest("1", repo, token, "n", ""))
    talk.hold(github_old(github))
    assert told in talk.heard


def test_an_empty_repository_will_do(url: str, github: FakeGitHub) -> None:
    github.repository.branches.clear()
    talk = at_home(url, TOKEN, *rest("1", "owner/house", GITHUB_TOKEN, ""))
    assert talk.hold(github_old(github)).remote == "github"


def test_a_directory_must_be_there_and_writable(url: str, tmp_path: Path) -> None:
    talk = at_home(url, TOKEN, *rest("2", "stick", "/no/such/stick", "", str(tmp_path), ""))
    assert talk.hold().safe == {"path": str(tmp_path), "archive": False}
    assert "/no/such/stick is not there" in talk.heard


def test_a_second_round_takes_the_answers_of_the_first(url: str) -> None:
    first = (url, TOKEN, "washer", "1", "", "y", "5", "", "", NO_REMOTE, "n", "")
    answers = at_home(*first, "", "", "", *rest()).hold()
    assert (house_of(answers).entities["power"], answers.minutes) == ("sensor.washer_power", 5)
    assert answers.discovery
    with pytest.raises(Refused, match="nothing was written"):
        at_home(*first[:-1], "n").hold()


# On a terminal


class Terminal:
    """`power-monitor setup` on a pseudo-terminal of 80 columns."""

    def __init__(self, *words: str, cwd: Path) -> None:
        self._own, other = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cli", *words],
            stdin=other,
            stdout=other,
            stderr=other,
            cwd=cwd,
            env=environment(TERM="vt100"),
            start_new_session=True,
        )
        os.close(other)
        self.shown = ""

    def wait_for(self, text: str) -> None:
        """Read until a text has come."""
        end = time.monotonic() + DEADLINE_S
        seen = len(self.shown)
        while text not in self.shown[seen:]:
            assert time.monotonic() < end, f"no {text!r} in {self.shown}"
            if select.select([self._own], [], [], 0.2)[0]:
                self.shown += os.read(self._own, 4096).decode()

    def type(self, text: str) -> None:
        """Press keys, and Enter."""
        os.write(self._own, f"{text}\r".encode())

    def interrupt(self) -> None:
        """Do what the terminal does at Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """Return the exit status."""
        status = self._process.wait(DEADLINE_S)
        os.close(self._own)
        return status


def test_it_works_on_a_terminal_and_hides_what_is_secret(url: str, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    terminal = Terminal("--config", config.name, "setup", cwd=tmp_path)
    for question, answer in (
        ("Where from [1]: ", ""),
        ("URL: ", url),
        ("Access token: ", TOKEN),
        ("Sensor for power [sensor.house_power]: ", ""),
        ("no more): ", ""),
        ("(y/n) [n]: ", "y"),
        ("readings [10]: ", "5"),
        ("[Europe/Berlin]: ", ""),
        ("no cost): ", ""),
        ("Where to [1]: ", NO_REMOTE),
        ("(y/n) [y]: ", ""),
    ):
        terminal.wait_for(question)
        terminal.type(answer)
    terminal.wait_for("is written.")
    assert terminal.end() == 0
    assert TOKEN not in terminal.shown
    assert f"({len(TOKEN)} characters, ending in ...{TOKEN[-4:]})" in terminal.shown
    assert max(map(len, re.split(r"[\r\n]+", terminal.shown))) <= 80
    assert config.stat().st_mode & 0o777 == 0o600
    written = json.loads(config.read_text())["home_assistant"]
    assert (written["token"], written["discovery"]) == (TOKEN, True)


def test_repeated_it_keeps_everything_at_enter(url: str, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    before = {
        "home_assistant": {"url": url, "token": TOKEN, "entities": {"power": "sensor.x"}},
        "data": {"local_collection_interval_minutes": 5},
        "timezone": "Europe/Paris",
    }
    config.write_text(json.dumps(before))
    terminal = Terminal("--config", config.name, "setup", cwd=tmp_path)
    for question in (
        "Where from [1]: ",
        f"[{url}]: ",
        "Access token [kept]: ",
        "[sensor.x]: ",
        "no more): ",
        "(y/n) [n]: ",
        "[5]: ",
        "[Europe/Paris]: ",
        "no cost): ",
        "Where to [3]: ",
        "(y/n) [y]: ",
    ):
        terminal.wait_for(question)
        terminal.type("")
    terminal.wait_for("is written.")
    assert terminal.end() == 0
    assert json.loads(config.read_text()) == before


def test_interrupted_it_leaves_everything_as_it_was(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    terminal = Terminal("--config", config.name, "setup", cwd=tmp_path)
    terminal.wait_for("Where from [1]: ")
    terminal.interrupt()
    assert terminal.end() == 130  # as a shell reports Ctrl-C
    assert not config.exists()


def test_asked_by_the_installer_it_speaks_of_where_the_answers_end(
    url: str, tmp_path: Path
) -> None:
    """They pass through a private file that the installer takes away; the directory is tried."""
    answers = tmp_path / "config.json"
    typed = ("", url, TOKEN, *[""] * 6, "2", "/no/such/stick", "", str(tmp_path), "", "")
    done = subprocess.run(
        [sys.executable, "-m", "cli.install", "ask", str(answers)],
        input="".join(f"{line}\n" for line in typed),
        capture_output=True,
        text=True,
        check=False,
        env=environment(),
        timeout=DEADLINE_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Write this to /opt/power-monitor/config.json?" in done.stdout
    assert "/no/such/stick is not there" in done.stdout
    assert str(answers) not in done.stdout
    assert "Next:" not in done.stdout
    assert json.loads(answers.read_text())["remote"]["path"] == str(tmp_path)
