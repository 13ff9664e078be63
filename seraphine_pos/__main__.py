"""``python -m seraphine_pos`` is the command ``seraphine-pos``."""

import sys

from seraphine_pos.cli import main

sys.exit(main())
