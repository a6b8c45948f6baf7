"""Makes what several folders of tests share importable by its bare name, and gives every terminal its own size."""

import os

# A worker's own idea of a terminal would go before the size of those that the tests open.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)
