"""Where a till's data lies: never on another machine's disk."""

from pathlib import Path

import pytest

from seraphine_pos.domain.refusal import NetworkFolder
from seraphine_pos.store import place

TABLE = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /mnt/shop rw,relatime shared:2 - nfs4 server:/shop rw,vers=4.2
31 22 0:41 / /mnt/shop\\040share rw - cifs //nas/shop rw
32 30 8:2 / /mnt/shop/local rw - ext4 /dev/sdb1 rw
33 22 0:42 / /users/amina/cloud rw - fuse.rclone remote: rw
broken line
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib/till", "ext4"),
        ("/mnt/shop", "nfs4"),
        ("/mnt/shop/till", "nfs4"),
        ("/mnt/shopping/till", "ext4"),
        ("/mnt/shop share/till", "cifs"),
        ("/mnt/shop/local/till", "ext4"),
        ("/users/amina/cloud/till", "fuse.rclone"),
    ],
)
def test_the_nearest_mount_tells_whose_disk_it_is(folder: str, kind: str) -> None:
    found = place.file_system(Path(folder), place._mounts(TABLE))  # noqa: SLF001  the table of the system is not ours to make
    assert found == kind
    assert (kind in place.REMOTE) == (kind != "ext4")


def test_a_folder_of_this_computer_is_taken(tmp_path: Path) -> None:
    place.check_place(tmp_path / "till")


def test_the_refusal_names_the_folder_and_what_to_do() -> None:
    refused = NetworkFolder(path=Path("/mnt/shop/till"))
    assert "/mnt/shop/till" in str(refused)
    assert "Choisissez" in str(refused)


@pytest.mark.parametrize(
    ("folder", "by"),
    [
        ("/users/amina/Dropbox/till", "Dropbox"),
        ("/users/amina/OneDrive - Pharmacie/till", "OneDrive - Pharmacie"),
        ("/users/amina/Nextcloud/till", "Nextcloud"),
        ("/users/amina/till", None),
    ],
)
def test_a_folder_that_a_program_copies_is_recognised(folder: str, by: str | None) -> None:
    assert place.copied_by(Path(folder)) == by
