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
    def minutes(self) -> Any:
        """The collection interval as it stood."""
        return self.section("data").get("local_collection_interval_minutes", 10)


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered; `remote` names the section of `safe`, "" for nowhere."""

    url: str
    token: str = field(repr=False)
    entities: Mapping[str, str]
    timezone: str
    minutes: float
    remote: str
    safe: Mapping[str, Any] = field(repr=False)
    discovery: bool = False


def configuration(old: Old, answers: Answers) -> dict[str, Any]:
    """Return the new config.json: what was not asked about stays as it was."""
    renamed = {section.old for section in SECTIONS if section.old}
    raw = {name: value for name, value in old.raw.items() if name not in renamed}
    raw[_HOUSE] = _house(old, answers)
    minutes = int(answers.minutes) if answers.minutes == int(answers.minutes) else answers.minutes
    raw["data"] = {**old.section("data"), "local_collection_interval_minutes": minutes}
    raw["timezone"] = answers.timezone
    for section in (GITHUB, DIRECTORY):
        raw.pop(section, None)
    if answers.remote == GITHUB:
        raw[GITHUB] = _with_secret(old.section(GITHUB), answers.safe, old.github_token)
    elif answers.remote == DIRECTORY:
        raw[DIRECTORY] = {**old.section(DIRECTORY), **answers.safe}
    return raw


def _house(old: Old, answers: Answers) -> dict[str, Any]:
    kept = {name: item for name, item in old.section(_HOUSE).items() if name != "entity_id"}
    given: dict[str, Any] = {
        "url": answers.url,
        "token": answers.token,
        "entities": dict(answers.entities),
    }
    if answers.discovery or "discovery" in kept:
        given["discovery"] = answers.discovery
    return _with_secret(kept, given, old.house_token)


def _with_secret(
    old: Mapping[str, Any], given: Mapping[str, Any], old_token: str
) -> dict[str, Any]:
    """Write a token only where it is new: one that was kept stays where it came from."""
    if given["token"] == old_token:
        rest = {name: value for name, value in given.items() if name != "token"}
        return {**old, **rest}
    return {**{name: value for name, value in old.items() if name != "token_file"}, **given}
