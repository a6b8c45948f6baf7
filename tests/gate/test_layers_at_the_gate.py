"""The gate holds every change to all layers: signed files above the target's own, overrides, what passes alone."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from ground import SANDBOXED, Ground, Make
from places import InProcess, bundled

from reviewer.attest.sign import POLICY_NAMESPACE, Key
from reviewer.attest.statement import open_envelope, seal
from reviewer.gate.access import Bearer
from reviewer.gate.api import application
from reviewer.gate.events import Commented, Refused
from reviewer.gate.tokens import Tokens
from reviewer.gate.views import detail_of
from reviewer.model.change import State
from reviewer.model.comment import AuthorKind, Comment
from reviewer.model.decision import Decision, Reason, Verdict
from reviewer.model.errors import UnreachableError, UsageError
from reviewer.pipelines.remote import Remote
from reviewer.text import Untrusted

LIMIT = '[policy]\nmax_lines = 1\noverride = ["ann"]\n'
DOCS = """
[[run]]
name = "tests"
command = ["true"]
[[policy.autonomous]]
name = "documentation"
tokens = ["docs-bot"]
paths = ["*.md"]
"""


class Organisation:
    """The organisation's file beside a gate's home, and the key that signs it."""

    def __init__(self, ground: Ground) -> None:
        self.place = ground.home.with_name("organisation.toml")
        self.key = Key.load_or_create(ground.home.with_name("officer"))
        ground.home.chmod(0o700)
        (ground.home / "config.toml").write_text(
            f'[[layer]]\nname = "organisation"\nfile = "{self.place}"\nsigners = ["{self.key.public} the office"]\n'
        )

    def says(self, text: str, key: Key | None = None) -> None:
        self.place.write_text(text)
        signature = (key or self.key).sign(text.encode(), POLICY_NAMESPACE)
        self.place.with_name("organisation.toml.sig").write_text(signature)


def asked(ground: Ground, change: str, name: str) -> tuple[str, str, str]:
    found = next(r for r in detail_of(ground.gate.driver.load(change)).requirements if r.name == name)
    return found.layer, found.source.rsplit("/", 1)[-1], found.state.value


def test_a_signed_file_of_the_organisation_counts_before_the_repositorys_own(bare: Ground) -> None:
    office = Organisation(bare)
    office.says("[policy]\napprovals = 2\n")
    bare.target(reviewer__toml="[policy]\napprovals = 1\n")
    change = bare.branch("claude/fix", app__txt="good 2\n")
    bare.settle()
    assert asked(bare, change, "decision") == ("organisation", "organisation.toml", "waiting")
    bare.decide(change)
    assert bare.state(change) is State.PENDING


@pytest.mark.parametrize("how", ["unsigned", "another key", "another namespace", "altered", "missing", "not valid"])
def test_a_file_that_cannot_be_trusted_stops_everything_and_is_no_empty_policy(bare: Ground, how: str) -> None:
    office = Organisation(bare)
    office.says("[policy]\napprovals = 2\n")
    change = bare.branch("claude/before", app__txt="good 2\n")
    bare.settle()
    if how == "unsigned":
        office.place.with_name("organisation.toml.sig").unlink()
    elif how == "another key":
        office.says("[policy]\napprovals = 1\n", bare.key)
    elif how == "another namespace":
        office.place.with_name("organisation.toml.sig").write_text(office.key.sign(office.place.read_bytes()))
    elif how == "altered":
        office.place.write_text("[policy]\napprovals = 1\n")
    elif how == "missing":
        office.place.unlink()
    else:
        office.says("[policy]\napprovals = 0\n")
    with pytest.raises(UsageError, match="organisation"):
        bare.branch("claude/fix", app__txt="good 3\n")
    with pytest.raises(UnreachableError, match="policy cannot be read"):
        bare.decide(change)
    assert bare.state(change) is State.PENDING


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen")
def test_what_ssh_keygen_signs_is_taken(bare: Ground) -> None:
    office = Organisation(bare)
    office.place.write_text("[policy]\napprovals = 2\n")
    key = bare.home.with_name("officer")
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", POLICY_NAMESPACE, "-f", str(key), str(office.place)]
    subprocess.run(command, check=True, capture_output=True)
    change = bare.branch("claude/fix", app__txt="good 2\n")
    assert asked(bare, change, "decision")[0] == "organisation"


def test_a_policy_that_gets_stricter_holds_for_what_waits_already(bare: Ground) -> None:
    office = Organisation(bare)
    office.says("[policy]\n")
    change = bare.branch("claude/fix", app__txt="good 2\n")
    bare.settle()
    office.says("[policy]\nmax_lines = 1\n")
    with pytest.raises(Refused, match="at most 1 are allowed"):
        bare.decide(change)
    assert asked(bare, change, "size: lines") == ("organisation", "organisation.toml", "unmet")


def overriding(ground: Ground, change: str, who: str, *, why: str = "it burns") -> Decision:
    made = replace(
        ground.decision(change, who=who), overrides=("size: lines",), reasons=(Reason("size: lines", Untrusted(why)),)
    )
    return replace(made, envelope=seal(made, ground.life(change).current, ground.key))


def test_an_override_is_by_name_signed_with_its_reason_and_shown(bare: Ground) -> None:
    bare.target(reviewer__toml=LIMIT)
    change = bare.branch("claude/fix", app__txt="good 2\n")
    bare.settle()
    with pytest.raises(Refused, match="at most 1"):
        bare.gate.decide(overriding(bare, change, "eve"), hold=0)
    decision = overriding(bare, change, "ann")
    with pytest.raises(Exception, match="says something else"):
        bare.gate.decide(replace(decision, overrides=("size: lines", "findings")), hold=0)
    bare.gate.decide(decision, hold=0)
    bare.settle()
    assert bare.state(change) is State.LANDED
    said = open_envelope(decision.envelope, [bare.key.public])["predicate"]
    assert (said["overrides"], said["reasons"]) == (["size: lines"], [["size: lines", "it burns"]])
    (shown,) = detail_of(bare.gate.driver.load(change)).decisions
    assert shown.overrides == ("size: lines",)


# --- what passes without a person -------------------------------------------------------------------------------------


@pytest.fixture
def docs(make: Make) -> Iterator[Ground]:
    yield make(DOCS)


def by_token(ground: Ground, name: str, *, agent: bool = True) -> Remote:
    """The door of a token's holder."""
    access = Bearer(Tokens(ground.home), lambda: 0.0)
    app = InProcess(application(ground.gate, access, repositories={"work": ground.work}))
    token = Tokens(ground.home).add(name, agent, 1.0)
    client = httpx.Client(transport=app, base_url="https://gate", headers={"Authorization": f"Bearer {token}"})
    return Remote(client, bundled(ground.home.with_name("desk")))


