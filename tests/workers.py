"""How tests share a machine when several processes run them: hooks for pytest, taken up by `conftest`.

Tests marked `alone` measure time, so while one runs the other workers begin nothing. What windows tests leave is taken down.
A worker that dies by a fault in native code leaves the stacks of its threads, which pytest-xdist itself would lose.
"""

import faulthandler
import gc
import os

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

try:
    import fcntl
except ImportError:  # Windows: tests may disturb each other there
    fcntl = None

WORKER = os.environ.get("PYTEST_XDIST_WORKER")
_FEW_WIDGETS = 50
_stacks = pytest.StashKey()


def _folder(config):
    return config.rootpath / "build" / "tests"


@pytest.hookimpl(trylast=True)  # after pytest's own, which points the handler to an output that nobody reads
def pytest_configure(config):
    config.addinivalue_line("markers", "alone: measures time; no other test runs beside it")
    _folder(config).mkdir(parents=True, exist_ok=True)
    if WORKER is not None:
        config.stash[_stacks] = (_folder(config) / f"crash-{WORKER}.log").open("w")
        faulthandler.enable(config.stash[_stacks])
    else:
        for left in _folder(config).glob("crash-*.log"):
            left.unlink()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    if (file := config.stash.get(_stacks, None)) is not None:
        file.close()


def pytest_collection_finish():
    gc.freeze()  # what was imported stays; looking through it would be the most of what collecting garbage costs


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item):
    """Without it the windows of dozens of tests stay, every change of theme restyles them all, and the garbage collector may
    come for them on the thread of a worker, where no widget may end."""
    app = QApplication.instance()
    if isinstance(app, QApplication) and len(app.allWidgets()) > _FEW_WIDGETS:
        gc.collect()
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def pytest_terminal_summary(terminalreporter, config):
    for path in sorted(_folder(config).glob("crash-*.log")):
        if text := path.read_text(errors="replace"):
            terminalreporter.section(f"a worker died, its threads were here: {path.name}")
            terminalreporter.write_line(text)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    if WORKER is None or fcntl is None:
        return (yield)
    with (_folder(item.config) / "room.lock").open("a+") as room:
        with (_folder(item.config) / "door.lock").open("a+") as door:
            # Not flock, which a process that a test has forked would hold on to.
            fcntl.lockf(door, fcntl.LOCK_EX)  # held by who waits to be alone, else the others would go on
            fcntl.lockf(room, fcntl.LOCK_EX if item.get_closest_marker("alone") else fcntl.LOCK_SH)
        return (yield)
