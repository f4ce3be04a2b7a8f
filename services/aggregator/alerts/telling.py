"""Tell of alerts: what is told is shown, kept as an event, and waits for the hook."""

from services.aggregator.alerts.alert import Alert, Moment, Sign, looked, tell
from services.aggregator.alerts.events import Event, begun, ended
from services.aggregator.alerts.memory import Memory, Notice, Shown
from services.aggregator.alerts.wording import lasted
from shared.times import Zone


def go_on(
    memory: Memory, name: str, sign: Sign | None, now: float, zone: Zone, *, quiet: bool
) -> tuple[bool, Moment | None]:
    """Let one alert go on in `memory`; return whether it changed, and what was told of it.

    With `quiet` nothing is told: what began meanwhile is told after it, if still on.
    """
    before = memory.alerts.get(name, Alert())
    alert, told = looked(before, sign, now), None
    if not quiet:
        alert, told = tell(alert, now)
    memory.alerts[name] = alert
    if told:
        _tell(memory, name, alert, told, zone)
    changed = (alert.on, alert.told, alert.told_at) != (before.on, before.told, before.told_at)
    return changed, told


def tell_of_the_past(memory: Memory, name: str, since: float, until: float, zone: Zone) -> None:
    """Tell of a power cut that took this machine with it, now that it is over."""
    span = lasted(zone, since, until)
    text = f"The power was out, and this machine with it, for{span}"
    memory.events = ended(memory.events, Event(name, since, until, text))
    memory.shown[name] = Shown("off", until, text)
    began = "The power went out, and this machine with it."
    memory.queue(Notice(name, Moment.START.value, "on", since, None, began))
    memory.queue(Notice(name, Moment.END.value, "off", since, until, text))


def _tell(memory: Memory, name: str, alert: Alert, told: Moment, zone: Zone) -> None:
    text, until = alert.text, None
    if told is Moment.START:
        memory.shown[name] = Shown("on", alert.since, text)
        memory.events = begun(memory.events, Event(name, alert.since, None, text))
    elif told is Moment.REMINDER:
        text = f"Still so: {text}"
    else:
        until = alert.until
        text += lasted(zone, alert.since, until, alert.times, alert.at_most_s)
        memory.shown[name] = Shown("off", until, text)
        memory.events = ended(memory.events, Event(name, alert.since, until, text))
    state = "off" if told is Moment.END else "on"
    memory.queue(Notice(name, told.value, state, alert.since, until, text))
