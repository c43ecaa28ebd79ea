"""Numbers that take long are counted rarely, never twice at a time, and never shown when they are old."""

import threading
from itertools import count

from tirage.service.console.fresh import Fresh

LONG_S = 1_000.0


def test_what_was_just_counted_is_not_counted_again_until_something_changed() -> None:
    numbers = count(1)
    kept = Fresh(lambda: next(numbers), LONG_S, LONG_S)
    assert (kept.get(), kept.get()) == (1, 1)
    kept.forget()
    assert (kept.get(), kept.get()) == (2, 2)


def test_what_is_too_old_is_not_shown_but_counted_first() -> None:
    numbers = count(1)
    kept = Fresh(lambda: next(numbers), 0.0, 0.0)
    assert [kept.get(), kept.get()] == [1, 2]


def test_what_is_a_little_old_is_shown_while_it_is_counted_anew() -> None:
    numbers, go_on, is_done = count(1), threading.Event(), threading.Event()

    def slowly() -> int:
        number = next(numbers)
        if number > 1:
            go_on.wait(10)
            is_done.set()
        return number

    kept = Fresh(slowly, 0.0, LONG_S)
    assert (kept.get(), kept.get(), kept.get()) == (1, 1, 1)
    go_on.set()
    assert is_done.wait(10)
    kept.forget()
    assert kept.get() >= 2
