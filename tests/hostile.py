"""Files that somebody, or a dying disk, has tampered with: what hypothesis makes of a good one."""

import copy
import json
import signal
import threading
import tracemalloc
from contextlib import contextmanager

from hypothesis import strategies as st

from uao_core.errors import UaoError

MOST_BYTES = 100e6
_MOST_S = 60
"""For one small file; thousands of times what it takes, since the machine may be busy."""

_RAW = {  # what JSON can say and `json.dumps` does not
    "@INFINITE@": "1e999",
    "@LONG@": "9" * 400,
    "@TOO LONG@": "9" * 5000,
    "@DEEP@": "[" * 100_000 + "]" * 100_000,
    "@DEEP OBJECT@": '{"a":' * 50_000 + "0" + "}" * 50_000,
    "@TWICE@": '{"format": 1, "format": 2}',
}
_VALUES = st.one_of(
    st.sampled_from([None, True, False, "", "\0", "\ud800", "../../x", "C:\\x", "a\nb", "x" * 3000, [], {}, [[]], [[], {}]]),
    st.sampled_from([0, -1, 1, 0.5, -0.0, 1e-320, 1e308, float("nan"), float("inf"), 2**31, 2**63, -(2**64), 10**30]),
    st.sampled_from([*_RAW]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
        max_leaves=6,
    ),
)


def _places(content, found=None):
    """Every (container, key) in a JSON value."""
    found = [] if found is None else found
    if isinstance(content, dict | list):
        for key in content if isinstance(content, dict) else range(len(content)):
            found.append((content, key))
            _places(content[key], found)
    return found


@st.composite
def changed(draw, document):
    """A JSON value with one to three parts that are another, missing, or twice there."""
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        places = _places(document)
        if not places:
            break
        container, key = places[draw(st.integers(0, len(places) - 1))]
        how = draw(st.sampled_from(("replace", "replace", "replace", "remove", "repeat")))
        if how == "remove":
            del container[key]
        elif how == "repeat" and isinstance(container, list):
            container.insert(key, copy.deepcopy(container[key]))
        else:
            container[key] = draw(_VALUES)
    return document


def as_json(document):
    """Its bytes, with what only a hostile writer writes; words need not be UTF-8."""
    text = json.dumps(document, ensure_ascii=False)
    for mark, raw in _RAW.items():
        text = text.replace(f'"{mark}"', raw)
    return text.encode("utf-8", "surrogatepass")


@st.composite
def damaged(draw, whole):
    """Bytes that were cut off, changed here and there, or that got more in their middle."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, max(len(content) - 1, 0)))
        how = draw(st.sampled_from(("change", "change", "cut", "remove", "insert", "zero")))
        if how == "change" and content:
            content[place] = draw(st.integers(0, 255))
        elif how == "cut":
            del content[place:]
        elif how == "remove":
            del content[place : place + draw(st.integers(1, 40))]
        elif how == "insert":
            content[place:place] = draw(st.binary(min_size=1, max_size=20))
        elif how == "zero":
            content[place:] = bytes(len(content) - place)
    return bytes(content)


def tampered(document):
    """Bytes of a JSON file that once held `document`."""
    whole = as_json(document)
    return st.one_of(changed(document).map(as_json), changed(document).map(as_json), damaged(whole))


@contextmanager
def bounded():
    """Fails where the block takes more memory than a small file may cost, or does not come to an end."""

    def late(*_):
        raise AssertionError(f"still at it after {_MOST_S} s")

    can_interrupt = hasattr(signal, "SIGALRM") and threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGALRM, late) if can_interrupt else None
    if can_interrupt:
        signal.alarm(_MOST_S)
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()
        if can_interrupt:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, before)


def refused(read, *arguments):
    """What was read; None where it was refused in a sentence."""
    try:
        return read(*arguments)
    except UaoError as error:
        assert "\n" not in str(error) and 20 < len(str(error)) < 600
        return None
