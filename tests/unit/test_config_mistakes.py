"""What a wrong configuration is told: every mistake at once, each with its path, no secret."""

import pytest
from support.configuration import SMALLEST, with_option

from shared.config import parse
from shared.errors import ConfigError
from shared.reading import RESERVED


def mistakes(raw: object, environ: dict[str, str] | None = None) -> list[str]:
    """Return the lines of the error that the configuration gives."""
    with pytest.raises(ConfigError) as caught:
        parse(raw, environ or {})
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("data.local_collection_interval_minutes", -5, "must be > 0, got -5"),
        ("data.local_collection_interval_minutes", 0, "must be > 0, got 0"),
        ("data.local_collection_interval_minutes", 0.001, "must be 1 s to 60 min, got 0.001"),
        ("data.local_collection_interval_minutes", 61, "must be 1 s to 60 min, got 61"),
        ("data.local_collection_interval_minutes", 7, "must divide an hour (420 s do not), got 7"),
        ("data.local_collection_interval_minutes", "10", 'must be a number, got "10"'),
        ("data.local_collection_interval_minutes", True, "must be a number, got true"),
        (
            "data.local_collection_interval_minutes",
            float("nan"),
            "must be a finite number, got nan",
        ),
        ("data.backfill_days", -1, "must be >= 0, got -1"),
        ("data.backfill_days", float("inf"), "must be <= 3660, got inf"),
        ("data.backfill_days", 10**400, "must be <= 3660, got a very large number"),
        ("data.live_interval_seconds", "off", 'must be a number, got "off"'),
        ("data.bounds", [1, 2], "must be an object {...}, got a list"),
        ("mqtt.port", 0, "must be >= 1, got 0"),
        ("mqtt.port", 65536, "must be <= 65535, got 65536"),
        ("mqtt.port", 1883.0, "must be a whole number, got 1883.0"),
        ("mqtt.port", True, "must be a whole number, got true"),
        ("mqtt.tls", "yes", 'must be true or false, got "yes"'),
        (
            "mqtt.host",
            "tcp://broker:1883",
            'must be a host name or address alone, without a scheme or port, got "tcp://broker:1883"',
        ),
        ("mqtt.base_topic", "a/+/b", 'must hold no + or # and not start with $, got "a/+/b"'),
        ("mqtt.base_topic", "$SYS", 'must hold no + or # and not start with $, got "$SYS"'),
        ("mqtt.base_topic", "a/", 'must not start or end with /, got "a/"'),
        ("mqtt.base_topic", "/a", 'must not start or end with /, got "/a"'),
        ("mqtt.base_topic", "", 'must not be empty, got ""'),
        ("home_assistant.discovery", 1, "must be true or false, got 1"),
        ("github.repo", "just-a-name", 'must be owner/name, got "just-a-name"'),
        ("github.repo", "a/..", 'must be owner/name, got "a/.."'),
        (
            "github.api_url",
            "http://127.x.de",
            'must start with https:// (plain http only to this machine), got "http://127.x.de"',
        ),
        (
            "github.directory",
            "a/../b",
            'must be a folder inside the repository, such as data, got "a/../b"',
        ),
        (
            "github.branch",
            "a..b",
            'must be the name of a branch, such as main, got "a..b"',
        ),
        (
            "paths.data_dir",
            "~/data",
            'must be written out, ~ is not known to a service, got "~/data"',
        ),
        (
            "timezone",
            "Europe",
            'must be the IANA name of a time zone, such as Europe/Berlin, got "Europe"',
        ),
        (
            "timezone",
            "../etc/passwd",
            'must be the IANA name of a time zone, such as Europe/Berlin, got "../etc/passwd"',
        ),
    ],
)
def test_wrong_value_is_named_with_path_and_reason(path: str, value: object, line: str) -> None:
    """Wrong value is named with path and reason."""
    assert mistakes(with_option(path, value)) == [f"{path}: {line}"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("paths.data_dir", "a\0b"),
        ("mqtt.base_topic", "a\0b"),
        ("mqtt.base_topic", "half a character \ud800"),
        ("mqtt.username", "two\nlines"),
    ],
)
def test_unprintable_text_is_refused_and_not_repeated(path: str, value: str) -> None:
    """Unprintable text is refused and not repeated."""
    (line,) = mistakes(with_option(path, value))
    assert line == f"{path}: must be at most 1024 printable characters"


@pytest.mark.parametrize(
    "url",
    [
        "ha.local:8123",
        "ftp://ha.local",
        "http://",
        "http://:8123",
        "http://ha:99999",
        "http://ha:0",
        "http://[::1",
        "http://ha/?x=1",
        "http://ha/#x",
        "http://ha local",
        "http://ha\\x",
        "http://h\u00e4.local",
    ],
)
def test_wrong_url_is_refused(url: str) -> None:
    """Wrong URL is refused."""
    (line,) = mistakes(with_option("home_assistant.url", url))
    assert line.startswith("home_assistant.url: must ")


