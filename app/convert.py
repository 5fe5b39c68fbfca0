"""A take that was exported as JSON, in other formats or cut shorter: nothing is detected or refined anew."""

from dataclasses import replace

from app.headless import check_targets, write_targets
from app.options import Options
from uao_core.errors import UaoError
from uao_core.import_json import read_take
from uao_core.take import part

_OF_EXPORT = frozenset(
    """
    --headless --export --overwrite --start --end --foot-lock --gaps --min-confidence --bvh-names --bvh-units --bvh-order
    --max-sigma --camera-tilt --show --trail --colours --scale --device --log-level
    """.split()  # noqa: SIM905
)
"""What may be given along with a take; all other options say how a video is found or processed."""


def run_convert(options: Options) -> None:
    """Write what `--export` names, from `--start` to `--end`.

    Raises:
        UaoError: the take cannot be read, or what could be written of it has been, and is whole.
    """
    path = options.clip
    assert path is not None
    if options.preview is not None:
        raise UaoError(f"{path} holds no pictures for a preview; give the video instead.")
    if not options.export:
        raise UaoError(f"{path} is a take already; say with --export take.bvh (.glb, .c3d, ...) what to make of it.")
    if too_late := ", ".join(name for name in options.given if name not in _OF_EXPORT):
        raise UaoError(f"{path} is a take already, in which {too_late} cannot be changed; process its video with that.")
    check_targets(options)
    take = read_take(path)
    kept = [i for i, frame in enumerate(take.frames) if options.start_s <= frame.time_s < options.end_s]
    if not take.frames:
        raise UaoError(f"{path} holds no frame; process its video anew.")
    if not kept:
        first, last = take.frames[0].time_s, take.frames[-1].time_s
        raise UaoError(f"{path} goes from {first:.2f} to {last:.2f} s, of which --start and --end leave nothing.")
    frames = part(take.frames, range(kept[0], kept[-1] + 1))
    write_targets(replace(take, frames=frames), options.export, options.exporting, lambda target: print(f"wrote {target}"))
    posed = sum(frame.pose is not None for frame in frames)
    print(f"{len(frames)} frames, {posed} with a person")
