"""A set of 64-bit hashes in 16 to 32 bytes each, where a Python set of integers takes about 70."""

from array import array

_FIRST_SLOTS = 1024


class HashSet:
    """An open hash table; of a million random hashes, two are the same by chance once in 37 million files."""

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FIRST_SLOTS))
        self._count = 0

    def add(self, number: int) -> bool:
        """Add a hash, and return whether it is new."""
        number = number or 1  # 0 marks a free slot
        place = self._place(number)
        if self._slots[place]:
            return False
        self._slots[place] = number
        self._count += 1
        if self._count * 2 > len(self._slots):
            self._grow()
        return True

    def _place(self, number: int) -> int:
        """Return the slot that has the hash, or the free one where it belongs."""
        slots, mask = self._slots, len(self._slots) - 1
        place = number & mask
        while slots[place] and slots[place] != number:
            place = (place + 1) & mask
        return place

    def _grow(self) -> None:
        old, self._slots = self._slots, array("Q", bytes(16 * len(self._slots)))
        for number in old:
            if number:
                self._slots[self._place(number)] = number
