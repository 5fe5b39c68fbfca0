"""A body of constant bones fitted to a take, in a room with a floor."""

from uao_core.body.fitted import FittedBody, fit_body
from uao_core.body.options import BodyOptions, FootLock, Gaps, Names
from uao_core.body.segments import SEGMENTS, Segment

__all__ = ["SEGMENTS", "BodyOptions", "FittedBody", "FootLock", "Gaps", "Names", "Segment", "fit_body"]
