"""What the user chose to see, the same for all views."""

from dataclasses import dataclass, replace

from app.colours import UNSURE_MM, ColourMap, Scale


@dataclass(frozen=True, slots=True)
class Display:
    """What is drawn beside the skeleton in 3D.

    Attributes:
        ghost: the pose before the optimization, in 3D.
        trail_joint: the joint whose last way is drawn in 3D, or None.
        frustum: the camera in the 3D view, with what it sees.
        projected: the 3D skeleton over the video.
        keypoints: the detector's 2D keypoints over the video.
        scale: colours of the expected error.
    """

    ghost: bool = False
    trail_joint: int | None = None
    frustum: bool = False
    projected: bool = False
    keypoints: bool = True
    scale: Scale = Scale()

    def as_words(self) -> dict[str, str]:
        """To be kept from one day to the next; the trail is not, since it belongs to what is looked at."""
        words = {name: "yes" if getattr(self, name) else "no" for name in _SWITCHES}
        return words | {"colours": self.scale.map.value, "unsure_mm": str(self.scale.unsure_mm)}

    @classmethod
    def from_words(cls, words: dict[str, str]) -> "Display":
        """What `as_words` gave; what is missing or cannot be read is as in a new display."""
        switches = {name: words[name] == "yes" for name in _SWITCHES if words.get(name) in ("yes", "no")}
        colours = {colour_map.value: colour_map for colour_map in ColourMap}
        ends = {str(end): end for end in UNSURE_MM}
        usual = Scale()
        scale = Scale(
            colours.get(words.get("colours", ""), usual.map), ends.get(words.get("unsure_mm", ""), usual.unsure_mm)
        )
        return cls(**switches, scale=scale)

    def toggled_trail(self, joint: int) -> "Display":
        """With the trail of this joint; without any where it was its trail already."""
        return replace(self, trail_joint=None if joint == self.trail_joint else joint)


_SWITCHES = ("ghost", "frustum", "projected", "keypoints")
