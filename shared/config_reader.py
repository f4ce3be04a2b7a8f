"""Every option's value, from what the file, the environment and the defaults give; all checked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared import config_sources
from shared.config_files import system_timezone
from shared.config_keys import flatten, members_of
from shared.config_mistakes import Mistakes
from shared.config_secrets import from_environment, inline_secrets, secret_of
from shared.errors import BadInput, BadInputs, ConfigError
from shared.option import Option
from shared.option_checks import metric
from shared.options import OPTIONS
from shared.reading import MAX_METRICS, POWER

# Options with a structure of their own: each reader reports what is wrong, with its path.
_READERS = {config_sources.OPTION: config_sources.read}
REFERENCE_HINT = "every option is explained in docs/configuration.md"


def gather(raw: object, environ: Mapping[str, str], base: Path) -> tuple[dict[str, Any], Mistakes]:
    """Return option path to checked value, and everything that is wrong."""
    if not isinstance(raw, dict):
        raise ConfigError("config.json: must be a JSON object {...}", hint=REFERENCE_HINT)
    variables = [from_environment(option, environ) for option in OPTIONS]
    mistakes = Mistakes({secret for secret in inline_secrets(raw) + variables if secret})
    given = flatten(raw, mistakes)
    if given.get("timezone") is None:
        given["timezone"] = system_timezone(environ)
    values = {option.path: _resolve(option, given, environ, base, mistakes) for option in OPTIONS}
    if not any(path.startswith("github.") for path in given):
        values["github.token"] = None
    _check_together(values, given, mistakes)
    return values, mistakes


def _resolve(
    option: Option,
    given: Mapping[str, object],
    environ: Mapping[str, str],
    base: Path,
    mistakes: Mistakes,
) -> Any:
    """Return an option's checked value or default; None when there is none or it is wrong."""
    where, value = option.path, given.get(option.path)
    if option.secret:
        try:
            where, value = secret_of(option, given, environ, base)
        except BadInput as error:
            mistakes.add(f"{option.path}_file", str(error))
            return None
    if option.path in _READERS:
        return _READERS[option.path](value, mistakes)
    if value is None and option.required and not _excused(option, given):
        mistakes.add(option.path, _required(option))
    value = option.default if value is None else value
    if option.per_metric:
        return _entries(option, value, mistakes)
    checked = None if value is None else _checked(option, where, value, mistakes)
    return base / checked if isinstance(checked, Path) else checked


def _excused(option: Option, given: Mapping[str, object]) -> bool:
    """Tell whether Home Assistant can be left out: power comes from elsewhere."""
    return (
        option.section == "home_assistant"
        and not given.get("home_assistant.entities")
        and config_sources.gives_power(given.get(config_sources.OPTION))
    )


def _entries(option: Option, value: object, mistakes: Mistakes) -> dict[str, Any]:
    entries: dict[str, Any] = {}
    for name, item in members_of(value, f"{option.path}.", mistakes).items():
        path = f"{option.path}.{name}"
        try:
            metric(name)
        except BadInput as error:
            mistakes.add(path, str(error))
        if item is not None:
            entries[name] = _checked(option, path, item, mistakes)
    return entries


def _checked(option: Option, where: str, value: object, mistakes: Mistakes) -> Any:
    try:
        return option.check(value)
    except BadInputs as error:
        for path, reason, given in error.found:
            if given is None:
                mistakes.add(f"{where}{path}", reason)
            else:
                mistakes.add_value(f"{where}{path}", reason, given)
        return None
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


def _check_metrics(
    values: Mapping[str, Any], given: Mapping[str, object], mistakes: Mistakes
) -> None:
    entities, sources = values["home_assistant.entities"], given.get(config_sources.OPTION)
    elsewhere = set(sources) if isinstance(sources, dict) else set()
    if POWER not in {*entities, *elsewhere} and isinstance(
        given.get("home_assistant.entities"), dict
    ):
        mistakes.add("home_assistant.entities.power", "required")
    config_sources.check_together(
        values[config_sources.OPTION], sources, entities, values["mqtt.base_topic"], mistakes
    )
    metrics = {*entities, *elsewhere}
    if len(metrics) > MAX_METRICS:
        where = "sources" if elsewhere else "home_assistant.entities"
        mistakes.add(where, f"must be at most {MAX_METRICS} metrics, got {len(metrics)}")
    for name in values["data.bounds"]:
        if metrics and name not in metrics:
            also = " or sources" if elsewhere else ""
            mistakes.add(f"data.bounds.{name}", f"is no metric of home_assistant.entities{also}")


def _check_together(
    values: Mapping[str, Any],
    given: Mapping[str, object],
    mistakes: Mistakes,
) -> None:
    """Report what only two options together can show."""
    _check_metrics(values, given, mistakes)
    if values["github.token"] and given.get("github.repo") is None:
        mistakes.add("github.repo", "required with a token, as owner/name")
    if given.get("remote.path") is None and any(path.startswith("remote.") for path in given):
        mistakes.add("remote.path", "required in this section")
    for one, other in (
        ("web.tls_certificate", "web.tls_key"),
        ("web.tls_key", "web.tls_certificate"),
        ("tariff.periods", "tariff.currency"),
        ("tariff.currency", "tariff.periods"),
    ):
        if given.get(one) is not None and given.get(other) is None:
            mistakes.add(other, f"required with {one}")
    if given.get("mqtt.username") is None and (
        given.get("mqtt.password") or given.get("mqtt.password_file")
    ):
        mistakes.add("mqtt.password", "needs mqtt.username")
