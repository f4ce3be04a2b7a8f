"""What the dialogue wants of the world, as values.

The dialogue is a generator: it yields an effect and is sent the answer, or thrown the MonitorError
that came of it. Whoever runs it decides what a terminal and a network are.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Say:
    """Tell something; a paragraph, wrapped as needed."""

    text: str


@dataclass(frozen=True, slots=True)
class Show:
    """Show lines as they are."""

    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask for a line, answered by what was typed; `shown` is what an empty line stands for."""

    prompt: str
    shown: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class GreetHouse:
    """See whether Home Assistant answers at a URL, before there is a token."""

    url: str


@dataclass(frozen=True, slots=True)
class EnterHouse:
    """Ask Home Assistant who it is, with a token; answered by its `/api/config`."""

    url: str
    token: str


@dataclass(frozen=True, slots=True)
class ListStates:
    """Ask for all entities; answered by `/api/states`."""

    url: str
    token: str


@dataclass(frozen=True, slots=True)
class GreetBroker:
    """See whether a broker lets us in, with the section `mqtt`; answered by None."""

    mqtt: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class HearDevice:
    """Listen for power, with a configuration of `mqtt` and `sources`; answered by what it says."""

    raw: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class TryRepository:
    """See what a token may do with a repository; answered by a Standing."""

    repo: str
    token: str
    api_url: str
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class TryDirectory:
    """See whether a directory can be written to; answered by None."""

    path: Path


Trial = (
    GreetHouse | EnterHouse | ListStates | GreetBroker | HearDevice | TryRepository | TryDirectory
)
Effect = Say | Show | Ask | Trial
Dialogue = Generator[Effect, Any, _Result]
