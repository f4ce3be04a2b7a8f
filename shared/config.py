"""The configuration as the services see it, read from config.json, secret files and environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.config_files import SYSTEM_PATH, base_of, find, open_to_all
from shared.config_keys import decode
from shared.config_mistakes import HIDDEN, Mistakes
from shared.config_reader import REFERENCE_HINT, gather
from shared.config_secrets import inline_secrets
from shared.errors import ConfigError
from shared.option import Option
from shared.options import OPTIONS, SECTIONS
from shared.sources import Source
from shared.tariff import Tariff


@dataclass(frozen=True, slots=True)
class HomeAssistantConfig:
    """Home Assistant; `entities` is metric name to entity id.

    Where no metric comes from it, there are no entities, and address and token may be empty.
    """

    url: str
    token: str = field(repr=False)
    entities: Mapping[str, str]
    discovery: bool


@dataclass(frozen=True, slots=True)
class MqttConfig:
    """The broker; `host` is None when none is configured."""

    host: str | None
    port: int
    username: str | None
    password: str | None = field(repr=False)
    tls: bool
    base_topic: str
    credentials_dir: Path | None
    listen: str = "127.0.0.1"

    @property
    def address(self) -> str:
        """The host to connect to."""
        return self.host or "127.0.0.1"


@dataclass(frozen=True, slots=True)
class GithubConfig:
    """The remote; there is none of these when sync is off."""

    token: str = field(repr=False)
    repo: str
    branch: str = "main"
    directory: str = "data"
    api_url: str = "https://api.github.com"
    archive: bool = False
    pages: bool = False
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class RemoteConfig:
    """A directory as the remote; there is none of these unless one is configured."""

    type: str
    path: Path
    archive: bool = False


@dataclass(frozen=True, slots=True)
class WebConfig:
    """The web server's certificate and key, both or neither; its names on the internet."""

    tls_certificate: Path | None = None
    tls_key: Path | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertsConfig:
    """When an alert is raised, and where it is sent; a limit that is None is not watched."""

    power_high_watts: float | None = None
    energy_day_kwh: float | None = None
    hysteresis_percent: float = 10.0
    no_reading_minutes: float = 60.0
    sync_days: float = 2.0
    disk_free_megabytes: float = 32.0
    restarts_per_hour: int = 5
    ignore: tuple[str, ...] = ()
    webhook_url: str | None = field(default=None, repr=False)
    webhook_token: str | None = field(default=None, repr=False)
    webhook_body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class DataConfig:
    """What is collected; `bounds` is metric name to lowest and highest plausible value."""

    interval_s: int
    live_interval_s: float | None
    publish_interval_minutes: float
    backfill_days: float
    bounds: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class PathsConfig:
    """Where files live; `volatile_dir` is `data_dir` unless a tmpfs is configured."""

    data_dir: Path
    volatile_dir: Path
    state_dir: Path


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration, checked and complete."""

    home_assistant: HomeAssistantConfig
    mqtt: MqttConfig
    github: GithubConfig | None
    data: DataConfig
    paths: PathsConfig
    timezone: str
    sources: Mapping[str, Source] = field(default_factory=dict)
    remote: RemoteConfig | None = None
    web: WebConfig = WebConfig()
    tariff: Tariff | None = None
    alerts: AlertsConfig = AlertsConfig()

    @property
    def metrics(self) -> frozenset[str]:
        """The names of all metrics, wherever they come from."""
        return frozenset({*self.home_assistant.entities, *self.sources})

    @property
    def archive(self) -> bool:
        """Whether finished days' readings are kept at the remote, too."""
        place = self.remote or self.github
        return bool(place and place.archive)

    def secrets(self) -> tuple[str, ...]:
        """Every secret text, for those who must keep them out of what they write."""
        values = (_value(self, option) for option in OPTIONS if option.secret)
        return tuple(str(value) for value in values if value)


_TYPES: Mapping[str, Any] = {
    "home_assistant": HomeAssistantConfig,
    "mqtt": MqttConfig,
    "github": GithubConfig,
    "remote": RemoteConfig,
    "web": WebConfig,
    "tariff": Tariff,
    "alerts": AlertsConfig,
    "data": DataConfig,
    "paths": PathsConfig,
}


def load(
    path: Path | None,
    environ: Mapping[str, str],
    *,
    cwd: Path = Path(),
    system: Path = SYSTEM_PATH,
) -> Config:
    """Read the configuration from the first place that has one; `path` is the --config option."""
    found, content, mode = find(path, environ, cwd, system)
    raw = decode(content, found)
    values, mistakes = gather(raw, environ, base_of(found, environ, cwd))
    if open_to_all(mode) and any(inline_secrets(raw)):
        mistakes.lines.insert(
            0, f"{found}: holds secrets and everybody can read it: chmod 600 {found}"
        )
    return _build(values, mistakes, f"edit {found}; {REFERENCE_HINT}")


def parse(raw: object, environ: Mapping[str, str], *, base: Path = Path()) -> Config:
    """Check what config.json holds; relative paths in it start at `base`."""
    values, mistakes = gather(raw, environ, base)
    return _build(values, mistakes, REFERENCE_HINT)


def redacted(config: Config) -> dict[str, object]:
    """Return the effective configuration as the file would write it, each secret as ***."""
    result: dict[str, object] = {section.name: {} for section in SECTIONS}
    for option in OPTIONS:
        value = _value(config, option)
        place = result[option.section] if option.section else result
        if isinstance(place, dict):
            place[option.key] = HIDDEN if option.secret and value else _plain(option, value)
    return result | {
        name: None for name in ("github", "remote", "tariff") if not getattr(config, name)
    }


def _build(values: dict[str, Any], mistakes: Mistakes, hint: str) -> Config:
    if mistakes.lines:
        raise ConfigError("\n".join(mistakes.lines), hint=hint)
    for path in ("home_assistant.url", "home_assistant.token"):
        values[path] = values[path] or ""
    values["paths.volatile_dir"] = values["paths.volatile_dir"] or values["paths.data_dir"]
    values["mqtt.credentials"] = (
        values["mqtt.credentials"] or values["paths.state_dir"] / "credentials"
    )
    fields: dict[str, dict[str, Any]] = {}
    for option in OPTIONS:
        fields.setdefault(option.section, {})[option.attribute] = values[option.path]
    parts = {name: kind(**fields[name]) for name, kind in _TYPES.items()}
    if not values["github.token"]:
        parts["github"] = None
    if not values["remote.path"]:
        parts["remote"] = None
    if not values["tariff.periods"]:
        parts["tariff"] = None
    return Config(**parts, **fields[""])


def _value(config: Config, option: Option) -> Any:
    """Return the value an option has; None throughout a section that is off."""
    part = getattr(config, option.section) if option.section else config
    return None if part is None else getattr(part, option.attribute)


def _plain(option: Option, value: Any) -> object:
    if option.written:
        return option.written(value)
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _plain(option, item) for key, item in value.items()}
    return list(value) if isinstance(value, tuple) else value
