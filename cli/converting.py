"""`power-monitor config convert`: the old system's config.json into a file of its own."""

import json
import os
from pathlib import Path

from cli.old_config import convert
from cli.output import write_json, write_lines
from cli.run.places import write_private
from shared.config import parse
from shared.config_files import read, reason_of
from shared.config_keys import decode
from shared.errors import ConfigError, Refused


def convert_file(old: Path | None, output: Path, *, as_json: bool) -> int:
    """Convert and write, mode 600; the exit status says whether the result can be used as it is."""
    if old is None:
        raise Refused("which file?", hint="power-monitor config convert OLD --output config.json")
    if output.exists():
        raise Refused(f"{output} is there already", hint=f"--output {output.stem}-new.json")
    try:
        raw = decode(read(old)[0], old)
    except (OSError, ValueError) as error:
        raise Refused(f"{old}: {reason_of(error)}", hint=f"ls -l {old}") from None
    if not isinstance(raw, dict):
        raise Refused(f"{old}: is no configuration", hint="it must be a JSON object {...}")
    made = convert(raw)
    mistakes = _mistakes(made.config, output)
    try:
        write_private(output, json.dumps(made.config, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise Refused(f"{output}: {error.strerror}", hint="--output elsewhere") from None
    if as_json:
        write_json({"output": str(output), "changes": made.told, "mistakes": mistakes})
    else:
        write_lines([f"{output}: written, readable by you alone", *made.told])
        write_lines(f"still to do: {mistake}" for mistake in mistakes)
    return ConfigError.EXIT_STATUS if mistakes else 0


def _mistakes(config: dict[str, object], output: Path) -> list[str]:
    """Return what is still wrong, as `config check` would say it of the new file."""
    try:
        parse(config, os.environ, base=output.absolute().parent)
    except ConfigError as error:
        return str(error).splitlines()
    return []
