"""What an ONNX graph holds, read from its bytes: the kinds of its nodes and its arrays of numbers.

onnxruntime scores a graph and does not show it; the format is protocol buffers, of which a few fields are read here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
# fields that hold what is looked for, as onnx.proto numbers them
GRAPH_OF_MODEL = 7
NODE, INITIALIZER = 1, 5
OPERATOR, ATTRIBUTE = 4, 5
TENSOR_OF, GRAPH_OF, NUMBERS_OF, TENSORS_OF, GRAPHS_OF = 5, 6, 7, 10, 11
DIMENSIONS, KIND, FLOATS_OF, RAW, DOUBLES_OF = 1, 2, 4, 9, 10
RAW_KINDS = {1: "<f4", 11: "<f8"}
DEEPEST = 8


@dataclass(frozen=True)
class OnnxContent:
    """Operators by name, and arrays in the shape the file gives them."""

    operators: tuple[str, ...]
    arrays: tuple[Array, ...]


def onnx_content(content: bytes) -> OnnxContent:
    """The operators and arrays of a model, those of graphs inside nodes among them.

    Errors
    ------
    ValueError where the bytes are no such message.
    """
    operators: list[str] = []
    arrays: list[Array] = []
    for field, value in _fields(memoryview(content)):
        if field == GRAPH_OF_MODEL and isinstance(value, memoryview):
            _read_graph(value, operators, arrays, 0)
    return OnnxContent(tuple(operators), tuple(arrays))


def _read_graph(graph: memoryview, operators: list[str], arrays: list[Array], depth: int) -> None:
    if depth > DEEPEST:
        raise ValueError("graphs within graphs")
    for field, value in _fields(graph):
        if not isinstance(value, memoryview):
            continue
        if field == INITIALIZER:
            arrays.append(_tensor(value))
        elif field == NODE:
            for inner, part in _fields(value):
                if inner == OPERATOR and isinstance(part, memoryview):
                    operators.append(bytes(part).decode("utf-8", errors="replace"))
                elif inner == ATTRIBUTE and isinstance(part, memoryview):
                    _read_attribute(part, operators, arrays, depth)


def _read_attribute(attribute: memoryview, operators: list[str], arrays: list[Array], depth: int) -> None:
    numbers: list[Array] = []
    for field, value in _fields(attribute):
        if field == NUMBERS_OF:
            numbers.append(_numbers(value, "<f4"))
        elif isinstance(value, memoryview) and field in (TENSOR_OF, TENSORS_OF):
            arrays.append(_tensor(value))
        elif isinstance(value, memoryview) and field in (GRAPH_OF, GRAPHS_OF):
            _read_graph(value, operators, arrays, depth + 1)
    if numbers:
        arrays.append(np.concatenate(numbers))


def _tensor(tensor: memoryview) -> Array:
    shape: list[int] = []
    found: list[Array] = []
    kind = 0
    raw = None
    for field, value in _fields(tensor):
        if field == DIMENSIONS:
            shape += [value] if isinstance(value, int) else list(_varints(value))
        elif field == KIND and isinstance(value, int):
            kind = value
        elif field in (FLOATS_OF, DOUBLES_OF):
            found.append(_numbers(value, "<f4" if field == FLOATS_OF else "<f8"))
        elif field == RAW:
            raw = value
    if isinstance(raw, memoryview) and kind in RAW_KINDS:
        found.append(_numbers(raw, RAW_KINDS[kind]))
    values = np.concatenate(found) if found else np.empty(0)
    return values.reshape(shape) if shape and values.size == int(np.prod(shape)) else values


def _numbers(value: int | memoryview, kind: str) -> Array:
    """Numbers packed one after another, or a single one."""
    content = value.to_bytes(np.dtype(kind).itemsize, "little") if isinstance(value, int) else bytes(value)
    return np.frombuffer(content, dtype=kind).astype(np.float64)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and value of each field: an integer, or the bytes of what is longer."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        kind = key & 7
        if kind == VARINT:
            value, place = _varint(message, place)
            yield key >> 3, value
            continue
        if kind == BYTES:
            length, place = _varint(message, place)
        elif kind in (FIXED64, FIXED32):
            length = 8 if kind == FIXED64 else 4
        else:
            raise ValueError(f"no field is of kind {kind}")
        if place + length > len(message):
            raise ValueError("a field ends after the message")
        part = message[place : place + length]
        place += length
        yield key >> 3, part if kind == BYTES else int.from_bytes(part, "little")


def _varints(packed: memoryview) -> Iterator[int]:
    place = 0
    while place < len(packed):
        value, place = _varint(packed, place)
        yield value


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(message) and shift < 64:
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
    raise ValueError("a number does not end")
