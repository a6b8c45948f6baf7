"""Enters own namespaces, builds a small root in them, and becomes process 1 of a run: the `native` launcher's program.

Needs no root and no set-up, only user namespaces. What must stay true: any step that fails ends the run before the
command starts; no way leads back to the host's files; killing this program, or its parent, kills everything in the run.
"""

from __future__ import annotations

import fcntl
import os
import struct
import sys

from reviewer.sandbox.inside import changes, init, kernel
from reviewer.sandbox.inside.kernel import MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_PRIVATE, MS_REC, bind, check, mount

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from typing import Any
else:
    import _socket as socket

USER = 1000
SYSTEM = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32")
ETC = {
    "passwd": f"user:x:{USER}:{USER}::/home/user:/bin/sh\n",
    "group": f"user:x:{USER}:\n",
    "hosts": "127.0.0.1 localhost sandbox\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    "resolv.conf": "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
    "hostname": "sandbox\n",
}
"""Files that a run finds in `/etc`, in place of the host's."""
ETC_OF_THE_HOST = (
    "ld.so.cache", "alternatives", "services", "protocols", "mime.types", "localtime", "ssl/certs", "ca-certificates"
)  # fmt: skip
"""The same on every machine of its kind, and secret on none."""
DEVICES = ("null", "zero", "full", "random", "urandom")
LINKS = (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2"))
WRITABLE = (("tmp", "tmp"), ("home", "home/user"), ("shm", "dev/shm"), ("vartmp", "var/tmp"))


def main() -> None:
    config_fd, report_fd, parent = (int(word) for word in sys.argv[1:4])
    kernel.die_with_parent()
    if os.getppid() != parent:
        os._exit(1)
    config = init.read_config(config_fd)
    report = init.reporter(report_fd)
    kernel.first_to_go()
    try:
        os.nice(10)
    except OSError:
        pass
    try:
        os.setgroups([])
    except OSError:
        pass
    try:
        _enter_namespaces()
        pid = os.fork()
        if pid == 0:
            try:
                _process_1(config, report, config_fd)
            except BaseException as error:
                init.failed(report, error)
            os._exit(0)
        os.waitpid(pid, 0)
    except OSError as error:
        init.failed(report, error)
    os._exit(0)


def _enter_namespaces() -> None:
    uid, gid = os.getuid(), os.getgid()
    flags = kernel.NEWUSER | kernel.NEWNS | kernel.NEWPID | kernel.NEWNET | kernel.NEWIPC | kernel.NEWUTS
    check(kernel.LIBC.unshare(flags | kernel.NEWCGROUP), "new namespaces")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{USER} {uid} 1"), ("gid_map", f"{USER} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _process_1(config: dict[str, Any], report: init.Report, lifeline: int) -> None:
    kernel.die_with_parent()
    kernel.dumpable(0)
    check(kernel.LIBC.sethostname(b"sandbox", 7), "host name")
    os.umask(0o022)
    tree = _build_root(config)
    control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    fcntl.ioctl(control, 0x8914, struct.pack("16sH14s", b"lo", 0x1 | 0x40, b""))  # SIOCSIFFLAGS, UP | RUNNING
    control.close()
    init.run(config, report, lifeline, tree)


def _build_root(config: dict[str, Any]) -> dict[str, Any]:
    """Lay out the run's own root and make it `/`; returns how the tree came in, and it before and after as folders."""
    mount("none", "/", "", MS_REC | MS_PRIVATE)
    lower = os.open(config["tree"], os.O_RDONLY | os.O_DIRECTORY)
    root = _foothold([config["tree"], *config["read_only"]])
    mount("tmpfs", root, "tmpfs", MS_NOSUID | MS_NODEV, "size=4m,mode=0755")
    for name in SYSTEM:
        source = f"/{name}"
        if os.path.islink(source):
            os.symlink(os.readlink(source), f"{root}/{name}")
        elif os.path.isdir(source):
            bind(source, f"{root}/{name}")
    _etc(root)
    os.mkdir(f"{root}/proc", 0o555)
    mount("proc", f"{root}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    kernel.mask_proc(f"{root}/proc")
    how, upper = _bring(root, lower, config["disk"])
    for name, target in WRITABLE:
        os.mkdir(f"{root}/.space/{name}", 0o700)
        bind(f"{root}/.space/{name}", f"{root}/{target}", read_only=False)
    for path in config["read_only"]:
        bind(path, root + path)
    for name in DEVICES:
        # Sealed, or the host's own node could be given another mode; a device is written to all the same.
        bind(f"/dev/{name}", f"{root}/dev/{name}")
    for name, target in LINKS:
        os.symlink(f"/proc/self/{target}", f"{root}/dev/{name}")
    kernel.terminals(f"{root}/dev")
    # What lies behind the mounts is the launcher's alone.
    check(kernel.LIBC.umount2(os.fsencode(f"{root}/.space"), 2), "hide the space")
    os.chdir(root)
    kernel.pivot()
    kernel.seal("/", recursive=False)
    return {"how": how, "upper": upper, "lower": lower}


def _foothold(needed: list[str]) -> str:
    """A folder that every machine has and this run does not need: in our own namespace the root is built over it."""
    for place in ("/sys", "/srv", "/mnt", "/media", "/opt"):
        if os.path.isdir(place) and not any(path == place or path.startswith(f"{place}/") for path in needed):
            return place
    raise OSError(2, "no folder to build the run's root over")


def _etc(root: str) -> None:
    os.mkdir(f"{root}/etc", 0o755)
    for name, content in ETC.items():
        with open(f"{root}/etc/{name}", "w") as file:
            file.write(content)
    for name in ETC_OF_THE_HOST:
        if os.path.exists(f"/etc/{name}"):
            bind(f"/etc/{name}", f"{root}/etc/{name}")


def _bring(root: str, lower: int, disk: int) -> tuple[str, int]:
    """Show the tree at `/change`, writes going to a sized tmpfs that holds all that the run may write."""
    target = root + init.CHANGE
    for folder in (f"{root}/.space", target):
        os.mkdir(folder, 0o755)
    room = f"size={disk},nr_inodes={_files(disk)},mode=0700"
    mount("tmpfs", f"{root}/.space", "tmpfs", MS_NOSUID | MS_NODEV, room)
    for name in ("upper", "work"):
        os.mkdir(f"{root}/.space/{name}", 0o755)
    upper = os.open(f"{root}/.space/upper", os.O_RDONLY | os.O_DIRECTORY)
    options = f"lowerdir=/proc/self/fd/{lower},upperdir={root}/.space/upper,workdir={root}/.space/work,userxattr"
    try:
        mount("overlay", target, "overlay", MS_NOSUID | MS_NODEV, options)
        return "overlay", upper
    except OSError:
        grown = disk + changes.size(lower)
        room = f"size={grown},nr_inodes={_files(grown)}"
        mount("tmpfs", f"{root}/.space", "tmpfs", 0x20 | MS_NOSUID | MS_NODEV, room)  # MS_REMOUNT
        changes.copy(lower, upper)
        bind(f"{root}/.space/upper", target, read_only=False)
        return "copy", upper


def _files(disk: int) -> int:
    """How many files fit: an empty one takes the kernel's memory, too."""
    return max(1 << 14, disk >> 12)
