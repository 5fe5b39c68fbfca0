"""Measured lenses, one for each camera and size of its pictures, kept per user by Qt beside the window's settings."""

import json
from dataclasses import replace

from app.capture import SourceInfo
from app.kept import DAMAGE
from app.lens.lens import Lens, lens_from_dict, lens_to_dict
from app.stored_settings import open_settings


class LensStore:
    """What was measured, by the camera's name."""

    def __init__(self) -> None:
        self._stored = open_settings("lens")

    def save(self, camera: str, lens: Lens) -> None:
        """Keep a lens in place of the one of that camera and size."""
        others = [other for other in self._of(camera) if other.image_size != lens.image_size]
        self._write(camera, [lens, *others])

    def forget(self, camera: str) -> None:
        """All that was measured of a camera."""
        self._write(camera, [])

    def find(self, camera: str, image_size: tuple[int, int]) -> Lens | None:
        """The lens of a camera at a size: the one measured at that size, else one that can be scaled to it (same aspect),
        else one that cannot, so that it can be said; None where none was measured."""
        lenses = self._of(camera)
        exact = [lens for lens in lenses if lens.image_size == image_size]
        fitting = [lens for lens in lenses if lens.focal_for(image_size) is not None]
        return next(iter([*exact, *fitting, *lenses]), None)

    def _of(self, camera: str) -> list[Lens]:
        """The newest first; what is damaged is left out."""
        stored = self._stored.value(_key(camera), "[]")
        lenses = []
        try:
            for content in json.loads(stored if isinstance(stored, str) else "[]"):
                lenses.append(lens_from_dict(content))
        except DAMAGE:
            pass
        return lenses

    def _write(self, camera: str, lenses: list[Lens]) -> None:
        if lenses:
            self._stored.setValue(_key(camera), json.dumps([lens_to_dict(lens) for lens in lenses]))
        else:
            self._stored.remove(_key(camera))
        self._stored.sync()


def with_saved_lens(info: SourceInfo) -> SourceInfo:
    """A webcam with what was measured of it."""
    return replace(info, lens=LensStore().find(info.name, info.image_size))


def _key(camera: str) -> str:
    return "lens/" + camera.replace("/", "_").replace("\\", "_")
