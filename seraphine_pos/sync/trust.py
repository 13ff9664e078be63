"""Whom a till believes over TLS: the one authority that it was told the pin of, or the public ones.

Loaded for a server that is not on this PC, never at the start of a till that is a shop of its own.
"""

import ssl
from base64 import b64decode, b64encode, urlsafe_b64encode
from binascii import Error
from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from seraphine_pos.domain.pairing import ClockDisagrees
from seraphine_pos.domain.refusal import AnswerNotOurs, Unavailable

# What OpenSSL calls a certificate's time; by then it has found that the right authority signed it.
NOT_YET_VALID: Final = 9
EXPIRED: Final = 10
OTHER_HOST: Final = (62, 64)
AUTHORITY_BYTES_MAX: Final = 16 * 1024


def of_authority(authority: str) -> ssl.SSLContext:
    """Return a context that believes this certificate (DER in Base64) and what it signed, and nobody else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cadata=b64decode(authority, validate=True))
    except (Error, ValueError, ssl.SSLError) as error:
        raise AnswerNotOurs(reason="le certificat gardé du magasin est illisible") from error
    return context


def unproven() -> ssl.SSLContext:
    """Return a context that believes anybody, to ask for what a pin then proves; no secret may go through it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def proven(authority: str, pin: str) -> str:
    """Return the certificate (DER in Base64) if it has this pin; raise AnswerNotOurs."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    if len(authority) > AUTHORITY_BYTES_MAX:
        raise AnswerNotOurs(reason="certificat trop long")
    try:
        certificate = x509.load_der_x509_certificate(b64decode(authority, validate=True))
        key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (Error, ValueError, TypeError) as error:
        raise AnswerNotOurs(reason="certificat illisible") from error
    if urlsafe_b64encode(sha256(key).digest()).decode().rstrip("=") != pin:
        raise AnswerNotOurs(reason="son certificat n’est pas celui de la chaîne de rattachement")
    return b64encode(certificate.public_bytes(Encoding.DER)).decode()


def refused(error: BaseException) -> Unavailable | None:
    """Return what a broken connection means where a certificate was not believed, None where it was no such thing."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            if cause.verify_code == NOT_YET_VALID:
                return ClockDisagrees(reason="pas encore valable")
            if cause.verify_code == EXPIRED:
                return ClockDisagrees(reason="plus valable")
            of = "d’une autre adresse" if cause.verify_code in OTHER_HOST else "d’un inconnu"
            return AnswerNotOurs(reason=f"son certificat est {of}")
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
