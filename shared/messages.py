"""Every payload that travels over MQTT: encoders for what we send, decoders for what we get."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson

from shared.bucket import Bucket
from shared.energy import Energy
from shared.errors import BadInput, MonitorError
from shared.numbers import rounded, rounded_energy, rounded_portion, rounded_share
from shared.reading import POWER, Interval, Reading, Stats, decode_reading
from shared.times import Zone, iso_utc

MAX_READING_BYTES = 64 * 1024
MAX_REQUEST_BYTES = 64 * 1024
MAX_MERGE_BYTES = 1024 * 1024
_MAX_WORD = 64

ONLINE = b"online"
OFFLINE = b"offline"


def load_object(payload: bytes, limit: int) -> dict[str, Any]:
    """Return the JSON object in a payload of at most `limit` bytes, or raise BadInput."""
    raw = _load(payload, limit)
    if not isinstance(raw, dict):
        raise BadInput(f"expected a JSON object, got {type(raw).__name__}")
    return raw


def _load(payload: bytes, limit: int) -> Any:
    if len(payload) > limit:
        raise BadInput(f"{len(payload)} bytes, at most {limit} are accepted")
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"not JSON: {error}") from None


def dump(document: Mapping[str, Any]) -> bytes:
    """Write a JSON object compactly."""
    return orjson.dumps(document)


# Readings


def decode_reading_message(payload: bytes, configured: frozenset[str], heartbeat: float) -> Reading:
    """Decode a payload of the `reading` topic; raises BadInput.

    How long its values may hold is ours to say, not the sender's.
    """
    raw = load_object(payload, MAX_READING_BYTES)
    raw.pop("heartbeat", None)
    return decode_reading(raw, configured, heartbeat)


def reading_object(reading: Reading, timestamp: str) -> dict[str, Any]:
    """Return a reading as published, without units: the form of a point in daily.json."""
    document: dict[str, Any] = {"timestamp": timestamp, **reading.values}
    if reading.interval:
        document["interval"] = _interval_object(reading.interval)
    return document


def encode_reading(reading: Reading, zone: Zone) -> bytes:
    """Encode a reading for the `reading` and `live` topics, its time with the zone's offset."""
    document = reading_object(reading, zone.iso(reading.time))
    if reading.units:
        document["units"] = dict(reading.units)
    return orjson.dumps(document)


def encode_journal_line(reading: Reading) -> bytes:
    """Encode a reading for the journal: one line, time in UTC, all it takes to read it back.

    Every metric is named in `units`, so that a later configuration reads the same metrics.
    """
    document = reading_object(reading, iso_utc(reading.time))
    units = {name: reading.units.get(name, "") for name in reading.values if name != POWER}
    if units:
        document["units"] = units
    if not reading.interval:
        document["heartbeat"] = reading.heartbeat
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)


def as_stored(reading: Reading) -> Reading:
    """Return a reading as the journal gives it back: rounded, so that memory and disk agree."""
    return decode_reading(orjson.loads(encode_journal_line(reading)), frozenset(), 0.0)


def _interval_object(interval: Interval) -> dict[str, Any]:
    seconds = interval.seconds
    document: dict[str, Any] = {
        "seconds": int(seconds) if seconds == int(seconds) else seconds,
        "coverage": rounded_share(interval.coverage),
        "energy_kwh": rounded_portion(interval.energy_kwh),
        "export_kwh": rounded_portion(interval.export_kwh),
    }
    for name, stats in interval.metrics.items():
        document[name] = _stats_object(name, stats, interval.coverage)
    return document


def _stats_object(name: str, stats: Stats, coverage: float) -> dict[str, float | None]:
    document: dict[str, float | None] = {
        "mean": rounded(stats.mean),
        "min": stats.min,
        "max": stats.max,
    }
    if name != POWER and rounded_share(stats.coverage) != rounded_share(coverage):
        document["coverage"] = rounded_share(stats.coverage)
    return document


# Requests and responses


@dataclass(frozen=True, slots=True)
class Request:
    """A command asked for: its JSON arguments, or a bare word, and where the answer goes."""

    command: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    word: str = ""
    transaction: Any = None
    response_topic: str = ""
    correlation: bytes | None = None

    def get(self, key: str) -> Any:
        """Return an argument; the bare word stands for whichever single key the command takes."""
        return self.arguments.get(key, self.word or None)


