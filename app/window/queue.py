"""The batch queue, without any widget: which videos are to be processed, where to, and how far that has come."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.batch import Ending, Outcome
from app.videos import Found
from app.window.crew import Crew
from app.window.queue_job import JobState, QueueJob
from app.window.queue_store import QueueStore, StoredQueue
from app.window.queue_worker import CountWorker, FindWorker, QueueWorker, Task
from app.window.session import Session
from app.window.workers import Worker

_UNTOLD_FRAMES = 900
"""Taken for the length of a video while none is known: half a minute at 30 fps."""


class BatchQueue(QObject):
    """Jobs in their order. One is done at a time, with the session's options at the start.

    While a camera is live it rests. What is not done is remembered, and offered again when the program is next started.
    """

    changed = Signal()  # any property below may differ
    listed = Signal()  # jobs have come, gone, or changed places
    job_changed = Signal(int)  # the job at this place
    failed = Signal(str)

    def __init__(self, session: Session, store: QueueStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._store = session, store
        self._lens = session.options.lens  # by the command line, of all videos; a later one is of a clip
        self._crew = Crew(self)
        self._crew.gone.connect(self._on_worker_gone)
        self._worker: QueueWorker | None = None
        self._task: Task | None = None
        self._fps = 0.0
        kept = store.load()
        self.target, self.formats, self.overwrite = kept.target, kept.formats, kept.overwrite
        self.jobs: list[QueueJob] = [QueueJob(video) for video in kept.videos]
        self._count([video.path for video in kept.videos])
        session.changed.connect(self._on_session)

    # What is true now

    @property
    def is_running(self) -> bool:
        return self._worker is not None

    @property
    def is_stopping(self) -> bool:
        return self._worker is not None and self._worker.is_stopped()

    @property
    def is_held(self) -> bool:
        """Whether it rests because a camera is live."""
        return self._session.is_live

    @property
    def is_finding(self) -> bool:
        return any(isinstance(worker, FindWorker) for worker in self._crew.workers)

    @property
    def can_start(self) -> bool:
        return not self.is_running and bool(self.formats) and bool(self._rows(JobState.WAITING))

    @property
    def share(self) -> float:
        """Of all frames that are done, from 0 to 1; videos that do not say count as the others do on average."""
        total = sum(self._lengths())
        left = sum(self._frames_left())
        return 1 - left / total if total else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds until all is done, at the present rate; None while that cannot be told."""
        return sum(self._frames_left()) / self._fps if self.is_running and self._fps > 0 else None

    def count(self, *states: JobState) -> int:
        return sum(job.state in states for job in self.jobs)

    # What the user does

    def add(self, paths: Sequence[Path]) -> None:
        """Append files, and the videos in folders and in the folders in those; returns at once."""
        worker = FindWorker(paths)
        worker.found.connect(self._on_found)
        self._begin(worker)
        self.changed.emit()

    def remove(self, rows: Iterable[int]) -> None:
        """Take jobs off the list; one that runs is cancelled. Results stay."""
        gone = set(rows)
        self.cancel(row for row in gone if self.jobs[row].state is JobState.RUNNING)
        self._set_list([job for row, job in enumerate(self.jobs) if row not in gone])

    def clear_finished(self) -> None:
        """Take off the list what is done."""
        self.remove([row for row, job in enumerate(self.jobs) if job.state.is_good])

    def move(self, row: int, by: int) -> int:
        """Move a job up (negative) or down; returns where it is then."""
        to = min(max(row + by, 0), len(self.jobs) - 1)
        jobs = list(self.jobs)
        jobs.insert(to, jobs.pop(row))
        self._set_list(jobs)
        return to

    def cancel(self, rows: Iterable[int]) -> None:
        """Cancel jobs that wait or run; those stay undone until they are asked for again."""
        for row in list(rows):
            job = self.jobs[row]
            if job.state is JobState.RUNNING and self._task is not None:
                self._task.cancelled.set()
            elif job.state is JobState.WAITING:
                self._set_job(row, replace(job, state=JobState.CANCELLED))
        self._save()

    def retry(self, rows: Iterable[int]) -> None:
        """Let jobs wait again; one that is done will be done anew."""
        for row in list(rows):
            job = self.jobs[row]
            if job.state.is_over:
                self._set_job(row, QueueJob(job.video, frames=job.frames, again=job.state.is_good))
        self._save()

    def set_target(self, folder: Path) -> None:
        self.target = folder
        self._save()

    def set_formats(self, formats: tuple[str, ...]) -> None:
        self.formats = formats
        self._save()

    def set_overwrite(self, overwrite: bool) -> None:
        self.overwrite = overwrite
        self._save()

    def start(self) -> None:
        """Do what waits, with the options of now. Results come into `target`, which must be set."""
        assert self.target is not None
        if not self.can_start:
            return
        options = replace(
            self._session.options.for_others(), out=self.target, formats=self.formats, overwrite=self.overwrite
        )
        if options.lens != self._lens:
            options = replace(options, lens=None)
        self._worker = worker = QueueWorker(options)
        worker.hold(self.is_held)
        worker.progressed.connect(self._on_progress)
        worker.ended.connect(self._on_ended)
        self._fps = 0.0
        self._begin(worker)
        self._next()

    def stop(self) -> None:
        """End the run. The job that is under way waits again; nothing of it has been written."""
        if self._worker is not None:
            self._worker.stop()
            self.changed.emit()

    def shut_down(self) -> None:
        """Stop all threads and wait for them: for the end of the program only. What is not done is remembered."""
        self._save()
        self._crew.stop()
        self._crew.wait()

    # What the threads report

    def _begin(self, worker: Worker) -> None:
        worker.failed.connect(self.failed)
        self._crew.start(worker)

    def _on_worker_gone(self, worker: Worker) -> None:
        if worker is self._worker:
            self._worker = self._task = None
            for row in self._rows(JobState.RUNNING):
                self._set_job(row, self._waiting(row))
        self.changed.emit()

    def _on_found(self, found: Found) -> None:
        known = {job.video.path: row for row, job in enumerate(self.jobs)}
        again = [known[video.path] for video in found.videos if video.path in known]
        self.retry(row for row in again if not self.jobs[row].state.is_good)
        new = [video for video in found.videos if video.path not in known]
        self._set_list([*self.jobs, *(QueueJob(video) for video in new)])
        self._count([video.path for video in new])
        for trouble in found.troubles:
            self.failed.emit(trouble)
        if not found.videos and not found.troubles:
            self.failed.emit(self.tr("There is no video in what was added."))

    def _count(self, paths: Sequence[Path]) -> None:
        if paths:
            worker = CountWorker(paths)
            worker.counted.connect(self._on_counted)
            self._begin(worker)

    def _on_counted(self, path: Path, frames: int) -> None:
        if (row := self._row_of(path)) is not None:
            self._set_job(row, replace(self.jobs[row], frames=frames))

    def _on_progress(self, task: Task, done: int, total: int | None, fps: float) -> None:
        row = self._row_of(task.video.path)
        if task is self._task and row is not None:
            self._fps = fps or self._fps
            job = self.jobs[row]
            self._set_job(row, replace(job, frames_done=done, frames=total or job.frames, fps=fps))

    def _on_ended(self, task: Task, outcome: Outcome) -> None:
        row = self._row_of(task.video.path)
        if row is not None and self.jobs[row].state is JobState.RUNNING:  # and not taken off the list, and added again
            if outcome.ending is not Ending.STOPPED:
                job = replace(self.jobs[row], state=JobState(outcome.ending.value), outcome=outcome, again=False)
            elif task.cancelled.is_set():
                job = replace(self.jobs[row], state=JobState.CANCELLED, frames_done=0)
            else:
                job = self._waiting(row)
            self._set_job(row, job)
            self._save()
        self._next()

    def _on_session(self) -> None:
        if self._worker is not None and self._worker.hold(self.is_held):
            self.changed.emit()

    # Inside

    def _next(self) -> None:
        """Hand the first job that waits to the worker, or end it."""
        if self._worker is None or self._worker.is_stopped():
            return
        waiting = self._rows(JobState.WAITING)
        self._task = None
        if waiting:
            row, job = waiting[0], self.jobs[waiting[0]]
            self._task = Task(tuple(other.video for other in self.jobs), row, job.again)
            self._set_job(row, replace(job, state=JobState.RUNNING, frames_done=0, fps=0.0))
        self._worker.give(self._task)
        self.changed.emit()

    def _waiting(self, row: int) -> QueueJob:
        return replace(self.jobs[row], state=JobState.WAITING, frames_done=0, fps=0.0)

    def _rows(self, state: JobState) -> list[int]:
        return [row for row, job in enumerate(self.jobs) if job.state is state]

    def _row_of(self, path: Path) -> int | None:
        return next((row for row, job in enumerate(self.jobs) if job.video.path == path), None)

    def _lengths(self) -> list[float]:
        known = [job.frames for job in self.jobs if job.frames is not None]
        usual = sum(known) / len(known) if known else _UNTOLD_FRAMES
        return [job.frames if job.frames is not None else usual for job in self.jobs]

    def _frames_left(self) -> list[float]:
        lengths = zip(self.jobs, self._lengths(), strict=True)
        return [max(length - job.frames_done, 0) for job, length in lengths if not job.state.is_over]

    def _set_job(self, row: int, job: QueueJob) -> None:
        self.jobs[row] = job
        self.job_changed.emit(row)
        self.changed.emit()

    def _set_list(self, jobs: list[QueueJob]) -> None:
        self.jobs = jobs  # another list, so that the views still have theirs until they follow
        self.listed.emit()
        self._save()

    def _save(self) -> None:
        undone = (JobState.WAITING, JobState.RUNNING, JobState.FAILED)
        videos = tuple(job.video for job in self.jobs if job.state in undone)
        self._store.save(StoredQueue(videos, self.target, self.formats, self.overwrite))
        self.changed.emit()
