"""The one exception type of the program, and a kind of it that is told apart."""


class UaoError(Exception):
    """A failure the user can act on.

    Its message is a single sentence that says what is wrong and what to do. The command line prints it without a
    traceback and exits with status 1; the window shows it.
    """


class NothingToExportError(UaoError):
    """A take shows nobody, or nobody surely enough: however often it is tried, there is no motion to write."""
