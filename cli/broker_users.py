"""Who may do what on the broker (design: section 9), as one table; the ACL file is made from it."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.topics import HOME_ASSISTANT_STATUS, SERVICES, Topics, device_topic

DEVICE = "device"
USERS = (*SERVICES, "publisher", DEVICE, "admin", "viewer", "homeassistant")
SALT_BYTES = 12  # what every release of Mosquitto writes and reads
# The passwords are 192 random bits, which no number of rounds makes harder to guess; each
# connection pays for them on the board.
_HASH_ROUNDS = 101
_HASH_BYTES = 64


@dataclass(frozen=True, slots=True)
class Rights:
    """The topic filters one user may publish to and receive; `denied` is cut out of both."""

    publish: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()


def rights(topics: Topics, heard: Sequence[str] = ()) -> Mapping[str, Rights]:
    """Return user -> rights below one base topic; everything not named is refused.

    `heard` are the topics of the option `sources`, none of them below the base topic: devices
    speak there and nowhere else, and hear nothing.
    """
    any_health = (topics.availability("+"), topics.health("+"))
    return {
        "collector": Rights(
            publish=(
                topics.reading,
                topics.live,
                topics.maintenance,
                *_own(topics, "collector"),
                topics.maintenance_response,
                topics.request("aggregator", "gaps"),
            ),
            read=(
                topics.request("collector", "#"),
                topics.maintenance_request,
                topics.response("aggregator", "gaps"),
                topics.availability("aggregator"),
                *heard,
            ),
        ),
        "aggregator": Rights(
            publish=(
                topics.file_updated("#"),
                topics.alert("#"),
                topics.summary,
                *_own(topics, "aggregator"),
                device_topic("+"),
            ),
            read=(
                topics.reading,
                topics.request("aggregator", "#"),
                topics.maintenance,
                *any_health,
                HOME_ASSISTANT_STATUS,
            ),
            denied=(topics.maintenance_response,),
        ),
        "syncer": Rights(
            publish=(
                *_own(topics, "syncer"),
                topics.request("aggregator", "merge"),
                topics.request("aggregator", "import"),
            ),
            read=(
                topics.file_updated("#"),
                topics.request("syncer", "#"),
                topics.response("aggregator", "merge"),
                topics.response("aggregator", "import"),
                topics.availability("aggregator"),
                topics.maintenance,
            ),
            denied=(topics.maintenance_response,),
        ),
        "publisher": Rights(publish=(topics.reading,)),
        DEVICE: Rights(publish=tuple(heard)),
        "admin": Rights(
            publish=(f"{topics.base}/request/#",),
            read=(f"{topics.base}/#", "$SYS/broker/#"),
        ),
        "viewer": Rights(
            read=(
                topics.reading,
                topics.live,
                topics.file_updated("#"),
                topics.maintenance,
                topics.alert("#"),
                *any_health,
            )
        ),
        "homeassistant": Rights(
            publish=(
                HOME_ASSISTANT_STATUS,
                topics.request("collector", "collect"),
                topics.request("aggregator", "rollup"),
                topics.request("syncer", "push"),
                topics.maintenance_request,
            ),
            read=(
                topics.reading,
                topics.live,
                topics.summary,
                topics.maintenance,
                topics.alert("#"),
                *any_health,
                "homeassistant/#",
            ),
        ),
    }


def _own(topics: Topics, service: str) -> tuple[str, ...]:
    """Name what each service says of itself, and its answers.

    An MQTT 5 response topic may be one level below `response/`, or anything below
    `response/<service>/`: so no service can answer in another's name.
    """
    return (
        topics.availability(service),
        topics.health(service),
        topics.log(service),
        topics.response(service, "#"),
        f"{topics.responses}+",
    )


def acl(topics: Topics, heard: Sequence[str] = ()) -> str:
    """Return the text of Mosquitto's ACL file."""
    lines = ["# Written at each start from cli/broker_users.py; changes here are lost."]
    for user, granted in rights(topics, heard).items():
        lines += ["", f"user {user}"]
        lines += [f"topic deny {topic}" for topic in granted.denied]
        lines += [f"topic write {topic}" for topic in granted.publish]
        lines += [f"topic read {topic}" for topic in granted.read]
    return "\n".join(lines) + "\n"


def password_line(user: str, password: str, salt: bytes) -> str:
    """Return a line of Mosquitto's password file: PBKDF2 with SHA-512, its format 7."""
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _HASH_ROUNDS, _HASH_BYTES)
    return f"{user}:$7${_HASH_ROUNDS}${_base64(salt)}${_base64(digest)}"


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
