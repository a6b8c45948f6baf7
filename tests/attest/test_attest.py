"""A sealed decision verifies with our code and with OpenSSH's, and nothing else does."""

import base64
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from reviewer.attest.sign import NAMESPACE, Key, verify
from reviewer.attest.statement import open_envelope, seal, states
from reviewer.model.change import Size
from reviewer.model.codec import from_json, to_json
from reviewer.model.comment import AuthorKind, Comment
from reviewer.model.decision import Decision, Verdict
from reviewer.model.detail import Revision
from reviewer.model.errors import ReviewerError
from reviewer.text import Untrusted

REVISION = Revision(
    1, "d" * 64, "{}", "a" * 40, "b" * 40, "refs/heads/main", "c" * 40, "e" * 40, (), Untrusted(""), 0, Size(1, 1, 0)
)
COMMENT = Comment("c1", "d" * 64, Untrusted("ann"), AuthorKind.PERSON, Untrusted("why\udcff?"), 1.25)
DECISION = Decision(
    "id-1", "abcd2345", "d" * 64, Verdict.APPROVE, Untrusted("fine\udcff"), Untrusted("ann"), 1.5, (COMMENT,)
)


def test_every_flipped_byte_is_refused(tmp_path: Path) -> None:
    key = Key.load_or_create(tmp_path / "keys" / "desk")
    assert Key.load_or_create(tmp_path / "keys" / "desk").public == key.public
    envelope = json.loads(seal(DECISION, REVISION, key))
    good = json.dumps(envelope)
    assert states(open_envelope(good, [key.public]), DECISION)
    assert states(open_envelope(good, [key.public]), from_json(Decision, to_json(DECISION)))
    for other in (
        replace(DECISION, verdict=Verdict.REJECT),
        replace(DECISION, reason=Untrusted("bad")),
        replace(DECISION, decided_at=2.5),
        replace(DECISION, comments=(COMMENT, COMMENT)),
        replace(DECISION, result_tree="f" * 40),
    ):
        assert not states(open_envelope(good, [key.public]), other)
    payload = bytearray(base64.b64decode(envelope["payload"]))
    for i in range(len(payload)):
        payload[i] ^= 1
        with pytest.raises(ReviewerError):
            open_envelope(json.dumps({**envelope, "payload": base64.b64encode(payload).decode()}), [key.public])
        payload[i] ^= 1


def test_another_key_is_refused(tmp_path: Path) -> None:
    ours, theirs = Key.load_or_create(tmp_path / "a"), Key.load_or_create(tmp_path / "b")
    with pytest.raises(ReviewerError, match="known key"):
        open_envelope(seal(DECISION, REVISION, theirs), [ours.public])


def test_a_key_open_to_others_is_refused(tmp_path: Path) -> None:
    Key.load_or_create(tmp_path / "a")
    (tmp_path / "a").chmod(0o644)
    with pytest.raises(ReviewerError, match="open to others"):
        Key.load_or_create(tmp_path / "a")


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen here")
def test_openssh_reads_our_signature_and_we_read_theirs(tmp_path: Path) -> None:
    key = Key.load_or_create(tmp_path / "key")
    (tmp_path / "message").write_bytes(b"hello")
    (tmp_path / "sig").write_text(key.sign(b"hello"))
    (tmp_path / "allowed").write_text(f"ann {key.public}\n")
    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "ann", "-n", NAMESPACE, "-s", "sig"]
    subprocess.run(command, cwd=tmp_path, input=b"hello", check=True, capture_output=True)
    assert subprocess.run(command, cwd=tmp_path, input=b"hellp", capture_output=True).returncode != 0
    sign = ["ssh-keygen", "-Y", "sign", "-f", "key", "-n", NAMESPACE, "message"]
    subprocess.run(sign, cwd=tmp_path, check=True, capture_output=True)
    assert verify(key.public, b"hello", (tmp_path / "message.sig").read_text())
    subprocess.run([*sign[:5], "-n", "git", "message"], cwd=tmp_path, check=True, capture_output=True, input=b"y\n")
    assert not verify(key.public, b"hello", (tmp_path / "message.sig").read_text())
