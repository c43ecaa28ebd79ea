"""Huffman tables of sequential JPEG: looking up a stream's codes, writing bits. Source: ITU-T T.81 C, F."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

LONGEST = 16
END_OF_BLOCK, SIXTEEN_ZEROS = 0x00, 0xF0

SIZE_BITS = 6
"""Low bits of a look-up's entry: how many bits of the stream it takes. Above them: what it means."""


@dataclass(frozen=True)
class Table:
    """Codes in order: how many there are of each length from 1 to 16, and what they stand for."""

    counts: tuple[int, ...]
    symbols: bytes

    @cached_property
    def codes(self) -> dict[int, tuple[int, int]]:
        """Code and length by symbol. Raises `ValueError` when there are more codes than fit."""
        found: dict[int, tuple[int, int]] = {}
        code = place = 0
        for length, count in enumerate(self.counts, 1):
            if code + count > 1 << length:
                raise ValueError("more codes than fit")
            for symbol in self.symbols[place : place + count]:
                found[symbol] = code, length
                code += 1
            place += count
            code <<= 1
        return found

    def first(self) -> list[int]:
        """By the next 16 bits: category of a first coefficient, and length of its code; 0 for no code."""
        return self._looked_up((symbol, length, symbol) for symbol, (_, length) in self.codes.items())

    def others(self) -> list[int]:
        """By the next 16 bits: coefficients to go on by, and bits of code and value; 0 for no code."""
        return self._looked_up(
            (symbol, length + (symbol & 15), _advance(symbol)) for symbol, (_, length) in self.codes.items()
        )

    def with_symbols(self, wanted: Iterable[int]) -> "Table":
        """The same codes and, after them, codes for symbols that have none.

        No code is all ones, so there is room for longer ones. Raises `ValueError` when there is not.
        """
        missing = [symbol for symbol in wanted if symbol not in self.codes]
        if not missing:
            return self
        counts = list(self.counts)
        last = max((length for length, count in enumerate(counts, 1) if count), default=1)
        code = max((code for code, length in self.codes.values() if length == last), default=-1)
        for _ in missing:
            code += 1
            while code >= (1 << last) - 1:
                code, last = code << 1, last + 1
            if last > LONGEST:
                raise ValueError("no room for another code")
            counts[last - 1] += 1
        return Table(tuple(counts), self.symbols + bytes(missing))

    def segment(self, destination: int) -> bytes:
        """The marker segment that defines this table; `destination` is its class and identifier."""
        content = bytes((destination, *self.counts)) + self.symbols
        return b"\xff\xc4" + (len(content) + 2).to_bytes(2, "big") + content

    def _looked_up(self, entries: Iterable[tuple[int, int, int]]) -> list[int]:
        table = np.zeros(1 << LONGEST, np.int64)
        for symbol, bits, meaning in entries:
            code, length = self.codes[symbol]
            spare = LONGEST - length
            table[code << spare : (code + 1) << spare] = meaning << SIZE_BITS | bits
        looked_up: list[int] = table.tolist()
        return looked_up


def tables_in(content: bytes) -> Iterator[tuple[int, Table]]:
    """Class and identifier, and table, of each that a DHT segment's content defines."""
    position = 0
    while position < len(content):
        counts = tuple(content[position + 1 : position + 17])
        end = position + 17 + sum(counts)
        yield content[position], Table(counts, content[position + 17 : end])
        position = end


def _advance(symbol: int) -> int:
    """By how many coefficients a symbol goes on; past the block at its end."""
    return 64 if symbol == END_OF_BLOCK else (symbol >> 4) + 1


class BitWriter:
    """Bits joined to bytes, the first the highest."""

    def __init__(self) -> None:
        self._done = bytearray()
        self._pending = self._size = 0

    def add(self, value: int, size: int) -> None:
        """Write the low `size` bits of a value that has no others."""
        self._pending = self._pending << size | value
        self._size += size
        spare = self._size & 7
        if self._size > 64:
            self._done += (self._pending >> spare).to_bytes(self._size >> 3, "big")
            self._pending &= (1 << spare) - 1
            self._size = spare

    def copy(self, data: bytes, first: int, last: int) -> None:
        """Write the bits of `data` from `first` to before `last`."""
        if last > first:
            whole = int.from_bytes(data[first >> 3 : (last + 7) >> 3], "big")
            self.add(whole >> (-last & 7) & ((1 << (last - first)) - 1), last - first)

    def finish(self) -> bytes:
        """All bytes, the last filled with ones (T.81 F.1.2.3)."""
        spare = -self._size & 7
        self.add((1 << spare) - 1, spare)
        return bytes(self._done) + self._pending.to_bytes(self._size >> 3, "big")
