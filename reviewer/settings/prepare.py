"""Reads the `[prepare]` table of a target branch's `reviewer.toml`: the lock files whose packages runs are given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from reviewer.model.run import Prepare
from reviewer.settings.toml import Reader, parse_seconds

PREPARE_KEYS: Final = ("python", "npm", "index", "hosts", "timeout")
_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.?){1,8}(?::\d{1,5})?")


def read_prepare(reader: Reader, top: Mapping[str, Any]) -> Prepare:
    table = reader.table(top, "prepare", PREPARE_KEYS)
    fallback = Prepare()
    paths = {key: reader.string(table, key, "") for key in ("python", "npm")}
    for key, path in paths.items():
        if path.startswith(("/", "-")) or ".." in path.split("/"):
            raise reader.refuse(key, "the path of a lock file in the repository")
    if paths["npm"] and paths["npm"].rpartition("/")[2] != "package-lock.json":
        raise reader.refuse("npm", 'a package-lock.json, such as "package-lock.json" or "web/package-lock.json"')
    index = reader.string(table, "index", fallback.index)
    if not re.fullmatch(rf"https://{_HOST.pattern}(?:/[\w./-]{{0,200}})?", index):
        raise reader.refuse("index", 'an address such as "https://pypi.org/simple", without a name or a password')
    hosts = reader.strings(table, "hosts", ())
    if any(_HOST.fullmatch(host) is None for host in hosts):
        raise reader.refuse("hosts", 'names such as "files.example.net"')
    seconds = reader.amount(table, "timeout", fallback.seconds, parse_seconds)
    return Prepare(paths["python"], paths["npm"], index, hosts, seconds)
