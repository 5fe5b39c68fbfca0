"""What a folder of results was made of: `uao-batch.json` beside them.

Names alone do not tell. Sessions of a study hold videos of the same names, settings change between two runs, and BVH has
no room to say any of it. So the folder says, for every take, of which video it was made, with which settings, and how well.
"""

import hashlib
import json
import math
import os
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from enum import Enum
from functools import lru_cache
from pathlib import Path, PureWindowsPath
from typing import Any, Self

from app.kept import DAMAGE, is_plain, parsed, plain_number, whole_number
from app.options import Options
from app.summary import Summary
from app.video_trouble import is_file, is_there
from uao_core.atomic import atomic_text

LEDGER_NAME = "uao-batch.json"
_HEAD = {"format": "uao-batch", "version": 1}
WITHOUT_EFFECT = frozenset(
    """
    clip clips camera list_cameras headless export preview out formats overwrite processes device log_level display given
    """.split()  # noqa: SIM905
)
"""The options that say what is to be done, and not how: results do not depend on them."""


def settings_of(options: Options) -> dict[str, Any]:
    """The options that results depend on, as JSON gives them back. One that is added to `Options` is among them.

    Of files it is what they hold that counts, so they are read: to be called once for a run.
    """
    return {each.name: _plain(getattr(options, each.name)) for each in fields(options) if each.name not in WITHOUT_EFFECT}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        digest = digest_of(value)
        return value.name if digest is None else f"{value.name} sha256:{digest}"
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def digest_of(path: Path) -> str | None:
    """SHA-256 of what a file holds; None where it cannot be read, or is no file."""
    if not is_file(path):  # a pipe would be waited for
        return None
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class Stamp:
    """Tells a file from what it becomes when it is filmed or cut anew: size in bytes, time of change in nanoseconds."""

    size: int
    modified_ns: int

    @classmethod
    def of(cls, path: Path) -> Self | None:
        """None where there is no such file."""
        try:
            status = path.stat()
        except OSError:
            return None
        return cls(status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=1 << 14)
def _digest_at(path: Path, _stamp: Stamp) -> str | None:
    """Of a file that has this stamp: whether it was changed is asked several times in a run, of many large files."""
    return digest_of(path)


@dataclass(frozen=True, slots=True)
class Entry:
    """One take.

    Attributes:
        video: where the video was, from the folder of the results where that can be said.
        stamp: of the video, when it was processed.
        settings: as of `settings_of`.
        formats: what was written, such as "bvh".
        summary: how well it went.
        older: what lies there, or may: of an earlier state of the video, of other settings, or of work that did not end.
        refused: formats that cannot be made of it, each with the reason: nobody is seen in it, or not surely enough.
        digests: of the files of `formats` and `older` as they were written, where that is known.
    """

    video: str
    stamp: Stamp
    settings: Mapping[str, Any]
    formats: tuple[str, ...]
    summary: Summary
    older: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)

    def has(self, stamp: Stamp | None, settings: Mapping[str, Any], formats: Iterable[str]) -> bool:
        """Whether it stands for this state of a video, made so, in all these formats as far as they can be made."""
        is_same = self.stamp == stamp and self.settings == settings
        return is_same and set(formats) <= {*self.formats, *self.refused}


