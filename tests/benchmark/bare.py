"""The yardstick: MediaPipe's own detection, alone, on pictures that are in its format already."""

import mediapipe as mp
from mediapipe.tasks.python import BaseOptions, vision

from tests.benchmark.measuring import timed


def bare_detector(model, held):
    """Its cost over the frames, begun anew, without the time that loading takes."""
    pictures = [mp.Image(image_format=mp.ImageFormat.SRGB, data=frame.rgb().copy()) for frame in held]
    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_buffer=model.path.read_bytes()), running_mode=vision.RunningMode.VIDEO
    )
    with vision.PoseLandmarker.create_from_options(options) as landmarker, timed(len(held)) as cost:
        for frame, picture in zip(held, pictures, strict=True):
            landmarker.detect_for_video(picture, round(1000 * frame.time_s))
    return cost
