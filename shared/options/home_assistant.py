"""The options of `home_assistant`."""

from shared import option_checks as check
from shared.option import Option, Section

SECTION = Section("home_assistant", "Where the house's power comes from.", old="homeassistant")

OPTIONS = (
    Option(
        "home_assistant.url",
        check.url,
        "Full URL of Home Assistant, with its port; a path before `/api` is allowed. Not needed, "
        "like the token and the entities, where `sources` gives `power`.",
        required=True,
        example="http://homeassistant.local:8123",
    ),
    Option(
        "home_assistant.token",
        check.token,
        "Long-lived access token: in Home Assistant your profile, Security.",
        required=True,
        environment="POWER_MONITOR_HA_TOKEN",
        example="put-the-long-lived-access-token-here",
    ),
    Option(
        "home_assistant.entities",
        check.entity_id,
        "Metric name to entity, at most 64. `power` is required, unless `sources` gives it, and "
        "always kept in W; `energy` "
        "and `export` are meters that only count up, in kWh; every other metric is a gauge. The "
        'old spelling `"entity_id": "sensor.x"` means `power`.',
        required=True,
        example={"power": "sensor.house_power"},
        old="entity_id",
        per_metric=True,
    ),
    Option(
        "home_assistant.discovery",
        check.switch,
        "Show the monitor as a device in Home Assistant, which must use the same broker or one "
        "with a bridge to it.",
        default=False,
    ),
)
