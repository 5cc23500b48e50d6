"""What nothing can be served with is told before anything is, and plainly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.processes import dateline, free_port


def test_weights_nothing_can_be_ranked_with_are_told_before_anything_is_served(
    seeds_index: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    weights = tmp_path / "weights.json"
    weights.write_text("{}")
    broken = {**environment, "DATELINE_WEIGHTS": str(weights)}
    for command in (("serve",), ("search", "Nansei island chain")):
        done = dateline(*command, "--index", seeds_index, env=broken, code=1)
        assert "dateline fit" in done.stderr
        assert "Traceback" not in done.stderr
        assert "listens" not in done.stdout
    shown = dateline("doctor", "--index", seeds_index, env=broken, code=1).stdout
    assert "mend ranking" in shown


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"DATELINE_QUERY_PRECISION": "int4"}, "DATELINE_QUERY_PRECISION must be float32 or int8"),
        ({"DATELINE_NLI": "/no/such/model"}, "The model /no/such/model is neither"),
        ({"DATELINE_NLI": "~nobody-at-all/model"}, "The model ~nobody-at-all/model is neither"),
        ({"DATELINE_RETAIN_SECONDS": "x", "DATELINE_WRITE_KEYS": "k"}, "DATELINE_RETAIN_SECONDS"),
        ({"DATELINE_INDEX": "~nobody-at-all/index"}, "DATELINE_INDEX is '~nobody-at-all/index'"),
        ({"DATELINE_CACHE": "~nobody-at-all/cache"}, "DATELINE_CACHE is '~nobody-at-all/cache'"),
    ],
)
def test_a_setting_nothing_can_be_served_with_is_told_before_anything_is(
    environment: dict[str, str], tmp_path: Path, wrong: dict[str, str], told: str
) -> None:
    settings = {**environment, "DATELINE_INDEX": str(tmp_path), "HF_HUB_OFFLINE": "1", **wrong}
    done = dateline("serve", "--port", str(free_port()), env=settings, code=1)
    assert done.stderr.startswith(f"Error: {told}")
    assert done.stdout == ""


@pytest.mark.parametrize("host", ["", " "])
def test_a_host_without_a_name_is_refused(environment: dict[str, str], host: str) -> None:
    done = dateline("serve", "--port", str(free_port()), "--host", host, env=environment, code=2)
    assert "'--host': name an address" in done.stderr
