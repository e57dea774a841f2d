"""What is kept is computed once, and threads do not wait for each other's."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from synthesis.pooling.kernel.once import once


class Squared:
    def __init__(self, number: int, meeting: threading.Barrier | None = None) -> None:
        self.number, self.meeting, self.computed = number, meeting, 0

    @once
    def square(self) -> int:
        """The number times itself."""
        self.computed += 1
        if self.meeting is not None:
            self.meeting.wait(timeout=30)
        return self.number**2


def test_a_value_is_computed_when_it_is_first_asked_for_and_kept() -> None:
    three, four = Squared(3), Squared(4)
    assert three.computed == 0
    assert [three.square, three.square, four.square] == [9, 9, 16]
    assert three.computed == four.computed == 1
    assert vars(three)["square"] == 9
    assert Squared.square.__doc__ == "The number times itself."


def test_two_threads_compute_the_same_attribute_of_two_objects_at_once() -> None:
    """Each waits inside until the other has come, which a lock would keep it from."""
    meeting = threading.Barrier(2)
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(lambda number: Squared(number, meeting).square, (5, 6)))
    assert found == [25, 36]
