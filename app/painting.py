"""What window and preview paint alike: a frame, the skeletons over it, the legend of the colours."""

import math

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPen

from app.capture import Frame, PixelFormat
from app.colours import Scale, sigma_colours, sigma_gradient
from app.display import Display
from app.images import image_of
from app.moment import Moment
from app.view import Theme
from uao_core.camera import Intrinsics
from uao_core.packets import Keypoints, Pose
from uao_core.skeleton import BONES

_UNSEEN = 0.3
"""Below this confidence a keypoint is drawn hollow and its bones dotted."""
_BEHIND_M = 0.05
_SHADOW = QColor(0, 0, 0, 120)
_OTHER = QColor(220, 226, 232, 190)

Points = list[QPointF | None]
Colours = list[QColor]


def frame_image(frame: Frame, size: tuple[int, int] | None = None, *, mirrored: bool = False) -> QImage:
    """A frame as an image that owns its bytes.

    Args:
        size: (width, height) that is enough: a larger frame is scaled down, as Qt would when it paints it and in a third
            of the time.
        mirrored: left and right exchanged; Qt takes twice as long to paint anything mirrored.
    """
    pixels = frame.pixels
    if size is not None and min(size) > 0 and size[0] < frame.size[0]:
        pixels = np.asarray(cv2.resize(pixels, size), dtype=np.uint8)
    if mirrored:
        pixels = np.asarray(cv2.flip(pixels, 1), dtype=np.uint8)
    return image_of(pixels, is_bgr=frame.pixel_format is PixelFormat.BGR)


def paint_overlay(
    painter: QPainter, target: QRectF, moment: Moment, display: Display, highlighted: int | None = None
) -> None:
    """The skeletons over a frame that is painted into `target`, coloured by the expected error of their joints.

    The 3D skeleton is solid. The detector's keypoints are solid alone, and thin and hollow together with it: what lies
    between the two is the error of reprojection. `highlighted` is a joint to put a ring around.
    """
    if moment.result is None:
        return
    scale = target.width() / moment.frame.size[0]
    for other in moment.result.others:
        _paint_other(painter, target, other, scale)
    pose = moment.pose
    if pose is None:
        return
    colours = [QColor(*rgb) for rgb in sigma_colours(pose.sigma_mm, display.scale).tolist()]
    joints = moment.result.keypoints.joints_px
    body_px = scale * float(np.ptp(joints[:, 1])) if joints is not None else math.inf
    width = max(1.5, min(target.height() / 160, body_px / 80))  # thinner on somebody far away
    found: Points = _points(joints[:, :2], target, scale) if joints is not None else [None] * len(colours)
    seen = (joints[:, 2] >= _UNSEEN).tolist() if joints is not None else [False] * len(colours)
    projected: Points = [None] * len(colours)
    if display.projected and moment.intrinsics is not None:
        projected = _points(projected_px(pose, moment.intrinsics), target, scale)
        _paint_solid(painter, target, projected, colours, [True] * len(colours), width)
        if display.keypoints:
            _paint_hollow(painter, target, found, projected, seen, width)
    elif display.keypoints:
        _paint_solid(painter, target, found, colours, seen, width)
    if highlighted is not None and (point := projected[highlighted] or found[highlighted]) is not None:
        _paint_ring(painter, point, 4 * width)


def _paint_other(painter: QPainter, target: QRectF, person: Keypoints, scale: float) -> None:
    """Somebody whom nobody follows: a faint outline of lines that says that a click would."""
    assert person.joints_px is not None
    points, seen = _points(person.joints_px[:, :2], target, scale), person.joints_px[:, 2] >= _UNSEEN
    for colour, width in ((_SHADOW, 3.0), (_OTHER, 1.5)):
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        for parent, child in BONES:
            start, end = points[parent], points[child]
            if seen[parent] and seen[child] and start is not None and end is not None:
                painter.drawLine(start, end)


def projected_px(pose: Pose, intrinsics: Intrinsics) -> NDArray[np.float32]:
    """(23, 2) where the joints of a pose lie in its frame; NaN behind the camera."""
    points = intrinsics.project(torch.from_numpy(pose.joints_m)).numpy()
    return np.where(pose.joints_m[:, 2:] > _BEHIND_M, points, np.float32(np.nan))


def clipped(start: QPointF, end: QPointF, box: QRectF) -> QLineF | None:
    """The part of a line that lies in a box (Liang and Barsky); dots and dashes of longer ones would be counted for ever."""
    if box.contains(start) and box.contains(end):
        return QLineF(start, end)
    way = end - start
    first, last = 0.0, 1.0
    for origin, step, low, high in (
        (start.x(), way.x(), box.left(), box.right()),
        (start.y(), way.y(), box.top(), box.bottom()),
    ):
        if step == 0:
            if not low <= origin <= high:
                return None
            continue
        near, far = sorted(((low - origin) / step, (high - origin) / step))
        first, last = max(first, near), min(last, far)
    return QLineF(start + way * first, start + way * last) if first < last else None


