"""Named places where a test may kill the process, to prove that nothing published is ever lost."""

from __future__ import annotations

import os
import signal

# Read once: production never sets it, and a comparison with None costs nothing.
_ARMED = os.environ.get("DATELINE_FAILPOINT")

# In the order in which indexing passes them, when there is an old generation to remove.
WRITING = (
    "article-added",
    "segment-named",
    "files-closed",
    "manifest-written",
    "generation-named",
    "current-written",
    "current-renamed",
)
COMPACTING = ("segments-merged", "lexical-written")
PRUNING = ("generation-pruned",)
BACKING_UP = ("backup-written", "backup-unpacked")
# On the way of a change that is handed in.
INGESTING = (
    "inbox-appended",
    "batch-taken",
    "batch-written",
    "generation-published-unmarked",
    "batch-marked",
)
FAILPOINTS = (*INGESTING, *WRITING, *COMPACTING, *PRUNING, *BACKING_UP)


def reach(name: str) -> None:
    """Kill this process without warning if `name` is the failpoint in DATELINE_FAILPOINT."""
    if name == _ARMED:
        os.kill(os.getpid(), signal.SIGKILL)
