"""What lies beside the video of a recording (`app.recording`), read back."""

import json
from pathlib import Path

from app.lens.lens import Lens, lens_from_dict

RECORDING_FORMAT = "uao-recording"


def recorded_lens(video: Path, image_size: tuple[int, int]) -> Lens | None:
    """The lens that a recording was made with, for its pictures of (width, height); None where none was known then."""
    beside = _beside(video)
    if beside is None:
        return None
    try:
        with beside.open(encoding="utf-8") as lines:
            head = json.loads(next(lines))
        if head["format"] != RECORDING_FORMAT or head.get("focal_px") is None:
            return None
        return lens_from_dict({"focal_px": head["focal_px"], "image_size": image_size, "how": "recording"})
    except (OSError, ValueError, StopIteration, KeyError, TypeError, AttributeError):
        return None


def recorded_times(video: Path) -> list[float] | None:
    """Seconds of every picture of a recording, from the file beside it; None where the video is no recording of ours."""
    beside = _beside(video)
    if beside is None:
        return None
    times: list[float] = []
    try:
        with beside.open(encoding="utf-8") as lines:
            if json.loads(next(lines))["format"] != RECORDING_FORMAT:
                return None
            for line in lines:
                entry = json.loads(line)
                if "frame" in entry:
                    times.append(float(entry["time_s"]))
    except (OSError, ValueError, StopIteration, KeyError, TypeError):
        pass  # the last line may be torn; those before it are good
    return times or None


def _beside(video: Path) -> Path | None:
    beside = video.with_suffix(".jsonl")
    return beside if video.suffix.lower() == ".avi" and beside.is_file() else None
