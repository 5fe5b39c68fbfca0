"""The command line: what the user may ask for, checked once."""

import argparse
import math
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from app import option_kinds as kinds
from app.camera import CameraMode
from app.detector import PoseModel
from app.display import Display
from app.display_options import add_display_options, display_of
from app.export_arguments import add_export_options, exporting_of
from app.lens.chessboard import Board
from app.lens.lens import Lens
from app.quality import QUALITIES, best_values
from app.video_trouble import is_folder
from models.weights import DEFAULT_WEIGHTS
from uao_core import refiner
from uao_core.export import DEFAULT_NAMES, FORMATS
from uao_core.export_options import ExportOptions
from uao_core.optimize import UaoConfig
from uao_core.people import Choice

BUNDLED_CLIP = Path(__file__).parent.parent / "assets" / "demo.mp4"
_FORMATS = tuple(each.name for each in FORMATS)
FILE_WINDOW, LIVE_WINDOW = refiner.FILE_WINDOW, refiner.LIVE_WINDOW
"""Frames refined together where the user does not say: what the lifter was trained on; what two cores do in a frame."""


@dataclass(frozen=True, slots=True)
class Options:
    """One run of the program, as asked for. `clip` is a file, or `camera` is an index; never both. With `out`, the `clips`
    are processed, in `processes` at a time, and folders among them stand for the videos in them; of a `camera`, `out` is
    where the recording goes. With `calibrate` a lens is measured from the clips."""

    clip: Path | None
    clips: tuple[Path, ...]
    camera: int | None
    camera_mode: CameraMode
    seconds: float
    list_cameras: bool
    headless: bool
    export: tuple[Path, ...]
    preview: Path | None
    out: Path | None
    formats: tuple[str, ...]
    overwrite: bool
    processes: int | None
    exporting: ExportOptions
    pose_model: PoseModel
    people: int
    unfiltered: bool
    follow: Choice | None
    weights: Path
    device: str
    uao_iterations: int
    window: int | None
    height_m: float | None
    focal_px: float | None
    fov_deg: float | None
    lens: Lens | None
    calibrate: Literal["chessboard", "height"] | None
    board: Board
    distances_m: tuple[float, ...]
    distances_from_camera: bool
    lens_file: Path | None
    smoothing_s: float
    start_s: float
    end_s: float
    log_level: str
    display: Display | None = None
    """What is drawn; None where the user does not say."""
    given: tuple[str, ...] = field(default=(), compare=False)
    """Options by their names on the command line, as --fov, that were given there and are not as they usually are."""

    @property
    def wants_quiet(self) -> bool:
        """Whether what native libraries print is to be kept from the terminal."""
        return self.log_level not in ("debug", "info")

    @property
    def clip_is_take(self) -> bool:
        """Whether what is to be exported is a take, by its name, and no video."""
        return self.out is None and self.clip is not None and self.clip.suffix.lower() == ".json"

    def for_others(self) -> "Options":
        """For other clips than the one that was named: range and person to follow are of that one."""
        return replace(self, follow=None, start_s=0.0, end_s=math.inf)


