"""The example file and the reference page, derived from the table of options."""

import json

from shared.config_files import PATH_VARIABLE, SYSTEM_PATH
from shared.option import Option, Section
from shared.options import OPTIONS, SECTIONS

_ABOUT = [
    "Copy this file with: install -m 600 config.example.json config.json",
    "Keys comment, comments and those that start with _ are ignored: take the _ away to use one.",
    "Every option is explained in docs/configuration.md.",
]

_TOP = f"""# Configuration

This page is generated from `shared/options/` by `python -m cli.documents`.

The configuration is one JSON file, looked up in this order; the first that exists counts:

1. `--config PATH`, before the subcommand
2. `${PATH_VARIABLE}`
3. `./config.json`
4. `{SYSTEM_PATH}`

A file named by one of the first two must exist. To begin:

```sh
install -m 600 config.example.json config.json
```

Only `home_assistant.url`, `home_assistant.token` and `home_assistant.entities` are required, or
`power` in `sources` in their place.
All mistakes are reported together, one a line, each with its path, and the exit status is 78. An
unknown key is a mistake. Keys `comment`, `comments` and those that start with `_` are ignored;
`null` means not given.
"""

_SECRETS_END = """
The environment wins over the file. A `..._file` holds the secret and nothing else; a relative path
starts at the configuration's directory. A secret file, or a configuration that holds a secret
itself, is refused while everybody can read it; the message names the `chmod` to type. The monitor's
own user must be able to read a secret file: typed by root, `power-monitor config check` tries it as
that user.
"""


def example() -> str:
    """Return config.example.json: every option, those that are off by default behind a _."""
    document: dict[str, object] = {"_comment": _ABOUT}
    for section in SECTIONS:
        options = [option for option in OPTIONS if option.section == section.name]
        members: dict[str, object] = {"_comment": [_remark(option) for option in options]}
        for option in options:
            members[_switched(option, section)] = _sample(option)
        document[f"_{section.name}" if section.optional else section.name] = members
    top = [option for option in OPTIONS if not option.section]
    document["_comment_top"] = [_remark(option) for option in top]
    document |= {_switched(option, None): _sample(option) for option in top}
    return json.dumps(document, indent=2) + "\n"


def reference() -> str:
    """Return docs/configuration.md."""
    parts = [_TOP]
    for section in SECTIONS:
        old = f" `{section.old}` is accepted as an old spelling." if section.old else ""
        parts.append(f"\n## `{section.name}`\n\n{section.meaning}{old}\n\n")
        parts.append(_table([option for option in OPTIONS if option.section == section.name]))
    parts.append("\n## Top level\n\n")
    parts.append(_table([option for option in OPTIONS if not option.section]))
    parts.append(
        "\n## Secrets\n\n| key | or a file named by | or the environment |\n|---|---|---|\n"
    )
    parts += [
        f"| `{option.path}` | `{option.path}_file` | `{option.environment}` |\n"
        for option in OPTIONS
        if option.secret
    ]
    return "".join([*parts, _SECRETS_END])


def _switched(option: Option, section: Section | None) -> str:
    """Return the key, behind a _ where the example's value is not what goes without saying."""
    wanted = option.required or option.default_text == "" or (section and section.optional)
    return option.key if wanted else f"_{option.key}"


def _sample(option: Option) -> object:
    return option.default if option.example is None else option.example


def _remark(option: Option) -> str:
    unit = f" [{option.unit}]" if option.unit else ""
    return f"{option.key}{unit}: {option.meaning} Default: {_default(option)}.".replace("`", "")


def _default(option: Option) -> str:
    if option.required:
        return "required"
    return option.default_text or f"`{json.dumps(option.default)}`"


def _table(options: list[Option]) -> str:
    lines = ["| key | default | unit | meaning |", "|---|---|---|---|"]
    lines += [
        f"| `{option.path}` | {_default(option)} | {option.unit} | {_cell(option.meaning)} |"
        for option in options
    ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
