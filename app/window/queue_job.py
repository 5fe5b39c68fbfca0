"""A video in the batch queue, and where it stands."""

from dataclasses import dataclass
from enum import Enum

from app.batch import Outcome
from app.videos import Video


class JobState(Enum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    DONE_BEFORE = "done before"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be done."""
        return self not in (JobState.WAITING, JobState.RUNNING)

    @property
    def is_good(self) -> bool:
        """Whether there are results."""
        return self in (JobState.DONE, JobState.DONE_BEFORE)


@dataclass(frozen=True, slots=True)
class QueueJob:
    """A video in the queue.

    Attributes:
        frames: that it claims to hold; None while nobody knows.
        frames_done: of the run that goes on.
        fps: frames a second of the run that goes on; 0 while that cannot be told.
        outcome: of the last run; None where there was none.
        again: to be done even if it is done already.
    """

    video: Video
    state: JobState = JobState.WAITING
    frames: int | None = None
    frames_done: int = 0
    fps: float = 0.0
    outcome: Outcome | None = None
    again: bool = False

    @property
    def share(self) -> float | None:
        """Of its frames that are done, from 0 to 1."""
        return min(self.frames_done / self.frames, 1.0) if self.frames else None

    @property
    def left_s(self) -> float | None:
        """Seconds until a running job is done."""
        if self.state is not JobState.RUNNING or not self.frames or self.fps <= 0:
            return None
        return max(self.frames - self.frames_done, 0) / self.fps
