"""Questions of every kind, made of single lines: pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from cli.setup.effects import Ask, Dialogue, Effect, Say
from shared.errors import BadInput, MonitorError

_Answer = TypeVar("_Answer")
KEPT = "kept"


def ask(
    prompt: str, check: Callable[[str], _Answer], *, default: str = "", secret: bool = False
) -> Dialogue[_Answer]:
    """Ask until the answer fits; an empty line is the default, which a secret never shows."""
    while True:
        typed = yield Ask(prompt, KEPT if secret and default else default, secret)
        try:
            return check(typed.strip() or default)
        except BadInput as error:
            yield Say(f"  {_shown(error)}")


def yes(question: str, *, default: bool) -> Dialogue[bool]:
    """Ask for yes or no."""
    answer = yield from ask(
        f"{question} (y/n)",
        _one_of({"y": True, "yes": True, "n": False, "no": False}),
        default="y" if default else "n",
    )
    return answer


def choose(prompt: str, choices: Sequence[tuple[str, _Answer]], default: int) -> Dialogue[_Answer]:
    """Ask for one of a few, by number, counted from 1."""
    yield Say("\n".join(f"  {number}  {text}" for number, (text, _) in enumerate(choices, 1)))
    table = {str(number): answer for number, (_, answer) in enumerate(choices, 1)}
    answer = yield from ask(prompt, _one_of(table), default=str(default))
    return answer


def tell(error: MonitorError) -> Dialogue[None]:
    """Tell what went wrong, and what can be done."""
    yield Say(f"  Not yet: {error}" + (f"\n  Try: {error.hint}" if error.hint else ""))


def retry(what: str) -> Dialogue[bool]:
    """Ask whether to type it again; otherwise it is used as it is."""
    again = yield from yes(f"Type {what} again? No uses it as it is", default=True)
    return again


def attempt(trial: Effect, what: str) -> Dialogue[tuple[object, bool]]:
    """Carry out a trial; return its answer, and whether the question must be asked again."""
    try:
        answer = yield trial
    except MonitorError as error:
        yield from tell(error)
        again = yield from retry(what)
        return None, again
    return answer, False


def _one_of(table: Mapping[str, _Answer]) -> Callable[[str], _Answer]:
    def check(text: str) -> _Answer:
        try:
            return table[text.lower()]
        except KeyError:
            raise BadInput(f"type one of: {', '.join(table)}") from None

    return check


def _shown(error: BadInput) -> str:
    text = str(error)
    return text[:1].upper() + text[1:] + "." * (not text.endswith("."))
