"""One change to a JSON tree: a value, a key or an order that nobody expects."""

from collections.abc import Sequence
from random import Random
from typing import Any

_HERE = 0.15  # how often a change is made here, and not further down
_MILD = 0.6  # of the changes leave a value that might be right
_ORDINARY = 1e16  # beyond, arithmetic on a number may fail
_MOST_LEAVES = 5000
_LONG = 70_000  # characters, past the limit of a message
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, -0.0, 0.5, 1e15, -1e15, 1e16, 1e308, -1e308, 5e-324, 2**53 + 1),
    *(2**63, 2**64, 10**400, float("nan"), float("inf"), float("-inf")),
    *("", " ", "NaN", "1e999", "-1", "\0", "\ud800", "\uff19", "1_000", "x" * _LONG, "\U0001f3e0"),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2999-12-31T23:59:59Z"),
    *("2026-11-20T10:00:00", "2026-11-20", "0001-01-01", "9999-12-31", "2026-W47-5", "24:00"),
    *([], {}, [[]], [None], {"": None}, [0] * 70, {str(key): 0 for key in range(70)}),
)
_KEYS = ("", "x" * 65, "\0", "\ud800", "timestamp")


class JsonChanger:
    """Knows the keys and values of the recorded trees: some of them fit where they should not."""

    def __init__(self, trees: Sequence[Any]) -> None:
        self._keys = sorted(set().union(*map(_keys, trees)))
        self._leaves = [leaf for tree in trees for leaf in _leaves(tree)][:_MOST_LEAVES]

    def changed(self, tree: Any, random: Random) -> Any:
        """Return a tree with one node changed; what is on the way there is copied."""
        children = _children(tree)
        if not children or random.random() < _HERE:
            return self._other(tree, random)
        key, child = random.choice(children)
        copy = dict(tree) if isinstance(tree, dict) else list(tree)
        copy[key] = self.changed(child, random)
        return copy

    def _other(self, node: Any, random: Random) -> Any:
        if isinstance(node, dict) and node and random.random() < _MILD:
            return self._other_keys(node, random)
        if isinstance(node, list) and random.random() < _MILD:
            return random.sample(node, len(node)) + node[: random.randrange(3)]
        if isinstance(node, int | float) and abs(node) < _ORDINARY and random.random() < _MILD:
            return random.choice((-node, node + 1, node / 2, node * 1e6, str(node), round(node)))
        if self._leaves and random.random() < _MILD:
            return random.choice(self._leaves)
        return random.choice(_VALUES)

    def _other_keys(self, node: dict[str, Any], random: Random) -> dict[str, Any]:
        """Leave a key out, or put another in its place, or add one."""
        new = random.choice(self._keys) if random.random() < _MILD else random.choice(_KEYS)
        old, kind = random.choice(list(node)), random.randrange(3)
        if kind == 0:
            return {**node, new: random.choice(_VALUES)}
        rest = {key: value for key, value in node.items() if key != old}
        return {**rest, new: node[old]} if kind == 1 else rest


def is_inner(node: Any) -> bool:
    """Say whether there may be something in a node."""
    return isinstance(node, dict | list)


def _children(tree: Any) -> list[tuple[Any, Any]]:
    if isinstance(tree, dict):
        return list(tree.items())
    return list(enumerate(tree)) if isinstance(tree, list) else []


def _keys(tree: Any) -> set[str]:
    own = set(tree) if isinstance(tree, dict) else set()
    return own.union(*(_keys(child) for _, child in _children(tree)))


def _leaves(tree: Any) -> list[Any]:
    if not is_inner(tree):
        return [tree]
    return [leaf for _, child in _children(tree) for leaf in _leaves(child)]
