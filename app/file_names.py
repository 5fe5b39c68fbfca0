"""Names of files that libraries can bear."""

from pathlib import Path

from uao_core.errors import UaoError


def check_encodable(path: Path) -> None:
    """Refuse a name that is not UTF-8, as Linux allows them: OpenCV ends the program where it is given one.

    Raises:
        UaoError: it is such a name.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        shown = str(path).encode(errors="backslashreplace").decode()
        raise UaoError(f"{shown} has letters that are not UTF-8, which video libraries cannot read; rename it.") from error
