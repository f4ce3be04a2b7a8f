"""What a push is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.syncer.local import Item


@dataclass(frozen=True, slots=True)
class Order:
    """What to push: some items; `look` at the remote even if nothing seems to differ.

    `force` pushes a document that has lost days, `archive` takes finished days' readings along.
    """

    items: Sequence[Item]
    look: bool = False
    force: bool = False
    archive: bool = False