def parse_options(argv: list[str] | None = None) -> Options:
    """Read the command line; ends the program with status 2 and a usage line where it is wrong."""
    parser = _parser()
    args = parser.parse_args(argv)
    if args.quality == "best":
        parser.set_defaults(**best_values())  # what is given by itself wins
        args = parser.parse_args(argv)
    if args.clips and args.camera is not None:
        parser.error("give a clip or --camera, not both")
    if args.calibrate is not None:
        _check_calibration(parser, args)
    elif args.lens_file is not None or args.distance:
        parser.error("--lens-file and --distance belong to --calibrate; --lens uses a measured lens")
    if args.calibrate is None and args.out is None and (len(args.clips) > 1 or any(is_folder(clip) for clip in args.clips)):
        parser.error("several clips, or a folder of them, need --headless and --out FOLDER")
    if args.camera is None and (args.camera_size[0] or args.camera_fps or args.seconds is not None):
        parser.error("--camera-size, --camera-fps and --seconds need --camera N")
    if args.format and args.out is None:
        parser.error("--format is for --out; the names of files after --export tell their formats")
    if args.processes is not None and (args.out is None or args.camera is not None):
        parser.error("--processes is for --out with clips or folders")
    if args.camera is None:
        if args.out is not None and (not args.headless or not args.clips or args.export or args.preview):
            parser.error("--out is for --headless with clips or folders, and takes the place of --export and --preview")
    elif not args.headless and (args.out is not None or args.seconds is not None):
        parser.error("--out and --seconds of a camera need --headless; in the window, use the Record button")
    elif args.headless and args.out is None and not args.export:
        parser.error("a camera without a window needs --export FILE, or --out FOLDER for the recording")
    if (args.export or args.preview) and not args.headless:
        parser.error("--export and --preview need --headless; in the window, export from the File menu")
    if args.end <= args.start:
        parser.error("--end must lie after --start")
    return Options(
        clip=None if args.camera is not None else (*args.clips, BUNDLED_CLIP)[0],
        clips=tuple(args.clips),
        camera=args.camera,
        camera_mode=CameraMode(args.camera_size[0], args.camera_size[1], args.camera_fps),
        seconds=math.inf if args.seconds is None else args.seconds,
        list_cameras=args.list_cameras,
        headless=args.headless,
        export=tuple(args.export),
        preview=args.preview,
        out=args.out,
        formats=tuple(args.format or DEFAULT_NAMES),
        overwrite=args.overwrite,
        processes=args.processes,
        exporting=exporting_of(args),
        pose_model=PoseModel(args.pose_model),
        people=args.people or (1 if args.follow is None else kinds.MOST_PEOPLE),
        unfiltered=args.unfiltered,
        follow=args.follow,
        weights=args.weights,
        device=args.device,
        uao_iterations=args.uao_iterations,
        window=args.window,
        height_m=args.height,
        focal_px=args.focal,
        fov_deg=args.fov,
        lens=args.lens,
        calibrate=args.calibrate,
        board=args.board,
        distances_m=tuple(args.distance),
        distances_from_camera=args.distance_from == "camera",
        lens_file=args.lens_file,
        smoothing_s=args.smoothing,
        start_s=args.start,
        end_s=args.end,
        log_level=args.log_level,
        display=display_of(args),
        given=_given(parser, args),
    )


def _given(parser: argparse.ArgumentParser, args: argparse.Namespace) -> tuple[str, ...]:
    unusual = [name for name, value in vars(args).items() if value != parser.get_default(name) and name != "clips"]
    return tuple("--" + name.replace("_", "-") for name in unusual)


