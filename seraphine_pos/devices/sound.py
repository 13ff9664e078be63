"""The three sounds of the till, played beside it; a machine without sound loses nothing."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:  # loaded with the first sound
    import subprocess

LONGEST_S: Final = 10.0

Name = Literal["scan", "unknown", "problem"]


class Sound(Protocol):
    """What plays a sound by its name."""

    def play(self, name: Name) -> None:
        """Play a sound and return at once."""
        ...


class NullSound:
    """Plays nothing."""

    def play(self, name: Name) -> None:
        """Stay silent."""


class AplaySound:
    """Plays through ALSA's aplay; a sound that is still heard is not started again."""

    def __init__(self, folder: Path, program: str) -> None:
        self._folder = folder
        self._program = program
        self._playing: subprocess.Popen[bytes] | None = None

    def play(self, name: Name) -> None:
        """Start aplay and leave it."""
        if self.is_playing:
            return
        import subprocess

        command = [self._program, "-q", str(self._folder / f"{name}.wav")]
        try:
            self._playing = subprocess.Popen(  # noqa: S603  the program was found on the path, the file is shipped
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        except OSError:
            self._playing = None

    @property
    def is_playing(self) -> bool:
        """Whether a sound is heard now."""
        return self._playing is not None and self._playing.poll() is None

    def wait(self) -> None:
        """Let the sound that is heard end."""
        if self._playing is not None:
            self._playing.wait(LONGEST_S)


class WindowsSound:
    """Plays through Windows itself."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def play(self, name: Name) -> None:
        """Start the sound and return."""
        if sys.platform == "win32":
            import winsound

            winsound.PlaySound(str(self._folder / f"{name}.wav"), winsound.SND_FILENAME | winsound.SND_ASYNC)


def sound_of(folder: Path, *, wanted: bool) -> Sound:
    """Return what this machine plays sounds with."""
    if not wanted:
        return NullSound()
    if sys.platform == "win32":
        return WindowsSound(folder)
    program = shutil.which("aplay")
    return AplaySound(folder, program) if program else NullSound()
