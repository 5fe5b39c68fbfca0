"""The options of the command line that say how takes are exported."""

import argparse

from app import option_kinds as kinds
from uao_core.body import BodyOptions, FootLock, Gaps, Names
from uao_core.export_options import ExportOptions


def add_export_options(group: argparse._ArgumentGroup) -> None:
    usual = BodyOptions()
    group.add_argument(
        "--foot-lock",
        choices=[lock.value for lock in FootLock],
        default=usual.foot_lock.value,
        help="bodies (BVH, GLB): hold feet that stand in their place (default: %(default)s)",
    )
    group.add_argument(
        "--gaps",
        choices=[gap.value for gap in Gaps],
        default=usual.gaps.value,
        help="bodies: where nobody was seen, hold the last pose, pass smoothly to the next, or export only the longest "
        "stretch (default: %(default)s)",
    )
    group.add_argument(
        "--min-confidence",
        type=kinds.share,
        default=usual.min_confidence,
        metavar="C",
        help="bodies: frames whose keypoints are less sure (0 to 1) count as if nobody was seen (default: %(default)g)",
    )
    group.add_argument(
        "--bvh-names",
        choices=[names.value for names in Names],
        default=usual.names.value,
        help="how joints are called (default: %(default)s)",
    )
    group.add_argument("--bvh-units", choices=["m", "cm"], default=usual.units, help="lengths in BVH (default: m)")
    group.add_argument(
        "--bvh-order",
        choices=["zxy", "joint"],
        default="zxy",
        help="order of rotations: joint takes for each joint the one that common poses are far from the pole of "
        "(default: %(default)s)",
    )
    group.add_argument(
        "--camera-tilt",
        type=kinds.tilt,
        metavar="DEG",
        help="BVH, GLB, TRC, C3D: the camera looks down by so much (0: level) and is not rolled; by default edges of the "
        "room, feet and body tell",
    )
    group.add_argument(
        "--max-sigma",
        type=kinds.millimetres,
        metavar="MM",
        help="TRC, C3D, CSV, NPZ: without joints that may be farther off",
    )


def exporting_of(args: argparse.Namespace) -> ExportOptions:
    """What the options ask for."""
    body = BodyOptions(
        foot_lock=FootLock(args.foot_lock),
        gaps=Gaps(args.gaps),
        min_confidence=args.min_confidence,
        names=Names(args.bvh_names),
        units=args.bvh_units,
        channels="ZXY" if args.bvh_order == "zxy" else "by joint",
        camera_tilt_deg=args.camera_tilt,
    )
    return ExportOptions(body, args.max_sigma)
