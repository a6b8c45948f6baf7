"""Becomes process 1 of a run in namespaces that another program made and filled: the `bwrap` launcher's program.

What must stay true: the snapshot is copied before the command starts, into the same sized memory that holds all that
the run writes; the command never sees a folder of the host that it may write.
"""

from __future__ import annotations

import os
import sys

from reviewer.sandbox.inside import changes, init, kernel
from reviewer.sandbox.inside.enter import DEVICES, ETC

SNAPSHOT = "/.tree"


def main() -> None:
    config_fd, report_fd = (int(word) for word in sys.argv[1:3])
    report = init.reporter(report_fd)
    try:
        if os.getpid() != 1 or not os.path.isdir(SNAPSHOT) or os.stat("/").st_dev != os.stat("/etc").st_dev:
            raise OSError(1, "not in a root of its own")
        kernel.die_with_parent()
        kernel.dumpable(0)
        config = init.read_config(config_fd)
        try:
            os.nice(10)
        except OSError:
            pass
        os.umask(0o022)
        for name, content in ETC.items():
            with open(f"/etc/{name}", "w") as file:
                file.write(content)
        if os.stat("/dev/null").st_uid == os.getuid():
            # Root made this: what is root's on the machine is the run's by number.
            for name in DEVICES:
                kernel.seal(f"/dev/{name}")
            kernel.mask_proc("/proc")
            kernel.terminals("/dev")
        lower, upper = (os.open(path, os.O_RDONLY | os.O_DIRECTORY) for path in (SNAPSHOT, init.CHANGE))
        changes.copy(lower, upper)
        init.run(config, report, config_fd, {"how": "copy", "upper": upper, "lower": lower})
    except BaseException as error:
        init.failed(report, error)
    os._exit(0)
