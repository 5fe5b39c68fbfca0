"""What is shown no oftener than anybody can read it."""

from app.window.throttle import Throttle


def test_the_first_is_done_at_once_and_the_last_in_the_end(qtbot):
    state, shown = [0], []
    throttle = Throttle(lambda: shown.append(state[0]), interval_ms=200)
    for state[0] in range(1, 20):
        throttle.ask()
    assert shown[0] == 1 and len(shown) < 19
    qtbot.waitUntil(lambda: shown[-1] == 19, timeout=30_000)


def test_what_is_done_at_once_need_not_be_done_again(qtbot):
    shown = []
    throttle = Throttle(lambda: shown.append(1), interval_ms=20)
    throttle.ask()
    throttle.ask()
    throttle.do_now()
    throttle.ask()
    throttle.forget()
    count = len(shown)
    qtbot.wait(80)
    assert len(shown) == count
    throttle.ask()
    assert len(shown) == count + 1, "who forgot begins anew"
