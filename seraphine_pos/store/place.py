"""Where a till's data must not be: on another machine's disk, whose locks and syncs promise nothing.

A folder that another program copies to the network is allowed, and people are told.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from seraphine_pos.domain.refusal import NetworkFolder

MOUNTS: Final = Path("/proc/self/mountinfo")
# File systems that live on another machine, as Linux names them.
REMOTE: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "9p", "fuse.sshfs", "fuse.rclone", "davfs",
     "fuse.davfs2", "fuse.gvfsd-fuse", "glusterfs", "fuse.glusterfs", "lustre", "ocfs2", "gfs2", "beegfs"}
)  # fmt: skip
COPIED: Final = ("onedrive", "dropbox", "nextcloud", "owncloud", "google drive", "googledrive", "icloud", "syncthing")
_REMOTE_DRIVE: Final = 4  # what Windows calls a drive of another machine


def check_place(folder: Path) -> None:
    """Raise NetworkFolder when a folder is on another machine's disk."""
    if os.name == "nt":
        remote = _is_remote_drive(folder)
    else:
        remote = MOUNTS.exists() and file_system(folder, _mounts(MOUNTS.read_text(errors="replace"))) in REMOTE
    if remote:
        raise NetworkFolder(path=folder)


def copied_by(folder: Path) -> str | None:
    """Return the name of the program that copies a folder elsewhere, as its path tells it."""
    for part in folder.parts:
        for name in COPIED:
            if part.lower().startswith(name):
                return part
    return None


def file_system(folder: Path, mounts: Iterable[tuple[str, str]]) -> str:
    """Return the kind of file system that holds a folder, from mount points and their kinds."""
    where = os.path.realpath(folder)
    best, kind = "", ""
    for point, name in mounts:
        inside = where == point or where.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, name
    return kind


def _mounts(text: str) -> Iterator[tuple[str, str]]:
    """Yield mount points and kinds from the kernel’s table, where a blank in a point is written in octal."""
    for line in text.splitlines():
        before, separator, after = line.partition(" - ")
        fields = before.split(" ")
        if separator and len(fields) > 4:  # noqa: PLR2004  the point is the fifth field
            yield fields[4].replace("\\040", " ").replace("\\134", "\\"), after.split(" ", 1)[0]


def _is_remote_drive(folder: Path) -> bool:
    import ctypes

    drive = folder.absolute().drive
    if drive.startswith("\\\\"):
        return True
    kind: int = ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\")  # type: ignore[attr-defined,unused-ignore]
    return kind == _REMOTE_DRIVE
