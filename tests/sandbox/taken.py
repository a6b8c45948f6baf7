"""Takes from a process, for good, what launchers need: run as `python -c TAKEN[...] + program`."""

_FILTER = """
import ctypes, os, struct
_libc = ctypes.CDLL(None, use_errno=True)
_unshare, _clone = {"x86_64": (272, 56), "aarch64": (97, 220)}[os.uname().machine]
def _refuse(*steps):
    program = b"".join(struct.pack("HBBI", *step) for step in steps)
    held = ctypes.create_string_buffer(program)
    assert _libc.prctl(38, 1, 0, 0, 0) == 0
    assert _libc.prctl(22, 2, struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(held)), 0, 0) == 0
"""
TAKEN = {
    # Namespaces for one program alone: ours may not make them.
    "unshare": _FILTER
    + """
_refuse((0x20, 0, 0, 0), (0x15, 0, 1, _unshare), (0x06, 0, 0, 0x50001), (0x06, 0, 0, 0x7fff0000))
""",
    # As in a container: a user namespace is refused however it is asked for.
    "namespaces": _FILTER
    + """
_refuse((0x20, 0, 0, 0), (0x15, 3, 0, _unshare), (0x15, 0, 3, _clone), (0x20, 0, 0, 16), (0x45, 0, 1, 0x10000000),
    (0x06, 0, 0, 0x50001), (0x06, 0, 0, 0x7fff0000))
""",
    # As an administrator does it, within a namespace of our own.
    "setting": """
import ctypes, os
_uid, _gid = os.getuid(), os.getgid()
assert ctypes.CDLL(None).unshare(0x10000000) == 0
for _name, _text in (("setgroups", "deny"), ("uid_map", f"0 {_uid} 1"), ("gid_map", f"0 {_gid} 1")):
    with open(f"/proc/self/{_name}", "w") as _file: _file.write(_text)
with open("/proc/sys/user/max_user_namespaces", "w") as _file: _file.write("0")
""",
    "nothing": "",
}
