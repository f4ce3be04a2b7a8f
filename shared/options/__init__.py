"""Every option of config.json, declared once: validation, example and reference derive from it."""

from shared.options import alerts, data, github, home_assistant, mqtt, paths, remote, tariff, web
from shared.options.top_level import SOURCES, TIMEZONE

_SECTIONS = (home_assistant, mqtt, github, remote, web, tariff, alerts, data, paths)
SECTIONS = tuple(module.SECTION for module in _SECTIONS)
OPTIONS = (
    *home_assistant.OPTIONS,
    *mqtt.OPTIONS,
    *github.OPTIONS,
    *remote.OPTIONS,
    *web.OPTIONS,
    *tariff.OPTIONS,
    *alerts.OPTIONS,
    *data.OPTIONS,
    SOURCES,
    *paths.OPTIONS,
    TIMEZONE,
)

KNOWN_PATHS = frozenset(
    [section.name for section in SECTIONS]
    + [option.path for option in OPTIONS]
    + [f"{option.path}_file" for option in OPTIONS if option.secret]
)
