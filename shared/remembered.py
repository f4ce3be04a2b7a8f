"""What a service wrote down as dataclasses, read back with every type checked.

A disk may give back something else than it was given: what does not fit must be found here, where
the file can be set aside, and not where it is used.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin

from shared.errors import BadInput
from shared.fields import bounded
from shared.times import LATEST_TIMESTAMP

_Kind = TypeVar("_Kind")


def remembered(kind: type[_Kind], raw: Any) -> _Kind:
    """Make a dataclass of a decoded JSON object, or raise BadInput; unknown keys are left out.

    Its fields may be bool, int, float (a time or a number of seconds), str, another such dataclass,
    and lists, pairs and objects of them, or None.
    """
    if not isinstance(raw, Mapping):
        raise BadInput(f"{kind.__name__}: must be an object")
    given = {}
    for one in fields(kind):  # type: ignore[arg-type] # which dataclass it is, its caller knows
        if one.name in raw:
            given[one.name] = _value(one.type, raw[one.name], one.name)
        elif not _has_default(one):
            raise BadInput(f"{one.name}: is missing")
    return kind(**given)


def _has_default(one: Field[Any]) -> bool:
    return one.default is not MISSING or one.default_factory is not MISSING


def _value(kind: Any, raw: Any, name: str) -> Any:
    if kind is float:
        return bounded(raw, name, -LATEST_TIMESTAMP, LATEST_TIMESTAMP)
    if kind in (str, int, bool):
        return _of_type(kind, raw, name)
    inner = get_args(kind)
    if NoneType in inner:
        return None if raw is None else _value(inner[0], raw, name)
    return _several(get_origin(kind), inner, raw, name) if inner else remembered(kind, raw)


def _several(kind: Any, inner: tuple[Any, ...], raw: Any, name: str) -> Any:
    if kind is dict:
        given = _of_type(dict, raw, name)
        return {key: _value(inner[1], item, name) for key, item in given.items()}
    given = _of_type(list, raw, name)
    if kind is list:
        return [_value(inner[0], item, name) for item in given]
    if len(given) != len(inner):
        raise BadInput(f"{name}: must have {len(inner)} members")
    return tuple(_value(one, item, name) for one, item in zip(inner, given, strict=True))


def _of_type(kind: type, raw: Any, name: str) -> Any:
    if raw.__class__ is not kind:
        raise BadInput(f"{name}: must be {kind.__name__}, not {type(raw).__name__}")
    return raw
