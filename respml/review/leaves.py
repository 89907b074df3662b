"""Nested values of two versions side by side: every leaf that differs, named as in the file, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

ABSENT = "absent"
LISTED = "listed"

_IDENTIFYING = ("name", "version", "code", "id", "column")
"""Keys by which the entries of a list are told apart, as far as every entry has one of its own."""
_MOST_ENTRIES = 12
"""How many entries a list of plain values may have to be printed whole."""

Difference = tuple[str, str, str]


def differences(old: Any, new: Any, name: str = "") -> Iterator[Difference]:
    """Every leaf that differs: its name, what it was and what it is, in words.

    Keys are taken in sorted order and joined by dots; the entry of a list follows its key in brackets, by what the
    entry calls itself (``stress.scenarios[Income falls].multiply.income``) or, where it has no name, by its place from
    one. An entry that came or went is one difference. What is empty or null is what is absent elsewhere.

    Parameters
    ----------
    old, new: JSON values; the order of keys means nothing.
    name: of both, empty at the root.
    """
    if _is_branch(old, Mapping) and _is_branch(new, Mapping):
        before, after = old or {}, new or {}
        for key in sorted({*before, *after}, key=str):
            yield from differences(before.get(key), after.get(key), f"{name}.{key}" if name else str(key))
    elif _is_branch(old, list | tuple) and _is_branch(new, list | tuple):
        yield from _of_lists(old or (), new or (), name)
    elif words(old) != words(new):
        yield name, words(old), words(new)


def within(name: str, key: str) -> bool:
    """Whether a name is a key, or stands below it."""
    return name == key or name.startswith((f"{key}.", f"{key}["))


def words(value: Any) -> str:
    """A JSON value on one line as a person would say it."""
    if value is None or value in ([], {}, (), ""):
        return ABSENT
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_inner(each)}" for key, each in sorted(value.items()) if words(each) != ABSENT)
    if isinstance(value, list | tuple):
        return "; ".join(_inner(each) for each in value)
    return str(value)


def _inner(value: Any) -> str:
    return f"({words(value)})" if isinstance(value, Mapping | list | tuple) and value else words(value)


def _is_branch(value: Any, kind: Any) -> bool:
    """Whether a value has leaves of a kind below it; what is empty or null agrees with any."""
    return isinstance(value, kind) or value is None or value in ([], {}, (), "")


def _of_lists(old: Sequence[Any], new: Sequence[Any], name: str) -> Iterator[Difference]:
    if any(isinstance(each, Mapping | list | tuple) for each in (*old, *new)):
        key = _identifying(old, new)
        yield from _by_place(old, new, name) if key is None else _by_key(old, new, name, key)
    elif max(len(old), len(new)) <= _MOST_ENTRIES or {*map(words, old)} == {*map(words, new)}:
        if words(old) != words(new):
            yield name, words(old), words(new)
    else:
        before, after = [words(each) for each in old], [words(each) for each in new]
        yield from ((f"{name}[{each}]", LISTED, ABSENT) for each in dict.fromkeys(before) if each not in after)
        yield from ((f"{name}[{each}]", ABSENT, LISTED) for each in dict.fromkeys(after) if each not in before)


def _identifying(old: Sequence[Any], new: Sequence[Any]) -> str | None:
    for key in _IDENTIFYING:
        if all(
            isinstance(each, Mapping) and isinstance(each.get(key), str | int) and each[key] != ""
            for each in (*old, *new)
        ) and all(len({str(each[key]) for each in side}) == len(side) for side in (old, new)):
            return key
    return None


def _by_key(old: Sequence[Any], new: Sequence[Any], name: str, key: str) -> Iterator[Difference]:
    before = {str(each[key]): each for each in old}
    after = {str(each[key]): each for each in new}
    for entry in dict.fromkeys((*after, *before)):
        yield from _entry(before.get(entry), after.get(entry), f"{name}[{entry}]", key)
    stayed = [each for each in before if each in after]
    if stayed != [each for each in after if each in before]:
        yield f"{name}, order", "; ".join(before), "; ".join(after)


def _entry(old: Any, new: Any, name: str, key: str) -> Iterator[Difference]:
    if old is not None and new is not None:
        yield from differences(old, new, name)
        return
    rest = {each: value for each, value in (old or new).items() if each != key}
    told = words(rest) if words(rest) else LISTED
    told = LISTED if told == ABSENT else told
    yield (name, told, ABSENT) if new is None else (name, ABSENT, told)


def _by_place(old: Sequence[Any], new: Sequence[Any], name: str) -> Iterator[Difference]:
    """Entries without names: equal ones aside, the others in pairs as they stand."""
    before, after = ([json.dumps(each, sort_keys=True) for each in side] for side in (old, new))
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        both = min(j - i, m - k)
        for step in range(both):
            yield from differences(old[i + step], new[k + step], f"{name}[{k + step + 1}]")
        yield from ((f"{name}[{place + 1}]", words(old[place]), ABSENT) for place in range(i + both, j))
        yield from ((f"{name}[{place + 1}]", ABSENT, words(new[place])) for place in range(k + both, m))
