"""Moments as the commands read and print them: by the clock on the shop's wall, whatever this machine's own says."""

import argparse
from datetime import datetime, tzinfo

from sync_server.store_server import StoreServer
from sync_server.upkeep import jobs


def zone_of(server: StoreServer) -> tzinfo:
    """Return the time zone of the store that a command is about."""
    return jobs.zone_of(server, server.only_store())


def said(at_ms: int | None, zone: tzinfo, form: str = "%Y-%m-%d %H:%M") -> str:
    """Return a moment as it is printed."""
    if at_ms is None:
        return "-"
    try:
        return f"{datetime.fromtimestamp(at_ms / 1000, zone):{form}}"
    except (ValueError, OverflowError, OSError):  # what a damaged entry says
        return str(at_ms)


def typed(text: str) -> datetime:
    """Return a moment that was typed, without a zone unless it names one; raise what argparse says to people."""
    try:
        found = datetime.fromisoformat(text)
        found.replace(tzinfo=None).timestamp()
    except (ValueError, OverflowError, OSError):
        raise argparse.ArgumentTypeError(f"“{text}” is no moment: write 2026-11-20 or 2026-11-20T14:00") from None
    return found


def ms_of(moment: datetime, zone: tzinfo) -> int:
    """Return a moment in Unix milliseconds; one without a zone is of the store's."""
    whole = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    return int(whole.timestamp() * 1000)
