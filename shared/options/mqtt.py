"""The options of `mqtt`."""

from shared import option_checks as check
from shared.option import Option, Section

SECTION = Section("mqtt", "The broker the services talk through.")

OPTIONS = (
    Option(
        "mqtt.host",
        check.host,
        "Name or address of the broker. Not given, `power-monitor run` starts its own.",
        default_text="127.0.0.1",
        example="127.0.0.1",
    ),
    Option(
        "mqtt.listen",
        check.host,
        "Where our own broker listens: `0.0.0.0` lets the devices of your network reach it, at "
        "`mqtt.port`. On this machine alone it takes any free port.",
        default="127.0.0.1",
    ),
    Option("mqtt.port", check.port, "TCP port of the broker.", default=1883),
    Option(
        "mqtt.username",
        check.text,
        "Broker user of every service. Not given, each service signs in as itself with its "
        "password from `mqtt.credentials`.",
        default_text="one user for each service",
        example="power-monitor",
    ),
    Option(
        "mqtt.password",
        check.text,
        "Password of `mqtt.username`.",
        default_text="none",
        environment="POWER_MONITOR_MQTT_PASSWORD",
        example="put-the-password-here",
    ),
    Option("mqtt.tls", check.switch, "Encrypt the connection to the broker.", default=False),
    Option("mqtt.base_topic", check.topic, "Start of every topic.", default="power-monitor"),
    Option(
        "mqtt.credentials",
        check.folder,
        "Directory with one file for each broker user, named like the user and holding its "
        "password; only their owner may read them (mode 600).",
        default_text="`credentials` in `paths.state_dir`",
        example="/var/lib/power-monitor/credentials",
        field="credentials_dir",
    ),
)
