"""Takes: the recordings (`app.recording`) in a folder, what the user says of them, and where they go when they are deleted.

What the user says of `NAME.avi` stands in `NAME.take.json` beside it, so that a folder that is moved keeps it. A take that
is deleted moves to `.trash/DAY` in the same folder and stays there for 30 days: nothing is copied. The day is a folder's
name, since a file that is moved keeps its times, and should.
"""

import contextlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from app.kept import DAMAGE, parsed, plain_number
from app.recorded import LONGEST_S, MOST_HEAD_BYTES, RECORDING_FORMAT
from app.recording import free_path
from uao_core.atomic import atomic_text
from uao_core.errors import UaoError

TRASH = ".trash"
KEPT_DAYS = 30
"""So long a deleted take stays in the trash."""
_HEAD = {"format": "uao-take", "version": 1}
_ENDINGS = (".avi", ".jsonl", ".take.json")
"""Of the files of a take. The video goes first: a take is where its video is."""
_TAIL_BYTES = 1 << 14
"""Read at once from the end of a recording's lines: some pictures' and their poses'."""
_MOST_TAIL_BYTES = 1 << 20
_MOST_FRAME = 2**31
"""Rather more than a year at 60 frames a second."""


@dataclass(frozen=True, slots=True)
class TakeNote:
    """What the user says of a take.

    Attributes:
        title: what to call it; empty: as the file.
        note: anything else, of any number of lines.
        trim_start, trim_stop: the frames that count, from the first up to, not including, the second; None is the end.
    """

    title: str = ""
    note: str = ""
    trim_start: int = 0
    trim_stop: int | None = None


@dataclass(frozen=True, slots=True)
class TakeEntry:
    """A take as a list shows it, known without reading its video.

    Attributes:
        path: of the video, absolute.
        note: what the user says of it.
        recorded: when it began, in local time.
        duration_s: from the first picture to the last.
        frames: number of pictures.
        size_bytes: of all its files.
    """

    path: Path
    note: TakeNote
    recorded: datetime
    duration_s: float
    frames: int
    size_bytes: int

    @property
    def title(self) -> str:
        return self.note.title or self.path.stem


@dataclass(frozen=True, slots=True)
class Trashed:
    """A take that was deleted: its video, and where each of its files was and is."""

    video: Path
    moved: tuple[tuple[Path, Path], ...]


def take_at(path: Path, folder: Path) -> TakeEntry | None:
    """The take that a video is; None where it is no recording of ours, or lies elsewhere than in this very folder."""
    path = path.absolute()
    return _entry(path) if path.parent == folder.absolute() and path.suffix.lower() == ".avi" else None


def list_takes(folder: Path) -> tuple[TakeEntry, ...]:
    """The takes in a folder, the newest first; none where there is no such folder.

    Raises:
        UaoError: the folder is there and cannot be read.
    """
    folder = folder.absolute()
    try:
        videos = [Path(entry.path) for entry in os.scandir(folder) if entry.name.lower().endswith(".avi")]
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise UaoError(f"The folder {folder} cannot be read ({error.strerror}); choose another for the takes.") from error
    entries = [entry for video in videos if (entry := _entry(video)) is not None]
    return tuple(sorted(entries, key=lambda entry: (entry.recorded, entry.path.name), reverse=True))


def read_note(video: Path) -> TakeNote:
    """What the user has said of a take; what is missing or damaged in its file is as if it had not been said."""
    try:
        content = parsed(_file(video, ".take.json").read_text(encoding="utf-8"))
        if content["format"] != _HEAD["format"]:
            return TakeNote()
    except DAMAGE:
        return TakeNote()
    title, note = (said if isinstance(said := content.get(key), str) else "" for key in ("title", "note"))
    start, stop = content.get("trim_start", 0), content.get("trim_stop", 0)
    start = start if _is_frame(start) else 0
    stop = stop if _is_frame(stop) and stop > start else None
    return TakeNote(_one_line(title), note, start, stop)


def write_note(video: Path, note: TakeNote) -> None:
    """Keep what the user says of a take; where that is nothing there is no file.

    Raises:
        UaoError: the take is gone, or its folder cannot be written to.
    """
    target = _file(video, ".take.json")
    if not video.is_file():
        raise UaoError(f"The take {video.name} is no longer in {video.parent}; what was said of it is not kept.")
    content = {"title": _one_line(note.title), "note": note.note, "trim_start": note.trim_start, "trim_stop": note.trim_stop}
    others = _said_by_others(target, {*_HEAD, *content})
    if note == TakeNote() and not others:
        try:
            target.unlink(missing_ok=True)
        except OSError as error:
            raise UaoError(f"{target} cannot be removed ({error.strerror}); check who may write there.") from error
        return
    with atomic_text(target) as file:
        json.dump(_HEAD | others | content, file, ensure_ascii=False, indent=1)
        file.write("\n")


