"""The whole of `power-monitor setup`, from the first question to the summary: pure."""

from collections.abc import Mapping
from typing import Any

from cli.setup import devices, house, price, safe
from cli.setup.answers import Answers, Devices, House, Old, configuration
from cli.setup.effects import Dialogue, Say
from cli.setup.talk import ask, choose, yes
from shared import option_checks as check
from shared.errors import BadInput, Refused
from shared.reading import POWER
from shared.times import Zone


def setup(old: Old, target: str, *, now: float, system_zone: str, here: bool) -> Dialogue[Answers]:
    """Ask everything, show it, and return it once a person agrees.

    `here` says whether this is the machine the monitor will run on. Raises Refused when the
    answers are not to be used.
    """
    yield Say(
        "Power Monitor setup\n"
        "Enter takes what stands in [brackets]. Each answer is tried at once. Nothing is written "
        f"before the end; Ctrl-C leaves everything as it is. The answers go to {target}, which "
        "only you can read."
    )
    while True:
        answers = yield from _ask_all(old, now, system_zone, here=here)
        yield from _summary(answers)
        if (yield from yes(f"Write this to {target}?", default=True)):
            return answers
        if not (
            yield from yes("Go through the questions again, with these answers?", default=True)
        ):
            raise Refused("nothing was written")
        old = _as_old(old, answers)


def _ask_all(old: Old, now: float, system_zone: str, *, here: bool) -> Dialogue[Answers]:
    yield Say("\n1. Where the power comes from")
    choices = (
        ("Home Assistant", True),
        ("a device, by MQTT: Tasmota, Shelly, Zigbee2MQTT, ESPHome or another", False),
    )
    asked = yield from choose("Where from", choices, 2 if POWER in old.sources else 1)
    about: Mapping[str, Any] = {}
    origin: House | Devices
    if asked:
        origin, about = yield from _house(old)
    else:
        origin = yield from _devices(old)
    shown = yield from house.discovery(old.section("home_assistant").get("discovery"))
    minutes = yield from _minutes(old.minutes)
    zone = yield from _zone(old, about, system_zone)
    today = Zone(zone).day_of(now).isoformat()
    tariff = yield from price.tariff(old.raw.get("tariff"), today)
    remote = yield from safe.place(old.raw)
    given: Mapping[str, Any] = {}
    if remote == safe.GITHUB:
        given = yield from safe.github(old.section(remote), old.github_token, minutes)
    elif remote == safe.DIRECTORY:
        given = yield from safe.directory(old.section(remote), minutes, here=here)
    return Answers(origin, zone, minutes, remote, given, tariff, shown)


def _house(old: Old) -> Dialogue[tuple[House, Mapping[str, Any]]]:
    """Ask about Home Assistant; return with it what it says of itself."""
    section, elsewhere = old.section("home_assistant"), set(old.sources) - {POWER}
    address = yield from house.url(str(section.get("url", "")))
    token, about = yield from house.token(address, old.house_token)
    entities = yield from house.entities(address, token, old.entities, elsewhere)
    return House(address, token, entities), about


def _devices(old: Old) -> Dialogue[Devices]:
    section, power = old.section("mqtt"), old.sources.get(POWER)
    mqtt = yield from devices.broker(section, old.mqtt_password, first=power is None)
    source = yield from devices.power(power, {"base_topic": old.base_topic, **mqtt})
    return Devices(source, mqtt)


def _minutes(old: Any) -> Dialogue[float]:
    yield Say(
        "\nHow often a reading is kept, in minutes. Between two readings nothing is lost: mean, "
        "lowest, highest and energy come from every change between. It must divide an hour."
    )
    minutes = yield from ask("Minutes between readings", _interval, default=str(old))
    return minutes


def _zone(old: Old, about: Mapping[str, Any], system: str) -> Dialogue[str]:
    told = about.get("time_zone")
    default = str(old.raw.get("timezone") or told or system)
    if told and told != default:
        yield Say(f"\nHome Assistant's time zone is {told}, the one in force here {default}.")
    zone = yield from ask("Time zone; it decides where a day begins", check.zone, default=default)
    return zone


def _interval(text: str) -> float:
    try:
        minutes = float(text.replace(",", "."))
    except ValueError:
        raise BadInput("must be a number, such as 10 or 0.5") from None
    return float(check.interval_s(minutes)) / 60


def _summary(answers: Answers) -> Dialogue[None]:
    kept = {
        safe.GITHUB: f"{answers.safe.get('repo')} on GitHub",
        safe.DIRECTORY: str(answers.safe.get("path")),
        safe.NOWHERE: "this machine alone",
    }[answers.remote]
    archive = ", every reading included" if answers.safe.get("archive") else ""
    rows = {
        **_origin(answers.origin),
        "shown as a device": "in Home Assistant" if answers.discovery else "no",
        "a reading every": f"{answers.minutes:g} min",
        "time zone": answers.timezone,
        **_cost(answers.tariff),
        "kept safe at": kept + archive,
    }
    yield Say(
        "\n3. All together\n" + "\n".join(f"  {name:<17} {row}" for name, row in rows.items())
    )


def _cost(tariff: Mapping[str, Any]) -> dict[str, str]:
    last = tariff["periods"][-1] if tariff else {}
    if not tariff or "price" not in last:
        return {"cost": "as it is: docs/tariff.md" if tariff else "not told"}
    return {"a kWh costs": f"{tariff['currency']} {last['price']} from {last['from']} on"}


def _origin(origin: House | Devices) -> dict[str, str]:
    if isinstance(origin, Devices):
        port = origin.mqtt.get("port", devices.PORT)
        host = origin.mqtt.get("host")
        broker = f"{host}:{port}" if host else "the monitor's own"
        return {"power": devices.described(origin.power), "broker": broker}
    return {"Home Assistant": origin.url, **origin.entities}


def _as_old(old: Old, answers: Answers) -> Old:
    """Return the answers as defaults of the next round."""
    origin = answers.origin
    return Old(
        configuration(old, answers),
        origin.token if isinstance(origin, House) else old.house_token,
        answers.safe.get("token", old.github_token),
        origin.mqtt.get("password", "") if isinstance(origin, Devices) else old.mqtt_password,
    )
