"""The one exception type of the program."""


class UaoError(Exception):
    """A failure the user can act on.

    Its message is a single sentence that says what is wrong and what to do. The command line prints it without a
    traceback and exits with status 1; the window shows it.
    """
