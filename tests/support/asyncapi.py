"""docs/asyncapi.yaml and docs/schema/, read and made into checks."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7

DOCS = Path(__file__).parents[2] / "docs"
_BASE = "file:///docs/"


@cache
def contract() -> Mapping[str, Any]:
    """Return docs/asyncapi.yaml."""
    loaded: Mapping[str, Any] = yaml.safe_load((DOCS / "asyncapi.yaml").read_text())
    return loaded


@cache
def _registry() -> Registry[Any]:
    files = {"asyncapi.yaml": contract()} | {
        f"schema/{path.name}": json.loads(path.read_text())
        for path in sorted((DOCS / "schema").glob("*.json"))
    }
    resources = [
        (_BASE + name, DRAFT7.create_resource(contents)) for name, contents in files.items()
    ]
    return Registry().with_resources(resources)


@cache
def checker(reference: str) -> Draft7Validator:
    """Return what checks against a schema, named as a reference from docs/."""
    return Draft7Validator({"$ref": _BASE + reference}, registry=_registry())


def mistakes(reference: str, document: Any) -> list[str]:
    """Return what a schema says against a document."""
    return [
        f"{list(error.path)}: {error.message}" for error in checker(reference).iter_errors(document)
    ]


def payload(message: str) -> str:
    """Return the reference of a message's payload."""
    return f"asyncapi.yaml#/components/messages/{message}/payload"


def is_described(message: str, raw: bytes) -> bool:
    """Tell whether these bytes satisfy a message's schema, as JSON or as text."""
    return any(not mistakes(payload(message), value) for value in _readings_of(raw))


def _readings_of(raw: bytes) -> Iterator[Any]:
    yield raw.decode()
    try:
        yield json.loads(raw)
    except ValueError:
        return


def examples(message: str) -> list[Any]:
    """Return the payloads of a message's examples."""
    found = contract()["components"]["messages"][message].get("examples", ())
    return [example["payload"] for example in found]


def encode(example: Any) -> bytes:
    """Return an example as it travels: text as it is, everything else as JSON."""
    return example.encode() if isinstance(example, str) else json.dumps(example).encode()


def messages_of(channel: Mapping[str, Any]) -> list[str]:
    """Return the names of the messages a channel carries."""
    return [reference["$ref"].rpartition("/")[2] for reference in channel["messages"].values()]


def channel_of(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the channel of an operation or of its reply."""
    name = operation["channel"]["$ref"].rpartition("/")[2]
    found: Mapping[str, Any] = contract()["channels"][name]
    return found
