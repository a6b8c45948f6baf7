"""The system calls that a run may not make, and those that are watched, as a classic BPF program for seccomp.

What must stay true: another architecture's calls (32-bit, x32) kill the process; an unknown machine gets no program
and so no run; to watch a call never allows what would be denied unwatched.
"""

from __future__ import annotations

import os
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_ERRNO = 0x00050000
_NOTIFY = 0x7FC00000
_EPERM, _ENOSYS, _EAFNOSUPPORT = 1, 38, 97
_LD, _AND, _JEQ, _JGE, _JSET, _RET = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
_NR, _ARCH, _ARG0, _ARG1, _ARG4 = 0, 4, 16, 24, 48
# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET and NEWTIME
_NAMESPACES = 0x7E020080
UNIX, INET, INET6, NETLINK = 1, 2, 10, 16
FAMILIES = (UNIX, INET, INET6, NETLINK)
"""The families of sockets that a run may make."""
_RAW = 3
_TERMINAL = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX

# Same numbers on both machines: io_uring, mounts, pidfd_getfd, process_madvise.
_BOTH = (425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 440, 442)
_X86_64: Final = 0xC000003E


class _Machine:
    """The numbers of one kind of machine. No dataclass: to import that costs more than all else here."""

    def __init__(
        self, arch: int, clone: int, socket: tuple[int, ...], ioctl: int, others: tuple[int, ...],
        ranks: tuple[int, ...], deny: tuple[int, ...], absent: tuple[int, ...], watched: dict[int, str],
    ) -> None:  # fmt: skip
        self.arch = arch
        self.clone = clone
        self.socket = socket
        self.ioctl = ioctl
        self.others = others
        self.ranks = ranks
        self.deny = deny
        self.absent = absent
        self.watched = watched


_MACHINES = {
    "x86_64": _Machine(
        arch=_X86_64,
        clone=56,
        socket=(41, 53),
        ioctl=16,
        # prlimit64 sched_setaffinity sched_setscheduler sched_setparam sched_setattr; then setpriority ioprio_set
        others=(302, 203, 144, 142, 314),
        ranks=(141, 251),
        # unshare setns mount umount2 pivot_root chroot ptrace process_vm_readv/writev kcmp add_key request_key keyctl
        # bpf perf_event_open userfaultfd kexec_load kexec_file_load init/finit/delete_module open/name_by_handle
        # swapon swapoff reboot syslog acct quotactl iopl ioperm, setting the clock and the host's names, modify_ldt
        deny=(
            *(272, 308, 165, 166, 155, 161, 101, 310, 311, 312, 248, 249, 250, 321, 298, 323, 246, 320, 175, 313),
            *(176, 304, 303, 167, 168, 169, 103, 163, 179, 172, 173, 164, 227, 170, 171, 154),
        ),
        absent=(435, 319, 29, 447, 68),  # clone3 memfd_create shmget memfd_secret msgget
        watched={42: "connect", 44: "sendto", 46: "sendmsg", 307: "sendmmsg", 59: "execve", 322: "execveat"},
    ),
    "aarch64": _Machine(
        arch=0xC00000B7,
        clone=220,
        socket=(198, 199),
        ioctl=29,
        others=(261, 122, 119, 118, 274),
        ranks=(140, 30),
        deny=(
            *(97, 268, 40, 39, 41, 51, 117, 270, 271, 272, 217, 218, 219, 280, 241, 282, 104, 294, 105, 273, 106),
            *(265, 264, 224, 225, 142, 116, 89, 60, 170, 112, 161, 162),
        ),
        absent=(435, 279, 194, 447, 186),
        watched={203: "connect", 206: "sendto", 211: "sendmsg", 269: "sendmmsg", 221: "execve", 281: "execveat"},
    ),
}


def _op(code: int, k: int, jt: int = 0, jf: int = 0) -> bytes:
    return struct.pack("HBBI", code, jt, jf, k & 0xFFFFFFFF)


