"""What memory a process has taken, as the system counts it."""

import sys
from pathlib import Path


def resident_kib(pid: int | None = None) -> int:
    """Return the resident memory of a process (None: this one) in KiB; 0 where the system does not say it."""
    if not sys.platform.startswith("linux"):
        return 0
    status = Path(f"/proc/{pid or 'self'}/status").read_text(encoding="ascii", errors="replace")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")))
