"""Sets up one contained run and is its init: namespaces, a small root, limits, then the command.

Started by `launch` as a program of its own (`python -I -S inside.py CONFIG_FD REPORT_FD`), never imported into a
threaded process. Standard library only. What must stay true: any step that fails ends the run before the command
starts; the command keeps no capability, no descriptor but 0 to 2 and no way back to the host's files; killing this
program, or its parent, kills everything in the run.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import fcntl
import json
import os
import platform
import resource
import shutil
import signal
import socket
import stat
import struct
import sys
import time
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from syscalls import program  # type: ignore[import-not-found]

LIBC = ctypes.CDLL(None, use_errno=True)
NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = (
    0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
)  # fmt: skip
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 4096, 16384, 1 << 18
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
MOUNT_SETATTR = 442
CHANGE = "/change"
USER = 1000
LISTED = 10_000
EXPORT_BYTES = 64 << 20


def check(result: int, what: str) -> None:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    result = LIBC.mount(os.fsencode(source), os.fsencode(target), kind.encode(), flags, os.fsencode(options))
    check(result, f"mount {kind or source} on {target}")


def bind(source: str, target: str, *, read_only: bool = True) -> None:
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
    result = LIBC.syscall(MOUNT_SETATTR, -100, os.fsencode(target), flags, attributes, len(attributes))
    check(result, f"make {target} read-only")


def enter_namespaces() -> None:
    uid, gid = os.getuid(), os.getgid()
    flags = NEWUSER | NEWNS | NEWPID | NEWNET | NEWIPC | NEWUTS | NEWCGROUP
    check(LIBC.unshare(flags), "new namespaces")
    with open("/proc/self/setgroups", "w") as file:
        file.write("deny")
    with open("/proc/self/uid_map", "w") as file:
        file.write(f"{USER} {uid} 1")
    with open("/proc/self/gid_map", "w") as file:
        file.write(f"{USER} {gid} 1")


def build_root(config: dict[str, Any]) -> str:
    """Lay out the run's own root under the scratch folder and make it `/`; returns how the tree was brought in."""
    mount("none", "/", "", MS_REC | MS_PRIVATE)
    root = config["scratch"]
    mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "size=4m,mode=0755")
    for name in ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        source = f"/{name}"
        if os.path.islink(source):
            os.symlink(os.readlink(source), f"{root}/{name}")
        elif os.path.isdir(source):
            bind(source, f"{root}/{name}")
    _etc(root)
    for path in config["read_only"]:
        if os.path.exists(path) and not os.path.exists(root + path):
            bind(path, root + path)
    os.mkdir(f"{root}/proc", 0o555)
    mount("proc", f"{root}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    # One sized tmpfs holds all that the run may write: the disk limit covers every place together.
    os.mkdir(f"{root}/.space")
    mount("tmpfs", f"{root}/.space", "tmpfs", MS_NOSUID | MS_NODEV, f"size={config['disk']},mode=0700")
    for name, target in (("tmp", "tmp"), ("home", "home/user"), ("shm", "dev/shm"), ("vartmp", "var/tmp")):
        os.mkdir(f"{root}/.space/{name}", 0o700)
        bind(f"{root}/.space/{name}", f"{root}/{target}", read_only=False)
    for name in ("null", "zero", "full", "random", "urandom"):
        bind(f"/dev/{name}", f"{root}/dev/{name}", read_only=False)
    for name, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        os.symlink(f"/proc/self/{target}", f"{root}/dev/{name}")
    brought = _bring_tree(root, config["tree"])
    os.chdir(root)
    check(LIBC.syscall(PIVOT_ROOT[platform.machine()], b".", b"."), "pivot_root")
    check(LIBC.umount2(b".", 2), "leave the old root")  # MNT_DETACH
    os.chdir("/")
    seal("/", recursive=False)
    return brought


def _etc(root: str) -> None:
    os.mkdir(f"{root}/etc", 0o755)
    texts = {
        "passwd": f"user:x:{USER}:{USER}::/home/user:/bin/sh\n",
        "group": f"user:x:{USER}:\n",
        "hosts": "127.0.0.1 localhost\n::1 localhost\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
        "resolv.conf": "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
        "hostname": "sandbox\n",
    }
    for name, content in texts.items():
        with open(f"{root}/etc/{name}", "w") as file:
            file.write(content)
    for name in ("ld.so.cache", "alternatives"):
        if os.path.exists(f"/etc/{name}"):
            bind(f"/etc/{name}", f"{root}/etc/{name}")


def _bring_tree(root: str, tree: str) -> str:
    target = root + CHANGE
    os.mkdir(target, 0o755)
    for name in ("upper", "work"):
        os.mkdir(f"{root}/.space/{name}", 0o755)
    lower = os.open(tree, os.O_RDONLY | os.O_DIRECTORY)
    options = f"lowerdir=/proc/self/fd/{lower},upperdir={root}/.space/upper,workdir={root}/.space/work,userxattr"
    try:
        mount("overlay", target, "overlay", MS_NOSUID | MS_NODEV, options)
        return "overlay"
    except OSError:
        shutil.copytree(tree, f"{root}/.space/upper", symlinks=True, dirs_exist_ok=True)
        bind(f"{root}/.space/upper", target, read_only=False)
        return "copy"
    finally:
        os.close(lower)


def loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, 0x8914, struct.pack("16sH14s", b"lo", 0x1 | 0x40, b""))  # SIOCSIFFLAGS, UP | RUNNING