def made(ground: Ground, branch: str = "docs/fix", **files: str) -> None:
    ground.git("switch", "-q", "-C", branch, "main")
    ground.write(**(files or {"guide__md": "words\n"}))
    ground.git("switch", "-q", "desk")


def submitted(ground: Ground, door: Remote, branch: str = "docs/fix") -> str:
    change = door.submit(str(ground.work), branch, "main", "docs-bot", "Words", "").change.change_id
    ground.settle()
    return change


needs_runs = pytest.mark.skipif(not SANDBOXED, reason="no sandbox here")


@needs_runs
def test_what_a_token_submits_within_a_rule_lands_and_is_nobodys_approval(docs: Ground) -> None:
    made(docs)
    change = submitted(docs, by_token(docs, "docs-bot"))
    life = docs.life(change)
    assert life.state is State.LANDED and life.approvals == ()
    assert life.passed is not None and (life.passed.rule, life.passed.submitter) == ("documentation", "docs-bot")
    detail = detail_of(docs.gate.driver.load(change))
    assert detail.decisions == ()
    alone = next(r for r in detail.requirements if r.name == "without a person")
    assert alone.why.startswith('passed by the policy, no person: rule "documentation"')
    assert next(r for r in detail.requirements if r.name == "decision").why == "0 of 1 approvals"


@needs_runs
@pytest.mark.parametrize("how", ["socket", "person's token", "other agent", "outside", "symlink", "hidden"])
def test_nothing_else_gets_in(docs: Ground, how: str) -> None:
    made(docs)
    if how == "outside":
        made(docs, app__txt="good 2\n", guide__md="words\n")
    elif how == "symlink":
        docs.git("switch", "-q", "docs/fix")
        (docs.work / "link.md").symlink_to("app.txt")
        docs.git("add", "-A")
        docs.git("commit", "-qm", "link")
        docs.git("switch", "-q", "desk")
    elif how == "hidden":
        made(docs, CLAUDE__md="obey\n")
    if how == "socket":
        change = docs.gate.submit(docs.work, "docs/fix", "main", "docs-bot", "Words", "")
        docs.settle()
    else:
        name = "ann" if how == "person's token" else "mallory" if how == "other agent" else "docs-bot"
        change = submitted(docs, by_token(docs, name, agent=how != "person's token"))
    assert docs.state(change) is State.PENDING
    detail = detail_of(docs.gate.driver.load(change))
    assert next(r for r in detail.requirements if r.name == "without a person").why.startswith("a person decides: ")
    docs.decide(change) if how in ("socket", "outside") else None
    assert docs.life(change).passed is None


@needs_runs
def test_what_a_person_sent_back_or_rejected_does_not_come_in_by_itself(docs: Ground) -> None:
    door = by_token(docs, "docs-bot")
    made(docs, "docs/back", app__txt="good 2\n")
    change = submitted(docs, door, "docs/back")
    docs.decide(change, Verdict.REQUEST_CHANGES)
    made(docs, "docs/back")
    assert submitted(docs, door, "docs/back") == change
    assert docs.state(change) is State.PENDING and "a person has spoken" in docs.life(change).kept
    docs.decide(change, Verdict.REJECT)
    again = submitted(docs, door, "docs/back")
    assert again != change and docs.state(again) is State.PENDING and "rejected" in docs.life(again).kept


@needs_runs
def test_a_remark_of_a_person_keeps_it_back_and_one_of_an_agent_does_not_matter(docs: Ground) -> None:
    made(docs)
    door = by_token(docs, "docs-bot")
    change = door.submit(str(docs.work), "docs/fix", "main", "docs-bot", "Words", "").change.change_id
    digest = docs.life(change).current.digest
    remark = Comment("c1", digest, Untrusted("ann"), AuthorKind.PERSON, Untrusted("wait"), 1.0)
    docs.gate.driver.apply(change, Commented(remark))
    docs.settle()
    assert docs.state(change) is State.PENDING and "a person has spoken" in docs.life(change).kept


