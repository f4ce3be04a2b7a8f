"""The syncer's composition root."""

import hashlib
import hmac
import time
from dataclasses import fields
from pathlib import Path

from services.syncer.answers import Place
from services.syncer.core import Core, Purpose
from services.syncer.directory import Directory
from services.syncer.github import GitHub
from services.syncer.patience import Patience
from services.syncer.remote import Remote
from services.syncer.wire import Wire
from services.syncer.worker import SyncerWorker
from shared import clock
from shared.atomic import make_directory
from shared.config import Config
from shared.errors import ConfigError, Refused
from shared.lock import held
from shared.maintenance import under_maintenance
from shared.service import Shell
from shared.starts import note_start

NAME = "syncer"
SITE_BRANCH = "gh-pages"
ASSETS = Path(__file__).resolve().parents[2] / "dashboard"


def run(config: Config) -> int:
    """Sync until SIGTERM; return the exit status. Raises Refused when one is running already."""
    note_start(config.paths.state_dir, NAME, clock.now())
    remote, site_remote = remotes(config)
    state = config.paths.state_dir / NAME
    make_directory(state, 0o700)
    # Two writers of one branch would fight each other.
    taken = Refused(
        f"a syncer already works in {state}", hint="pgrep -af 'cli.run|services.syncer'"
    )
    with held(lock_file(config.paths.state_dir), taken):
        core = Core(config, purpose(config), clock.now, time.monotonic)
        core.records.load(remote.identity)
        shell = Shell(NAME, config)
        mark = fingerprint(config)
        patience = Patience(core.records, mark)
        patience.take_up(time.monotonic())
        worker = SyncerWorker(
            shell,
            core,
            remote,
            site_remote,
            patience,
            site_patience=Patience(core.records, mark, site=True),
            now=clock.now,
            tick=time.monotonic,
            maintenance=under_maintenance(config.paths.state_dir),
        )
        return shell.run(worker)


def lock_file(state: Path) -> Path:
    """Return what the one syncer of a state directory holds."""
    return state / NAME / "lock"


def remotes(config: Config) -> tuple[Remote, Remote | None]:
    """Return where the history goes, and where the page goes."""
    if config.remote:
        seen = config.paths.state_dir / NAME / "directory-seen"
        return Directory(config.remote.path, seen), None
    github = config.github
    if github is None:
        raise ConfigError(
            "github: no token, and no remote: there is nowhere to sync to",
            hint="give github.token and github.repo, or remote.path",
        )
    place = Place(github.repo, github.api_url)
    wire = Wire(place, github.token, github.ca_file)  # one, so that all requests keep their pace
    site = GitHub(wire, place, SITE_BRANCH, "") if github.pages else None
    return GitHub(wire, place, github.branch, github.directory), site


def fingerprint(config: Config) -> str:
    """Return what changes with the configuration of the remote; it gives nothing away."""
    github, remote = config.github, config.remote
    if remote or github is None:
        return f"{remote}"
    names = sorted(field.name for field in fields(github) if field.name != "token")
    words = [f"{name}={getattr(github, name)}" for name in names]
    words.append(f"every {config.data.publish_interval_minutes} minutes")
    return hmac.new(github.token.encode(), "\n".join(words).encode(), hashlib.sha256).hexdigest()


def purpose(config: Config) -> Purpose:
    """Return what is to be kept at the remote, beside the documents."""
    pages = bool(config.github and config.github.pages and not config.remote)
    return Purpose(
        archive=config.archive,
        site_assets=ASSETS if pages else None,
        site_pause_s=config.data.publish_interval_minutes * 60,
    )
