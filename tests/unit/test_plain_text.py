"""What others say reaches a terminal as text: no colours, no titles, no lines like ours."""

import io
import logging
import sys

import pytest

from cli.complain import complain
from cli.output import write_lines
from cli.setup.console import hold
from cli.setup.effects import Dialogue, Say, Show
from cli.terminal import Terminal
from shared.errors import Retryable
from shared.logs import start_logging
from shared.plain import plain

ATTACKS = {
    "title": "\x1b]0;evil\x07",
    "colours": "\x1b[8m",
    "cursor": "\x1b[2K\x1b[1A",
    "C1": "\x9b31m",
    "return": "fine\rFAIL",
    "backspace": "bad\b\b\bok",
    "right to left": "\u202eeman.exe",
    "isolate": "\u2066x\u2069",
    "line separator": "a\u2028b",
}
attacks = pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS)


def commands(text: str) -> list[str]:
    """Return the characters that a terminal would obey."""
    return [letter for letter in text if not (letter.isprintable() or letter in "\n\t")]


def dialogue(text: str) -> Dialogue[None]:
    """Talk as `setup` does, with a name that a sensor has in Home Assistant."""
    yield Say(text)
    yield Show([text])


@attacks
def test_no_line_that_is_shown_commands_the_terminal(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_lines([f"power is {text}"])
    complain(Retryable(text, hint=text))
    hold(dialogue(text))
    said = capsys.readouterr()
    assert commands(said.out + said.err) == []
    assert "power is " in said.out


@attacks
def test_no_log_line_commands_the_terminal(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    sent: list[bytes] = []
    before = logging.getLogger().handlers[:]
    try:
        start_logging([], sent.append)
        logging.getLogger("x").warning("Home Assistant says %s", text)
    finally:
        logging.getLogger().handlers[:] = before
    assert commands(capsys.readouterr().out) == []
    assert commands(sent[0].decode()) == []


def test_nobody_writes_a_log_line_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line feed in what a server says would begin a line that looks like any other."""
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    before = logging.getLogger().handlers[:]
    try:
        start_logging(["the-secret"])
        forged = "no\n2026-11-22T10:00:00+0100 INFO aggregator: all is well"
        logging.getLogger("x").warning("GitHub says %s", forged)
        try:
            int("the-secret\x1b[8m")
        except ValueError:
            logging.getLogger("x").exception("crashed")
    finally:
        logging.getLogger().handlers[:] = before
    lines = out.getvalue().splitlines()
    assert len([line for line in lines if line.startswith("20")]) == 2
    assert "Traceback" in out.getvalue()
    assert "the-secret" not in out.getvalue()
    assert commands(out.getvalue()) == []


def test_our_own_colours_stay(capsys: pytest.CaptureFixture[str]) -> None:
    line = Terminal(colours=True).paint("bad", "FAIL") + " \x1b[5mblink"
    write_lines([line])
    assert capsys.readouterr().out == "\x1b[31mFAIL\x1b[0m \\x1b[5mblink\n"


def test_what_is_written_in_any_language_stays() -> None:
    text = "Küche 12 m³/h, 温度, €, naïve ok\tx\ny 🙂"
    assert plain(text) == text
