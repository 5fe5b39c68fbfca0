"""What lies beside the video of a recording (`app.recording`), read back."""

import json
from pathlib import Path

RECORDING_FORMAT = "uao-recording"


def recorded_times(video: Path) -> list[float] | None:
    """Seconds of every picture of a recording, from the file beside it; None where the video is no recording of ours."""
    beside = video.with_suffix(".jsonl")
    if video.suffix.lower() != ".avi" or not beside.is_file():
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
