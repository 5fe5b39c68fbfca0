"""Run the program from a checkout: `python run_demo.py --help`."""

import sys

from app.cli import main

if __name__ == "__main__":
    sys.exit(main())
