"""Many files, one after the other: results beside each other in a folder, what is done is not done again."""

import sys
from dataclasses import dataclass
from pathlib import Path

from app.headless import make_folder, process_clip, summary
from app.options import Options
from app.pipeline import Chain
from uao_core.errors import UaoError
from uao_core.export import write_take
from uao_core.take import Take

VIDEO_SUFFIXES = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm")


@dataclass(frozen=True, slots=True)
class Job:
    """A video, and the files to make of it."""

    video: Path
    targets: tuple[Path, ...]

    @property
    def is_done(self) -> bool:
        """Whether all files are there and younger than the video."""
        made_of = self.video.stat().st_mtime
        return all(target.is_file() and target.stat().st_mtime >= made_of for target in self.targets)


def find_jobs(options: Options) -> list[Job]:
    """The videos that were named, and those in the folders that were named.

    Raises:
        UaoError: there is none, or two would be written to the same files.
    """
    assert options.out is not None  # the parser sees to it
    videos: list[Path] = []
    for path in options.clips:
        if path.is_dir():
            videos.extend(sorted(file for file in path.iterdir() if file.suffix.lower() in VIDEO_SUFFIXES))
        else:
            videos.append(path)
    if not videos:
        raise UaoError(f"There is no video in {', '.join(map(str, options.clips))} ({', '.join(VIDEO_SUFFIXES)}).")
    owner: dict[str, Path] = {}
    for video in videos:
        if (other := owner.setdefault(video.stem.lower(), video)) != video:
            raise UaoError(f"{other} and {video} would be written to the same files; rename one or process them apart.")
    return [Job(video, tuple(options.out / f"{video.stem}.{ending}" for ending in options.formats)) for video in videos]


def run_batch(options: Options) -> None:
    """Process all videos; one that fails does not keep the others from being processed.

    Raises:
        UaoError: nothing could be begun, or some videos failed; those that are done stay.
    """
    jobs = find_jobs(options)
    assert options.out is not None
    make_folder(options.out)
    chain = Chain.from_options(options)
    failed = 0
    for number, job in enumerate(jobs, start=1):
        place = f"{number}/{len(jobs)} {job.video.name}"
        try:
            if job.video.exists() and job.is_done and not options.overwrite:
                print(f"{place}: done before", flush=True)
                continue
            take, fps = process_clip(chain, job.video, options.start_s, options.end_s, place)
            _write_all(take, job.targets, options)
            print(f"{place}: {summary(list(take.frames), fps)}", flush=True)
        except UaoError as error:
            failed += 1
            print(f"{place}: {error}", file=sys.stderr, flush=True)
    if failed:
        raise UaoError(f"{failed} of {len(jobs)} videos failed; the others are in {options.out}.")


def _write_all(take: Take, targets: tuple[Path, ...], options: Options) -> None:
    """Write what can be written; a take without a person is no BVH, but is JSON.

    Raises:
        UaoError: the first trouble there was.
    """
    troubles = []
    for target in targets:
        try:
            write_take(take, target, bvh_units=options.bvh_units)
        except UaoError as error:
            troubles.append(error)
    if troubles:
        raise troubles[0]
