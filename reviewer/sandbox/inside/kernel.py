"""Calls the kernel where Python has no words for it: mounts, namespaces, capabilities, filters, other processes."""

from __future__ import annotations

import ctypes
import os
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
    0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
)  # fmt: skip
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 4096, 16384, 1 << 18
MACHINE = os.uname().machine
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_KEYCTL = {"x86_64": 250, "aarch64": 219}
KEYS = ("keys", "key-users")
"""Files of `/proc` that list keys, also those that a process has from whoever started it."""
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_MOUNT_SETATTR, _PIDFD_OPEN, _PIDFD_GETFD = 442, 434, 438
_PDEATHSIG, _DUMPABLE, _CAPBSET_DROP, _NO_NEW_PRIVS, _CAP_AMBIENT = 1, 4, 24, 38, 47
_LISTENER, _WAIT_KILLABLE = 8, 32


def check(result: int, what: str) -> int:
    """The result of a call; raises OSError with `what` where it failed."""
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    result = LIBC.mount(os.fsencode(source), os.fsencode(target), kind.encode(), flags, os.fsencode(options))
    check(result, f"mount {kind or source} on {target}")


def bind(source: str, target: str, *, read_only: bool = True) -> None:
    """Show `source` at `target`, which is made."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "a"):
            pass
    mount(source, target, "", MS_BIND | MS_REC)
    if read_only:
        seal(target)


def seal(target: str, *, recursive: bool = True) -> None:
    """Read-only and without set-user-ID, all mounts below included."""
    attributes = struct.pack("QQQQ", 1 | 2, 0, 0, 0)  # MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID
    flags = 0x8000 if recursive else 0  # AT_RECURSIVE
    result = LIBC.syscall(_MOUNT_SETATTR, -100, os.fsencode(target), flags, attributes, len(attributes))
    check(result, f"make {target} read-only")


def mask_proc(proc: str) -> None:
    """Take from a `/proc` what speaks for the whole machine: writing it, reading what is not for everybody, and keys.

    Root's files stay root's in a user namespace that root made: the kernel looks at the number alone.
    """
    for entry in os.scandir(proc):
        if entry.name.isdigit() or entry.is_symlink():
            continue
        mode = entry.stat(follow_symlinks=False).st_mode
        if entry.is_file() and (not mode & 0o004 or entry.name in KEYS):
            mount("/dev/null", entry.path, "", MS_BIND)
            seal(entry.path)
        elif entry.is_dir() or mode & 0o222:
            mount(entry.path, entry.path, "", MS_BIND)
            seal(entry.path)


def terminals(dev: str) -> None:
    """Pseudo-terminals of the run's own and a few of them, for programs that are tested on one."""
    os.mkdir(f"{dev}/pts", 0o755)
    try:
        mount("devpts", f"{dev}/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0600,max=64")
    except OSError:
        return
    os.symlink("pts/ptmx", f"{dev}/ptmx")


def leave_keys() -> None:
    """Let go of the keys that came with the session: no namespace holds them back."""
    LIBC.syscall(_KEYCTL[MACHINE], 1, None)  # KEYCTL_JOIN_SESSION_KEYRING: a new one, without a name


def first_to_go() -> None:
    """Let the kernel end this process, and what it starts, before others when memory is short."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("500")
    except OSError:
        return


def pivot() -> None:
    """Make the working folder `/`, and let go of what was."""
    check(LIBC.syscall(_PIVOT_ROOT[MACHINE], b".", b"."), "pivot_root")
    check(LIBC.umount2(b".", 2), "leave the old root")  # MNT_DETACH
    os.chdir("/")


def die_with_parent() -> None:
    check(LIBC.prctl(_PDEATHSIG, 9, 0, 0, 0), "parent-death signal")


def dumpable(value: int) -> None:
    """Whether others of this user may look into this process."""
    check(LIBC.prctl(_DUMPABLE, value, 0, 0, 0), "dumpable")


def drop_capabilities() -> None:
    """No capability, and no way to gain one."""
    for capability in range(64):
        LIBC.prctl(_CAPBSET_DROP, capability, 0, 0, 0)
    check(LIBC.prctl(_CAP_AMBIENT, 4, 0, 0, 0), "clear ambient capabilities")
    check(LIBC.capset(struct.pack("Ii", 0x20080522, 0), bytes(24)), "drop capabilities")
    check(LIBC.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def install(filters: bytes, *, listen: bool) -> int:
    """Install a seccomp program for good; with `listen` returns the descriptor on which its notices arrive."""
    buffer = ctypes.create_string_buffer(filters, len(filters))
    prog = struct.pack("HxxxxxxQ", len(filters) // 8, ctypes.addressof(buffer))
    if not listen:
        return check(LIBC.syscall(_SECCOMP[MACHINE], 1, 0, prog), "seccomp")
    result = LIBC.syscall(_SECCOMP[MACHINE], 1, _LISTENER | _WAIT_KILLABLE, prog)
    if result < 0:
        # Before 5.19 a signal may restart a call that waits: it is then seen twice.
        result = LIBC.syscall(_SECCOMP[MACHINE], 1, _LISTENER, prog)
    return check(result, "seccomp listener")


def descriptor_of(pid: int, number: int) -> int:
    """A copy of another process's descriptor."""
    process = check(LIBC.syscall(_PIDFD_OPEN, pid, 0), "pidfd_open")
    try:
        return check(LIBC.syscall(_PIDFD_GETFD, process, number, 0), "pidfd_getfd")
    finally:
        os.close(process)
