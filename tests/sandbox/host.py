"""Stands outside a run with everything that it must not reach, and looks for traces afterwards."""

import ctypes
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from attempts import lay_out

from reviewer.sandbox.launch import SandboxRequest, run_with
from reviewer.sandbox.launchers import Launcher

CANARY = "canary-of-the-host-4c1f"


class Host:
    """Sockets that answer, processes, a repository with a token, descriptors left open, a secret in the environment."""

    def __init__(self, root: Path) -> None:
        self.place = Path(tempfile.mkdtemp(prefix="reviewer-host-"))
        self.tree = root / "tree"
        self.tree.mkdir(exist_ok=True)
        self.secret = self.place / "secret"
        self.secret.write_text("secret")
        self.home = self.place / "home"
        (self.home / "projects").mkdir(parents=True)
        hooks = self.place / "repository" / ".git" / "hooks"
        hooks.mkdir(parents=True)
        (hooks.parent / "config").write_text("[remote]\n\turl = https://token@example.net\n")
        self.shared = f"reviewer-shared-{os.getpid()}"
        (Path("/dev/shm") / self.shared).write_text(CANARY)
        self.key = 0x52455600 + os.getpid() % 200
        self.segment = ctypes.CDLL(None).shmget(self.key, 4096, 0o1600)
        self.sockets = [socket.create_server(("127.0.0.1", 0))]
        self.sockets.append(socket.create_server(("::1", 0), family=socket.AF_INET6))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.udp.setblocking(False)
        self.abstract = f"reviewer-abstract-{os.getpid()}"
        for name in ("\0" + self.abstract, str(self.place / "socket")):
            listening = socket.socket(socket.AF_UNIX)
            listening.bind(name)
            listening.listen(200)
            self.sockets.append(listening)
        self.process = subprocess.Popen(["sleep", "600", CANARY][:2], env={"REVIEWER_CANARY": CANARY})
        self.named = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", CANARY])
        self.open = [os.open(self.secret, os.O_RDONLY), os.open(self.place, os.O_RDONLY)]
        for number, descriptor in zip((977, 978), self.open, strict=True):
            os.dup2(descriptor, number, inheritable=True)
        os.environ["REVIEWER_CANARY"] = CANARY

    def __enter__(self) -> "Host":
        return self

    def __exit__(self, *_error: object) -> None:
        del os.environ["REVIEWER_CANARY"]
        for process in (self.process, self.named):
            process.kill()
            process.wait()
        for descriptor in (*self.open, 977, 978):
            os.close(descriptor)
        for listening in (*self.sockets, self.udp):
            listening.close()
        ctypes.CDLL(None).shmctl(self.segment, 0, None)
        (Path("/dev/shm") / self.shared).unlink()
        subprocess.run(["rm", "-rf", str(self.place)], check=True)

    def names(self) -> dict[str, object]:
        return {
            "SECRET": str(self.secret),
            "PLACE": str(self.place),
            "HOME": str(self.home),
            "TREE": str(self.tree),
            "REPOSITORY": str(self.place / "repository"),
            "CANARY": CANARY,
            "SHARED": self.shared,
            "SHARED_KEY": self.key,
            "HOSTNAME": socket.gethostname(),
            "PORT": self.sockets[0].getsockname()[1],
            "PORT6": self.sockets[1].getsockname()[1],
            "UDP": self.udp.getsockname()[1],
            "ABSTRACT": self.abstract,
            "PID": self.process.pid,
            "NETWORK": str(Path("/proc/self/ns/net").readlink()),
        }

    def bare(self, attempts: dict[str, str]) -> bytes:
        """What the attempts print without a sandbox."""
        command = lay_out(self.tree, self.names(), attempts)
        environment = {**os.environ, "HOME": str(self.home)}
        return subprocess.run(
            command, cwd=self.tree, input=b"secret", capture_output=True, close_fds=False, env=environment, check=False
        ).stdout

    def contained(self, launcher: Launcher, attempts: dict[str, str]) -> bytes:
        lay_out(self.tree, self.names(), attempts)
        heard: list[bytes] = []
        request = SandboxRequest(("python3", "driver.py", "attempts.json"), self.tree)
        outcome = run_with(launcher, request, lambda _stream, data: heard.append(data))
        assert outcome.exit_status == 0, (outcome.reason, b"".join(heard))
        return b"".join(heard)

    def traces(self, attempts: dict[str, str]) -> set[str]:
        """The attempts that left something outside; what they left is taken away."""
        found = set()
        folders = [self.place, self.tree, self.home, Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path("/etc")]
        git = self.place / "repository" / ".git"
        for number, (name, code) in enumerate(attempts.items()):
            trace = f"reviewer-trace-{number}"
            places = [folder / trace for folder in (*folders, git, git / "hooks")]
            places.append(self.home / f".gitconfig.{trace}")
            if "leaves('" in code:
                places.append(self.tree / code.split("'")[1])
            for place in places:
                if "leaves(" in code and place.is_file():
                    place.unlink()
                    found.add(name)
            if "leaves('datagram')" in code and self._datagram():
                found.add(name)
        for left in ("vendored", "bare", "link", "folder", "hard", "out", "device", "at"):
            subprocess.run(["rm", "-rf", str(self.tree / left)], check=True)
        return found

    def _datagram(self) -> bool:
        try:
            return self.udp.recv(16) == b"datagram"
        except BlockingIOError:
            return False
