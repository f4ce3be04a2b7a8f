"""site.json: what the page can't find out by itself."""

from collections.abc import Mapping
from urllib.parse import quote

import orjson

from shared.config import Config, GithubConfig
from shared.version import VERSION

# The only API whose repositories have a public address that browsers may read from elsewhere. A
# GitHub Enterprise server asks for a login first, and answers no other origin.
_PUBLIC_API = "https://api.github.com"
_RAW = "https://raw.githubusercontent.com"
_KEPT = ("monthly", "yearly")  # the tiers that are at the remote


def encode_site(
    config: Config, *, mqtt: Mapping[str, str] | None = None, published: bool = False
) -> bytes:
    """Return site.json: of the own web server, or of the published static site.

    `mqtt` is the websocket's path, user and password; without it the page only polls.
    """
    live = config.data.live_interval_s
    site = {
        "base_topic": config.mqtt.base_topic,
        "mqtt": mqtt,
        "fallback": None if published else fallback(config.github),
        "collection_interval_seconds": config.data.interval_s,
        "live_interval_seconds": live if mqtt else None,
        "published": published,
        "timezone": config.timezone,
        "version": VERSION,
    }
    return orjson.dumps(site) + b"\n"


def fallback(github: GithubConfig | None) -> dict[str, str] | None:
    """Return tier -> public address of its copy; None where there can't be one."""
    folder = public_folder(github)
    return {tier: f"{folder}{tier}.json" for tier in _KEPT} if folder else None


def public_folder(github: GithubConfig | None) -> str | None:
    """Return the address of the folder with the copies, with a slash at its end.

    With `github.pages` that is the static site, else GitHub's host for raw files, which answers
    for public repositories only.
    """
    if github is None or github.api_url != _PUBLIC_API:
        return None
    owner, _, name = github.repo.partition("/")
    if github.pages:
        host = f"{owner.lower()}.github.io"
        return f"https://{host}/" if name.lower() == host else f"https://{host}/{quote(name)}/"
    path = f"{github.repo}/{github.branch}/{github.directory}"
    return f"{_RAW}/{quote(path)}/"