class Ledger:
    """The entries of a folder, by the names of the takes: paths in that folder, with slashes and without ending.

    A file that is missing or damaged is an empty ledger, and a damaged entry is none: then things are done again, which is
    the smaller harm.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(os.path.abspath(folder))  # noqa: PTH100 (resolve() would also follow links)
        self._path = self.folder / LEDGER_NAME
        self.read()

    def read(self) -> None:
        """Follow what others have written."""
        self._entries = _entries(self._path)
        self._names = {entry.video: name for name, entry in self._entries.items()}
        self._folded_videos = {entry.video.casefold(): name for name, entry in self._entries.items()}
        self._folded = {name.casefold(): name for name in self._entries}

    def entry(self, name: str) -> Entry | None:
        return self._entries.get(name)

    def name_of(self, video: Path) -> str | None:
        """The name under which results of this video are kept; None where there are none.

        Where a system takes upper and lower case for the same, a video is the same however its name is written.
        """
        place = self._place(video)
        if (name := self._names.get(place)) is not None:
            return name
        name = self._folded_videos.get(place.casefold())
        return name if name is not None and self._is_same(self._entries[name], video) else None

    def _is_same(self, entry: Entry, video: Path) -> bool:
        try:
            return (self.folder / entry.video).samefile(video)
        except OSError:  # of one that is there no more: it was renamed
            return not is_there(self.folder / entry.video) and entry.stamp == Stamp.of(video)

    def is_taken(self, name: str, video: Path) -> bool:
        """Whether a name belongs to another video. One that was moved, or copied, is the same."""
        owner = self._entries.get(self._folded.get(name.casefold(), ""))
        return owner is not None and owner.video != self._place(video) and owner.stamp != Stamp.of(video)

    def is_anothers(self, name: str, video: Path) -> bool:
        """The same, of a video that differs in more than upper and lower case: folders tell it from this one."""
        owner = self._entries.get(self._folded.get(name.casefold(), ""))
        is_other = owner is not None and owner.video.casefold() != self._place(video).casefold()
        return is_other and self.is_taken(name, video)

    def claim(self, wanted: Mapping[str, tuple[Path, tuple[str, ...]]], settings: Mapping[str, Any]) -> None:
        """Write down which files of a name will be made, and of which video, before anybody begins: whatever ends the work,
        they are known for what they are afterwards. That they are done is not said by it.

        Raises:
            UaoError: the file cannot be written.
        """
        self.read()
        claimed = dict(self._entries)
        for name, (video, formats) in wanted.items():
            before, stamp = self._entries.get(name), Stamp.of(video)
            if before is None and stamp is not None:
                before = Entry(self._place(video), stamp, settings, (), Summary(0, 0))
            if before is not None:
                made = tuple(kind for kind in before.formats if kind not in formats)
                older = tuple(sorted({*before.older, *formats}))
                digests = {kind: digest for kind, digest in before.digests.items() if kind not in formats}
                claimed[name] = replace(before, formats=made, older=older, digests=digests)
        if claimed != self._entries:
            self._entries = claimed
            self._write()

    def note(
        self,
        name: str,
        video: Path,
        stamp: Stamp,
        settings: Mapping[str, Any],
        formats: Collection[str],
        summary: Summary,
        refused: Mapping[str, str] | None = None,
    ) -> None:
        """Write down that a take was made in some formats, and in which it cannot be, and why; others of the same video and
        settings are kept.

        Raises:
            UaoError: the file cannot be written.
        """
        self.read()  # another program may have written meanwhile
        before = self._entries.get(name)
        if before is None or not before.has(stamp, settings, ()):
            kept, lacking = set[str](), dict(refused or {})
        else:
            kept, lacking = set(before.formats), {**before.refused, **(refused or {})}
        made = kept.union(formats).difference(refused or {})
        there, digests = (set[str](), {}) if before is None else ({*before.formats, *before.older}, dict(before.digests))
        older = {kind for kind in there - made if is_there(self._file(name, kind))}
        digests |= {kind: digest for kind in made.intersection(formats) if (digest := digest_of(self._file(name, kind)))}
        self._entries[name] = Entry(
            self._place(video),
            stamp,
            settings,
            tuple(sorted(made)),
            summary,
            tuple(sorted(older)),
            {kind: why for kind, why in sorted(lacking.items()) if kind not in made},
            {kind: digest for kind, digest in sorted(digests.items()) if kind in made | older},
        )
        self._write()

    def note_left(self, name: str, formats: Iterable[str]) -> None:
        """Write down what work that failed has left in some formats: what it has written is ours, and not what was there.

        Raises:
            UaoError: the file cannot be written.
        """
        self.read()
        if (entry := self._entries.get(name)) is None:
            return
        found = {kind: digest for kind in formats if (digest := digest_of(self._file(name, kind)))}
        known = {kind: entry.digests.get(kind, "" if kind in entry.older else found[kind]) for kind in found}
        new = {kind: digest for kind, digest in found.items() if digest != known[kind]}
        if new:
            self._entries[name] = replace(
                entry,
                formats=tuple(kind for kind in entry.formats if kind not in new),
                older=tuple(sorted({*entry.older, *new})),
                digests=dict(sorted({**entry.digests, **new}.items())),
            )
            self._write()

    def is_changed(self, name: str, kind: str) -> bool:
        """Whether there is another file of a format than was written here."""
        entry = self._entries.get(name)
        is_known = entry is not None and kind in entry.digests and is_there(self._file(name, kind))
        return is_known and not self.is_untouched(name, kind)

    def is_untouched(self, name: str, kind: str) -> bool:
        """Whether the file of a format is known to be as it was written here."""
        entry = self._entries.get(name)
        digest, stamp = None if entry is None else entry.digests.get(kind), Stamp.of(self._file(name, kind))
        return digest is not None and stamp is not None and _digest_at(self._file(name, kind), stamp) == digest

    def _file(self, name: str, kind: str) -> Path:
        return self.folder / f"{name}.{kind}"

    def _write(self) -> None:
        content = _HEAD | {"takes": {name: asdict(entry) for name, entry in sorted(self._entries.items())}}
        with atomic_text(self._path) as file:
            json.dump(content, file, ensure_ascii=False, allow_nan=False, indent=1)
            file.write("\n")
        self.read()

    def _place(self, video: Path) -> str:
        try:
            return Path(os.path.relpath(video, self.folder)).as_posix()
        except ValueError:  # on another drive
            return video.as_posix()


def _entries(path: Path) -> dict[str, Entry]:
    try:
        content = parsed(path.read_text(encoding="utf-8"))
        if content["format"] != _HEAD["format"] or content["version"] != _HEAD["version"]:
            return {}
        takes = dict(content["takes"])
    except DAMAGE:
        return {}
    entries = {}
    for name, take in takes.items():
        with suppress(*DAMAGE):  # what is wrong with one is no reason to forget the others
            if _is_inside(name):
                entries[name] = _entry(take)
    return entries


def _entry(content: dict[str, Any]) -> Entry:
    size, modified_ns = (whole_number(content["stamp"][key]) for key in ("size", "modified_ns"))
    settings, summary = dict(content["settings"]), content["summary"]
    if not all(is_plain(value) for value in settings.values()):
        raise ValueError("settings of another kind")
    counts = (whole_number(summary[key]) for key in ("frames", "with_person"))
    means = (summary.get(key) for key in ("sigma_mm", "lifted_reprojection_px", "reprojection_px"))
    figures = tuple(None if mean is None else plain_number(mean) for mean in means)
    if None in figures and figures != (None,) * 3:
        raise ValueError("a part of the figures")
    return Entry(
        str(content["video"]),
        Stamp(size, modified_ns),
        settings,
        tuple(map(str, content["formats"])),
        Summary(*counts, *figures),
        tuple(map(str, content.get("older", ()))),
        {str(kind): " ".join(str(why).split()) for kind, why in dict(content.get("refused", {})).items()},
        {str(kind): str(digest) for kind, digest in dict(content.get("digests", {})).items()},
    )


def _is_inside(name: str) -> bool:
    """Whether a name leads to a file in the folder of the ledger; one that was not written here could lead anywhere."""
    parts = PureWindowsPath(name).parts  # both kinds of slashes, and drives
    return bool(parts) and not PureWindowsPath(name).anchor and ".." not in parts and "\0" not in name
