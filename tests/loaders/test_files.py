"""Which files are found, and how much of each is read."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from indexer.loaders import LOADERS, Loaded, Severity, find_files, load, load_file
from tests.loaders.reading import collect, read

TEXT = "The port reopened on Monday after a week of storms, the harbour master said."


def lay_out(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{TEXT} {name}")


def names_under(*paths: str | Path) -> list[str]:
    return [file.name for file in find_files(paths).files]


def test_directories_are_read_recursively_in_name_order(tmp_path: Path) -> None:
    lay_out(tmp_path, "b/2.txt", "b/1.md", "a.txt", "c/d/x.txt", "b/3.TXT", "z.txt")

    assert names_under(tmp_path) == ["a.txt", "z.txt", "b/1.md", "b/2.txt", "b/3.TXT", "c/d/x.txt"]


def test_closed_standard_input_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)

    problem = collect(load(["-"])).problem

    assert (problem.where, problem.reason) == ("standard input", "it is closed")


def test_hidden_files_are_passed_over(tmp_path: Path) -> None:
    lay_out(tmp_path, ".a.txt", ".git/b.txt", "c.txt")

    assert names_under(tmp_path) == ["c.txt"]
    assert find_files([tmp_path]).skipped == 0


def test_files_of_other_kinds_in_a_directory_are_only_counted(tmp_path: Path) -> None:
    lay_out(tmp_path, "a.txt", "b.pdf", "c", "d.tar.gz")

    found = find_files([tmp_path])

    assert len(found.files) == 1
    assert found.skipped == 3
    assert found.problems == ()


def test_a_named_file_of_another_kind_is_a_problem(tmp_path: Path) -> None:
    lay_out(tmp_path, "b.pdf")

    (problem,) = find_files([tmp_path / "b.pdf"]).problems

    assert problem.where == str(tmp_path / "b.pdf")
    assert ".txt" in problem.reason
    assert all(suffix in problem.reason for suffix in LOADERS)


def test_a_missing_path_is_a_problem_and_the_rest_is_read(tmp_path: Path) -> None:
    lay_out(tmp_path, "a.txt")

    result = collect(load([tmp_path / "gone", str(tmp_path / "a.txt")]))

    assert result.problems[0].where == str(tmp_path / "gone")
    assert result.problems[0].reason == "there is no such file or directory"
    assert len(result.articles) == 1


def test_an_empty_path_is_not_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(tmp_path, "a.txt")
    monkeypatch.chdir(tmp_path)

    problem = collect(load([""])).problem

    assert (problem.where, problem.severity) == ("''", Severity.ERROR)
    assert "for the working directory write ." in problem.reason


def test_a_file_reached_twice_is_read_once_and_keeps_its_first_name(tmp_path: Path) -> None:
    lay_out(tmp_path, "a/x.txt")
    (tmp_path / "a" / "y.txt").symlink_to(tmp_path / "a" / "x.txt")

    assert names_under(tmp_path, tmp_path / "a", tmp_path / "a/x.txt") == ["a/x.txt"]
    assert names_under("-", "-") == ["-"]


def test_a_link_to_a_folder_elsewhere_is_a_problem(tmp_path: Path) -> None:
    lay_out(tmp_path, "a/x.txt", "elsewhere/y.txt")
    (tmp_path / "a" / "more").symlink_to(tmp_path / "elsewhere")

    (problem,) = find_files([tmp_path / "a"]).problems

    assert problem.where == str(tmp_path / "a" / "more")
    assert "give that as a path too" in problem.reason
    assert find_files([tmp_path / "a", tmp_path / "elsewhere"]).problems == ()


def test_a_link_to_a_folder_that_is_read_anyway_is_none(tmp_path: Path) -> None:
    lay_out(tmp_path, "a/2026/x.txt")
    (tmp_path / "a" / "latest").symlink_to("2026")

    found = find_files([tmp_path / "a"])

    assert ([file.name for file in found.files], found.problems) == (["2026/x.txt"], ())


def test_a_link_to_nothing_and_a_pipe_are_problems(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to(tmp_path / "gone.txt")
    os.mkfifo(tmp_path / "b.txt")

    found = find_files([tmp_path])

    assert found.files == ()
    assert {Path(problem.where).name: problem.reason for problem in found.problems} == {
        "a.txt": "it is a link to nothing",
        "b.txt": "it is no regular file",
    }


@pytest.mark.parametrize("name", ["x" * 300, "x" * 300 + ".txt", "a.txt/b.txt"])
def test_a_path_nothing_can_be_at_is_a_problem_and_the_rest_is_read(
    tmp_path: Path, name: str
) -> None:
    lay_out(tmp_path, "a.txt")

    result = collect(load([tmp_path / name, tmp_path / "a.txt"]))

    assert result.problems[0].where == str(tmp_path / name)
    assert result.problems[0].reason.startswith("it could not be reached: ")
    assert len(result.articles) == 1


def test_a_folder_that_may_be_listed_but_not_entered_costs_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(tmp_path, "a.txt", "closed/b.txt", "closed/more/c.txt")
    # The tests may run as root, whom no permission stops.
    for name in ("stat", "lstat", "scandir"):
        monkeypatch.setattr(os, name, refusing(getattr(os, name), tmp_path / "closed"))

    found = find_files([tmp_path, tmp_path / "closed" / "b.txt"])

    assert [file.name for file in found.files] == ["a.txt"]
    assert [(problem.where, problem.reason) for problem in found.problems] == [
        (f"{tmp_path}/closed/b.txt", "it could not be reached: Permission denied"),
        (f"{tmp_path}/closed/more", "it could not be listed: Permission denied"),
        (f"{tmp_path}/closed/b.txt", "it could not be reached: Permission denied"),
    ]


def refusing(asked: Callable[..., Any], folder: Path) -> Callable[..., Any]:
    def ask(path: Any, *given: Any, **named: Any) -> Any:
        if not isinstance(path, int) and Path(path).is_relative_to(folder) and Path(path) != folder:
            raise PermissionError(13, "Permission denied", str(path))
        return asked(path, *given, **named)

    return ask


def test_a_directory_that_cannot_be_listed_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The tests may run as root, whom no permission stops.
    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", refuse)

    (problem,) = find_files([tmp_path]).problems

    assert problem.where == str(tmp_path)
    assert problem.reason == "it could not be listed: Permission denied"


def test_a_file_that_vanishes_is_a_problem(tmp_path: Path) -> None:
    lay_out(tmp_path, "a.txt", "b.txt")
    files = find_files([tmp_path]).files
    (tmp_path / "a.txt").unlink()

    result = collect(item for file in files for item in load_file(file))

    assert result.problems[0].reason == "it could not be read: No such file or directory"
    assert len(result.articles) == 1


def test_a_file_name_that_is_no_text_can_be_named(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff.txt"))
    path.write_text(TEXT)

    result = collect(load([tmp_path]))

    assert result.wheres == [f"{tmp_path}/a�.txt"]
    assert result.articles[0].id.encode()


@pytest.mark.parametrize("suffix", sorted(LOADERS))
def test_every_format_may_be_compressed(tmp_path: Path, suffix: str) -> None:
    content = {
        ".json": json.dumps([{"text": TEXT}]),
        ".jsonl": json.dumps({"text": TEXT}),
        ".ndjson": json.dumps({"text": TEXT}),
        ".txt": TEXT,
        ".md": TEXT,
    }
    page = f"<html><body><article><p>{TEXT}</p><p>{TEXT}</p></article></body></html>"
    feed = f'<rss version="2.0"><channel><item><description>{TEXT}</description></item></channel>'
    markup = page if suffix.startswith(".h") else f"{feed}</rss>"

    written = gzip.compress(content.get(suffix, markup).encode())

    assert TEXT in read(tmp_path, f"a{suffix}.gz", written).article.text


def test_a_compressed_file_that_breaks_off_is_a_problem(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"text": f"{TEXT} {n}"}) + "\n" for n in range(20_000))

    result = read(tmp_path, "a.jsonl.gz", gzip.compress(lines.encode())[:-2000])

    assert result.articles
    assert "it could not be read: Compressed file ended" in result.problems[0].reason


# Without the time, which every process that collects the tests would write down otherwise.
@pytest.mark.parametrize(
    "content", [b"no gzip", gzip.compress(b"x" * 99, mtime=0)[:20] + b"\xff" * 40]
)
def test_a_file_that_is_not_what_its_suffix_says_is_a_problem(
    tmp_path: Path, content: bytes
) -> None:
    assert "it could not be read" in read(tmp_path, "a.txt.gz", content).problem.reason


def test_a_file_that_swells_past_the_bound_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "bomb.txt.gz"
    path.write_bytes(gzip.compress(b"a" * 5_000_000))

    result = collect(load([path], limit=1_000_000))

    assert result.problem.severity is Severity.ERROR
    assert result.problem.reason == "it holds more than 1,000,000 bytes; split it"


def test_lines_before_the_bound_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    line = json.dumps({"text": TEXT}) + "\n"
    path.write_bytes(gzip.compress(line.encode() * 5000))

    result = collect(load([path], limit=200_000))

    assert 0 < len(result.articles) < 5000
    assert "holds more than" in result.problems[0].reason


def test_a_plain_file_read_whole_is_bounded_too(tmp_path: Path) -> None:
    lay_out(tmp_path, "a.txt")

    assert "holds more than 10 bytes" in collect(load([tmp_path], limit=10)).problem.reason


def test_a_plain_file_read_by_line_is_not_bounded(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": TEXT}))

    assert collect(load([tmp_path], limit=10)).article.text == TEXT


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.json"])
def test_an_article_tells_how_much_of_its_file_is_read(tmp_path: Path, name: str) -> None:
    lines = "".join(json.dumps({"text": f"{TEXT} {n}"}) + "\n" for n in range(5000)).encode()
    (tmp_path / name).write_bytes(gzip.compress(lines) if name.endswith(".gz") else lines)

    shares = [item.share for item in load([tmp_path]) if isinstance(item, Loaded)]

    assert shares == sorted(shares)
    assert 0 < shares[0] <= shares[-1] == 1.0
