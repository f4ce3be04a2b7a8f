"""What an option of config.json is; all of them are in shared/options/."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.option_checks import Check


@dataclass(frozen=True, slots=True)
class Section:
    """One object of config.json; an optional one is switched off in the example."""

    name: str
    meaning: str
    old: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """One key of config.json; `default` and `example` are written as the file writes them.

    `field` is the attribute of the section's dataclass; `written` turns its value back into the
    file's form; `per_metric` makes the value an object whose entries are each checked.
    """

    path: str
    check: Check
    meaning: str
    default: Any = None
    default_text: str = ""
    unit: str = ""
    required: bool = False
    environment: str = ""
    example: Any = None
    field: str = ""
    written: Callable[[Any], object] | None = None
    old: str = ""
    per_metric: bool = False

    @property
    def section(self) -> str:
        """Name of the section, "" at the top level."""
        return self.path.rpartition(".")[0]

    @property
    def key(self) -> str:
        """The key within its section."""
        return self.path.rpartition(".")[2]

    @property
    def attribute(self) -> str:
        """The attribute of the section's dataclass that holds the value."""
        return self.field or self.key

    @property
    def secret(self) -> bool:
        """Whether the value must never be shown; every secret has an environment variable."""
        return bool(self.environment)
