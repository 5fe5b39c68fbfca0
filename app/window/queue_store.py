"""What is remembered of the batch queue when the program ends."""

import json
from dataclasses import dataclass
from pathlib import Path

from app.kept import DAMAGE, parsed
from app.videos import Video
from app.window.settings import Settings
from uao_core.export import DEFAULT_NAMES, FORMATS


@dataclass(frozen=True, slots=True)
class StoredQueue:
    """Videos that are not done, the folder of the results (None until one is chosen), formats, whether to do all anew."""

    videos: tuple[Video, ...] = ()
    target: Path | None = None
    formats: tuple[str, ...] = DEFAULT_NAMES
    overwrite: bool = False


class QueueStore:
    """Keeps a queue among the settings of the window, as JSON; what is damaged there is an empty queue."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def load(self) -> StoredQueue:
        try:
            kept = parsed(self._settings.batch())
            videos = dict.fromkeys(Video(Path(path), Path(root)) for path, root in kept["videos"])
            return StoredQueue(
                tuple(video for video in videos if _can_be(video)),
                Path(kept["target"]) if kept["target"] is not None else None,
                tuple(each.name for each in FORMATS if each.name in kept["formats"]),
                kept["overwrite"] is True,
            )
        except DAMAGE:
            return StoredQueue()

    def save(self, queue: StoredQueue) -> None:
        content = {
            "videos": [[str(video.path), str(video.root)] for video in queue.videos],
            "target": None if queue.target is None else str(queue.target),
            "formats": queue.formats,
            "overwrite": queue.overwrite,
        }
        self._settings.store_batch(json.dumps(content))


def _can_be(video: Video) -> bool:
    """Whether a video lies below its root; the names of its results are made of the way between."""
    return video.path.is_absolute() and ".." not in video.path.parts and video.root in video.path.parents
