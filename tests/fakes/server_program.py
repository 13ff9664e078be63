"""A program in the place of the store's server that fails in the way its first argument says."""

import signal
import sys
import threading


def main() -> int:
    """Behave badly."""
    how = sys.argv[1]
    if how == "dies":
        sys.stderr.write("first line\nseraphine-server serve: cannot listen\n\n")
        return 2
    if how == "silent":
        return 3
    if how == "never ready":
        while sys.stdin.buffer.read(1):
            continue
        return 0
    if how == "deaf":  # it neither gets ready nor minds that its standard input closes
        threading.Event().wait()
    if how == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.stdout.write("stubborn\n")
        sys.stdout.flush()
        threading.Event().wait()
    if how == "babbles":
        sys.stdout.write("created, I think\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
