"""How often a law is tried."""

from hypothesis import settings

THOROUGH = 100  # examples of a law that says nothing else, with `scripts/test --all`
QUICK = 34  # and without
_FEWEST = 10


def examples(most: int) -> settings:
    """Return settings: so many examples with `scripts/test --all`, a third of them without."""
    share = settings.default.max_examples / THOROUGH  # type: ignore[union-attr] # a profile is loaded
    return settings(max_examples=max(min(most, _FEWEST), round(most * share)))
