"""PINs and their hashes: argon2id over HMAC(the store's pepper, PIN)."""

from collections.abc import Callable

from seraphine_pos.domain.staff import peppered


class PinHashes:
    """Compares PINs with hashes that were made anywhere in the store."""

    def __init__(self, pepper: Callable[[], bytes]) -> None:
        """Ask for the pepper when it is first needed: the keyring may be slow."""
        self._pepper = pepper

    def __call__(self, pin_hash: str, pin: str) -> bool:
        """Tell whether the PIN is the one that was hashed; a hash nobody can read matches none."""
        from argon2 import PasswordHasher
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return PasswordHasher().verify(pin_hash, peppered(self._pepper(), pin))
        except (VerificationError, InvalidHashError):
            return False
