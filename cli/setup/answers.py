"""The old configuration as defaults, and the answers as the new one: pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cli.setup.safe import DIRECTORY, GITHUB
from shared.options import SECTIONS
from shared.reading import POWER

_HOUSE = "home_assistant"


@dataclass(frozen=True, slots=True)
class Old:
    """What stood in config.json, and the secrets in force, wherever they come from."""

    raw: Mapping[str, Any] = field(default_factory=dict)
    house_token: str = field(default="", repr=False)
    github_token: str = field(default="", repr=False)
    mqtt_password: str = field(default="", repr=False)

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a section by today's name, {} when there is none."""
        spellings = {section.name: section.old for section in SECTIONS}
        found = self.raw.get(name) or self.raw.get(spellings[name] or name)
        return found if isinstance(found, dict) else {}

    @property
    def entities(self) -> dict[str, str]:
        """Metric name to entity, in today's spelling."""
        house = self.section(_HOUSE)
        single = {POWER: house["entity_id"]} if isinstance(house.get("entity_id"), str) else {}
        given = house.get("entities")
        more = given if isinstance(given, dict) else {}
        return {**single, **{name: one for name, one in more.items() if isinstance(one, str)}}

    @property
    def sources(self) -> dict[str, Any]:
        """Metrics that come from elsewhere than Home Assistant."""
        given = self.raw.get("sources")
        return dict(given) if isinstance(given, dict) else {}

    @property
    def base_topic(self) -> str:
        """The start of every topic of ours."""
        given = self.section("mqtt").get("base_topic")
        return given if isinstance(given, str) else "power-monitor"

    @property
    def minutes(self) -> Any:
        """The collection interval as it stood."""
        return self.section("data").get("local_collection_interval_minutes", 10)


@dataclass(frozen=True, slots=True)
class House:
    """Home Assistant tells the power."""

    url: str
    token: str = field(repr=False)
    entities: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Devices:
    """A device tells the power by MQTT: the source, and what `mqtt` says of its broker."""

    power: Mapping[str, Any]
    mqtt: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered; `remote` names the section of `safe`, "" for nowhere."""

    origin: House | Devices
    timezone: str
    minutes: float
    remote: str
    safe: Mapping[str, Any] = field(repr=False)
    tariff: Mapping[str, Any] = field(default_factory=dict)
    discovery: bool = False


def configuration(old: Old, answers: Answers) -> dict[str, Any]:
    """Return the new config.json: what was not asked about stays as it was."""
    renamed = {section.old for section in SECTIONS if section.old}
    raw = {name: value for name, value in old.raw.items() if name not in renamed}
    _put(raw, _origin(old, answers.origin))
    if answers.discovery or "discovery" in raw.get(_HOUSE, {}):
        raw[_HOUSE] = {**raw.get(_HOUSE, {}), "discovery": answers.discovery}
    minutes = int(answers.minutes) if answers.minutes == int(answers.minutes) else answers.minutes
    raw["data"] = {**old.section("data"), "local_collection_interval_minutes": minutes}
    raw["timezone"] = answers.timezone
    if answers.tariff:
        raw["tariff"] = answers.tariff
    for section in (GITHUB, DIRECTORY):
        raw.pop(section, None)
    if answers.remote == GITHUB:
        raw[GITHUB] = _with_secret(old.section(GITHUB), answers.safe, old.github_token)
    elif answers.remote == DIRECTORY:
        raw[DIRECTORY] = {**old.section(DIRECTORY), **answers.safe}
    return raw


def _put(raw: dict[str, Any], sections: Mapping[str, Mapping[str, Any]]) -> None:
    """Set sections in their places; one that is empty goes."""
    for name, section in sections.items():
        if section:
            raw[name] = section
        else:
            raw.pop(name, None)


def _origin(old: Old, origin: House | Devices) -> dict[str, Mapping[str, Any]]:
    """Return the sections that say where metrics come from; power comes from one place alone."""
    rest = {name: one for name, one in old.sources.items() if name != POWER}
    if isinstance(origin, House):
        return {_HOUSE: _house(old, origin), "sources": rest}
    return {
        _HOUSE: _without_power(old),
        "mqtt": _broker(old, origin.mqtt),
        "sources": {**old.sources, POWER: origin.power},
    }


def _without_power(old: Old) -> dict[str, Any]:
    """Return what Home Assistant goes on to tell; without any metric nobody has to sign in."""
    entities = {name: one for name, one in old.entities.items() if name != POWER}
    section = old.section(_HOUSE)
    gone = {"entity_id", "entities"} | (set() if entities else {"url", "token", "token_file"})
    kept = {name: one for name, one in section.items() if name not in gone}
    return {**kept, "entities": entities} if entities else kept


def _broker(old: Old, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the section `mqtt`; nothing is left in it of a broker that was left."""
    section, asked = old.section("mqtt"), {"host", "username", "password", "password_file"}
    if "host" not in given:
        gone = {"listen"} | ({*asked, "port", "tls"} if "host" in section else set())
        return {**{name: one for name, one in section.items() if name not in gone}, **given}
    if "username" in given:
        return _with_secret(section, given, old.mqtt_password, "password")
    return {**{name: one for name, one in section.items() if name not in asked}, **given}


def _house(old: Old, house: House) -> dict[str, Any]:
    kept = {name: item for name, item in old.section(_HOUSE).items() if name != "entity_id"}
    given = {"url": house.url, "token": house.token, "entities": dict(house.entities)}
    return _with_secret(kept, given, old.house_token)


def _with_secret(
    old: Mapping[str, Any], given: Mapping[str, Any], old_secret: str, key: str = "token"
) -> dict[str, Any]:
    """Write a secret only where it is new: one that was kept stays where it came from."""
    if given[key] == old_secret:
        rest = {name: value for name, value in given.items() if name != key}
        return {**old, **rest}
    return {**{name: value for name, value in old.items() if name != f"{key}_file"}, **given}
