"""What lies beside the video of a recording (`app.recording`), read back."""

from pathlib import Path

from app.kept import DAMAGE, parsed, plain_number
from app.lens.lens import Lens, lens_from_dict

RECORDING_FORMAT = "uao-recording"
MOST_HEAD_BYTES = 1 << 14
LONGEST_S = 1e7
"""A hundred days: what says that it is longer is damaged."""


def recorded_lens(video: Path, image_size: tuple[int, int]) -> Lens | None:
    """The lens that a recording was made with, for its pictures of (width, height); None where none was known then."""
    beside = _beside(video)
    if beside is None:
        return None
    try:
        with beside.open("rb") as lines:
            head = parsed(lines.readline(MOST_HEAD_BYTES))
        if head["format"] != RECORDING_FORMAT or head.get("focal_px") is None:
            return None
        return lens_from_dict({"focal_px": head["focal_px"], "image_size": image_size, "how": "recording"})
    except DAMAGE:
        return None


def recorded_times(video: Path) -> list[float] | None:
    """Seconds of every picture of a recording, from the file beside it; None where the video is no recording of ours."""
    beside = _beside(video)
    if beside is None:
        return None
    times: list[float] = []
    try:
        with beside.open("rb") as lines:
            if parsed(lines.readline(MOST_HEAD_BYTES))["format"] != RECORDING_FORMAT:
                return None
            for line in lines:
                if b'"frame"' in line:  # the others are poses, and many times as long
                    time_s = plain_number(parsed(line)["time_s"], most=LONGEST_S)
                    if times and time_s < times[-1]:
                        break
                    times.append(time_s)
    except DAMAGE:
        pass  # the last line may be torn; those before it are good
    return times or None


def _beside(video: Path) -> Path | None:
    beside = video.with_suffix(".jsonl")
    try:
        return beside if video.suffix.lower() == ".avi" and beside.is_file() else None
    except OSError:  # a name that is a little longer than the video's may be too long
        return None
