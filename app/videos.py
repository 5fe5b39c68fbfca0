"""Which files are videos, and those that lie in folders."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.capture import FileSource
from app.video_trouble import is_folder
from uao_core.errors import UaoError

VIDEO_SUFFIXES = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm")


@dataclass(frozen=True, slots=True)
class Video:
    """A video that was asked for.

    Attributes:
        path: of the file, absolute.
        root: the folder that was named and holds it, however deep; for a file that was named itself, its own folder.
    """

    path: Path
    root: Path


@dataclass(frozen=True, slots=True)
class Found:
    """What lies where somebody pointed: videos, each once, and a sentence for every folder that could not be read."""

    videos: tuple[Video, ...]
    troubles: tuple[str, ...]


def find_videos(paths: Iterable[Path]) -> Found:
    """The files named, whatever they are, and the videos in the folders named and in the folders in those, by name.

    Hidden files and folders are passed over, and links to folders are not followed. Where upper and lower case are the same
    to a system, a file that is named in both is one.
    """
    videos: dict[Path, Video] = {}
    spelled: dict[str, Path] = {}
    troubles: list[str] = []

    def add(path: Path, root: Path) -> None:
        first = spelled.setdefault(str(path).casefold(), path)
        if first == path or not _is_same(first, path):
            videos.setdefault(path, Video(path, root))

    def unreadable(error: OSError) -> None:
        troubles.append(f"The folder {error.filename} cannot be read ({error.strerror}); its videos are left out.")

    for named in paths:
        path = Path(os.path.abspath(named))  # noqa: PTH100 (resolve() would also follow links)
        if not is_folder(path):
            add(path, path.parent)
            continue
        for folder, inner, names in os.walk(path, onerror=unreadable):
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            for name in sorted(names):
                file = Path(folder, name)
                if file.suffix.lower() in VIDEO_SUFFIXES and not name.startswith("."):
                    add(file, path)
    return Found(tuple(videos.values()), tuple(troubles))


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False


def count_frames(path: Path, start_s: float = 0.0, end_s: float = float("inf")) -> int | None:
    """Frames that a file claims to hold between two times; None where it does not say, or is no video."""
    try:
        source = FileSource(path, start_s, end_s)
    except UaoError:
        return None
    source.close()
    return source.info.frame_count
