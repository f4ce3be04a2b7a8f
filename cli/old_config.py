"""The old system's config.json, in each of its spellings, made today's: pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cli.importing.points import OLD_METER
from shared.option_checks import is_comment
from shared.options import KNOWN_PATHS, OPTIONS, SECTIONS
from shared.reading import POWER

_MINUTE_S, _HOUR_S = 60, 3600
# Texts of its examples and of its installer, which nobody ever replaced.
_PLACEHOLDERS = ("your_", "your-", "ghp_your", "username/", "changeme", "put-the-")
_RENAMED = {
    "data.collection_interval_minutes": "data.local_collection_interval_minutes",
    "paths.web_root": "paths.data_dir",
}
_GONE = {
    "data.retention_days": "the four files have fixed spans, the history is kept for ever",
    "data.health_check_interval_seconds": "health comes by itself",
    "paths.state_file": "maintenance is kept with the state",
    "paths.data_file": "there are four files in paths.data_dir",
    "github.user": "commits are the token's own",
    "admin": "the admin page signs in with the broker's user admin",
    "mdns": "the system's own mDNS service does that",
    "voltage_threshold": "nothing takes its place yet",
}


@dataclass(slots=True)
class Converted:
    """Today's configuration, and what was changed or left out on the way, for a person."""

    config: dict[str, Any] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def put(self, path: str, value: object) -> None:
        """Set an option."""
        section, _, key = path.rpartition(".")
        place = self.config.setdefault(section, {}) if section else self.config
        place[key] = value


def convert(raw: Mapping[str, Any]) -> Converted:
    """Convert; what today's configuration has already stays as it is."""
    made = Converted()
    given = dict(_flat(raw))
    _repository(given, made)
    for path, value in given.items():
        if path == "home_assistant.entity_id":
            _entities({POWER: value, **_object(given.get("home_assistant.entities"))}, made)
        elif path == "home_assistant.entities":
            if "home_assistant.entity_id" not in given:
                _entities(_object(value), made)
        else:
            _option(path, value, given, made)
    _drop_placeholders(made)
    return made


def _flat(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return path -> value, with sections by their name of today and without remarks."""
    today = {section.old: section.name for section in SECTIONS if section.old}
    sections = {section.name for section in SECTIONS}
    flat: dict[str, Any] = {}
    for name, item in raw.items():
        section = today.get(name, name)
        if is_comment(name) or (section in today.values() and section != name and section in raw):
            continue
        if section not in sections or not isinstance(item, dict):
            flat[section] = item
            continue
        for key, value in item.items():
            if not is_comment(key) and key not in {"note", "notes"}:
                flat[f"{section}.{key}"] = value
    return flat


def _repository(given: dict[str, Any], made: Converted) -> None:
    owner, name = given.pop("github.repo_owner", None), given.pop("github.repo_name", None)
    if owner and name and not given.get("github.repo"):
        given["github.repo"] = f"{owner}/{name}"
        made.told.append("github.repo_owner and github.repo_name: now github.repo")


def _option(path: str, value: object, given: Mapping[str, Any], made: Converted) -> None:
    if path in _RENAMED:
        if _RENAMED[path] in given:
            made.told.append(f"{path}: left out, {_RENAMED[path]} says it")
            return
        made.told.append(f"{path}: now {_RENAMED[path]}")
        path = _RENAMED[path]
    if path == "data.local_collection_interval_minutes":
        value = _interval(value, made)
    if path in KNOWN_PATHS or any(option.path == path for option in OPTIONS):
        if value not in (None, ""):
            made.put(path, value)
    else:
        made.told.append(f"{path}: left out, {_GONE.get(path, 'nothing here has that name')}")


def _interval(value: object, made: Converted) -> object:
    """Return minutes that divide an hour: the next shorter ones, so that nothing gets coarser."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return value
    seconds = min(round(value * _MINUTE_S), _HOUR_S)
    step = _MINUTE_S if seconds >= _MINUTE_S else 1
    seconds -= seconds % step
    while seconds > step and _HOUR_S % seconds:
        seconds -= step
    minutes = seconds / _MINUTE_S
    if minutes != value:
        made.told.append(
            f"data.local_collection_interval_minutes: {minutes:g} instead of {value:g}, for it "
            "must divide an hour"
        )
    return int(minutes) if minutes.is_integer() else minutes


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _entities(entities: Mapping[str, Any], made: Converted) -> None:
    kept = {name: entity for name, entity in entities.items() if entity and not is_comment(name)}
    meter = kept.pop(OLD_METER, None)
    if meter and meter in kept.values():
        made.told.append(f"entities.{OLD_METER}: left out, it is the same entity as another metric")
    elif meter and "energy" not in kept:
        kept["energy"] = meter
        made.told.append(
            f"entities.{OLD_METER}: now entities.energy, a meter in kWh; take it out if {meter} "
            "does not count energy"
        )
    made.put("home_assistant.entities", kept)


def _drop_placeholders(made: Converted) -> None:
    """Leave out what was never filled in; a section of GitHub without its token is off anyway."""
    for section, key in (("github", "token"), ("github", "repo"), ("home_assistant", "token")):
        value = made.config.get(section, {}).get(key)
        if isinstance(value, str) and value.lower().startswith(_PLACEHOLDERS):
            del made.config[section][key]
            made.told.append(f"{section}.{key}: left out, it was never filled in")
    github = made.config.get("github", {})
    if "github" in made.config and not (github.get("token") or github.get("token_file")):
        del made.config["github"]
        made.told.append("github: left out, without a token there is no sync")
