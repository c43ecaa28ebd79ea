"""Blanks boxes in sequential JPEG without decoding: blocks turn flat black, others keep their coefficients.

A box grows to whole minimum coded units. Only where a unit follows a blanked one its first coefficients are
written anew, for they are coded as differences. Decoders that smooth subsampled colour look one pixel across
the edge of a grown box. Source: ITU-T T.81 A, B, F.
"""

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tirage.deidentify.black import Black
from tirage.deidentify.streams.huffman import END_OF_BLOCK, SIZE_BITS, BitWriter, Table, tables_in
from tirage.deidentify.streams.jpeg import DHT, DQT, DRI, SOS, Segment, segments
from tirage.model.pixels import Box

_SEQUENTIAL = (0xC0, 0xC1)
_RESTART = re.compile(rb"\xff+[\xd0-\xd7]")
_SIZE = (1 << SIZE_BITS) - 1


@dataclass(frozen=True, slots=True)
class Component:
    """One colour: sampling factors, quantisation table, and its black."""

    across: int
    down: int
    quantiser: int
    black: float


@dataclass(slots=True)
class State:
    """What the segments so far have said."""

    precision: int = 0
    rows: int = 0
    columns: int = 0
    components: dict[int, Component] = field(default_factory=dict)
    steps: dict[int, int] = field(default_factory=dict)
    tables: dict[int, Table] = field(default_factory=dict)
    restart: int = 0
    blanked: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), bool))


@dataclass(frozen=True, slots=True)
class Block:
    """How the blocks of one colour are coded in a scan; `level` is the first coefficient of black."""

    colour: int
    first: list[int]
    others: list[int]
    codes: dict[int, tuple[int, int]]
    end: tuple[int, int]
    level: int


def is_sequential(frame: bytes, precision: int) -> bool:
    """Whether `blank_blocks` can take the frame, whose samples are to have so many bits."""
    try:
        return any(
            part.marker in _SEQUENTIAL and frame[part.start + 4] == precision for part in segments(frame)
        )
    except ValueError:
        return False


def blank_blocks(frame: bytes, boxes: Sequence[Box], black: Black) -> bytes:
    """The frame with all blocks that the boxes touch black; `black` is one value a component.

    Raises
    ------
    ValueError
        When the stream does not hold what its headers promise.
    """
    state = State()
    written = [b"\xff\xd8"]
    for part in segments(frame):
        content = frame[part.start + 4 : part.end]
        match part.marker:
            case 0xC0 | 0xC1:
                _take_frame_header(state, content, boxes, black)
            case _ if part.marker == DQT:
                _take_steps(state, content)
            case _ if part.marker == DHT:
                state.tables.update(tables_in(content))
            case _ if part.marker == DRI:
                state.restart = int.from_bytes(content, "big")
        if part.marker == SOS:
            written.append(_scan(state, frame, part, content))
        else:
            written.append(frame[part.start : part.end])
    return b"".join(written)


