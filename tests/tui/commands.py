"""Runs many commands of the program, one after the other, in one process on one terminal: run as a script.

Its argument is a file of JSON: a list of argument lists. The status of each goes to the file in COMMANDS_TOLD.
"""

import json
import os
import sys
from pathlib import Path

from reviewer.cli import run

told = []
for words in json.loads(Path(sys.argv[1]).read_text()):
    sys.argv = ["reviewer", *words]
    try:
        status: object = run()
    except SystemExit as end:
        status = end.code
    sys.stdout.flush()
    told.append(status)
    Path(os.environ["COMMANDS_TOLD"]).write_text(json.dumps(told))
