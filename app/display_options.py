"""The options of the command line that say what is drawn."""

import argparse
from dataclasses import replace

from app.colours import UNSURE_MM, ColourMap, Scale
from app.display import Display
from uao_core.skeleton import JOINT_NAMES

_SHOWN = {"ghost": "ghost", "camera": "frustum", "projected": "projected", "keypoints": "keypoints"}


def add_display_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--show",
        type=_shown,
        metavar="LIST",
        help="of ghost (the pose before the optimization), camera, projected (the 3D skeleton over the video), "
        "keypoints, separated by commas (default: keypoints)",
    )
    group.add_argument("--trail", choices=JOINT_NAMES, metavar="JOINT", help="draw the last way of a joint, as left_wrist")
    group.add_argument("--colours", choices=[colour_map.value for colour_map in ColourMap], help="of the expected error")
    group.add_argument("--scale", type=int, choices=UNSURE_MM, help="upper end of the colours in mm (default: 200)")


def display_of(args: argparse.Namespace) -> Display | None:
    """What the options ask for, or None where there is none of them."""
    if args.show is None and args.trail is None and args.colours is None and args.scale is None:
        return None
    usual = Display()
    shown = {field: name in args.show for name, field in _SHOWN.items()} if args.show is not None else {}
    scale = Scale(
        ColourMap(args.colours) if args.colours is not None else usual.scale.map,
        args.scale if args.scale is not None else usual.scale.unsure_mm,
    )
    trail_joint = JOINT_NAMES.index(args.trail) if args.trail is not None else None
    return replace(usual, **shown, trail_joint=trail_joint, scale=scale)


def _shown(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if unknown := [name for name in names if name not in _SHOWN]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(_SHOWN)}")
    return names
