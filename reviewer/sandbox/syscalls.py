"""The system calls that a run may not make, as a classic BPF program for seccomp; x86-64 and arm64.

What must stay true: standard library only, so that the set-up program can load it with `python -I -S`; another
architecture's calls (32-bit, x32) kill the process; an unknown machine gets no program and so no run.
"""

from __future__ import annotations

import platform
import struct

_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_ERRNO = 0x00050000
_EPERM, _ENOSYS, _EAFNOSUPPORT = 1, 38, 97
_LD, _JEQ, _JGE, _JSET, _RET = 0x20, 0x15, 0x35, 0x45, 0x06
_NR, _ARCH, _ARG0, _ARG1 = 0, 4, 16, 24
# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET and NEWTIME
_NAMESPACES = 0x7E020080
_FAMILIES = (1, 2, 10, 16)  # unix, inet, inet6, netlink
_TERMINAL = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX

# Same numbers on both machines: io_uring, mounts, pidfd_getfd, process_madvise.
_BOTH = (425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 440, 442)
_MACHINES = {
    "x86_64": {
        "arch": 0xC000003E,
        "clone": 56,
        "socket": (41, 53),
        "ioctl": 16,
        # unshare setns mount umount2 pivot_root chroot ptrace process_vm_readv/writev kcmp add_key request_key keyctl
        # bpf perf_event_open userfaultfd kexec_load kexec_file_load init/finit/delete_module open/name_by_handle
        # swapon swapoff reboot syslog acct quotactl iopl ioperm, setting the clock and the host's names
        "deny": (
            *(272, 308, 165, 166, 155, 161, 101, 310, 311, 312, 248, 249, 250, 321, 298, 323, 246, 320, 175, 313),
            *(176, 304, 303, 167, 168, 169, 103, 163, 179, 172, 173, 164, 227, 170, 171),
        ),
        "absent": (435, 319, 29, 447),  # clone3 memfd_create shmget memfd_secret
    },
    "aarch64": {
        "arch": 0xC00000B7,
        "clone": 220,
        "socket": (198, 199),
        "ioctl": 29,
        "deny": (
            *(97, 268, 40, 39, 41, 51, 117, 270, 271, 272, 217, 218, 219, 280, 241, 282, 104, 294, 105, 273, 106),
            *(265, 264, 224, 225, 142, 116, 89, 60, 170, 112, 161, 162),
        ),
        "absent": (435, 279, 194, 447),
    },
}


def _op(code: int, k: int, jt: int = 0, jf: int = 0) -> bytes:
    return struct.pack("HBBI", code, jt, jf, k & 0xFFFFFFFF)


def _when(number: int, body: list[bytes]) -> list[bytes]:
    """`body`, which must end in a return, only for the system call `number`."""
    return [_op(_JEQ, number, 0, len(body)), *body]


def program(machine: str | None = None) -> bytes:
    """The filter as packed `sock_filter`s of 8 bytes. Raises LookupError for a machine that it does not know."""
    table = _MACHINES[machine or platform.machine()]
    refuse = [_op(_RET, _ERRNO | _EPERM)]
    ops = [_op(_LD, _ARCH), _op(_JEQ, table["arch"], 1, 0), _op(_RET, _KILL), _op(_LD, _NR)]  # type: ignore[arg-type]
    if table["arch"] == 0xC000003E:
        ops += [_op(_JGE, 0x40000000, 0, 1), _op(_RET, _KILL)]
    for number in (*table["deny"], *_BOTH):  # type: ignore[misc]
        ops += _when(number, refuse)
    for number in table["absent"]:  # type: ignore[attr-defined]
        ops += _when(number, [_op(_RET, _ERRNO | _ENOSYS)])
    clone = [_op(_LD, _ARG0), _op(_JSET, _NAMESPACES, 0, 1), *refuse, _op(_RET, _ALLOW)]
    ops += _when(table["clone"], clone)  # type: ignore[arg-type]
    families = [_op(_LD, _ARG0)]
    for family in _FAMILIES:
        families += [_op(_JEQ, family, 0, 1), _op(_RET, _ALLOW)]
    for number in table["socket"]:  # type: ignore[attr-defined]
        ops += _when(number, [*families, _op(_RET, _ERRNO | _EAFNOSUPPORT)])
    terminal = [_op(_LD, _ARG1)]
    for request in _TERMINAL:
        terminal += [_op(_JEQ, request, 0, 1), *refuse]
    ops += _when(table["ioctl"], [*terminal, _op(_RET, _ALLOW)])  # type: ignore[arg-type]
    return b"".join([*ops, _op(_RET, _ALLOW)])