def _said_by_others(path: Path, ours: set[str]) -> dict[str, Any]:
    """What a later version of the program keeps there, which this one knows nothing of and passes on."""
    try:
        content = parsed(path.read_text(encoding="utf-8"))
        json.dumps(content, allow_nan=False)
    except DAMAGE:
        return {}
    return {key: value for key, value in content.items() if key not in ours and content.get("format") == _HEAD["format"]}


def trash(video: Path) -> Trashed:
    """Delete a take: its files move to the trash, under a name that is free there.

    Raises:
        UaoError: it is gone, in use, or may not be moved; then all its files are where they were.
    """
    try:
        folder = video.parent / TRASH / date.today().isoformat()
        folder.mkdir(parents=True, exist_ok=True)
        target = free_path(folder, video.stem)
    except OSError as error:
        raise UaoError(f"{video.parent} cannot be written to ({error.strerror}); the take stays.") from error
    files = [(_file(video, ending), _file(target, ending)) for ending in _ENDINGS]
    moved = tuple((here, there) for here, there in files if here == video or here.exists())
    _move(moved)
    return Trashed(video, moved)


def restore(trashed: Trashed) -> None:
    """Undo a deletion.

    Raises:
        UaoError: a file is no longer in the trash, or there is another one where it was; then nothing has moved.
    """
    for was, _ in trashed.moved:
        if was.exists():
            raise UaoError(f"There is another {was.name} by now; the deleted take stays in {trashed.moved[0][1].parent}.")
    _move([(there, here) for here, there in trashed.moved])


def empty_trash(folder: Path, today: date) -> None:
    """Delete for good what was deleted from a folder more than `KEPT_DAYS` ago. Nothing but files of takes is touched, and
    what cannot be deleted stays until the next time."""
    try:
        days = [day for day in (folder / TRASH).iterdir() if _is_over(day.name, today) and not day.is_symlink()]
    except OSError:
        return
    for day in days:
        with contextlib.suppress(OSError):
            for path in day.iterdir():
                if path.name.endswith(_ENDINGS):
                    path.unlink()
            day.rmdir()


def _is_over(day: str, today: date) -> bool:
    try:
        return (today - date.fromisoformat(day)).days > KEPT_DAYS
    except ValueError:
        return False


def _move(pairs: Sequence[tuple[Path, Path]]) -> None:
    """Rename files, all or none."""
    done: list[tuple[Path, Path]] = []
    try:
        for here, there in pairs:
            here.rename(there)
            done.append((here, there))
    except OSError as error:
        for before, after in reversed(done):
            with contextlib.suppress(OSError):
                after.rename(before)
        reason = "it is no longer there" if isinstance(error, FileNotFoundError) else error.strerror
        raise UaoError(f"{here} cannot be moved ({reason}); close what else uses it and try again.") from error


def _entry(video: Path) -> TakeEntry | None:
    """None where it is no recording of ours, or cannot be read."""
    head = _head(video)
    if head is None:
        return None
    try:
        files = [status for ending in _ENDINGS if (status := _stat(_file(video, ending))) is not None]
        frames, duration_s = _extent(_file(video, ".jsonl"))
        recorded = _began(head)
        if recorded is None:  # recordings did not always say; the last line was written when they ended
            recorded = datetime.fromtimestamp(_file(video, ".jsonl").stat().st_mtime - duration_s)
    except (OSError, OverflowError, ValueError):
        return None
    return TakeEntry(video, read_note(video), recorded, duration_s, frames, sum(status.st_size for status in files))


def _head(video: Path) -> dict[str, Any] | None:
    """The first line of what lies beside a recording."""
    try:
        with _file(video, ".jsonl").open("rb") as lines:
            head = parsed(lines.readline(MOST_HEAD_BYTES))
    except DAMAGE:
        return None
    return head if head.get("format") == RECORDING_FORMAT else None


def _began(head: dict[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(head["recorded"]).astimezone().replace(tzinfo=None)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None


def _extent(lines: Path) -> tuple[int, float]:
    """Pictures of a recording, and seconds to the last one, from its last lines; the very last may be torn."""
    size, tail = lines.stat().st_size, _TAIL_BYTES
    with lines.open("rb") as file:
        while True:
            file.seek(max(size - tail, 0))
            for line in reversed(file.read(tail).split(b"\n")):
                if line.startswith(b'{"frame":'):
                    with contextlib.suppress(*DAMAGE):
                        entry = parsed(line)
                        frames = int(plain_number(entry["frame"], most=_MOST_FRAME)) + 1
                        time_s = entry["time_s"]
                        return frames, float(time_s) if 0 <= time_s < LONGEST_S else 0.0
            if tail >= min(size, _MOST_TAIL_BYTES):
                return 0, 0.0
            tail *= 4


def _file(video: Path, ending: str) -> Path:
    return video if ending == ".avi" else video.with_suffix(ending)


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _is_frame(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_FRAME


def _one_line(text: str) -> str:
    return " ".join(text.split())
