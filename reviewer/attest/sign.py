"""Signs and checks bytes with Ed25519 keys in OpenSSH's formats, so that `ssh-keygen -Y verify` checks them too.

The signature format is SSHSIG (OpenSSH `PROTOCOL.sshsig`): the namespace is signed with the message, so a signature
made for a decision is good for nothing else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import struct
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from reviewer.model.errors import ReviewerError
from reviewer.text import show

NAMESPACE: Final = "reviewer-decision-v1"
POLICY_NAMESPACE: Final = "reviewer-policy-v1"
"""What a policy's file is signed in: `ssh-keygen -Y sign -n reviewer-policy-v1 -f KEY FILE`."""
_BEGIN: Final = "-----BEGIN SSH SIGNATURE-----"
_END: Final = "-----END SSH SIGNATURE-----"


def _field(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _fields(data: bytes, count: int) -> list[bytes]:
    found = []
    for _ in range(count):
        if len(data) < 4:
            raise ValueError("short")
        size = struct.unpack(">I", data[:4])[0]
        if len(data) < 4 + size:
            raise ValueError("short")
        found.append(data[4 : 4 + size])
        data = data[4 + size :]
    return found


def _signed_bytes(message: bytes, namespace: str) -> bytes:
    digest = hashlib.sha512(message).digest()
    return b"SSHSIG" + _field(namespace.encode()) + _field(b"") + _field(b"sha512") + _field(digest)


class Key:
    """A private key kept in a file of mode 0600; `public` is its OpenSSH line, without a comment."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = _line(private.public_key())

    @classmethod
    def load_or_create(cls, path: Path) -> Key:
        """Read the key, or make one and write it before it is used. Raises ReviewerError for a key open to others."""
        try:
            key = cls.load(path)
            key.publish(path)
            return key
        except FileNotFoundError:
            pass
        private = Ed25519PrivateKey.generate()
        data = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        )
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link refuses to replace: of two desks that make a key at once both end up with the same one.
            os.link(draft, path)
        except FileExistsError:
            return cls.load(path)
        finally:
            draft.unlink()
        key = cls(private)
        key.publish(path)
        return key

    def publish(self, path: Path) -> None:
        """Keep the public line beside the private key, for who checks signatures and need not be able to make them."""
        place = path.with_name(f"{path.name}.pub")
        line = f"{self.public}\n"
        try:
            if place.read_bytes() == line.encode():
                return
        except OSError:
            pass
        try:
            draft = path.with_name(f".{path.name}.pub.{os.getpid()}")
            draft.write_text(line)
            draft.rename(place)
        except OSError:
            # Nothing is lost: whoever checks takes the key of the first signature instead.
            pass

    @classmethod
    def load(cls, path: Path) -> Key:
        shown = show(str(path))
        state = path.stat()
        if state.st_mode & 0o077 or state.st_uid != os.getuid():
            raise ReviewerError(f"the key {shown} is open to others", f"close it with: chmod 600 {shown}")
        try:
            private = serialization.load_ssh_private_key(path.read_bytes(), None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise ReviewerError(f"{shown} is not a plain OpenSSH key", "move it aside to have one made") from None
        if not isinstance(private, Ed25519PrivateKey):
            raise ReviewerError(f"{shown} is not an Ed25519 key", "move it aside to have one made")
        return cls(private)

    def sign(self, message: bytes, namespace: str = NAMESPACE) -> str:
        """An armored SSHSIG signature over `message` in a namespace of ours."""
        raw = self._private.sign(_signed_bytes(message, namespace))
        blob = b"SSHSIG" + struct.pack(">I", 1) + _field(_blob(self._private.public_key()))
        blob += _field(namespace.encode()) + _field(b"") + _field(b"sha512")
        blob += _field(_field(b"ssh-ed25519") + _field(raw))
        text = base64.b64encode(blob).decode()
        lines = [text[i : i + 70] for i in range(0, len(text), 70)]
        return "\n".join([_BEGIN, *lines, _END, ""])


def _blob(public: Ed25519PublicKey) -> bytes:
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return _field(b"ssh-ed25519") + _field(raw)


def _line(public: Ed25519PublicKey) -> str:
    return "ssh-ed25519 " + base64.b64encode(_blob(public)).decode()


def _normal(line: str) -> str:
    return " ".join(line.split()[:2])


def verify(public: str, message: bytes, signature: str, namespace: str = NAMESPACE) -> bool:
    """Whether `signature` over `message` was made in `namespace` by the key of the OpenSSH line `public`."""
    try:
        body = signature.strip()
        if not (body.startswith(_BEGIN) and body.endswith(_END)):
            return False
        blob = base64.b64decode("".join(body[len(_BEGIN) : -len(_END)].split()), validate=True)
        if blob[:10] != b"SSHSIG" + struct.pack(">I", 1):
            return False
        key, said, _reserved, algorithm, wrapped = _fields(blob[10:], 5)
        if said != namespace.encode() or algorithm != b"sha512":
            return False
        if "ssh-ed25519 " + base64.b64encode(key).decode() != _normal(public):
            return False
        kind, raw_key = _fields(key, 2)
        sig_kind, raw = _fields(wrapped, 2)
        if kind != b"ssh-ed25519" or sig_kind != b"ssh-ed25519":
            return False
        Ed25519PublicKey.from_public_bytes(raw_key).verify(raw, _signed_bytes(message, namespace))
    except (ValueError, binascii.Error, InvalidSignature):
        return False
    return True
