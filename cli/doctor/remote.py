"""Where the long history is kept safe: rights, privacy, age."""

import os
from collections.abc import Mapping
from typing import Any

from cli.doctor.finding import Finding, Findings, fail, ok, warn
from cli.spans import span
from services.syncer.answers import Place
from services.syncer.standing import standing
from services.syncer.wire import Timeouts, Wire
from shared.config import Config, GithubConfig, RemoteConfig
from shared.errors import MonitorError
from shared.times import parse_timestamp

_TIMEOUTS = Timeouts(connect_s=5.0, read_s=15.0, answer_s=20.0, pace_s=0.0)
_OLD_PUSH_S = 2 * 86400.0


def remote(config: Config, syncer: Mapping[str, Any], now: float) -> Findings:
    """Look at the remote itself, and at when it last got something."""
    if config.remote:
        yield _directory(config.remote)
    elif config.github:
        yield from _github(config.github)
    else:
        yield warn("none: the history is on this machine alone", "power-monitor setup")
        return
    yield _age(syncer, now)


def _github(github: GithubConfig) -> Findings:
    place = Place(github.repo, github.api_url)
    wire = Wire(place, github.token, github.ca_file, _TIMEOUTS)
    try:
        found = standing(wire, place)
    except MonitorError as error:
        yield fail(str(error), error.hint)
        return
    finally:
        wire.close()
    yield ok(f"{found.name} can be read and written")
    if found.name.lower() != github.repo.lower():
        yield warn(f"{github.repo} is called {found.name} now", "put the new name in github.repo")
    if found.private:
        yield ok("it is private")
    else:
        yield warn(
            "it is PUBLIC: consumption shows when people are at home",
            f"https://github.com/{found.name}/settings, Danger Zone, Change visibility",
        )


def _directory(given: RemoteConfig) -> Finding:
    if not given.path.is_dir():
        return fail(f"{given.path} is not there", "plug it in, or mount it; it is waited for")
    if not os.access(given.path, os.W_OK):
        return fail(f"{given.path} may not be written to", f"ls -ld {given.path}")
    return ok(f"{given.path} is there and can be written")


def _age(syncer: Mapping[str, Any], now: float) -> Finding:
    pushed = syncer.get("last_push")
    if not pushed:
        return warn("nothing was ever pushed there, as far as is known", "power-monitor push")
    age = now - parse_timestamp(str(pushed))
    text = f"the last push was {span(age)} ago; state: {syncer.get('state')}"
    return warn(text, "power-monitor push") if age > _OLD_PUSH_S else ok(text)