@pytest.mark.parametrize("url", ["http://u:hidden@ha", "http://ha?token=hidden"])
def test_url_that_may_hold_a_password_is_not_repeated(url: str) -> None:
    """Url that may hold a password is not repeated."""
    (line,) = mistakes(with_option("home_assistant.url", url))
    assert "hidden" not in line


@pytest.mark.parametrize("url", ["http://localhost:4", "http://[::1]:4", "https://x.y/api/v3"])
def test_api_url_may_be_plain_http_within_the_machine(url: str) -> None:
    """API URL may be plain http within the machine."""
    raw = {**SMALLEST, "github": {"token": "t", "repo": "a/b", "api_url": url + "/"}}
    config = parse(raw, {})
    assert config.github is not None
    assert config.github.api_url == url


def test_all_mistakes_are_reported_together() -> None:
    """All mistakes are reported together."""
    raw = {
        "home_assistant": {"url": 1, "entities": {"voltage": "x"}},
        "mqtt": {"port": "a", "hots": "b"},
        "github": {"token": "t"},
        "surprise": [],
    }
    assert [line.split(":")[0] for line in mistakes(raw)] == [
        "surprise",
        "mqtt.hots",
        "home_assistant.url",
        "home_assistant.token",
        "home_assistant.entities.voltage",
        "mqtt.port",
        "home_assistant.entities.power",
        "github.repo",
    ]


def test_required_options_are_asked_for_with_every_way_to_give_them() -> None:
    """Required options are asked for with every way to give them."""
    lines = mistakes({})
    assert lines[0] == "home_assistant.url: required"
    assert "home_assistant.token_file" in lines[1]
    assert "POWER_MONITOR_HA_TOKEN" in lines[1]
    assert lines[2] == "home_assistant.entities: required"


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("home_assistant.tokn", "home_assistant.token"),
        ("home_assistant.entitys", "home_assistant.entities"),
        ("data.collection_interval_minutes", "data.local_collection_interval_minutes"),
        ("mqtt.base-topic", "mqtt.base_topic"),
        ("data_dir", "paths.data_dir"),
        ("mqtt.branch", "github.branch"),
        ("homeasistant", "home_assistant"),
        ("time_zone", "timezone"),
        ("github.tokenfile", "github.token_file"),
    ],
)
def test_unknown_key_names_the_nearest_known_one(path: str, meant: str) -> None:
    """Unknown key names the nearest known one."""
    assert f'{path}: unknown key, did you mean "{meant}"?' in mistakes(with_option(path, "x"))


def test_unknown_key_near_nothing_lists_what_is_known() -> None:
    """Unknown key near nothing lists what is known."""
    (line,) = mistakes({**SMALLEST, "zzz": 1})
    assert line.endswith(
        "known are alerts, data, github, home_assistant, mqtt, paths, remote, sources, "
        "tariff, timezone, web"
    )


def test_dotted_key_is_told_how_to_nest() -> None:
    """Dotted key is told how to nest."""
    (line,) = mistakes({**SMALLEST, "mqtt.host": "x"})
    assert line == 'mqtt.host: unknown key, write it as {"mqtt": {"host": ...}}'


def test_old_and_new_spelling_together_are_refused() -> None:
    """Old and new spelling together are refused."""
    (line,) = mistakes({**SMALLEST, "homeassistant": {"url": "http://x"}})
    assert line.startswith("homeassistant: is the old spelling")
    (line,) = mistakes(with_option("home_assistant.entity_id", "sensor.b"))
    assert line.startswith("home_assistant.entity_id: is the old spelling")


@pytest.mark.parametrize("raw", [None, [], "text", 1, True])
def test_what_is_no_object_is_refused(raw: object) -> None:
    """What is no object is refused."""
    assert mistakes(raw) == ["config.json: must be a JSON object {...}"]


@pytest.mark.parametrize("name", ["Power", "1st", "a-b", "a\n", "", "x" * 65, *sorted(RESERVED)])
def test_metric_names_are_checked(name: str) -> None:
    """Metric names are checked."""
    entities = {"power": "sensor.x", name: "sensor.y"}
    (line,) = mistakes(with_option("home_assistant.entities", entities))
    assert line.startswith("home_assistant.entities.")


@pytest.mark.parametrize("entity", ["x", "sensor.", "sensor.a.b", "sensor.A", "sensor.a,b", 5])
def test_entity_ids_are_checked(entity: object) -> None:
    """Entity ids are checked."""
    (line,) = mistakes(with_option("home_assistant.entities", {"power": entity}))
    assert line.startswith("home_assistant.entities.power: must be ")