def _take_frame_header(state: State, content: bytes, boxes: Sequence[Box], black: Black) -> None:
    state.precision, count = content[0], content[5]
    state.rows = int.from_bytes(content[1:3], "big")
    state.columns = int.from_bytes(content[3:5], "big")
    if count != len(black) or not state.rows or not state.columns:
        raise ValueError("another number of colours or rows than expected")
    for place in range(count):
        name, factors, quantiser = content[6 + 3 * place : 9 + 3 * place]
        if not 0 < factors >> 4 <= 4 or not 0 < factors & 15 <= 4:
            raise ValueError("sampling factors out of range")
        state.components[name] = Component(factors >> 4, factors & 15, quantiser, black[place])
    high, wide = _unit(state)
    state.blanked = np.zeros((-(-state.rows // high), -(-state.columns // wide)), bool)
    for x0, y0, x1, y1 in (box.clipped(state.rows, state.columns) for box in boxes):
        if x1 > x0 and y1 > y0:
            state.blanked[y0 // high : -(-y1 // high), x0 // wide : -(-x1 // wide)] = True


def _unit(state: State) -> tuple[int, int]:
    """Rows and columns of a minimum coded unit, in pixels."""
    components = state.components.values()
    return 8 * max(one.down for one in components), 8 * max(one.across for one in components)


def _take_steps(state: State, content: bytes) -> None:
    """Note by how much first coefficients are divided."""
    position = 0
    while position < len(content):
        depth, name = content[position] >> 4, content[position] & 15
        state.steps[name] = int.from_bytes(content[position + 1 : position + 2 + depth], "big")
        position += 65 + 64 * depth


def _scan(state: State, frame: bytes, part: Segment, content: bytes) -> bytes:
    """One scan, before it the tables that had to be added to."""
    chosen = [(content[1 + 2 * place], content[2 + 2 * place]) for place in range(content[0])]
    if not chosen or any(name not in state.components for name, _ in chosen):
        raise ValueError("a scan of something else than its frame")
    added = b"".join(_complete(state, destinations) for _, destinations in chosen)
    blanked, unit = _units(state, [name for name, _ in chosen])
    blocks = []
    for colour, (name, destinations) in enumerate(chosen):
        component = state.components[name]
        block = _block(state, component, colour, destinations)
        blocks += [block] * (component.across * component.down if unit > 1 else 1)
    return (
        added
        + frame[part.start : part.end]
        + _intervals(frame[part.end : part.after], blanked, state.restart, blocks)
    )


def _complete(state: State, destinations: int) -> bytes:
    """Make sure that the tables of a component have what black needs; the segment that adds it."""
    added = b""
    first, others = destinations >> 4, 0x10 | (destinations & 15)
    for place, wanted in ((first, range(state.precision + 4)), (others, (END_OF_BLOCK,))):
        table = state.tables.get(place)
        if table is None:
            raise ValueError("a scan without its tables")
        fuller = table.with_symbols(wanted)
        if fuller is not table:
            state.tables[place] = fuller
            added += fuller.segment(place)
    return added


def _block(state: State, component: Component, colour: int, destinations: int) -> Block:
    first = state.tables[destinations >> 4]
    others = state.tables[0x10 | (destinations & 15)]
    step, half = state.steps.get(component.quantiser, 0), 1 << (state.precision - 1)
    if not step:
        raise ValueError("a component without its quantisation table")
    # Eight times the mean of a block; the ends of the scale are passed so that decoders clip to them.
    wanted = 8 * (component.black - half)
    at_top = component.black >= 2 * half - 1
    level = round(wanted / step)
    if component.black <= 0 or at_top:
        level = int(-(-wanted // step)) if at_top else int(wanted // step)
    return Block(colour, _first(first), _others(others), first.codes, others.codes[END_OF_BLOCK], level)


@lru_cache(maxsize=16)
def _first(table: Table) -> list[int]:
    return table.first()


@lru_cache(maxsize=16)
def _others(table: Table) -> list[int]:
    return table.others()


def _units(state: State, names: Sequence[int]) -> tuple[NDArray[np.bool_], int]:
    """Which units of a scan are blanked, in coding order, and how many components it has (T.81 A.2)."""
    if len(names) > 1:
        return state.blanked.reshape(-1), len(names)
    component = state.components[names[0]]
    high, wide = _unit(state)
    # Alone in its scan, a component is coded block by block, as many as its own size has.
    down = -(-state.rows * component.down // high)
    across = -(-state.columns * component.across // wide)
    rows, columns = np.arange(down) // component.down, np.arange(across) // component.across
    return state.blanked[rows][:, columns].reshape(-1), 1


def _intervals(data: bytes, blanked: NDArray[np.bool_], restart: int, blocks: Sequence[Block]) -> bytes:
    """The entropy-coded data of a scan; intervals between restarts stand for themselves."""
    size = restart or len(blanked)
    intervals = _RESTART.split(data)
    if len(intervals) != -(-len(blanked) // size):
        raise ValueError("another number of restarts than expected")
    written = []
    for number, interval in enumerate(intervals):
        units = blanked[number * size : (number + 1) * size]
        written.append(_rewritten(interval, units.tolist(), blocks) if units.any() else interval)
        written.append(bytes((0xFF, 0xD0 | number & 7)))
    return b"".join(written[:-1])


def _rewritten(interval: bytes, blanked: Sequence[bool], blocks: Sequence[Block]) -> bytes:
    """One interval with its blanked units black."""
    data = interval.replace(b"\xff\0", b"\xff")
    words = _words(data)
    out = BitWriter()
    # The first coefficient of each colour last read, and last written.
    read, said = [0] * 4, [0] * 4
    position = copied = 0
    try:
        for is_blank in blanked:
            if is_blank:
                out.copy(data, copied, position)
            for block in blocks:
                colour, start = block.colour, position
                difference, body = _difference(block.first, words, position)
                position = _after_block(block.others, words, body)
                is_behind = read[colour] != said[colour]
                read[colour] += difference
                if is_blank:
                    _add_difference(out, block.codes, block.level - said[colour])
                    out.add(*block.end)
                elif is_behind:
                    out.copy(data, copied, start)
                    _add_difference(out, block.codes, read[colour] - said[colour])
                    copied = body
                said[colour] = block.level if is_blank else read[colour]
            if is_blank:
                copied = position
    except IndexError as error:
        raise ValueError("the interval is cut short") from error
    if position > 8 * len(data):
        raise ValueError("the interval is cut short")
    out.copy(data, copied, position)
    return out.finish().replace(b"\xff", b"\xff\0")


def _words(data: bytes) -> "array[int]":
    """The 32 bits that begin at each byte; ones follow the end, which are no code."""
    padded = np.frombuffer(data + b"\xff" * 8, np.uint8).astype(np.uint32)
    words = array("I")
    words.frombytes((padded[:-3] << 24 | padded[1:-2] << 16 | padded[2:-1] << 8 | padded[3:]).tobytes())
    return words


def _difference(first: list[int], words: "array[int]", position: int) -> tuple[int, int]:
    """The difference that is coded at a bit, and where it ends (T.81 F.2.2.1)."""
    entry = first[words[position >> 3] >> (16 - (position & 7)) & 0xFFFF]
    category = entry >> SIZE_BITS
    if not entry or category > 15:
        raise ValueError("no such code")
    position += entry & _SIZE
    if not category:
        return 0, position
    bits = words[position >> 3] >> (32 - (position & 7) - category) & ((1 << category) - 1)
    return bits if bits >> (category - 1) else bits - (1 << category) + 1, position + category


def _after_block(others: list[int], words: "array[int]", position: int) -> int:
    """Where the coefficients of a block that begin at a bit end (T.81 F.2.2.2)."""
    place = 1
    while place < 64:
        entry = others[words[position >> 3] >> (16 - (position & 7)) & 0xFFFF]
        if not entry:
            raise ValueError("no such code")
        position += entry & _SIZE
        place += entry >> SIZE_BITS
    return position


def _add_difference(out: BitWriter, codes: dict[int, tuple[int, int]], difference: int) -> None:
    category = abs(difference).bit_length()
    if category not in codes:
        raise ValueError("a difference beyond its table")
    out.add(*codes[category])
    out.add(difference if difference > 0 else difference + (1 << category) - 1, category)
