"""A decision's statement names how much of the difference was on screen, and holds the decision to it."""

from dataclasses import replace
from pathlib import Path

from reviewer.attest.sign import Key
from reviewer.attest.statement import open_envelope, seal, states
from reviewer.model.change import Size
from reviewer.model.decision import Decision, Verdict
from reviewer.model.detail import Revision
from reviewer.model.mark import Seen
from reviewer.text import EMPTY, Untrusted


def test_what_was_never_on_screen_is_signed_with_the_verdict(tmp_path: Path) -> None:
    key = Key.load_or_create(tmp_path / "key")
    revision = Revision(1, "d" * 64, "{}", "1" * 40, "2" * 40, "refs/heads/main", "3" * 40, None, (), EMPTY, 0.0,
                        Size(1, 1, 1))  # fmt: skip
    decision = Decision("id", "change", "d" * 64, Verdict.REJECT, EMPTY, Untrusted("ann"), 1.0, seen=Seen(9, 7, 2))
    statement = open_envelope(seal(decision, revision, key), [key.public])
    assert statement["predicate"]["seen"] == {"hunks": 9, "shown": 7, "reviewed": 2}
    assert states(statement, decision)
    assert not states(statement, replace(decision, seen=Seen(9, 9, 2)))
    assert not states(statement, replace(decision, seen=None))
    without = replace(decision, seen=None)
    assert states(open_envelope(seal(without, revision, key), [key.public]), without)
