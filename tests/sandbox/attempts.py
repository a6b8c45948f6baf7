"""Ways to get out of a run, one small program each: what returns has escaped, what raises or dies was held.

They are tried without a sandbox first, so they do no harm there either. Names in capitals come from `Host`, which
stands outside and judges those that leave a trace rather than a result.
"""

import json
import sys
from pathlib import Path
from typing import Final

FILES: Final = {
    "read a file": "open(SECRET).read()",
    "read through its own root": "open('/proc/self/root' + SECRET).read()",
    "read through the root of process 1": "open('/proc/1/root' + SECRET).read()",
    "climb out of the tree": "open('../' * 30 + SECRET[1:]).read()",
    "read through a link": "os.symlink(SECRET, 'link'); open('link').read()",
    "read through a linked folder": "os.symlink(PLACE, 'folder'); open('folder/secret').read()",
    "link the file itself": "os.link(SECRET, 'hard'); open('hard').read()",
    "read an inherited descriptor": "os.pread(977, 9, 0)",
    "open below an inherited folder": "os.open('secret', os.O_RDONLY, dir_fd=978)",
    "list a home": "os.listdir(HOME)",
    "list the neighbours": "assert os.path.basename(PLACE) in os.listdir(os.path.dirname(PLACE))",
    "read the tree where it lies": "os.stat(TREE)",
    "write to a file": "open(SECRET, 'a').write('')",
    "write to the system": "open('/usr/.reviewer-test', 'w').close(); os.remove('/usr/.reviewer-test')",
    "write to the interpreter": "path = os.path.realpath(sys.executable); os.utime(path, ns=(os.stat(path).st_atime_ns,"
    " os.stat(path).st_mtime_ns))",
    "write through a link": "leaves(); os.symlink(PLACE, 'out'); open('out/' + TRACE, 'w').close()",
    "change the reviewed tree": "leaves(); open(TRACE, 'w').close()",
    "leave a file in the shared folder": "leaves(); open('/tmp/' + TRACE, 'w').close()",
    "leave a file in the other shared folder": "leaves(); open('/var/tmp/' + TRACE, 'w').close()",
    "leave a file in shared memory": "leaves(); open('/dev/shm/' + TRACE, 'w').close()",
    "leave a file among the settings": "leaves(); open('/etc/' + TRACE, 'w').close()",
    "leave a file in the home": "leaves(); open(os.path.join(os.environ['HOME'], TRACE), 'w').close()",
    "give a device another mode": "os.chmod('/dev/null', 0o666)",
    "make a device": "os.mknod('device', stat.S_IFBLK | 0o600, os.makedev(7, 0))",
    "open by handle": "handle = ctypes.create_string_buffer(b'\\x80' + bytes(140)); mount = ctypes.c_int();"
    " call({'x86_64': 303, 'aarch64': 264}, -100, b'/usr/bin', handle, ctypes.byref(mount), 0)",
    "run set-user-ID programs": "assert not os.statvfs('/usr/bin').f_flag & os.ST_NOSUID",
}
GIT: Final = {
    "read its tokens": "assert 'token' in open(REPOSITORY + '/.git/config').read()",
    "lay a hook": "leaves(); open(REPOSITORY + '/.git/hooks/' + TRACE, 'w').close()",
    "set a file system monitor": "leaves(); open(REPOSITORY + '/.git/' + TRACE, 'w').close()",
    "lay a nested repository": "leaves('vendored/.git/config'); os.makedirs('vendored/.git');"
    " open('vendored/.git/config', 'w').close()",
    "lay a bare repository": "leaves('bare/HEAD'); os.makedirs('bare/objects'); open('bare/HEAD', 'w').close()",
    "exchange the folder for a file": "leaves('.git'); open('.git', 'w').write('gitdir: /elsewhere')",
    "set the user's own settings": "leaves(); open(os.path.expanduser('~/.gitconfig.' + TRACE), 'w').close()",
}
SECRETS: Final = {
    "its own environment": "os.environ['REVIEWER_CANARY']",
    "its parent's environment": "assert CANARY in open(f'/proc/{os.getppid()}/environ').read()",
    "anybody's environment": "assert any(CANARY.encode() in read(p) for p in glob.glob('/proc/[0-9]*/environ'))",
    "anybody's command line": "assert any(CANARY.encode() in read(p) for p in glob.glob('/proc/[0-9]*/cmdline')\n"
    "  if p.split('/')[2] not in (str(os.getpid()), str(os.getppid())))",
    "standard input": "assert os.read(0, 9)",
    "the session's keyring": "call({'x86_64': 250, 'aarch64': 219}, 0, -4, 1, 0, 0)",
    "a key of its own": "call({'x86_64': 248, 'aarch64': 217}, b'user', b'reviewer-test', b'x', 1, -2)",
    "shared memory": "open('/dev/shm/' + SHARED).read()",
    "shared memory of the old kind": "libc.shmget.restype = ctypes.c_int; assert libc.shmget(SHARED_KEY, 1, 0) >= 0",
    "a message queue": "assert libc.msgget(0, 0o600 | 0o1000) >= 0",
    "the users of the machine": "assert 'daemon' in open('/etc/passwd').read()",
    "the name of the machine": "assert socket.gethostname() == HOSTNAME",
}
NETWORK: Final = {
    "connect over TCP": "socket.create_connection(('127.0.0.1', PORT), 2)",
    "connect over TCP, second kind of address": "socket.create_connection(('::1', PORT6), 2)",
    "connect over multipath TCP": "socket.socket(2, 1, 262).connect(('127.0.0.1', PORT))",
    "connect through a mapped address": "socket.create_connection(('::ffff:127.0.0.1', PORT), 2)",
    "send a datagram": "leaves('datagram'); socket.socket(2, 2).sendto(b'datagram', ('127.0.0.1', UDP))",
    "connect to an abstract socket": "socket.socket(socket.AF_UNIX).connect(chr(0) + ABSTRACT)",
    "connect to a socket": "socket.socket(socket.AF_UNIX).connect(PLACE + '/socket')",
    "see the machine's interfaces": "assert [n for _, n in socket.if_nameindex() if n != 'lo']",
    "see the machine's connections": "assert f':{PORT:04X} ' in open('/proc/net/tcp').read()",
    "talk to the hypervisor": "socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)",
    "use the kernel's ciphers": "socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)",
    "listen to every packet": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "make raw packets": "socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)",
    "leave by the default route": "s = socket.socket(2, 2); s.connect(('203.0.113.1', 9))",
}
KERNEL: Final = {
    "signal a process": "os.kill(PID, 0)",
    "see a process": "os.stat(f'/proc/{PID}')",
    "trace": "assert libc.ptrace(0, 0, 0, 0) == 0",
    "read foreign memory": "buffer = ctypes.create_string_buffer(8);"
    " here = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 8);"
    " call({'x86_64': 310, 'aarch64': 270}, os.getpid(), here, 1, here, 1, 0)",
    "read the memory of process 1": "open('/proc/1/mem', 'rb').close()",
    "take a foreign descriptor": "call({'x86_64': 438, 'aarch64': 438}, os.pidfd_open(os.getpid()), 1, 0)",
    "a user namespace": "assert libc.unshare(0x10000000) == 0",
    "a user namespace by clone": "pid = call({'x86_64': 56, 'aarch64': 220}, 0x10000000 | 17, 0, 0, 0, 0)\n"
    "if pid == 0: os._exit(0)\n",
    "a mount namespace": "assert libc.unshare(0x00020000) == 0",
    "enter a namespace": "assert libc.setns(os.open('/proc/self/ns/net', os.O_RDONLY), 0) == 0",
    "mount": "os.mkdir('at'); assert libc.mount(b't', b'at', b'tmpfs', 0, b'') == 0; libc.umount2(b'at', 2)",
    "mount, the new way": "call({'x86_64': 430, 'aarch64': 430}, b'tmpfs', 0)",
    "change the root": "os.chroot('.')",
    "queue calls to the kernel": "call({'x86_64': 425, 'aarch64': 425}, 4, ctypes.create_string_buffer(120))",
    "load a program into the kernel": "call({'x86_64': 321, 'aarch64': 280}, 0,"
    " struct.pack('IIII', 2, 4, 4, 1) + bytes(56), 72)",
    "handle foreign page faults": "call({'x86_64': 323, 'aarch64': 282}, 0)",
    "count the machine's events": "call({'x86_64': 298, 'aarch64': 241},"
    " struct.pack('IIQ', 1, 112, 0) + bytes(96), 0, -1, -1, 0)",
    "read the kernel's log": "call({'x86_64': 103, 'aarch64': 116}, 10, 0, 0)",
    "memory without a file": "os.memfd_create('x')",
    "calls of another machine": "assert os.uname().machine == 'x86_64'\n"
    "page = mmap.mmap(-1, 4096, prot=7); page.write(bytes.fromhex('b814000000cd80c3'))\n"
    "place = ctypes.addressof(ctypes.c_char.from_buffer(page)); assert ctypes.CFUNCTYPE(ctypes.c_int)(place)() > 0",
    "become root": "os.setresuid(0, 0, 0)",
    "name the machine": "assert libc.sethostname(HOSTNAME.encode(), len(HOSTNAME)) == 0",
    "raise its limits": "hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]; assert hard == resource.RLIM_INFINITY or"
    " hard > 1000; resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)",
    "go before others": "os.setpriority(os.PRIO_PROCESS, 0, -5)",
    "survive when memory is short": "os.write(os.open('/proc/self/oom_score_adj', os.O_WRONLY), b'-100')",
    "reach the kernel's levers": "open('/proc/sysrq-trigger', 'w').close()",
    "set the kernel's parameters": "open('/proc/sys/kernel/panic', 'r+').close()",
    "name the program that takes crashes": "open('/proc/sys/kernel/core_pattern', 'r+').close()",
    "read the kernel's own tables": "assert open('/proc/slabinfo').read() or open('/proc/vmallocinfo').read()",
}
DEVICES: Final = {
    "read the kernel's messages": "os.close(os.open('/dev/kmsg', os.O_RDONLY | os.O_NONBLOCK))",
    "read the machine's memory": "os.close(os.open('/proc/kcore', os.O_RDONLY))",
    "read a disk": "disks = [n for n in os.listdir('/sys/class/block') if os.path.exists('/dev/' + n)]\n"
    "os.close(os.open('/dev/' + sorted(disks)[-1], os.O_RDONLY))",
    "make an interface": "os.close(os.open('/dev/net/tun', os.O_RDWR))",
    "make a file system": "os.close(os.open('/dev/fuse', os.O_RDWR))",
    "make a machine": "os.close(os.open('/dev/kvm', os.O_RDWR))",
    "see the terminals": "assert [name for name in os.listdir('/dev/pts') if name.isdigit()]",
    "type into a terminal": "ours, theirs = os.openpty(); os.setsid(); fcntl.ioctl(theirs, 0x540E, 0)\n"
    "fcntl.ioctl(theirs, 0x5412, b'x')",
    "look into the kernel's objects": "assert os.listdir('/sys/kernel')",
    "reach the machine's services": "assert os.listdir('/run')",
    "leave its group of processes": "places = glob.glob('/sys/fs/cgroup/**/cgroup.procs', recursive=True)\n"
    "os.close(os.open(min(places, key=len), os.O_WRONLY))",
    "watch every file": "call({'x86_64': 300, 'aarch64': 262}, 4, 0)",
    "take the processor for itself": "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))",
    "keep memory in message queues": "assert resource.getrlimit(resource.RLIMIT_MSGQUEUE)[0] > 0",
    "name a handler of programs": "os.close(os.open('/proc/sys/fs/binfmt_misc/register', os.O_WRONLY))",
    "list the keys": "assert read('/proc/keys').strip()",
    "see how the machine is doing": "assert len([p for p in os.listdir('/proc') if p.isdigit()]) > 12",
    "list every socket": "s = socket.socket(16, 3, 4)\n"
    "s.send(struct.pack('=LHHLLBBBBL', 72, 20, 0x301, 1, 0, 2, 6, 0, 0, 0xFFFFFFFF) + bytes(48))\n"
    "assert struct.pack('>H', PORT) in s.recv(1 << 16)",
    "listen to the kernel's news": "s = socket.socket(16, 3, 15); s.bind((0, 1))\n"
    "assert os.readlink('/proc/self/ns/net') == NETWORK",
    "compare with a foreign process": "call({'x86_64': 312, 'aarch64': 272}, os.getpid(), PID, 0, 1, 1)",
    "limit a foreign process": "resource.prlimit(PID, resource.RLIMIT_CORE)",
    "read where a foreign process stands": "os.readlink(f'/proc/{PID}/cwd')",
    "be told when a foreign process ends": "os.close(os.pidfd_open(PID))",
    "make a private copy of the mounts": "call({'x86_64': 428, 'aarch64': 428}, -100, b'/', 1)",
    "ask for the old root": "os.stat('/proc/1/root/root')",
    "go back to before the root": "os.chdir('/..'); os.stat(HOME)",
}
"""Devices, the kernel's own places, and other processes."""
RIGHTS: Final = {
    "a process namespace by clone": "pid = call({'x86_64': 56, 'aarch64': 220}, 0x20000000 | 17, 0, 0, 0, 0)\n"
    "if pid == 0: os._exit(0)\n",
    "a child by the newer call": "pid = call({'x86_64': 435, 'aarch64': 435},"
    " struct.pack('11Q', *[0] * 4, 17, *[0] * 6), 88)\nif pid == 0: os._exit(0)\n",
    "a network namespace": "assert libc.unshare(0x40000000) == 0",
    "an ipc namespace": "assert libc.unshare(0x08000000) == 0",
    "a namespace for the time": "assert libc.unshare(0x80) == 0",
    "take up a mounted file system": "call({'x86_64': 433, 'aarch64': 433}, -100, b'/', 0)",
    "set what a mount may": "call({'x86_64': 442, 'aarch64': 442}, -100, b'/', 0, bytes(32), 32)",
    "open what a handle names": "handle = ctypes.create_string_buffer(b'\\x80' + bytes(140)); mount = ctypes.c_int()\n"
    "call({'x86_64': 303, 'aarch64': 264}, -100, b'/usr/bin', handle, ctypes.byref(mount), 0)\n"
    "call({'x86_64': 304, 'aarch64': 265}, os.open('/usr', os.O_RDONLY), handle, os.O_RDONLY)",
    "write foreign memory": "buffer = ctypes.create_string_buffer(8);"
    " here = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 8);"
    " call({'x86_64': 311, 'aarch64': 271}, os.getpid(), here, 1, here, 1, 0)",
    "advise on foreign memory": "page = mmap.mmap(-1, 4096)\n"
    "place = ctypes.addressof(ctypes.c_char.from_buffer(page))\n"
    "here = (ctypes.c_void_p * 2)(place, 4096)\n"
    "call({'x86_64': 440, 'aarch64': 440}, os.pidfd_open(os.getpid()), here, 1, 20, 0)",
    "trace a child": "child = os.fork()\nif child == 0: libc.pause()\n"
    "try: assert libc.ptrace(0x4206, child, 0, 0) == 0\nfinally: os.kill(child, 9)",
    "set the clock": "clock = ctypes.create_string_buffer(208); call({'x86_64': 159, 'aarch64': 171}, clock)\n"
    "struct.pack_into('I', clock, 0, 0x4000); call({'x86_64': 159, 'aarch64': 171}, clock)",
    "ask for ports of the machine": "call({'x86_64': 172}, 0)",
    "read its own table of segments": "call({'x86_64': 154}, 0, ctypes.create_string_buffer(16), 16)",
    "calls with small pointers": "call({'x86_64': 0x40000000 | 39})",
    "a named queue of messages": "call({'x86_64': 240, 'aarch64': 180}, b'reviewer-test', 0o102, 0o600, 0);"
    " call({'x86_64': 241, 'aarch64': 181}, b'reviewer-test')",
    "go before others to the disk": "call({'x86_64': 251, 'aarch64': 30}, 1, 0, 1 << 13)",
    "hold a right over rights": "assert libc.prctl(24, 0, 0, 0, 0) == 0",
    "become root's group": "os.setresgid(0, 0, 0)",
    "join groups": "os.setgroups([0, 6])",
    "give a file away": "os.chown('driver.py', 65534, 65534); os.chown('driver.py', os.getuid(), os.getgid())",
    "mark a file for whoever mounts it": "os.setxattr('driver.py', 'trusted.overlay.opaque', b'y');"
    " os.removexattr('driver.py', 'trusted.overlay.opaque')",
    "give a file a right": "os.setxattr('driver.py', 'security.capability', struct.pack('<5I', 0x2000001, 4, 0, 0, 0));"
    " os.removexattr('driver.py', 'security.capability')",
    "packets the old way": "socket.socket(socket.AF_INET, 10, 3)",
    "keys for the network": "socket.socket(15, socket.SOCK_RAW, 2)",
    "packets past the kernel": "socket.socket(44, socket.SOCK_RAW, 0)",
    "hold anything that was open": "assert [name for name in os.listdir('/proc/self/fd') if int(name) > 4]",
}
"""Rights over processes, memory, time, files and packets that only their owner has."""
PLACES: Final = {
    "read the map of process 1": "assert open('/proc/1/maps').read()",
    "see what process 1 has open": "os.readlink('/proc/1/fd/0')",
    "read the environment of process 1": "assert open('/proc/1/environ', 'rb').read()",
    "see the namespaces of process 1": "os.readlink('/proc/1/ns/mnt')",
    "see what process 1 waits for": "open('/proc/1/syscall').read()",
    "limit process 1": "resource.prlimit(1, resource.RLIMIT_CORE, resource.prlimit(1, resource.RLIMIT_CORE))",
    "see the machine's shared memory": "assert str(SHARED_KEY) in open('/proc/sysvipc/shm').read()",
    "see the machine's devices": "assert os.listdir('/sys/class')",
    "see what the machine began with": "assert os.listdir('/sys/firmware')",
    "see where the kernel lies": "assert any(line.split()[0].strip('0') for line in open('/proc/kallsyms'))",
    "see where its memory lies": "page = mmap.mmap(-1, 4096); page.write(b'x')\n"
    "place = ctypes.addressof(ctypes.c_char.from_buffer(page)) // 4096 * 8\n"
    "assert struct.unpack('Q', os.pread(os.open('/proc/self/pagemap', os.O_RDONLY), 8, place))[0] & ((1 << 55) - 1)",
    "see who uses which memory": "assert open('/proc/kpagecount', 'rb').read(8)",
    "see the kernel's timers": "assert open('/proc/timer_list').read(8)",
    "steer interrupts": "open('/proc/irq/default_smp_affinity', 'r+').close()",
    "empty the kernel's caches": "os.close(os.open('/proc/sys/vm/drop_caches', os.O_WRONLY))",
    "name the program that loads modules": "open('/proc/sys/kernel/modprobe', 'r+').close()",
    "make addresses guessable": "open('/proc/sys/kernel/randomize_va_space', 'r+').close()",
    "take page faults by a device": "os.close(os.open('/dev/userfaultfd', os.O_RDWR))",
}
"""Files of the kernel that tell of, or act on, more than the run."""
CLASSES: Final = {
    "files": FILES, "git": GIT, "secrets": SECRETS, "network": NETWORK, "kernel": KERNEL, "devices": DEVICES,
    "rights": RIGHTS, "places": PLACES,
}  # fmt: skip

