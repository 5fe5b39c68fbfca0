import threading
import time

import pytest

from app.ahead import ahead


def test_all_items_come_in_order_from_another_thread():
    names = []

    def items():
        for i in range(50):
            names.append(threading.current_thread().name)
            yield i

    with ahead(items(), 4) as results:
        assert list(results) == list(range(50))
    assert set(names) == {"ahead"}


def test_it_works_ahead_but_not_far():
    made = []

    def items():
        for i in range(100):
            made.append(i)
            yield i

    with ahead(items(), 4) as results:
        next(results)
        time.sleep(0.3)
        assert 3 <= len(made) <= 8


def test_an_error_reaches_the_user_after_the_items_before_it():
    def items():
        yield 1
        raise ValueError("broken")

    with ahead(items(), 4) as results:
        assert next(results) == 1
        with pytest.raises(ValueError, match="broken"):
            next(results)


def test_leaving_early_stops_the_thread():
    closed = threading.Event()

    def items():
        try:
            while True:
                yield 0
        finally:
            closed.set()

    with ahead(items(), 2) as results:
        next(results)
    assert closed.is_set() and not any(t.name == "ahead" for t in threading.enumerate())
