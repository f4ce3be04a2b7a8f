"""Where a secret comes from: the file itself, a file of its own, or the environment."""

from collections.abc import Mapping
from pathlib import Path

from shared.config_files import open_to_all, read, reason_of
from shared.errors import BadInput
from shared.option import Option
from shared.option_checks import folder
from shared.options import OPTIONS

_KEYS = frozenset(option.key for option in OPTIONS if option.secret)


def without_secrets(raw: object) -> object:
    """Return what the file holds without any secret, under any section's name."""
    if not isinstance(raw, dict):
        return {}
    return {
        name: {key: value for key, value in item.items() if key not in _KEYS}
        if isinstance(item, dict)
        else item
        for name, item in raw.items()
    }


def inline_secrets(raw: object) -> list[str]:
    """Return every secret written into the file itself, under any section's name."""
    members = raw.values() if isinstance(raw, dict) else ()
    sections = [item for item in members if isinstance(item, dict)]
    return [
        value
        for section in sections
        for key, value in section.items()
        if key in _KEYS and isinstance(value, str) and value
    ]


def from_environment(option: Option, environ: Mapping[str, str]) -> str:
    """Return the secret an environment variable holds, "" when there is none."""
    return environ.get(option.environment, "").strip() if option.environment else ""


def without_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for a program that needs none of the secrets in it."""
    ours = {option.environment for option in OPTIONS if option.secret}
    return {name: value for name, value in environ.items() if name not in ours}


def secret_of(
    option: Option, given: Mapping[str, object], environ: Mapping[str, str], base: Path
) -> tuple[str, object]:
    """Return where a secret comes from, and the secret; the environment wins, "" is none."""
    if variable := from_environment(option, environ):
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
        content, mode = read(path)
        secret = content.decode().strip()
    except UnicodeDecodeError:
        raise BadInput("the file is not UTF-8 text") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"{reason_of(error)} (a relative path starts at the config's)") from None
    if open_to_all(mode):
        raise BadInput(f"everybody can read {path}: chmod 600 {path}")
    if not secret:
        raise BadInput(f"{path} is empty")
    return secret