_DRIVER: Final = '''
import ctypes, fcntl, glob, json, mmap, os, resource, socket, stat, struct, sys
names, attempts = json.load(open(sys.argv[1]))
globals().update(names)
libc = ctypes.CDLL(None, use_errno=True)
def call(numbers, *arguments):
    wide = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    result = libc.syscall(ctypes.c_long(numbers[os.uname().machine]), *wide)
    if result < 0: raise OSError(ctypes.get_errno(), "refused")
    return result
def read(path):
    try:
        with open(path, "rb") as file: return file.read()
    except OSError:
        return b""
def leaves(name=None): pass
for number, (name, code) in enumerate(attempts):
    pid = os.fork()
    if pid == 0:
        TRACE = f"reviewer-trace-{number}"
        libc.alarm(5)
        try: exec(code)
        except BaseException as error: said = [name, "held", repr(error)]
        else: said = [name, "ESCAPED", ""]
        os.write(1, json.dumps(said).encode() + b"\\n")
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if status: print(json.dumps([name, "held", f"status {status}"]), flush=True)
'''


def escaped(printed: bytes, attempts: dict[str, str], traces: set[str]) -> dict[str, bool]:
    """By attempt, whether it got out: by its trace where it leaves one, else by its own word."""
    said = {}
    for line in printed.split(b"\n"):
        if line.startswith(b"["):
            name, result, _why = json.loads(line)
            said[name] = result == "ESCAPED"
    assert set(said) == set(attempts)
    return {name: name in traces if "leaves(" in code else said[name] for name, code in attempts.items()}


def lay_out(tree: Path, host: dict[str, object], attempts: dict[str, str]) -> tuple[str, ...]:
    """Write the driver and what it is to try into a tree; the command that runs it there."""
    (tree / "driver.py").write_text(_DRIVER)
    (tree / "attempts.json").write_text(json.dumps([host, list(attempts.items())]))
    return (sys.executable, "driver.py", "attempts.json")
