"""Start the command line: `python -m krakenio`, or the script `krakenio`."""

import sys

from krakenio.cli import main

if __name__ == "__main__":
    sys.exit(main())
