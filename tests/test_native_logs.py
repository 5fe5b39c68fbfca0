"""Native libraries are kept from the terminal, the program is not."""

import subprocess
import sys

CODE = """
import logging, os, sys
logging.basicConfig(format="%(message)s")
other = logging.getLogger("distributed")
other.addHandler(logging.StreamHandler())
other.propagate = False
from app.native_logs import silence_native_logs
for time in ("once", "twice"):
    silence_native_logs()
    logging.getLogger("app").warning("a warning, %s", time)
    other.warning("of a library, %s", time)
    print("a sentence,", time, file=sys.stderr)
    os.write(2, b"chatter")
"""


def test_the_programs_own_words_and_logs_are_read_as_before():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=60)
    said = [f"{what}, {time}" for time in ("once", "twice") for what in ("a warning", "of a library", "a sentence")]
    assert done.stderr.splitlines() == said and done.stdout == ""
