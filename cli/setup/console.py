"""A terminal for the dialogue: plain lines, as a serial console has them too."""

import getpass
import re
import sys
from textwrap import wrap
from typing import TypeVar

from cli.progress import Progress
from cli.setup.effects import Ask, Dialogue, Say, Show, Trial
from cli.setup.probes import carry_out
from cli.terminal import harmless
from shared.errors import MonitorError, Refused

_Result = TypeVar("_Result")
_WIDTH = 79
_ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|O.|.)?")
_ERASED = re.compile(r"[^\x08\x7f][\x08\x7f]")


def hold(dialogue: Dialogue[_Result]) -> _Result:
    """Lead a dialogue to its end; raises what it raises, and Refused when the input ends."""
    answer: object = None
    error: MonitorError | None = None
    while True:
        try:
            effect = dialogue.throw(error) if error else dialogue.send(answer)
        except StopIteration as end:
            result: _Result = end.value
            return result
        answer, error = None, None
        if isinstance(effect, Ask):
            answer = _ask(effect)
        elif isinstance(effect, Say):
            _say(effect.text)
        elif isinstance(effect, Show):
            sys.stdout.writelines(f"{harmless(line)}\n" for line in effect.lines)
        else:
            try:
                answer = _try(effect)
            except MonitorError as failed:
                error = failed


def cleaned(typed: str) -> str:
    """Return a line as it was meant, where the console passes keys on instead of obeying them.

    A backspace takes what was before it; arrows and other control keys are nothing.
    """
    text = _ESCAPES.sub("", typed)
    while (shorter := _ERASED.sub("", text)) != text:
        text = shorter
    return "".join(letter for letter in text if letter.isprintable())


def _ask(question: Ask) -> str:
    shown = f" [{question.shown}]" if question.shown else ""
    prompt = f"{question.prompt}{shown}: "
    try:
        if question.secret and sys.stdin.isatty():
            typed = cleaned(getpass.getpass(prompt))
            if typed:
                _say(f"  ({len(typed)} characters, ending in ...{typed[-4:]})")
            return typed
        sys.stdout.write(prompt)
        sys.stdout.flush()
        line = sys.stdin.readline()
    except EOFError:
        line = ""
    if not line:
        raise Refused("the input ended; nothing was written")
    return cleaned(line)


def _try(trial: Trial) -> object:
    with Progress() as progress:
        progress.show("  trying ...")
        return carry_out(trial)


def _say(text: str) -> None:
    """Print paragraphs, wrapped; what is indented stays so."""
    for line in text.split("\n"):
        indent = " " * (len(line) - len(line.lstrip()))
        broken = wrap(line, _WIDTH, subsequent_indent=indent, break_on_hyphens=False)
        sys.stdout.writelines(f"{harmless(part)}\n" for part in broken or [""])
    sys.stdout.flush()
