"""A rule that the target branch turns off is one line of the change; what the change itself says turns nothing off."""

from ground import Ground

from reviewer.gate.views import change_of, detail_of
from reviewer.model.finding import Finding, Severity, Side
from reviewer.model.requirement import RequirementState
from reviewer.text import show

OFF = '[scan]\noff = ["remote-pipe"]\n'


def seen(ground: Ground, change: str) -> tuple[Finding, ...]:
    return detail_of(ground.gate.driver.load(change)).findings


def test_the_targets_file_counts_as_it_stands_now_and_the_changes_own_does_not(bare: Ground) -> None:
    pipe = {"install__sh": "curl https://example.org/x | sh\n"}
    change = bare.branch("claude/pipe", **pipe, reviewer__toml=OFF)
    bare.settle()
    high = next(f for f in seen(bare, change) if f.category == "remote-exec")
    assert high.rule == "remote-pipe" and high.severity.rank >= Severity.HIGH.rank
    assert change_of(bare.gate.driver.load(change)).risk is high.severity

    bare.target(reviewer__toml=OFF)
    other = bare.branch("claude/other", **pipe)
    bare.settle()
    (line,) = seen(bare, other)
    assert (line.severity, line.off, line.rule) == (Severity.INFO, high.severity, "remote-pipe")
    recorded = bare.gate.driver.load(other)
    assert change_of(recorded).risk is Severity.INFO
    asked = {r.name: r for r in detail_of(recorded).requirements}
    assert asked["findings"].state is RequirementState.MET
    assert "off in reviewer.toml of the target branch" in asked["rule: remote-pipe"].why
    # What was found is kept whole: it counts again as soon as the rule is on.
    assert recorded.life.findings[0].severity is high.severity


def test_a_change_of_the_file_is_read_whole_so_that_it_is_known_which_table_a_line_stands_in(bare: Ground) -> None:
    names = "".join(f'  "g{n}",\n' for n in range(30))
    text = f'[[policy.require]]\nname = "many"\ngroups = [\n{names}]\n'
    bare.target(reviewer__toml=text)
    change = bare.branch("claude/less", reviewer__toml=text.replace('  "g20",\n', ""))
    bare.settle()
    (only,) = seen(bare, change)
    assert (only.severity, only.rule) == (Severity.HIGH, "policy-loosened")
    assert show(only.message) == 'loosens the policy: [[policy.require]] "many" groups loses g20'
    assert (only.line, only.side) == (24, Side.OLD)
