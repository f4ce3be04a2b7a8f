"""The configuration as the services see it, read from config.json, secret files and environment."""

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.errors import BadInput, ConfigError
from shared.options import (
    KNOWN_PATHS,
    LARGEST_NUMBER,
    OPTIONS,
    SECTIONS,
    Option,
    folder,
    is_comment,
    metric,
    nearest,
    zone,
)
from shared.reading import MAX_METRICS, POWER

SYSTEM_PATH = Path("/opt/power-monitor/config.json")
PATH_VARIABLE = "POWER_MONITOR_CONFIG"
LARGEST_FILE = 256 * 1024  # bytes
LONGEST_ECHO = 100  # characters of a wrong key or value that are shown
HIDDEN = "***"
SHORTEST_SECRET = 6  # characters; a shorter one inside other text is a coincidence
REFERENCE_HINT = "every option is explained in docs/configuration.md"


@dataclass(frozen=True, slots=True)
class HomeAssistantConfig:
    """Where the power comes from; `entities` is metric name to entity id."""

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
    remote: RemoteConfig | None = None

    def secrets(self) -> tuple[str, ...]:
        """Every secret text, for those who must keep them out of what they write."""
        values = (_value(self, option) for option in OPTIONS if option.secret)
        return tuple(str(value) for value in values if value)


_TYPES: Mapping[str, Any] = {
    "home_assistant": HomeAssistantConfig,
    "mqtt": MqttConfig,
    "github": GithubConfig,
    "remote": RemoteConfig,
    "data": DataConfig,
    "paths": PathsConfig,
}


class _Object(dict[str, object]):
    """A JSON object that remembers the keys given twice."""

    twice: tuple[str, ...] = ()


class _Mistakes:
    """What is wrong, one line each; no secret gets into a line."""

    def __init__(self, secrets: set[str]) -> None:
        self.lines: list[str] = []
        self.secrets = secrets

    def add(self, path: str, reason: str) -> None:
        """Report a mistake without showing the value."""
        head, dot, key = path.rpartition(".")
        if path not in KNOWN_PATHS:
            path = f"{head if head in KNOWN_PATHS else self._safe(head)}{dot}{self._safe(key)}"
        self.lines.append(f"{path}: {reason}")

    def add_value(self, path: str, reason: str, value: object) -> None:
        """Report a mistake and the value, unless it could give a secret away."""
        shown = _shown(value)
        secret = isinstance(value, str) and value in self.secrets
        if secret or "@" in shown or "?" in shown or self._safe(shown) != shown:
            self.add(path, reason)
        else:
            self.add(path, f"{reason}, got {shown}")

    def _safe(self, given: str) -> str:
        for secret in self.secrets:
            given = given.replace(secret, HIDDEN) if len(secret) >= SHORTEST_SECRET else given
        given = given if given.isprintable() else ascii(given)[1:-1]
        return given if len(given) <= LONGEST_ECHO else f"{given[:LONGEST_ECHO]}..."


def load(
    path: Path | None,
    environ: Mapping[str, str],
    *,
    cwd: Path = Path(),
    system: Path = SYSTEM_PATH,
) -> Config:
    """Read the configuration from the first place that has one; `path` is the --config option."""
    found, content, mode = _read_first(_places(path, environ, cwd, system))
    raw = decode(content, found)
    values, mistakes = _gather(raw, environ, found.absolute().parent)
    if mode & stat.S_IROTH and any(_inline_secrets(raw)):
        mistakes.lines.insert(0, _open_to_all(found))
    return _build(values, mistakes, f"edit {found}; {REFERENCE_HINT}")


def parse(raw: object, environ: Mapping[str, str], *, base: Path = Path()) -> Config:
    """Check what config.json holds; relative paths in it start at `base`."""
    values, mistakes = _gather(raw, environ, base)
    return _build(values, mistakes, REFERENCE_HINT)


def redacted(config: Config) -> dict[str, object]:
    """Return the effective configuration as the file would write it, each secret as ***."""
    result: dict[str, object] = {section.name: {} for section in SECTIONS}
    for option in OPTIONS:
        value = _value(config, option)
        place = result[option.section] if option.section else result
        if isinstance(place, dict):
            place[option.key] = HIDDEN if option.secret and value else _plain(option, value)
    return result | {name: None for name in ("github", "remote") if not getattr(config, name)}


def decode(content: bytes, path: Path) -> object:
    """Parse the text of config.json; ConfigError says where it is broken, and quotes nothing."""
    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ConfigError(
            f"{path}: {where}: {error.msg}",
            hint="JSON wants double quotes, no comma before } or ], and no comments; "
            "keys that start with _ are ignored and can hold remarks",
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start}: not UTF-8", hint=f"edit {path}") from None
    except RecursionError:
        raise ConfigError(f"{path}: nested too deeply", hint=f"edit {path}") from None
    except ValueError:
        raise ConfigError(f"{path}: a number is too long", hint=f"edit {path}") from None


