"""All decoders, by name."""

from collections.abc import Collection

from fuzz import answers, documents, messages, moving, notes, requests
from fuzz.decoder import Decoder

DECODERS: dict[str, Decoder] = {
    decoder.name: decoder
    for module in (messages, requests, documents, notes, moving, answers)
    for decoder in module.DECODERS
}

# Of files and of HTTP; the broker refuses larger messages than ours.
MEET_LARGE = [
    decoder.name for module in (documents, notes, moving, answers) for decoder in module.DECODERS
]


def portion(name: str, inputs: int, names: Collection[str]) -> int:
    """Return how many of all inputs are a decoder's."""
    whole = sum(DECODERS[one].share for one in names)
    return -(-inputs * DECODERS[name].share // whole)
