"""Run the program from a checkout: `python run_demo.py --help`."""

import sys

from app.cli import program

if __name__ == "__main__":
    sys.exit(program())