def _check_calibration(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    if not args.clips or args.headless or any(is_folder(clip) for clip in args.clips):
        parser.error("--calibrate needs a clip that shows the chessboard or the person, and goes without --headless")
    if args.calibrate == "chessboard" and len(args.clips) > 1:
        parser.error("--calibrate chessboard takes one clip")
    if args.calibrate == "height" and (args.height is None or len(args.distance) != len(args.clips)):
        parser.error("--calibrate height needs --height M, and --distance with as many distances as there are clips")


def program_version() -> str:
    try:
        return version("uao-pose")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "0 (not installed)"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run_demo.py",
        description="3D motion capture from one camera, with the expected error of every joint.",
        epilog="Without --headless a window opens. Without a clip, --headless works on the bundled one.",
    )
    clips_help = "video file; with --out several, or folders of them; or a take (.json) to export anew"
    parser.add_argument("clips", nargs="*", type=Path, metavar="clip", help=clips_help)
    parser.add_argument("--version", action="version", version=f"uao-pose {program_version()}")

    source = parser.add_argument_group("source")
    source.add_argument("--camera", type=kinds.index, metavar="N", help="use webcam N")
    source.add_argument(
        "--camera-size",
        type=kinds.size,
        default=(None, None),
        metavar="WxH",
        help="ask it for this resolution, such as 1280x720",
    )
    source.add_argument("--camera-fps", type=kinds.rate, metavar="FPS", help="ask it for so many frames a second")
    source.add_argument(
        "--seconds", type=kinds.duration, metavar="S", help="with --headless: record for so long (else: to Ctrl-C)"
    )
    source.add_argument("--list-cameras", action="store_true", help="print the webcams that are plugged in, and exit")
    source.add_argument("--start", type=kinds.seconds, default=0.0, metavar="S", help="begin at this second of the file")
    source.add_argument(
        "--end", type=kinds.seconds, default=math.inf, metavar="S", help="stop before this second of the file"
    )
    lens = source.add_mutually_exclusive_group()
    lens.add_argument("--focal", type=kinds.positive, metavar="PX", help="focal length in pixels")
    lens.add_argument("--fov", type=kinds.degrees, metavar="DEG", help="field of view across the longer side (default: 60)")

    lens.add_argument("--lens", type=kinds.lens, metavar="FILE", help="measured lens (.json of --calibrate)")

    measure = parser.add_argument_group("measuring a lens")
    measure.add_argument(
        "--calibrate", choices=["chessboard", "height"], help="find the focal length from the clip, print it, and exit"
    )
    measure.add_argument(
        "--board", type=kinds.board, default=Board(), metavar="CxR", help="inner corners of the chessboard (default: 9x6)"
    )
    measure.add_argument(
        "--distance",
        type=kinds.distance,
        nargs="+",
        default=[],
        metavar="M",
        help="height: metres to the person, of each clip",
    )
    measure.add_argument(
        "--distance-from", choices=["camera", "mark"], default="camera", help="mark: counted from anywhere before the camera"
    )
    measure.add_argument("--lens-file", type=Path, metavar="FILE", help="write the lens as .json, for --lens")

    method = parser.add_argument_group("method")
    quality_help = "best: slower, with the steadiest detector that is installed and more steps (default: %(default)s)"
    method.add_argument("--quality", choices=QUALITIES, default="normal", help=quality_help)
    method.add_argument("--pose-model", choices=[m.value for m in PoseModel], default=PoseModel.FULL.value)
    method.add_argument(
        "--people",
        type=kinds.people,
        metavar="N",
        help="how many people to tell apart; the largest is followed (default: 1; with --follow 4)",
    )
    method.add_argument(
        "--unfiltered",
        action="store_true",
        help="files: 2D as each frame shows it, without the detector's own filter, which lags; slower, pays with full",
    )
    method.add_argument(
        "--follow", type=kinds.choice, metavar="X,Y[,S]", help="the person at this pixel (at second S) is the one to follow"
    )
    method.add_argument("--weights", type=Path, default=DEFAULT_WEIGHTS, metavar="FILE", help="lifter (.safetensors)")
    method.add_argument("--device", choices=["auto", "cpu", "cuda", "mps"], default="auto")
    default, iterations_help = UaoConfig(), "steps of the optimization, 0: the lifter alone (default: %(default)s)"
    method.add_argument(
        "--uao-iterations", type=kinds.iterations, default=default.iterations, metavar="N", help=iterations_help
    )
    method.add_argument(
        "--window",
        type=kinds.frames,
        metavar="N",
        help=f"frames refined together (default: {FILE_WINDOW}; live {LIVE_WINDOW})",
    )
    method.add_argument(
        "--smoothing",
        type=kinds.constant,
        default=default.smoothing_s,
        metavar="S",
        help="time constant of the smoothing in seconds, 0 for none (default: %(default)s)",
    )
    method.add_argument(
        "--height",
        type=kinds.height,
        metavar="M",
        help="the person's height in metres; one camera cannot see it, and guesses",
    )

    output = parser.add_argument_group("output")
    output.add_argument(
        "--headless", action="store_true", help="no window: process the file, or record the camera, and export"
    )
    output.add_argument(
        "--export",
        type=kinds.export,
        action="append",
        default=[],
        metavar="FILE",
        help="; ".join(f"{each.suffix}: {each.description}" for each in FORMATS),
    )
    output.add_argument(
        "--out", type=Path, metavar="FOLDER", help="many clips: write the results of each there; camera: record there"
    )
    output.add_argument(
        "--format",
        nargs="+",
        choices=_FORMATS,
        help=f"what to write there (default: {' '.join(DEFAULT_NAMES)})",
    )
    output.add_argument(
        "--overwrite", action="store_true", help="write over files that exist, and make anew what --out has made before"
    )
    output.add_argument(
        "--processes", type=kinds.processes, metavar="N", help="--out: so many videos at a time (default: one for two cores)"
    )
    output.add_argument(
        "--preview", type=kinds.preview, metavar="FILE", help="video and skeleton side by side, .mp4 or .png"
    )
    add_export_options(parser.add_argument_group("how takes are exported"))
    add_display_options(parser.add_argument_group("what is drawn, in the window and in the preview"))
    output.add_argument("--log-level", choices=["debug", "info", "warning", "error"], default="warning")
    return parser
