"""A person who is led through `power-monitor setup`, with trials that are real."""

from typing import Any

from cli.setup.answers import Answers, Old
from cli.setup.dialogue import setup
from cli.setup.effects import Ask, Say, Show
from cli.setup.probes import carry_out
from shared.errors import MonitorError

NOW = 1795305600.0  # 2026-11-22 in Berlin, still the 21st in New York


class Talk:
    """A person with a list of answers; `heard` is all that was told."""

    def __init__(self, *typed: str) -> None:
        self._typed = list(typed)
        self.heard = ""
        self.asked: list[Ask] = []

    def hold(self, old: Old | None = None, *, here: bool = True) -> Answers:
        """Lead the dialogue to its end, with trials that are real."""
        dialogue = setup(old or Old(), "config.json", now=NOW, system_zone="Etc/UTC", here=here)
        answer: Any = None
        error: MonitorError | None = None
        while True:
            try:
                effect = dialogue.throw(error) if error else dialogue.send(answer)
            except StopIteration as end:
                assert self._typed == [], "answers nobody asked for"
                result: Answers = end.value
                return result
            answer, error = None, None
            if isinstance(effect, Say):
                self.heard += effect.text + "\n"
            elif isinstance(effect, Show):
                self.heard += "\n".join(effect.lines) + "\n"
            elif isinstance(effect, Ask):
                self.asked.append(effect)
                answer = self._typed.pop(0)
            else:
                try:
                    answer = carry_out(effect)
                except MonitorError as failed:
                    error = failed