def system_timezone(environ: Mapping[str, str], etc: Path = Path("/etc")) -> str:
    """Return the IANA name of the machine's own time zone, UTC when it can't be found."""
    for place in (environ.get("TZ", ""), _first_line(etc / "timezone"), _link(etc / "localtime")):
        try:
            return zone(place.removeprefix(":").rpartition("zoneinfo/")[2])
        except BadInput:
            continue
    return "UTC"


def _first_line(path: Path) -> str:
    try:
        return _read(path)[0].decode().partition("\n")[0].strip()
    except (OSError, ValueError):
        return ""


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


def _places(
    path: Path | None, environ: Mapping[str, str], cwd: Path, system: Path
) -> tuple[Path, ...]:
    if path is not None:
        return (cwd / path,)
    if environ.get(PATH_VARIABLE):
        return (cwd / environ[PATH_VARIABLE],)
    return (cwd / "config.json", system)


def _read_first(places: tuple[Path, ...]) -> tuple[Path, bytes, int]:
    for place in places:
        try:
            return place, *_read(place)
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise ConfigError(f"{place}: {_reason(error)}", hint=f"ls -l {place}") from None
    looked = "\n".join(f"{place}: there is no such file" for place in places)
    raise ConfigError(
        looked,
        hint=f"install -m 600 config.example.json {places[0]}, edit it, or name another file "
        f"with --config PATH or {PATH_VARIABLE}",
    )


def _read(path: Path) -> tuple[bytes, int]:
    """Return a small file's content and permission bits; raise OSError or ValueError."""
    with path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
        mode = os.fstat(file.fileno()).st_mode
    if len(content) > LARGEST_FILE:
        raise ValueError(f"larger than {LARGEST_FILE} bytes")
    return content, mode


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _open_to_all(path: Path) -> str:
    return f"{path}: holds secrets and everybody can read it: chmod 600 {path}"


def _object(pairs: list[tuple[str, object]]) -> _Object:
    result = _Object(pairs)
    if len(result) < len(pairs):
        keys = [key for key, _ in pairs]
        result.twice = tuple(key for key in result if keys.count(key) > 1)
    return result


def _inline_secrets(raw: object) -> list[str]:
    """Return every secret written into the file itself, under any section's name."""
    keys = {option.key for option in OPTIONS if option.secret}
    members = raw.values() if isinstance(raw, dict) else ()
    sections = [item for item in members if isinstance(item, dict)]
    return [
        value
        for section in sections
        for key, value in section.items()
        if key in keys and isinstance(value, str) and value
    ]


def _gather(
    raw: object, environ: Mapping[str, str], base: Path
) -> tuple[dict[str, Any], _Mistakes]:
    """Return option path to checked value, and everything that is wrong."""
    if not isinstance(raw, dict):
        raise ConfigError("config.json: must be a JSON object {...}", hint=REFERENCE_HINT)
    variables = [_variable(option, environ) for option in OPTIONS]
    mistakes = _Mistakes({secret for secret in _inline_secrets(raw) + variables if secret})
    given = _given(raw, mistakes)
    if given.get("timezone") is None:
        given["timezone"] = system_timezone(environ)
    values = {option.path: _resolve(option, given, environ, base, mistakes) for option in OPTIONS}
    if not any(path.startswith("github.") for path in given):
        values["github.token"] = None
    _check_together(values, given, mistakes)
    return values, mistakes


def _given(raw: dict[str, object], mistakes: _Mistakes) -> dict[str, object]:
    """Flatten the file to option path and value, in today's spelling."""
    given: dict[str, object] = {}
    renamed = {section.old: section.name for section in SECTIONS if section.old}
    for key, item in _members(raw, "", mistakes).items():
        name = renamed.get(key, key)
        if name != key and name in raw:
            mistakes.add(key, f'is the old spelling of "{name}", which is given too')
        elif name in _TYPES:
            members = _members(item, f"{name}.", mistakes)
            given |= {f"{name}.{leaf}": value for leaf, value in members.items()}
        elif name in KNOWN_PATHS and "." not in name:
            given[name] = item
        else:
            mistakes.add(name, _unknown(name))
    _modernise(given, mistakes)
    for path in [path for path in given if path not in KNOWN_PATHS]:
        mistakes.add(path, _unknown(path))
        del given[path]
    return given


def _modernise(given: dict[str, object], mistakes: _Mistakes) -> None:
    """Take the old spelling of an option as the entry for power of the new one."""
    for option in OPTIONS:
        old = f"{option.section}.{option.old}" if option.old else ""
        item, entries = given.pop(old, None), given.get(option.path)
        if item is None or not isinstance(entries, dict | None):
            continue
        if entries and POWER in entries:
            mistakes.add(old, f'is the old spelling of "{option.path}.power", which is given too')
        else:
            given[option.path] = {POWER: item, **(entries or {})}


