"""What Home Assistant's REST API answers, decoded: current states and rows of history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.errors import BadInput
from shared.times import parse_timestamp


@dataclass(frozen=True, slots=True)
class State:
    """An entity's current state; `changed` is since when the text is what it is.

    `updated` is since when text and unit are: never earlier.
    """

    text: str
    unit: str | None
    changed: float
    updated: float


@dataclass(frozen=True, slots=True)
class Row:
    """A row of history: from `at` on the state was `text`.

    `described` tells whether the row came with attributes: only then `unit` means anything.
    """

    at: float
    text: str
    unit: str | None
    described: bool


History = Mapping[str, Sequence[Row]]


def moved_state(state: State, by: float) -> State:
    """Return a state as a clock has it that is `by` seconds ahead."""
    return replace(state, changed=state.changed + by, updated=state.updated + by)


def moved_history(history: History, by: float) -> History:
    """Return rows as a clock has them that is `by` seconds ahead."""
    if not by:
        return history
    return {
        entity: [replace(row, at=row.at + by) for row in rows] for entity, rows in history.items()
    }


def decode_state(raw: Any) -> State:
    """Decode an answer of `/api/states/<entity>`; raises BadInput."""
    if not isinstance(raw, dict) or not isinstance(raw.get("state"), str):
        raise BadInput(f"no state of an entity but {_kind(raw)}")
    changed = _instant(raw.get("last_changed"))
    updated = _instant(raw.get("last_updated") or raw.get("last_changed"))
    return State(raw["state"], _unit(raw), changed, max(changed, updated))


def decode_history(raw: Any) -> History:
    """Decode an answer of `/api/history/period` to rows by entity, in time; raises BadInput."""
    if not isinstance(raw, list):
        raise BadInput(f"no history but {_kind(raw)}")
    history: dict[str, list[Row]] = {}
    for group in raw:
        if not isinstance(group, list):
            raise BadInput(f"no history but a list of {_kind(group)}")
        entity = next((row["entity_id"] for row in group if _names_entity(row)), None)
        if entity is not None:
            history.setdefault(entity, []).extend(_row(row) for row in group)
        elif group:
            raise BadInput("history rows without an entity_id")
    for rows in history.values():
        rows.sort(key=lambda row: row.at)
    return history


def _names_entity(row: Any) -> bool:
    return isinstance(row, dict) and isinstance(row.get("entity_id"), str)


def _row(raw: Any) -> Row:
    """Decode a row; one without a readable state ends the state before it, as unknown does."""
    if not isinstance(raw, dict):
        raise BadInput(f"no row of history but {_kind(raw)}")
    state = raw.get("state")
    at = _instant(raw.get("last_updated") or raw.get("last_changed"))
    text = state if isinstance(state, str) else ""
    return Row(at, text, _unit(raw), described=bool(raw.get("attributes")))


def _kind(raw: Any) -> str:
    """Name what came; its content is not shown, an echo of our request would hold the token."""
    names = {dict: "another object", list: "a list", str: "a text", bool: "true or false"}
    return "null" if raw is None else names.get(type(raw), "a number")


def _unit(raw: dict[str, Any]) -> str | None:
    attributes = raw.get("attributes")
    unit = attributes.get("unit_of_measurement") if isinstance(attributes, dict) else None
    return unit if isinstance(unit, str) else None


def _instant(raw: Any) -> float:
    if not isinstance(raw, str):
        raise BadInput("a state without the time of its change")
    return parse_timestamp(raw)
