"""Names for the results of many videos, of which some may be called the same."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import PurePosixPath

from app.ledger import LEDGER_NAME, Ledger
from app.videos import Video

_MOST_BYTES = 236
"""Of 255 that file systems allow, so that an ending, a number and the dots of what was cut have room."""


def name_takes(videos: Sequence[Video], ledger: Ledger) -> list[str]:
    """A name for the take of every video: a path in the folder of results, with slashes and without ending.

    A video keeps the name that the ledger knows it by. Others are called as they are, in the folders in which they lie below
    the folder that was named. Where that would be one name for two, the folders above are put in front, one after the
    other, until they differ; of two that only differ in their ending the ending is kept. Upper and lower case are the same,
    as they are to many file systems: what no folder tells apart but by its case is numbered, as is a namesake of the ledger.
    """
    known = [ledger.name_of(video.path) for video in videos]
    labels = _labels(videos)
    deepest = max((len(video.root.parts) for video in videos), default=0)
    wholes = [_name(video, label, deepest).casefold() for video, label in zip(videos, labels, strict=True)]
    depths = [0] * len(videos)
    for _ in range(deepest + 1):
        names = [known[i] or _name(video, labels[i], depths[i]) for i, video in enumerate(videos)]
        wanted_by = defaultdict[str, set[str]](set)
        for name, whole in zip(names, wholes, strict=True):
            wanted_by[name.casefold()].add(whole)
        clashes = [
            i
            for i, video in enumerate(videos)
            if known[i] is None and (len(wanted_by[names[i].casefold()]) > 1 or ledger.is_anothers(names[i], video.path))
        ]
        if not clashes:
            break
        for i in clashes:
            depths[i] += 1
    else:  # others were in all these very places
        for i in clashes:
            names[i] = _name(videos[i], labels[i], 0)
    is_shared = _shared(names)
    used = {name.casefold() for name in known if name is not None} | {PurePosixPath(LEDGER_NAME).stem}
    for i in sorted((i for i, name in enumerate(known) if name is None), key=lambda i: is_shared(names[i])):
        free = (n for n in _numbered(names[i]) if n.casefold() not in used and not ledger.is_taken(n, videos[i].path))
        names[i] = next(free)
        used.add(names[i].casefold())
    return names


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name} {number}" for number in count(2))


def _name(video: Video, label: str, depth: int) -> str:
    """The last `depth` folders of the root, those between root and video, and the label."""
    above = video.root.parts[1:]  # without the drive
    between = video.path.parent.relative_to(video.root).parts
    return str(PurePosixPath(*above[max(len(above) - depth, 0) :], *between, label))


def _labels(videos: Sequence[Video]) -> list[str]:
    """What each is called in its folder: without ending where there is no other ending to tell it from."""
    endings = defaultdict[str, set[str]](set)
    for video in videos:
        endings[_stem(video)].add(video.path.suffix.casefold())
    return [_fitting(video.path.name if len(endings[_stem(video)]) > 1 else video.path.stem) for video in videos]


def _stem(video: Video) -> str:
    return str(video.path.with_suffix("")).casefold()


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
