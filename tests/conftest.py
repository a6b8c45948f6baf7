"""Makes what several folders share importable by its bare name; gives terminals their size, signals their meaning."""

import os
import signal

# A worker's own idea of a terminal would go before the size of those that the tests open.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)

# Started in the background of a script, these are ignored, and every program that a test starts would ignore them too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
