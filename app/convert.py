"""A take that was exported as JSON, in other formats or cut shorter: nothing is detected or refined anew."""

import re
from dataclasses import replace

from app.headless import check_targets, write_targets
from app.ledger import settings_of
from app.options import Options, parse_options
from uao_core.errors import UaoError
from uao_core.import_json import read_take

_OF_EXPORT = ("exporting", "start_s", "end_s")
_UNIT = re.compile("_(m|px|deg|s)$")


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
    if too_late := _without_effect(options):
        raise UaoError(f"{path} is a take already, in which {too_late} cannot be changed; process its video with that.")
    check_targets(options)
    take = read_take(path)
    frames = tuple(frame for frame in take.frames if options.start_s <= frame.time_s < options.end_s)
    if not take.frames:
        raise UaoError(f"{path} holds no frame; process its video anew.")
    if not frames:
        first, last = take.frames[0].time_s, take.frames[-1].time_s
        raise UaoError(f"{path} goes from {first:.2f} to {last:.2f} s, of which --start and --end leave nothing.")
    part = replace(take, frames=frames)
    write_targets(part, options.export, options.exporting, lambda target: print(f"wrote {target}"))
    posed = sum(frame.pose is not None for frame in frames)
    print(f"{len(frames)} frames, {posed} with a person")


def _without_effect(options: Options) -> str:
    """Names of the options, as on the command line, that were given and say how a video is to be processed."""
    usual, given = settings_of(parse_options([str(options.clip)])), settings_of(options)
    changed = [name for name in given if given[name] != usual[name] and name not in _OF_EXPORT]
    return ", ".join("--" + _UNIT.sub("", name).replace("_", "-") for name in changed)
