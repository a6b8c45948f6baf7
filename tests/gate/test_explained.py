"""`reviewer policy explain` tells what is asked of a change, and of each rule that asks nothing of it, why not."""

from ground import Ground

from reviewer.cli.policy import _as_object, _told
from reviewer.gate.views import detail_of

POLICY = """
[[policy.require]]
name = "databases"
paths = ["db/**", "*.sql"]
groups = ["dba"]
[[policy.require]]
name = "deploys"
kinds = ["deploy"]
approvals = 2
[[policy.require]]
name = "others"
agents = ["codex*"]
approvals = 2
[[policy.require]]
name = "grave"
level = "high"
approvals = 2
[[policy.require]]
name = "main alone"
targets = ["release/*"]
approvals = 2
[[policy.require]]
name = "texts"
paths = ["*.txt"]
acknowledge = "low"
[[policy.freeze]]
name = "long ago"
until = 2001-01-01
"""
WHY = {
    "databases": "nothing that it touches is in db/** or *.sql",
    "deploys": "the kind is code, not deploy",
    "others": "the agent says it is claude, not codex*",
    "grave": "it is about findings from high on, and there is none",
    "main alone": "the target is main, not release/*",
    "long ago": "it is not frozen now",
}


def test_what_is_not_asked_and_why_not(bare: Ground) -> None:
    bare.target(reviewer__toml=POLICY)
    change = bare.branch("claude/words", app__txt="good 2\n")
    bare.settle()
    detail = detail_of(bare.gate.driver.load(change))
    told = {each["rule"]: each["why"] for each in _as_object(detail)["silent"]}  # type: ignore[attr-defined]
    assert told == WHY
    lines = list(_told(detail))
    after = lines[lines.index("rules that ask nothing of it:") + 1 :]
    assert after[0] == '-       rule "databases", team, reviewer.toml of the target branch'
    assert after[1] == f"        {WHY['databases']}"
    assert not any('"texts"' in line for line in after)
    assert any("because app.txt is in *.txt" in line for line in lines)
