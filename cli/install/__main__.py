"""The words deploy/*.sh say: `python -m cli.install WORD ...`; what they print is for the shell."""

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cli.complain import complain
from cli.ground import as_owner
from cli.install import migrate, units
from cli.install.paths import HOME
from cli.run.places import RunPlaces, make_private
from shared.config import Config, load
from shared.errors import MonitorError, Refused

Verb = Callable[[Config, Sequence[str]], Sequence[str]]
# What the broker's start writes, and nothing that makes the program read files of ours.
_OPTIONS = re.compile(r"-h [\w.:%-]+\n-p \d+\n-u admin\n-P [\w=-]+\n")
TEMPLATES = Path(__file__).resolve().parents[2] / "deploy" / "systemd"


def places(config: Config, _words: Sequence[str]) -> Sequence[str]:
    """Print `name=value` lines: the directories, and the parts that are needed."""
    paths = config.paths
    return [
        f"state={paths.state_dir}",
        f"data={paths.data_dir}",
        f"volatile={paths.volatile_dir}",
        f"scheme={'https' if config.web.tls_key else 'http'}",
        f"base_topic={config.mqtt.base_topic}",
        f"parts={' '.join(units.parts(config))}",
    ]


def write_units(config: Config, words: Sequence[str]) -> Sequence[str]:
    """DIRECTORY whole|parts: write the units; print which, relative to the directory."""
    directory, kind = words
    files = units.files(config, whole=kind == "whole")
    for file in files:
        text = (TEMPLATES / units.template(file)).read_text()
        target = Path(directory) / file
        target.parent.mkdir(exist_ok=True)
        target.write_text(units.localised(file, text, config))
        target.chmod(0o644)
    return files


def migrate_all(config: Config, words: Sequence[str]) -> Sequence[str]:
    """BACKUP-DIRECTORY: migrate config and state; print what was done."""
    file, state, backup = _config_file(), config.paths.state_dir, Path(words[0])
    if not migrate.is_needed(file.parent, state):
        return ()
    migrate.remember_levels(file, state, backup)
    done = [*migrate.migrate_config(file, backup), *migrate.migrate_state(state, backup)]
    return [f"{step.number}: {step.title}" for step in dict.fromkeys(done)]


def restore(config: Config, words: Sequence[str]) -> Sequence[str]:
    """BACKUP-DIRECTORY: put back what a migration changed."""
    migrate.restore(_config_file(), config.paths.state_dir, Path(words[0]))
    return ()


def make_directories(config: Config, _words: Sequence[str]) -> Sequence[str]:
    """Make the directories of single services, as their owner: root follows no link of theirs."""
    state = config.paths.state_dir
    with as_owner(state):
        for name in ("run", "collector", "syncer"):
            make_private(state / name)
    return ()


def client_options(config: Config, _words: Sequence[str]) -> Sequence[str]:
    """Print the options with which mosquitto_pub signs in, none when we have no broker."""
    places = RunPlaces(config.paths.state_dir)
    with as_owner(config.paths.state_dir):
        try:
            text = (places.client_options / "mosquitto_pub").read_text()
        except FileNotFoundError:
            return ()
    if not _OPTIONS.fullmatch(text):
        raise Refused(
            f"{places.client_options}: was changed by another hand",
            hint=f"ls -l {places.client_options}",
        )
    return text.splitlines()


def mark(config: Config, _words: Sequence[str]) -> Sequence[str]:
    """Note that a new installation needs no migration."""
    migrate.mark(_config_file().parent, config.paths.state_dir)
    return ()


VERBS: Mapping[str, Verb] = {
    "places": places,
    "units": write_units,
    "migrate": migrate_all,
    "restore": restore,
    "directories": make_directories,
    "client-options": client_options,
    "mark": mark,
}


def main(words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Carry out one word with the configuration that the environment names."""
    verb, *rest = words
    if verb == "ask":
        from cli.setup.run import ask  # noqa: PLC0415 - brings HTTP along

        ask(Path(rest[0]), shown=HOME / "config.json")
        return 0
    sys.stdout.writelines(f"{line}\n" for line in VERBS[verb](load(None, environ), rest))
    return 0


def _config_file() -> Path:
    return Path(os.environ.get("POWER_MONITOR_CONFIG", HOME / "config.json"))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:], os.environ))
    except MonitorError as error:
        sys.exit(complain(error))
    except KeyboardInterrupt:
        sys.exit("\nNothing was written.")
