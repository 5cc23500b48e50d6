"""What is shipped: the dependencies of a server, the image's command, the make targets."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path

from tests.conftest import SEEDS
from tests.processes import free_port, running

ROOT = SEEDS.parent
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = SETTINGS["project"]


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=\[]", each)[0].lower().replace("_", "-") for each in requirements}


def test_a_server_is_installed_without_torch() -> None:
    assert not names(PROJECT["dependencies"]) & {"torch", "transformers", "sentence-transformers"}
    assert {"torch", "sentence-transformers"} <= names(PROJECT["optional-dependencies"]["models"])


def test_every_dependency_is_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = names([line for line in lines if line and not line.startswith("#")])
    wanted = names(PROJECT["dependencies"])
    for extra in PROJECT["optional-dependencies"].values():
        wanted |= names(extra)
    assert wanted - pinned == {"dateline"}
    assert "torch==2.13.0" in lines


def test_every_file_beside_the_code_is_shipped() -> None:
    patterns = SETTINGS["tool"]["setuptools"]["package-data"]
    packages = {name: ROOT.joinpath(*name.split(".")) for name in patterns}
    shipped = {
        file
        for name, globs in patterns.items()
        for glob in globs
        for file in packages[name].glob(glob)
    }
    there = {
        file
        for top in (ROOT / "api", ROOT / "indexer")
        for file in top.rglob("*.*")
        if file.is_file() and file.suffix not in {".py", ".pyc"}
    }
    assert there == shipped


def test_the_command_of_the_image_serves(seeds_index: Path, environment: dict[str, str]) -> None:
    [command] = re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    program, *arguments = json.loads(command)
    port = free_port()
    here = [argument.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for argument in arguments]
    env = {**environment, "DATELINE_INDEX": str(seeds_index)}
    with running([Path(sys.executable).with_name(program), *here], port, env) as server:
        assert server.get("/readyz").status == 200
        assert len(server.workers()) == 2


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    [phony] = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    explained = re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE)
    assert set(phony.split()) == set(explained)
