"""What a person may ask the syncer to do, as jobs."""

from typing import Any

from services.syncer.core import ALL, Core
from services.syncer.effects import Job
from shared.fields import flag
from shared.messages import Request


def job_for(core: Core, request: Request) -> Job[Any]:
    """Return the job that a request `push` or `fetch` asks for; raises Refused or BadInput."""
    return _fetch(core, request) if request.command == "fetch" else _push(core, request)


def _push(core: Core, request: Request) -> Job[Any]:
    name = _name(request)
    force = flag(request.arguments.get("force"), "force")
    items = core.items(name)  # a wrong name is refused at once
    if flag(request.arguments.get("dry_run"), "dry_run"):
        return core.pusher.preview(items)
    return core.push(name, force=force)


def _fetch(core: Core, request: Request) -> Job[Any]:
    dry_run = flag(request.arguments.get("dry_run"), "dry_run")
    period = request.arguments.get("archive")
    if period is not None:
        copy = flag(request.arguments.get("copy", True), "copy")
        return core.fetch_archive(str(period), dry_run=dry_run, copy=copy)
    name = _name(request)
    core.items(name)
    return core.fetch(name, dry_run=dry_run)


def _name(request: Request) -> str:
    return str(request.get("tier") or ALL)
