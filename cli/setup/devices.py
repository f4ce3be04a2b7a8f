"""The questions about devices that speak MQTT: their broker, and where one says the power."""

from collections.abc import Callable, Mapping
from typing import Any

from cli.setup.effects import Dialogue, GreetBroker, HearDevice, Say
from cli.setup.families import FAMILIES, Family
from cli.setup.talk import ask, attempt, choose, yes
from shared import option_checks as check
from shared.config_sources import check_path, check_topic
from shared.errors import BadInput
from shared.reading import POWER
from shared.units import allowed_units, canonical_unit

OPEN = "0.0.0.0"  # noqa: S104 - devices of the network are to reach it, if a person says so
PORT = 1883
_NONE = "-"


def broker(old: Mapping[str, Any], secret: str, *, first: bool) -> Dialogue[dict[str, Any]]:
    """Ask which broker the devices speak to; returns what is to stand in the section `mqtt`.

    `secret` is the old password; `first` says that nothing was heard from devices before.
    """
    yield Say("\nWhich broker do the devices send to?")
    theirs = yield from choose(
        "Broker",
        (("the monitor's own", False), ("one that I have, as with Zigbee2MQTT", True)),
        2 if old.get("host") else 1,
    )
    asked = _theirs(old, secret) if theirs else _own(old, first=first)
    given = yield from asked
    return given


def power(old: object, mqtt: Mapping[str, Any]) -> Dialogue[dict[str, Any]]:
    """Ask which message tells the power of the whole house; a source that is there may stay.

    `mqtt` is what `broker` returned, with the base topic.
    """
    if isinstance(old, dict):
        yield Say(f"\nThe power of the whole house is {described(old)}.")
        if (yield from yes("Keep it so?", default=True)):
            return old
    yield Say(
        "\nWhich device tells the power of the whole house? More devices, and sums of them: "
        "docs/integrations.md."
    )
    kinds = tuple((family.name, family) for family in FAMILIES)
    family = yield from choose("Kind of device", kinds, 1)
    given = yield from _message(family, mqtt)
    return given


def described(source: Mapping[str, Any]) -> str:
    """Say in a few words where a metric comes from."""
    for operation in ("sum", "difference"):
        parts = source.get(operation)
        if isinstance(parts, list):
            return f"the {operation} of {', '.join(map(str, parts))}"
    path = source.get("path", "")
    keys = ".".join(map(str, path)) if isinstance(path, list) else path
    return f"{keys} on {source.get('topic')}".removeprefix(" on ")


def _own(old: Mapping[str, Any], *, first: bool) -> Dialogue[dict[str, Any]]:
    yield Say(
        "  Devices sign in there as the user device; power-monitor doctor prints where the "
        'password is. More in docs/integrations.md, "Letting devices in".'
    )
    listen = old.get("listen", OPEN if first else "127.0.0.1")
    opened = listen not in {"127.0.0.1", "localhost", "::1"}
    port = old.get("port", PORT)
    if (yield from yes(f"May your network's devices reach it, at port {port}?", default=opened)):
        return {"listen": listen if opened else OPEN}
    return {}


def _theirs(old: Mapping[str, Any], secret: str) -> Dialogue[dict[str, Any]]:
    given = {"host": "", "port": PORT, **old}
    again = True
    while again:
        host = yield from ask("Its name or address", check.host, default=str(given["host"]))
        port = yield from ask("Its port", _port, default=str(given["port"]))
        user = yield from ask(
            f"User name there ({_NONE} for none)", _text, default=str(given.get("username", _NONE))
        )
        given = {"host": host, "port": port}
        if user:
            secret = yield from ask("Password", check.text, default=secret, secret=True)
            given |= {"username": user, "password": secret}
        _, again = yield from attempt(GreetBroker({**_kept(old), **given}), "the broker")
    return given


def _message(family: Family, mqtt: Mapping[str, Any]) -> Dialogue[dict[str, Any]]:
    topic, path, unit, again = "", family.path, "W", True
    found: dict[str, Any] = {}
    yield Say(
        f"The topic as the device says it, such as {family.example}; then the keys that lead to "
        f"the number in its messages, joined by dots, or {_NONE} where a message is the number."
    )
    base = str(mqtt["base_topic"])
    while again:
        topic = yield from ask("Topic", _topic(base), default=topic)
        path = yield from ask(
            "Keys that lead to the number",
            _path,
            default=path or _NONE,
        )
        unit = yield from ask("Unit it is in", _unit, default=unit)
        found, again = family.source(topic, path, unit), False
        if mqtt.get("host"):
            raw = {"mqtt": dict(mqtt), "sources": {POWER: found}}
            said, again = yield from attempt(HearDevice(raw), "topic, keys and unit")
            yield from _tell(said)
    return found


def _tell(said: object) -> Dialogue[None]:
    if said:
        yield Say(f"  It says {said}.")


def _kept(old: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in old.items() if name in {"tls", "base_topic"}}


def _topic(base: str) -> Callable[[str], str]:
    def checked(text: str) -> str:
        topic = check_topic(text)
        if topic == base or topic.startswith(f"{base}/"):
            raise BadInput(f"must not lie below {base}/, which is ours")
        return topic

    return checked


def _path(text: str) -> str:
    if text == _NONE:
        return ""
    check_path(text)
    return text


def _unit(text: str) -> str:
    if canonical_unit(POWER, text) is None:
        raise BadInput(f"must be one of {allowed_units(POWER)}")
    return text


def _text(text: str) -> str:
    return "" if text == _NONE else check.text(text)


def _port(text: str) -> int:
    return check.port(int(text) if text.isdecimal() else text)
