"""Puts the files of all layers together into one policy that is never weaker than any of them.

What must stay true: rules only add up; a permission (a program that approves, a change that passes alone) holds only
where every file that speaks of it grants it, and never by the person's file alone; what is built in is replaced only
by a layer above the person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from reviewer.model.finding import Severity
from reviewer.model.policy import BUILT_IN, Demand, Group, Layer, Policy, PolicyFile, Rule, UnattendedPrincipal

MOVED: Final = ("clean", "rerun", "review")
"""What a moved target asks for, the strictest last."""


def merged(files: Iterable[PolicyFile]) -> Policy:
    """The policy of some files, in whatever order they come."""
    ordered = sorted(files, key=lambda file: file.source.rank)
    default = Policy()
    above = [file for file in ordered if file.source.layer is not Layer.PERSON]
    said = [file.target_moved for file in above if file.target_moved is not None]
    moved = [file.target_moved for file in ordered if file.target_moved is not None]
    return Policy(
        approvals=0 if any(file.approvals is not None for file in above) else default.approvals,
        require_run=default.require_run and all(file.require_run is None for file in above),
        acknowledge_high=default.acknowledge_high and all(file.acknowledge_high is None for file in above),
        source=next((f.source.file for f in ordered if f.source.layer is Layer.TEAM), default.source),
        target_moved=max([*moved, *([] if said else [default.target_moved])], key=MOVED.index),
        unattended=_unattended(ordered),
        rules=tuple(rule for file in ordered for rule in (*_plain(file), *file.rules)),
        groups=_groups(ordered),
        autonomous=tuple(entry for file in ordered for entry in file.autonomous),
        # Where another layer asks about such findings they stay on all the same: `held`.
        off=tuple(name for file in ordered if file.source.layer is Layer.TEAM for name in file.off),
    )


def built_in(policy: Policy) -> Rule:
    """What is asked for where no file says otherwise."""
    demand = Demand(
        approvals=policy.approvals,
        require_run=policy.require_run,
        configured_only=True,
        acknowledge=Severity.HIGH if policy.acknowledge_high else None,
    )
    return Rule("", BUILT_IN, demand=demand)


def _plain(file: PolicyFile) -> list[Rule]:
    """What a file asks of every change by its plain keys; a "no" takes nothing from what others ask for."""
    demand = Demand(
        approvals=file.approvals or 0,
        require_run=bool(file.require_run),
        # The repository's own file names the runs: where it names none, it means none.
        configured_only=file.source.layer is Layer.TEAM,
        acknowledge=Severity.HIGH if file.acknowledge_high else None,
    )
    asks = demand.approvals or demand.require_run or demand.acknowledge
    return [Rule("", file.source, demand=demand, override=file.override)] if asks else []


def _unattended(files: Sequence[PolicyFile]) -> tuple[UnattendedPrincipal, ...]:
    """Those whom every file that speaks of it names with the same key."""
    speaking = [file for file in files if file.unattended is not None]
    if not speaking or speaking[0].source.layer is Layer.PERSON:
        return ()
    layers = tuple(file.source.layer.value for file in speaking if file.source.layer is not None)
    first, *others = ({(p.name, p.key) for p in file.unattended or ()} for file in speaking)
    kept = first.intersection(*others)
    return tuple(UnattendedPrincipal(name, key, layers) for name, key in sorted(kept))


def _groups(files: Sequence[PolicyFile]) -> tuple[Group, ...]:
    """Each group with the members that every file that defines it gives it.

    One that a file names and nobody down to its layer defines stays empty: a lower file does not fill it.
    """
    found: dict[str, tuple[str, ...]] = {}
    for _, one_layer in groupby(files, key=lambda file: file.source.rank):
        here = list(one_layer)
        for group in (group for file in here for group in file.groups):
            known = found.get(group.name, group.members)
            found[group.name] = tuple(member for member in known if member in group.members)
        for file in here:
            for name in _named(file):
                found.setdefault(name, ())
    return tuple(Group(name, members) for name, members in found.items())


def _named(file: PolicyFile) -> Iterator[str]:
    """The groups that a file's rules name."""
    for rule in (*_plain(file), *file.rules):
        yield from rule.demand.groups
        yield from (name[1:] for name in rule.override if name.startswith("@"))


def people_of(policy: Policy, names: Iterable[str]) -> frozenset[str]:
    """The people meant by names, of whom "@name" is a group."""
    groups = {group.name: group.members for group in policy.groups}
    found: set[str] = set()
    for name in names:
        found.update(groups.get(name[1:], ()) if name.startswith("@") else (name,))
    return frozenset(found)