def decode_request(
    command: str,
    payload: bytes,
    *,
    response_topic: str = "",
    correlation: bytes | None = None,
    limit: int = MAX_REQUEST_BYTES,
) -> Request:
    """Decode a request: empty, a bare word, or a JSON object with an optional `transaction`."""
    if len(payload) > limit:
        raise BadInput(f"{len(payload)} bytes, at most {limit} are accepted")
    text = payload.strip()
    arguments: dict[str, Any] = {}
    word = ""
    if text[:1] in (b"{", b"[", b'"'):
        raw = _load(text, limit)
        if isinstance(raw, str):
            word = raw
        elif isinstance(raw, dict):
            arguments = raw
        else:
            raise BadInput("a request must be empty, a bare word or a JSON object")
    else:
        word = _word(text)
    return Request(
        command, arguments, word, arguments.get("transaction"), response_topic, correlation
    )


def _word(text: bytes) -> str:
    try:
        word = text.decode()
    except UnicodeDecodeError:
        raise BadInput("not UTF-8") from None
    if len(word) > _MAX_WORD or not word.isprintable():
        raise BadInput("a request must be empty, a bare word or a JSON object")
    return word


def encode_success(data: Mapping[str, Any], transaction: Any = None) -> bytes:
    """Encode the answer to a request that was carried out."""
    return _response({"status": "ok", "data": dict(data)}, transaction)


def encode_failure(error: MonitorError, transaction: Any = None) -> bytes:
    """Encode the answer to a request that was not carried out, with the hint to go on."""
    data = {"hint": error.hint} if error.hint else {}
    return _response({"status": "error", "data": data, "error": str(error)}, transaction)


def _response(document: dict[str, Any], transaction: Any) -> bytes:
    if transaction is not None:
        document["transaction"] = transaction
    return orjson.dumps(document)


def decode_response(payload: bytes) -> dict[str, Any]:
    """Return the `data` of a response, or raise MonitorError with the error it carries."""
    document = load_object(payload, MAX_MERGE_BYTES)
    data = document.get("data")
    if document.get("status") != "ok":
        hint = data.get("hint", "") if isinstance(data, dict) else ""
        raise MonitorError(str(document.get("error", "no reason given")), hint=str(hint))
    if not isinstance(data, dict):
        raise BadInput("a response must have data")
    return data


# Announcements


def encode_alert(state: str, since: str | None, text: str) -> bytes:
    """Encode the payload of an `alert` topic; `since` is written with the zone's offset."""
    return orjson.dumps({"state": state, "since": since, "text": text})


@dataclass(frozen=True, slots=True)
class FileUpdated:
    """A tier file has new points; `reason` is reading, rollup, rotation, command, restore, import.

    `bytes` and `sha256` are of the whole file, `last_update` is written with the zone's offset.
    """

    tier: str
    file: str
    sha256: str
    bytes: int
    data_points: int
    last_update: str | None
    reason: str


def encode_file_updated(update: FileUpdated) -> bytes:
    """Encode the payload of a `file-updated` topic."""
    return orjson.dumps(update)


@dataclass(frozen=True, slots=True)
class Summary:
    """Energy today and ever: `start` is when the day began, `last_update` as in daily.json.

    `today` is None while nothing is known of the day, `lifetime` is an `Energy` in kWh.
    """

    day: date
    start: float
    last_update: str | None
    today: Bucket | None
    lifetime: Energy


def encode_summary(summary: Summary, zone: Zone) -> bytes:
    """Encode the payload of the `summary` topic."""
    today, lifetime = summary.today, summary.lifetime
    document = {
        "date": str(summary.day),
        "last_reset": zone.iso(summary.start),
        "last_update": summary.last_update,
        "today": {
            "energy_kwh": rounded_energy(today.energy_kwh if today else None),
            "export_kwh": rounded_energy(today.export_kwh if today else None),
            "coverage": rounded_share(today.coverage if today else None),
        },
        "lifetime": {
            "energy_kwh": rounded_energy(lifetime.energy_kwh),
            "export_kwh": rounded_energy(lifetime.export_kwh),
            "since": lifetime.since and str(lifetime.since),
        },
    }
    return orjson.dumps(document)
