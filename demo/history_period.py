"""`GET /api/history/period/<start>`: the rows of a span as Home Assistant gives them.

The edges are strict on both sides, as in its SQL: the first row is what was in force *before* the
start, stamped with the start, then the rows *after* the start and *before* the end. A row exactly
at the start is in neither, so a client that must miss nothing asks from a little earlier.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Self

from demo.entity import Row
from demo.problem import Problem
from demo.recorder import DAY_S
from demo.simulator import Simulator

ENTITY_ID = re.compile(r"^(?!.+__)(?!_)[\da-z_]+(?<!_)\.(?!_)[\da-z_]+(?<!_)$")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one request asks for; instants are epoch seconds."""

    entity_ids: list[str]
    start: float
    end: float
    with_start_row: bool
    significant_only: bool
    minimal: bool
    no_attributes: bool

    @classmethod
    def parse(cls, start: str, query: Mapping[str, str], now: float, zone: tzinfo) -> Self:
        """Read path and query in Home Assistant's order; raises Problem with its words."""
        began = _instant(start, zone, "Invalid datetime") if start else now - DAY_S
        entity_ids = query.get("filter_entity_id", "").strip().lower()
        if not entity_ids:
            raise Problem("filter_entity_id is missing")
        if not all(ENTITY_ID.match(entity_id) for entity_id in entity_ids.split(",")):
            raise Problem("Invalid filter_entity_id")
        end = query.get("end_time")
        return cls(
            entity_ids=entity_ids.split(","),
            start=began,
            end=_instant(end, zone, "Invalid end_time") if end and began <= now else began + DAY_S,
            with_start_row="skip_initial_state" not in query,
            significant_only=query.get("significant_changes_only", "1") != "0",
            minimal="minimal_response" in query,
            no_attributes="no_attributes" in query,
        )


def history_period(simulator: Simulator, start: str, query: Mapping[str, str]) -> list[list[Any]]:
    """Return a list of rows for each entity asked for that has any."""
    now = simulator.now()
    wanted = Wanted.parse(start, query, now, simulator.zone)
    if wanted.start > now:
        return []
    lists = [_entity_rows(simulator, entity_id, wanted, now) for entity_id in wanted.entity_ids]
    return [rows for rows in lists if rows]


def _entity_rows(sim: Simulator, entity_id: str, wanted: Wanted, now: float) -> list[Any]:
    entity = sim.entities.get(entity_id)
    if entity is None:
        return []
    rows = sim.recorder.rows(entity, wanted.start, wanted.end, now)
    if wanted.significant_only:
        rows = [row for row in rows if row.changed == row.updated]
    start_row = sim.recorder.start_row(entity, wanted.start, now)
    if wanted.with_start_row and start_row is not None:
        rows.insert(0, start_row._replace(updated=wanted.start, changed=wanted.start))
    if wanted.minimal:
        return _minimal(entity_id, rows, wanted, last_full=sim.minimal_last_full)
    return [_full(entity_id, row, wanted) for row in rows]


def _minimal(entity_id: str, rows: list[Row], wanted: Wanted, *, last_full: bool) -> list[Any]:
    changed = [
        row for index, row in enumerate(rows) if not index or row.state != rows[index - 1].state
    ]
    shown: list[Any] = [_full(entity_id, row, wanted) for row in changed[:1]]
    # The empty row of a removed entity is null here, though "" in a full row.
    shown += [
        {"state": row.state or None, "last_changed": _time(row.updated)} for row in changed[1:]
    ]
    if last_full and len(changed) > 1:
        shown[-1] = _full(entity_id, changed[-1], wanted)
    return shown


def _full(entity_id: str, row: Row, wanted: Wanted) -> dict[str, Any]:
    return {
        "entity_id": entity_id,
        "state": row.state,
        "attributes": {} if wanted.no_attributes else row.attributes,
        "last_changed": _time(row.changed),
        "last_updated": _time(row.updated),
    }


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _instant(text: str, zone: tzinfo, complaint: str) -> float:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Problem(complaint) from None
    return (at if at.tzinfo else at.replace(tzinfo=zone)).timestamp()
