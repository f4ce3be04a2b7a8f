"""From the text of config.json to option path and value, in today's spelling."""

import json
from collections.abc import Iterable
from pathlib import Path

from shared.config_mistakes import Mistakes, kind_of
from shared.errors import ConfigError
from shared.option_checks import LONGEST_TEXT, is_comment
from shared.options import KNOWN_PATHS, OPTIONS, SECTIONS
from shared.reading import POWER


class _Object(dict[str, object]):
    """A JSON object that remembers the keys given twice."""

    twice: tuple[str, ...] = ()


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


def _object(pairs: list[tuple[str, object]]) -> _Object:
    result = _Object(pairs)
    if len(result) < len(pairs):
        keys = [key for key, _ in pairs]
        result.twice = tuple(key for key in result if keys.count(key) > 1)
    return result


def flatten(raw: dict[str, object], mistakes: Mistakes) -> dict[str, object]:
    """Flatten the file to option path and value, in today's spelling."""
    given: dict[str, object] = {}
    sections = {section.name for section in SECTIONS}
    renamed = {section.old: section.name for section in SECTIONS if section.old}
    for key, item in members_of(raw, "", mistakes).items():
        name = renamed.get(key, key)
        if name != key and name in raw:
            mistakes.add(key, f'is the old spelling of "{name}", which is given too')
        elif name in sections:
            members = members_of(item, f"{name}.", mistakes)
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


def _modernise(given: dict[str, object], mistakes: Mistakes) -> None:
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


def members_of(value: object, path: str, mistakes: Mistakes) -> dict[str, object]:
    """Return an object's members, remarks left out; what is no object is reported."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        # A text here may be the secret of the section, given without its key.
        mistakes.add(path.rstrip("."), f"must be an object {{...}}, got {kind_of(value)}")
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


def nearest(path: str, known: Iterable[str] = KNOWN_PATHS) -> str:
    """Return the known path a mistyped or misplaced one most likely means, or ""."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for the import

    section, _, key = path[:LONGEST_TEXT].rpartition(".")
    anywhere = {name.rpartition(".")[2]: name for name in sorted(known)}
    here = {name.rpartition(".")[2]: name for name in known if name.rpartition(".")[0] == section}
    for names, likeness in ((here, 0.8), (anywhere, 0.8), (here, 0.5)):
        for match in get_close_matches(key, names, n=1, cutoff=likeness):
            return names[match]
    return next(iter(get_close_matches(path[:LONGEST_TEXT], sorted(known), n=1)), "")
