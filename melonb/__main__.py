"""``python -m melonb`` is the command ``melonb``."""

import sys

from melonb.cli import main

if __name__ == "__main__":
    sys.exit(main())
