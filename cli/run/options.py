"""What can be chosen when everything is started at once."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LOCAL = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How `run` was called; `var` takes the files whose place the configuration leaves open."""

    config: Path | None = None
    var: Path | None = None
    listen: str = LOCAL
    port: int | None = None
    mqtt_listen: str = LOCAL
    simulate: bool = False

    def arguments(self) -> list[str]:
        """Return the options as words for `python -m cli.run`."""
        words = (
            str(self.config or ""),
            str(self.var or ""),
            self.listen,
            str(self.port or ""),
            self.mqtt_listen,
            "simulate" if self.simulate else "",
        )
        return list(words)


def from_arguments(words: Sequence[str]) -> RunOptions:
    """Read the words back; they come from ourselves, so there is nothing to explain."""
    config, var, listen, port, mqtt_listen, simulate = words
    return RunOptions(
        config=Path(config) if config else None,
        var=Path(var) if var else None,
        listen=listen,
        port=int(port) if port else None,
        mqtt_listen=mqtt_listen,
        simulate=bool(simulate),
    )


def again(options: RunOptions, night: str = "") -> list[str]:
    """Return the command that a supervisor with these options is, one that lay down or not."""
    # -P: modules come from PYTHONPATH, never from the directory it is started in.
    return [sys.executable, "-P", "-m", "cli.run", *options.arguments(), night]
