"""Names for the results of many videos, of which some may be called the same."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import PurePosixPath

from app.ledger import Ledger
from app.videos import Video

_MOST_BYTES = 236
"""Of 255 that file systems allow, so that an ending, a number and the dots of what was cut have room."""


def name_takes(videos: Sequence[Video], ledger: Ledger) -> list[str]:
    """A name for the take of every video: a path in the folder of results, with slashes and without ending.

    A video keeps the name that the ledger knows it by. Others are called as they are, in the folders in which they lie below
    the folder that was named. Where that would be one name for two, the folders above are put in front, one after the
    other, until they differ; of two that only differ in their ending the ending is kept. Upper and lower case are the same,
    as they are to many file systems.
    """
    known = [ledger.name_of(video.path) for video in videos]
    labels = _labels(videos)
    depths = [0] * len(videos)
    deepest = max((len(video.root.parts) for video in videos), default=0)
    for _ in range(deepest + 1):
        names = [known[i] or _name(video, labels[i], depths[i]) for i, video in enumerate(videos)]
        is_shared = _shared(names)
        clashes = [
            i
            for i, video in enumerate(videos)
            if known[i] is None and (is_shared(names[i]) or ledger.is_taken(names[i], video.path))
        ]
        if not clashes:
            return names
        for i in clashes:
            depths[i] += 1
    for i in clashes:  # they differ in upper and lower case only, or another video was in this very place
        numbered = (f"{names[i]} {number}" for number in count(2))
        names[i] = next(name for name in numbered if name.casefold() not in map(str.casefold, names))
    return names


def _name(video: Video, label: str, depth: int) -> str:
    """The last `depth` folders of the root, those between root and video, and the label."""
    above = video.root.parts[1:]  # without the drive
    between = video.path.parent.relative_to(video.root).parts
    return str(PurePosixPath(*above[max(len(above) - depth, 0) :], *between, label))


def _labels(videos: Sequence[Video]) -> list[str]:
    """What each is called in its folder: without ending where that tells it from the others."""
    is_shared = _shared([str(video.path.with_suffix("")) for video in videos])
    return [_fitting(video.path.name if is_shared(str(video.path.with_suffix(""))) else video.path.stem) for video in videos]


def _fitting(label: str) -> str:
    """The name, cut where with an ending it would be longer than file systems allow: in its middle, for many differ last."""
    content = label.encode("utf-8", "surrogateescape")
    if len(content) <= _MOST_BYTES:
        return label
    half = _MOST_BYTES // 2
    return f"{content[:half].decode('utf-8', 'ignore')}…{content[-half:].decode('utf-8', 'ignore')}"


def _shared(names: Sequence[str]) -> Callable[[str], bool]:
    counts = Counter(name.casefold() for name in names)
    return lambda name: counts[name.casefold()] > 1