def _members(value: object, path: str, mistakes: _Mistakes) -> dict[str, object]:
    """Return an object's members, remarks left out; what is no object is reported."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        mistakes.add_value(path.rstrip("."), "must be an object {...}", value)
        return {}
    for key in getattr(value, "twice", ()):
        mistakes.add(f"{path}{key}", "given twice")
    return {str(key): item for key, item in value.items() if not is_comment(str(key))}


def _unknown(path: str) -> str:
    meant = nearest(path)
    if meant == path:
        section, _, key = path.partition(".")
        return f'unknown key, write it as {{"{section}": {{"{key}": ...}}}}'
    known = ", ".join(sorted(name for name in KNOWN_PATHS if "." not in name))
    return f'unknown key, did you mean "{meant}"?' if meant else f"unknown key, known are {known}"


def _resolve(
    option: Option,
    given: Mapping[str, object],
    environ: Mapping[str, str],
    base: Path,
    mistakes: _Mistakes,
) -> Any:
    """Return an option's checked value or default; None when there is none or it is wrong."""
    where, value = option.path, given.get(option.path)
    if option.secret:
        try:
            where, value = _secret(option, given, environ, base)
        except BadInput as error:
            mistakes.add(f"{option.path}_file", str(error))
            return None
    if value is None and option.required:
        mistakes.add(option.path, _required(option))
    value = option.default if value is None else value
    if option.per_metric:
        return _entries(option, value, mistakes)
    checked = None if value is None else _checked(option, where, value, mistakes)
    return base / checked if isinstance(checked, Path) else checked


def _entries(option: Option, value: object, mistakes: _Mistakes) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    for name, item in _members(value, f"{option.path}.", mistakes).items():
        path = f"{option.path}.{name}"
        try:
            metric(name)
        except BadInput as error:
            mistakes.add(path, str(error))
        if item is not None:
            entries[name] = _checked(option, path, item, mistakes)
    return entries


def _checked(option: Option, where: str, value: object, mistakes: _Mistakes) -> Any:
    try:
        return option.check(value)
    except BadInput as error:
        if option.secret:
            mistakes.add(where, str(error))
        else:
            mistakes.add_value(where, str(error), value)
        return None


def _required(option: Option) -> str:
    if not option.secret:
        return "required"
    return f'required, here or as "{option.path}_file" or in {option.environment}'


def _variable(option: Option, environ: Mapping[str, str]) -> str:
    return environ.get(option.environment, "").strip() if option.environment else ""


def _secret(
    option: Option, given: Mapping[str, object], environ: Mapping[str, str], base: Path
) -> tuple[str, object]:
    """Return where a secret comes from, and the secret; the environment wins, "" is none."""
    if variable := _variable(option, environ):
        return option.environment, variable
    inline, file = given.get(option.path), given.get(f"{option.path}_file")
    if file is None:
        return option.path, None if inline == "" else inline
    if inline:
        raise BadInput(f'give either this or "{option.path}"')
    return f"{option.path}_file", _secret_in(base / folder(file))


def _secret_in(path: Path) -> str:
    """Read a secret file; what can't be opened is not named, it may be the secret itself."""
    try:
        content, mode = _read(path)
        secret = content.decode().strip()
    except UnicodeDecodeError:
        raise BadInput("the file is not UTF-8 text") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"{_reason(error)} (a relative path starts at the config's)") from None
    if mode & stat.S_IROTH:
        raise BadInput(f"everybody can read {path}: chmod 600 {path}")
    if not secret:
        raise BadInput(f"{path} is empty")
    return secret


def _check_together(
    values: Mapping[str, Any],
    given: Mapping[str, object],
    mistakes: _Mistakes,
) -> None:
    """Report what only two options together can show."""
    entities = values["home_assistant.entities"]
    if POWER not in entities and isinstance(given.get("home_assistant.entities"), dict):
        mistakes.add("home_assistant.entities.power", "required")
    if len(entities) > MAX_METRICS:
        mistakes.add(
            "home_assistant.entities", f"must be at most {MAX_METRICS} metrics, got {len(entities)}"
        )
    for name in values["data.bounds"]:
        if entities and name not in entities:
            mistakes.add(f"data.bounds.{name}", "is no metric of home_assistant.entities")
    if values["github.token"] and given.get("github.repo") is None:
        mistakes.add("github.repo", "required with a token, as owner/name")
    if given.get("remote.path") is None and any(path.startswith("remote.") for path in given):
        mistakes.add("remote.path", "required in this section")
    if given.get("mqtt.username") is None and (
        given.get("mqtt.password") or given.get("mqtt.password_file")
    ):
        mistakes.add("mqtt.password", "needs mqtt.username")


def _build(values: dict[str, Any], mistakes: _Mistakes, hint: str) -> Config:
    if mistakes.lines:
        raise ConfigError("\n".join(mistakes.lines), hint=hint)
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


def _shown(value: object) -> str:
    """Write a wrong value for its author, briefly."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool | None):
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, float) or (isinstance(value, int) and abs(value) <= LARGEST_NUMBER):
        return repr(value)
    names = {dict: "an object", list: "a list", int: "a very large number"}
    return next((name for kind, name in names.items() if isinstance(value, kind)), "something else")