def _points(points_px: NDArray[np.float32], target: QRectF, scale: float) -> Points:
    """Where they are painted; None where that is nowhere."""
    places = ((target.left() + x * scale, target.top() + y * scale) for x, y in points_px.tolist())
    return [QPointF(x, y) if math.isfinite(x) and math.isfinite(y) else None for x, y in places]


def _paint_solid(
    painter: QPainter, target: QRectF, points: Points, colours: Colours, seen: list[bool], width: float
) -> None:
    box = target.adjusted(-width, -width, width, width)
    solid, dotted, cap = Qt.PenStyle.SolidLine, Qt.PenStyle.DotLine, Qt.PenCapStyle.RoundCap
    lines: dict[Qt.PenStyle, list[tuple[QLineF, QColor]]] = {solid: [], dotted: []}
    for parent, child in BONES:
        start, end = points[parent], points[child]
        if start is not None and end is not None and (line := clipped(start, end, box)) is not None:
            lines[solid if seen[parent] and seen[child] else dotted].append((line, colours[child]))
    for style, bones in lines.items():  # all shadows of a style at once: each call waits for the interpreter anew
        if bones:
            painter.setPen(QPen(_SHADOW, width * 1.9, style, cap))
            painter.drawLines([line for line, _ in bones])
    for style, bones in lines.items():
        for line, colour in bones:
            painter.setPen(QPen(colour, width, style, cap))
            painter.drawLine(line)
    rim, empty = QPen(_SHADOW, width * 0.5), Qt.BrushStyle.NoBrush
    for point, colour, is_seen in zip(points, colours, seen, strict=True):
        if point is not None and target.contains(point):
            painter.setPen(rim if is_seen else QPen(colour, width * 0.5))
            painter.setBrush(colour if is_seen else empty)
            painter.drawEllipse(point, width * 1.25, width * 1.25)


def _paint_hollow(
    painter: QPainter, target: QRectF, found: Points, projected: Points, seen: list[bool], width: float
) -> None:
    """Rings for keypoints, each tied to the joint that was made of it; what was hardly seen is left out."""
    thin = max(1.0, width * 0.4)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for point, joint, is_seen in zip(found, projected, seen, strict=True):
        if point is None or not is_seen or not target.contains(point):
            continue
        for colour, pen_width in ((_SHADOW, 2 * thin), (QColor(255, 255, 255, 230), thin)):
            painter.setPen(QPen(colour, pen_width))
            if joint is not None and (tie := clipped(point, joint, target)) is not None:
                painter.drawLine(tie)
            painter.drawEllipse(point, width * 1.5, width * 1.5)


def _paint_ring(painter: QPainter, point: QPointF, radius: float) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, pen_width in ((_SHADOW, 4.0), (QColor(255, 255, 255), 2.0)):
        painter.setPen(QPen(colour, pen_width))
        painter.drawEllipse(point, radius, radius)


def paint_scale(painter: QPainter, bar: QRectF, radius: float, scale: Scale) -> None:
    """The colours from sure to unsure, as a bar whose corners have this radius."""
    gradient = QLinearGradient(bar.topLeft(), bar.topRight())
    for share, rgb in sigma_gradient(16, scale):
        gradient.setColorAt(share, QColor(*rgb))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(gradient)
    painter.drawRoundedRect(bar, radius, radius)
    painter.restore()


_ROOM_FOR_TICKS_PX = 120
"""A shorter legend has numbers at its ends alone."""


def paint_legend(painter: QPainter, area: QRectF, scale: Scale, theme: Theme) -> None:
    """The scale of expected error, in the upper right corner of `area`; the middle is where a head may be."""
    width = min(220.0, max(area.width() / 2 - 54, 130.0), area.width() - 68)
    bar = QRectF(area.right() - width - 34, area.top() + 38, width, 8)
    paint_scale(painter, bar, 4, scale)
    painter.save()
    painter.setPen(QColor.fromRgbF(*theme.text))
    title = QCoreApplication.translate("Legend", "Expected error, mm")
    painter.drawText(QRectF(bar.left(), bar.top() - 24, width, 20), Qt.AlignmentFlag.AlignLeft, title)
    painter.setPen(QColor.fromRgbF(*theme.faint))
    for tick in scale.ticks_mm if width >= _ROOM_FOR_TICKS_PX else (scale.ticks_mm[0], scale.ticks_mm[-1]):
        x = bar.left() + width * scale.share(tick)
        text = f"{tick}+" if tick == scale.ticks_mm[-1] else str(tick)
        painter.drawText(QRectF(x - 25, bar.bottom() + 4, 50, 18), Qt.AlignmentFlag.AlignHCenter, text)
    painter.restore()
