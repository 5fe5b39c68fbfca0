"""`--calibrate`: measure a lens from clips and say what was found."""

from app.headless import check_targets
from app.lens.chessboard import calibrate
from app.lens.clip import collect_boards, stand_in_clip
from app.lens.height import focal_from_stands
from app.lens.lens import Lens, write_lens
from app.lens.words import bend_in_words, need_in_words
from app.native_logs import silence_native_logs
from app.options import Options


def run_calibration(options: Options) -> None:
    """Print the focal length, and write it where `--lens-file` says.

    Raises:
        UaoError: the clips do not tell it; nothing has been written then.
    """
    check_targets(options)
    if options.wants_quiet:
        silence_native_logs()
    lens = _from_chessboard(options) if options.calibrate == "chessboard" else _from_height(options)
    width, height = lens.image_size
    print(
        f"focal length {lens.focal_px:.1f} px within {lens.error_percent:.1f} % in pictures of {width} x {height}, "
        f"field of view {lens.fov_deg:.1f} degrees"
    )
    if options.lens_file is not None:
        write_lens(lens, options.lens_file)
        print(f"wrote {options.lens_file}")


def _from_chessboard(options: Options) -> Lens:
    clip = options.clips[0]
    found = collect_boards(clip, options.board, start_s=options.start_s, end_s=options.end_s)
    calibration = calibrate(found.kept, options.board)
    print(f"{calibration.boards} pictures of the chessboard, corners within {calibration.lens.rms_px:.2f} px")
    if found.needs:
        print(f"To know it better: {need_in_words(found.needs[0])}")
    if calibration.is_bent:
        print(bend_in_words(calibration))
    return calibration.lens


def _from_height(options: Options) -> Lens:
    assert options.height_m is not None  # the parser sees to it
    stands = [stand_in_clip(clip, options.pose_model, options.start_s, options.end_s) for clip in options.clips]
    for clip, stand in zip(options.clips, stands, strict=True):
        print(f"{clip.name}: {stand.height_px:.1f} px from crown to soles, in {stand.frames} frames")
    from_camera = options.distances_from_camera
    return focal_from_stands(stands, options.distances_m, options.height_m, from_camera=from_camera).lens
