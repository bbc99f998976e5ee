"""Knowledge that is signed: whether it is, byte for byte, what somebody with the key gave out, and when they did.

The signature is a small JSON file: ``signature.json`` in the knowledge folder, or beside a bundle with that ending.
It is made over the moment of issue and a digest of every file of the folder, so that a file that was changed, added
or taken away is noticed, and so that an older issue can be told from a newer one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from cds.errors import Fault, KnowledgeError, SettingsError

NAME: Final = "signature.json"
_ABOUT: Final = b"medication-order-cds knowledge 1\n"
_LARGEST: Final = 4096


class _File(msgspec.Struct, forbid_unknown_fields=True):
    issued: str
    digest: str
    signature: str


@dataclass(frozen=True, slots=True)
class Issue:
    """Knowledge as it was given out: by which key (its digest), when, and the digest of its files."""

    key: str
    issued: datetime
    digest: str


def place(knowledge: Path) -> Path:
    """Where the signature of a folder, or of a bundle, is."""
    return knowledge / NAME if knowledge.is_dir() else knowledge.with_name(f"{knowledge.name}.{NAME}")


def digest(knowledge: Path) -> str:
    """A digest of every file of the folder but the signature, by path, or of the bundle."""
    whole = hashlib.sha256()
    files = sorted(path for path in knowledge.rglob("*") if path.is_file()) if knowledge.is_dir() else [knowledge]
    for path in files:
        if path == place(knowledge):
            continue
        data = path.read_bytes()
        name = path.relative_to(knowledge).as_posix() if knowledge.is_dir() else ""
        whole.update(f"{len(name.encode())}:{name}{len(data)}:".encode())
        whole.update(data)
    return whole.hexdigest()


def sign(knowledge: Path, key: Ed25519PrivateKey, now: datetime) -> Path:
    """Write the signature; its file."""
    of, issued = digest(knowledge), now.astimezone(UTC).isoformat(timespec="seconds")
    made = base64.b64encode(key.sign(_text(issued, of))).decode()
    file = place(knowledge)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(_File(issued, of, made)), indent=1) + b"\n")
    return file


def verified(knowledge: Path, key: Ed25519PublicKey) -> Issue:
    """What the signature says, proved. KnowledgeError when there is none, or it is not of this key and these files."""
    file = place(knowledge)
    try:
        with file.open("rb") as source:
            read = msgspec.json.decode(source.read(_LARGEST), type=_File)
        issued = datetime.fromisoformat(read.issued)
        key.verify(base64.b64decode(read.signature, validate=True), _text(read.issued, read.digest))
    except OSError:
        raise _fault(file, "the knowledge is not signed, and a key is set (CDS_KNOWLEDGE_KEY)") from None
    except (msgspec.MsgspecError, ValueError, binascii.Error):
        raise _fault(file, "this is no signature as `cds knowledge sign` writes it") from None
    except InvalidSignature:
        raise _fault(file, "the signature is not of the key that is set (CDS_KNOWLEDGE_KEY)") from None
    if issued.tzinfo is None or read.digest != digest(knowledge):
        raise _fault(file, "the files are not those that were signed")
    return Issue(_name(key), issued, read.digest)


def secret_key(file: Path) -> Ed25519PrivateKey:
    """The secret key of a PEM file. SettingsError in words."""
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        raise SettingsError(f"{file.name} holds no secret key in PEM form without a password") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"{file.name} holds no Ed25519 key: make one with openssl genpkey -algorithm ed25519")
    return key


def public_key(file: Path) -> Ed25519PublicKey:
    """The public key of a PEM file. SettingsError in words."""
    try:
        key = load_pem_public_key(file.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm):
        raise SettingsError("CDS_KNOWLEDGE_KEY must name a public key in PEM form") from None
    if not isinstance(key, Ed25519PublicKey):
        raise SettingsError("CDS_KNOWLEDGE_KEY must name an Ed25519 key")
    return key


def _name(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:32]


def _text(issued: str, of: str) -> bytes:
    return _ABOUT + f"{issued}\n{of}\n".encode()


def _fault(file: Path, words: str) -> KnowledgeError:
    return KnowledgeError([Fault(file.name, 0, words)])