def surrender(config: dict[str, Any]) -> None:
    """In the command's process: limits, no capabilities, no way to gain any, the filter, no inherited descriptors."""
    os.setsid()
    for name, value in (
        (resource.RLIMIT_NPROC, config["processes"]),
        (resource.RLIMIT_DATA, config["memory"]),
        (resource.RLIMIT_FSIZE, config["disk"]),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 4096),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        hard = resource.getrlimit(name)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (value, value))
    for capability in range(64):
        LIBC.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP
    check(LIBC.prctl(47, 4, 0, 0, 0), "clear ambient capabilities")  # PR_CAP_AMBIENT_CLEAR_ALL
    header = struct.pack("Ii", 0x20080522, 0)
    check(LIBC.capset(header, bytes(24)), "drop capabilities")
    check(LIBC.prctl(38, 1, 0, 0, 0), "no_new_privs")
    check(LIBC.prctl(4, 1, 0, 0, 0), "dumpable")
    filters = program()
    buffer = ctypes.create_string_buffer(filters, len(filters))
    prog = struct.pack("HxxxxxxQ", len(filters) // 8, ctypes.addressof(buffer))
    check(LIBC.prctl(22, 2, prog, 0, 0), "seccomp")  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
    for number in range(signal.NSIG):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    os.closerange(3, 1 << 16)


def start(config: dict[str, Any], report: Any) -> int:
    """Fork the command; a failure before it starts is told through a pipe that closes when it does."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(read_end)
            os.dup2(write_end, 3, inheritable=False)
            os.chdir(CHANGE)
            environment = config["environment"]
            surrender_keeping(config)
            os.execvpe(config["command"][0], config["command"], environment)
        except OSError as error:
            os.write(3, json.dumps([error.errno, str(error)]).encode())
        except BaseException as error:
            os.write(3, json.dumps([0, repr(error)]).encode())
        os._exit(127)
    os.close(write_end)
    said = b""
    while chunk := os.read(read_end, 65536):
        said += chunk
    os.close(read_end)
    if said:
        code, message = json.loads(said)
        report({"event": "not started", "errno": code, "message": message})
    return pid


def surrender_keeping(config: dict[str, Any]) -> None:
    """`surrender`, but descriptor 3 stays open until exec closes it: it carries the reason where exec fails."""
    closerange = os.closerange
    os.closerange = lambda low, high: closerange(max(low, 4), high)
    surrender(config)


def watch(config: dict[str, Any], payload: int) -> dict[str, Any]:
    """Reap until the command ends or a limit is hit, then kill all that is left; returns what was observed."""
    began = time.monotonic()
    status: int | None = None
    limit = None
    peak = 0
    pause = 0.001
    while status is None:
        try:
            while True:
                pid, code = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    break
                if pid == payload:
                    status = code
        except ChildProcessError:
            break
        if status is not None:
            break
        memory, processes = usage()
        peak = max(peak, memory)
        if memory > config["memory"]:
            limit = "memory"
        elif processes > config["processes"]:
            limit = "processes"
        elif time.monotonic() - began > config["seconds"]:
            limit = "time"
        if limit:
            break
        time.sleep(pause)
        pause = min(pause * 2, 0.03)
    seconds = time.monotonic() - began
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "status": status,
        "limit": limit,
        "seconds": seconds,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "peak_memory": max(peak, used.ru_maxrss * 1024 if status is not None else peak),
    }


def usage() -> tuple[int, int]:
    """Bytes resident in, and number of, all processes of the run but this one."""
    page = resource.getpagesize()
    memory = processes = 0
    for name in os.listdir("/proc"):
        if name.isdigit() and name != "1":
            try:
                with open(f"/proc/{name}/statm") as file:
                    fields = file.read().split()
            except OSError:
                continue
            processes += 1
            memory += (int(fields[1]) - int(fields[2])) * page
    return memory, processes


def differences(brought: str) -> dict[str, Any]:
    """Files written and deleted, by walking the overlay's upper layer; not known where the tree was copied."""
    written: list[str] = []
    deleted: list[str] = []
    if brought != "overlay":
        return {"written": [], "deleted": [], "differences": "not recorded: the tree was copied"}
    base = "/.space/upper"
    for folder, _folders, files in os.walk(base):
        for name in files:
            path = os.path.join(folder, name)
            mode = os.lstat(path)
            whiteout = stat.S_ISCHR(mode.st_mode) and mode.st_rdev == 0
            (deleted if whiteout else written).append(os.path.relpath(path, base))
            if len(written) + len(deleted) >= LISTED:
                return {"written": sorted(written), "deleted": sorted(deleted), "differences": "cut"}
    return {"written": sorted(written), "deleted": sorted(deleted), "differences": "complete"}


def export(path: str, budget: int) -> bytes | str:
    """A plain file's bytes, reached without following any link; or why not."""
    folder = os.open(CHANGE, os.O_RDONLY | os.O_DIRECTORY)
    try:
        *parents, name = path.split("/")
        for part in parents:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = below
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        with os.fdopen(file, "rb") as opened:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                return "not a plain file"
            data = opened.read(budget + 1)
            return data if len(data) <= budget else f"larger than {budget} bytes"
    except OSError as error:
        return os.strerror(error.errno or 0)
    finally:
        os.close(folder)


def init(config: dict[str, Any], report: Any) -> None:
    """The run's process 1."""
    check(LIBC.prctl(1, signal.SIGKILL, 0, 0, 0), "parent-death signal")
    check(LIBC.prctl(4, 0, 0, 0, 0), "not dumpable")
    check(LIBC.sethostname(b"sandbox", 7), "host name")
    os.umask(0o022)
    brought = build_root(config)
    loopback_up()
    report({"event": "ready", "tree": brought})
    payload = start(config, report)
    observed = watch(config, payload)
    observed.update(differences(brought))
    budget = EXPORT_BYTES
    for path in config["exports"]:
        found = export(path, budget)
        if isinstance(found, bytes):
            budget -= len(found)
            report({"event": "export", "path": path, "content": base64.b64encode(found).decode()})
        else:
            report({"event": "export", "path": path, "refused": found})
    report({"event": "end", **observed})


def main() -> None:
    config_fd, report_fd = int(sys.argv[1]), int(sys.argv[2])
    parent = os.getppid()
    check(LIBC.prctl(1, signal.SIGKILL, 0, 0, 0), "parent-death signal")
    if os.getppid() != parent:
        os._exit(1)
    with os.fdopen(config_fd, "rb") as file:
        config = json.load(file)
    os.set_inheritable(report_fd, False)

    def report(event: dict[str, Any]) -> None:
        data = json.dumps(event).encode() + b"\n"
        while data:
            data = data[os.write(report_fd, data) :]

    with contextlib.suppress(OSError):
        os.nice(10)
    try:
        os.setgroups([])
    except OSError:
        pass
    try:
        enter_namespaces()
        pid = os.fork()
        if pid == 0:
            try:
                init(config, report)
            except BaseException as error:
                report({"event": "failed", "message": str(error) or repr(error)})
            os._exit(0)
        os.waitpid(pid, 0)
    except OSError as error:
        report({"event": "failed", "message": str(error)})
    os._exit(0)


if __name__ == "__main__":
    main()
