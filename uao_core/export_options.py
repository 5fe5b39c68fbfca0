"""What the user may ask of an export beside its format."""

from dataclasses import dataclass

from uao_core.body.options import BodyOptions
from uao_core.errors import UaoError


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """Read by the writers whom they concern; the others need not care.

    Attributes:
        body: how the take becomes a body (BVH, glTF); TRC and C3D stand upright by its `camera_tilt_deg` too.
        max_sigma_mm: joints that may be farther off are left out, frame by frame, of what holds measured points (TRC, C3D,
            CSV, NPZ); None keeps all. A body needs every joint, and JSON is the whole take.

    Raises:
        UaoError: `max_sigma_mm` is not above 0.
    """

    body: BodyOptions = BodyOptions()
    max_sigma_mm: float | None = None

    def __post_init__(self) -> None:
        if self.max_sigma_mm is not None and not self.max_sigma_mm > 0:
            raise UaoError(f"The largest expected error must be above 0 mm, not {self.max_sigma_mm}.")
