"""How many files and connections a worker may have open."""

from __future__ import annotations

import subprocess
import sys

import pytest

from api.descriptors import WANTED, for_connections


@pytest.mark.parametrize(("soft", "allowed"), [(300, 2000), (2000, 2000)])
def test_a_process_takes_as_many_as_the_system_lets_it_ask_for(soft: int, allowed: int) -> None:
    script = (
        "import resource; from api.descriptors import allow; "
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, 2000)); "
        "print(allow(), *resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    command = [sys.executable, "-c", script]
    told = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert told.split() == [str(allowed), str(allowed), "2000"]


def test_some_are_kept_for_files() -> None:
    assert for_connections(1024) == 768
    assert for_connections(WANTED) == 7936
    assert for_connections(100) == 50