def _when(number: int, body: list[bytes]) -> list[bytes]:
    """`body`, which must end in a return, only for the system call `number`."""
    return [_op(_JEQ, number, 0, len(body)), *body]


def watched(machine: str | None = None) -> dict[int, str]:
    """The names, by number, of the calls of which `program` gives notice; `socket` is among them."""
    table = _MACHINES[machine or os.uname().machine]
    return {**table.watched, **dict.fromkeys(table.socket, "socket")}


def program(machine: str | None = None, *, watch: bool = False) -> bytes:
    """The filter as packed `sock_filter`s of 8 bytes. Raises LookupError for a machine that it does not know.

    With `watch`, connecting, sending to an address, unusual sockets and starting programs wait for a listener's word.
    """
    table = _MACHINES[machine or os.uname().machine]
    refuse = [_op(_RET, _ERRNO | _EPERM)]
    ops = [_op(_LD, _ARCH), _op(_JEQ, table.arch, 1, 0), _op(_RET, _KILL), _op(_LD, _NR)]
    if table.arch == _X86_64:
        ops += [_op(_JGE, 0x40000000, 0, 1), _op(_RET, _KILL)]
    for number in (*table.deny, *_BOTH):
        ops += _when(number, refuse)
    for number in table.absent:
        ops += _when(number, [_op(_RET, _ERRNO | _ENOSYS)])
    clone = [_op(_LD, _ARG0), _op(_JSET, _NAMESPACES, 0, 1), *refuse, _op(_RET, _ALLOW)]
    ops += _when(table.clone, clone)
    for number in table.socket:
        ops += _when(number, _sockets(watch))
    terminal = [_op(_LD, _ARG1)]
    for request in _TERMINAL:
        terminal += [_op(_JEQ, request, 0, 1), *refuse]
    ops += _when(table.ioctl, [*terminal, _op(_RET, _ALLOW)])
    # Process 1 has the run's user, and must stay able to watch: nobody limits it or takes its turn.
    for number in table.others:
        ops += _when(number, [_op(_LD, _ARG0), _op(_JEQ, 1, 0, 1), *refuse, _op(_RET, _ALLOW)])
    for number in table.ranks:
        user = [_op(_LD, _ARG0), _op(_JGE, 2, 0, 1), *refuse]
        ops += _when(number, [*user, _op(_LD, _ARG1), _op(_JEQ, 1, 0, 1), *refuse, _op(_RET, _ALLOW)])
    if watch:
        for number, name in table.watched.items():
            ops += _when(number, _ADDRESSED if name == "sendto" else [_op(_RET, _NOTIFY)])
    return b"".join([*ops, _op(_RET, _ALLOW)])


def _sockets(watch: bool) -> list[bytes]:
    families = [_op(_LD, _ARG0)]
    for family in FAMILIES:
        if watch and family in (INET, INET6):
            # Raw sockets are refused by the kernel; that somebody asked is worth knowing.
            raw = [_op(_LD, _ARG1), _op(_AND, 0xF), _op(_JEQ, _RAW, 0, 1), _op(_RET, _NOTIFY), _op(_RET, _ALLOW)]
            families += [_op(_JEQ, family, 0, len(raw)), *raw]
        else:
            families += [_op(_JEQ, family, 0, 1), _op(_RET, _ALLOW)]
    return [*families, _op(_RET, _NOTIFY if watch else _ERRNO | _EAFNOSUPPORT)]


# A connected socket sends without an address: its connecting was seen, and each further notice would cost time.
_ADDRESSED = [
    *(_op(_LD, _ARG4), _op(_JEQ, 0, 1, 0), _op(_RET, _NOTIFY)),
    *(_op(_LD, _ARG4 + 4), _op(_JEQ, 0, 1, 0), _op(_RET, _NOTIFY)),
    _op(_RET, _ALLOW),
]