def test_at_most_64_metrics() -> None:
    """At most 64 metrics."""
    entities = {"power": "sensor.x"} | {f"m{i}": "sensor.y" for i in range(64)}
    assert mistakes(with_option("home_assistant.entities", entities)) == [
        "home_assistant.entities: must be at most 64 metrics, got 65"
    ]


@pytest.mark.parametrize("span", [[1], [2, 1], [1, 1], ["a", 1], [0, float("nan")], 5, {}])
def test_bounds_are_two_numbers_in_order(span: object) -> None:
    """Bounds are two numbers in order."""
    (line,) = mistakes(with_option("data.bounds", {"power": span}))
    assert line.startswith("data.bounds.power: must be ")


def test_bounds_of_a_metric_that_is_not_collected_are_refused() -> None:
    """Bounds of a metric that is not collected are refused."""
    (line,) = mistakes(with_option("data.bounds", {"pwer": [0, 1]}))
    assert line == "data.bounds.pwer: is no metric of home_assistant.entities"


def test_password_in_the_file_needs_a_username() -> None:
    """Password in the file needs a username."""
    assert mistakes(with_option("mqtt.password", "x")) == ["mqtt.password: needs mqtt.username"]


@pytest.mark.parametrize("token", [12345, "two words", "l\u00e4nger", ["s3cr3t"], "s3cr3t\n"])
def test_wrong_secret_is_refused_and_not_shown(token: object) -> None:
    """Wrong secret is refused and not shown."""
    (line,) = mistakes(with_option("home_assistant.token", token))
    assert line.startswith("home_assistant.token: must be ")
    assert "got" not in line


def test_secret_pasted_elsewhere_too_is_not_shown() -> None:
    """Secret pasted elsewhere too is not shown."""
    raw = with_option("home_assistant.entities", {"power": "ha-secret", "ha-secret": "sensor.x"})
    text = "\n".join(mistakes(raw | {"ha-secret": 1, "mqtt": {"port": "ha-secret"}}))
    assert "ha-secret" not in text


def test_a_short_secret_hides_itself_and_spoils_no_other_word() -> None:
    """A token of one letter must not turn every line into stars."""
    raw = {**SMALLEST, "mqtt": {"username": "u", "password": "o", "pott": 1, "host": "o:o"}}
    lines = mistakes({**raw, "data": {"backfill_days": "o"}})
    assert lines[0] == 'mqtt.pott: unknown key, did you mean "mqtt.port"?'
    assert lines[1].endswith('got "o:o"')
    assert lines[2] == "data.backfill_days: must be a number"


def test_wrong_secret_of_the_environment_names_the_variable() -> None:
    """Wrong secret of the environment names the variable."""
    (line,) = mistakes(SMALLEST, {"POWER_MONITOR_HA_TOKEN": "two words"})
    assert line.startswith("POWER_MONITOR_HA_TOKEN: must be the token alone")


@pytest.mark.parametrize(
    ("given", "missing"),
    [("web.tls_certificate", "web.tls_key"), ("web.tls_key", "web.tls_certificate")],
)
def test_a_certificate_needs_its_key_and_a_key_its_certificate(given: str, missing: str) -> None:
    """A certificate needs its key and a key its certificate."""
    assert mistakes(with_option(given, "/x.pem")) == [f"{missing}: required with {given}"]


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("webhook_url", "hook.example/secret", "alerts.webhook_url: must be a full URL"),
        ("webhook_url", "https://me:secret@hook.example", "must hold no user name"),
        ("webhook_body", "text", "must be an object"),
        ("webhook_body", {"a": [{"b": "{secret} {text}"}]}, "{secret} is not known; known are"),
        ("ignore", ["power-cuts"], "must be names of alerts: power-cut, "),
        ("ignore", "clock", "must be a list of names"),
        ("restarts_per_hour", 1.5, "must be a whole number"),
        ("power_high_watts", 0, "must be > 0"),
    ],
)
def test_a_wrong_alert_option_says_why(option: str, value: object, reason: str) -> None:
    (line,) = mistakes({**SMALLEST, "alerts": {option: value}})
    assert reason in line
    assert option != "webhook_url" or "hook.example" not in line


@pytest.mark.parametrize("section", ["home_assistant", "github", "alerts", "mqtt"])
def test_a_secret_given_in_place_of_its_section_is_not_shown(section: str) -> None:
    """As in `"github": "ghp_..."`, by somebody who took the one for the other."""
    lines = mistakes({**SMALLEST, section: "ghp_written-in-the-wrong-place"})
    assert f"{section}: must be an object {{...}}, got a text" in lines
    assert "wrong-place" not in "".join(lines)
