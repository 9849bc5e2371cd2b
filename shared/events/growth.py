"""What «schemas only grow» means, told by comparing two JSON Schemas: what was valid stays valid and readable.

A field may come as long as it is optional, a type may widen, a list of words may grow. A field that goes or gets
another name, one that becomes required, a type, limit or list that narrows: each is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
EXACT = ("format", "pattern", "multipleOf", "uniqueItems")
IDENTITY = ("$id", "x-topic")
"""What an event is called and where it is told: another name or topic is another event."""


def find_shrinkage(before: Schema, after: Schema) -> list[str]:
    """Return how `after` takes away what `before` allowed or promised, one line each; an empty list only grew."""
    moved = [
        f"{name} was {before[name]!r}, is {after.get(name)!r}"
        for name in IDENTITY
        if name in before and before[name] != after.get(name)
    ]
    return moved + list(_Comparison(before, after).compare(before, after, "event"))


class _Comparison:
    """Two documents side by side; each looks its own `$ref`s up."""

    def __init__(self, before: Schema, after: Schema) -> None:
        self._before = before
        self._after = after

    def compare(self, before: Schema, after: Schema, place: str) -> Iterator[str]:
        """Tell what of `before` is no longer accepted at `place`."""
        wide = list(_alternatives(after, self._after))
        for old in _alternatives(before, self._before):
            yield from self._least_loss(old, wide, place)

    def _least_loss(self, old: Schema, wide: list[Schema], place: str) -> list[str]:
        losses = [list(self._loss(old, new, place)) for new in wide if _is_type_kept(old, new)]
        return min(losses, key=len, default=[f"{place}: {_name(old)} is no longer allowed"])

    def _loss(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        yield from _lost_words(old, new, place)
        yield from _narrowed_limits(old, new, place)
        yield from self._lost_fields(old, new, place)
        yield from self._lost_items(old, new, place)

    def _lost_fields(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        fields, now = old.get("properties", {}), new.get("properties", {})
        for name in fields:
            if name not in now:
                yield f"{place}.{name}: the field is gone or has another name"
            else:
                yield from self.compare(fields[name], now[name], f"{place}.{name}")
        for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
            yield f"{place}.{name}: the field is required now"
        yield from self._closed(old, new, place)

    def _closed(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        rest, now = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if now is False and rest is not False:
            yield f"{place}: unknown fields are no longer allowed"
        elif isinstance(now, dict) and rest is not False:
            yield from self.compare({} if rest is True else rest, now, f"{place}.*")

    def _lost_items(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        if "items" in new:
            yield from self.compare(old.get("items", {}), new["items"], f"{place}[]")


def _alternatives(schema: Schema, document: Schema) -> Iterator[Schema]:
    """Follow references and unions down to plain schemas."""
    if "$ref" in schema:
        yield from _alternatives(document["$defs"][schema["$ref"].rsplit("/", 1)[-1]], document)
        return
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        for choice in choices:
            yield from _alternatives(choice, document)
    elif isinstance(schema.get("type"), list):
        for kind in schema["type"]:
            yield {**schema, "type": kind}
    else:
        yield schema


def _is_type_kept(old: Schema, new: Schema) -> bool:
    wanted = new.get("type")
    return wanted is None or old.get("type") == wanted or (old.get("type") == "integer" and wanted == "number")


def _words(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    words: list[Any] | None = schema.get("enum")
    return words


def _lost_words(old: Schema, new: Schema, place: str) -> Iterator[str]:
    words, now = _words(old), _words(new)
    if now is None:
        return
    if words is None:
        yield f"{place}: only listed values are allowed now"
        return
    for word in words:
        if word not in now:
            yield f"{place}: the value {word!r} is gone"


def _narrowed_limits(old: Schema, new: Schema, place: str) -> Iterator[str]:
    for limit in UPPER:
        if limit in new and (limit not in old or new[limit] < old[limit]):
            yield f"{place}: {limit} is {new[limit]} now, was {old.get(limit, 'open')}"
    for limit in LOWER:
        if limit in new and (limit not in old or new[limit] > old[limit]):
            yield f"{place}: {limit} is {new[limit]} now, was {old.get(limit, 'open')}"
    for rule in EXACT:
        if rule in new and new[rule] != old.get(rule):
            yield f"{place}: {rule} is {new[rule]!r} now, was {old.get(rule, 'open')!r}"


def _name(schema: Schema) -> str:
    words = _words(schema)
    return " | ".join(map(repr, words)) if words else str(schema.get("type", "anything"))
