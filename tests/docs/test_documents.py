"""What the documents name exists: links and their anchors, files, `make` targets, playbooks."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.programs import ROOT

DOCUMENTS = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")
    if name and (ROOT / name).is_file()
]  # fmt: skip
OURS = [path for path in DOCUMENTS if path.parent in {ROOT, ROOT / "docs", ROOT / "docs/decisions"}]
FOLDERS = ("app", "docs", "engine", "inventory", "playbooks", "plugins", "requirements", "roles", "sandbox", "tests")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|<img[^>]* src=\"([^\"]+)\"")
CODE = re.compile(r"`([^`\n]+)`")
# A file or folder of the repository; not what an operator is to make (inventory/NAME) or what is left out (…).
PATH = re.compile(rf"(?<![\w/.$-])((?:{'|'.join(FOLDERS)})/[a-z0-9_./*-]*)(?![\w…{{$])")
TARGET = re.compile(r"(?<![\w/-])make ([a-z][a-z0-9-]*)(?=[\s`.,;:)&]|$)")
PLAYBOOK = re.compile(r"ansible-playbook[ \t]+(?:-\S+ \S+ +)*([^\s`-][^\s`]*)")
NAMED = re.compile(r"\blongshore\.app\.([a-z_]+)")


def code_of(document: Path) -> Iterator[str]:
    """What is set as code: in backticks, in fences, or indented."""
    text = document.read_text()
    yield from (match.group() for match in FENCED.finditer(text))
    yield from (line for line in text.splitlines() if line.startswith("    "))
    yield from CODE.findall(FENCED.sub("", text))


def anchors_of(document: Path) -> set[str]:
    """The anchors that GitHub gives headings."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", document.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(document: Path) -> None:
    broken = []
    for link in ("".join(found) for found in LINK.findall(FENCED.sub("", document.read_text()))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = document.parent / unquote(path) if path else document
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("document", OURS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_exist(document: Path) -> None:
    named = {path for code in code_of(document) for path in PATH.findall(code)}
    assert [path for path in sorted(named) if not list(ROOT.glob(path.rstrip("/")))] == []


@pytest.mark.parametrize("document", OURS, ids=lambda path: str(path.relative_to(ROOT)))
def test_make_targets_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {target for code in code_of(document) for target in TARGET.findall(code)}
    assert sorted(named - targets) == []


@pytest.mark.parametrize("document", OURS, ids=lambda path: str(path.relative_to(ROOT)))
def test_playbooks_and_plugins_exist_by_their_full_names(document: Path) -> None:
    text = "\n".join(code_of(document))
    playbooks = [f"longshore.app.{path.stem}" for path in (ROOT / "playbooks").glob("*.yml")]
    roles = [path.name for path in (ROOT / "roles").iterdir()]
    plugins = [path.stem for path in (ROOT / "plugins").rglob("*.py")]
    run = {name for name in PLAYBOOK.findall(text) if not name.startswith(("…", "NAME"))}
    assert sorted(name for name in run if name not in playbooks and not name.endswith(".NAME")) == []
    names = {f"longshore.app.{name}" for name in (*roles, *plugins)} | {*playbooks, "longshore.app.aws"}
    assert sorted(f"longshore.app.{name}" for name in NAMED.findall(text) if f"longshore.app.{name}" not in names) == []


@pytest.mark.parametrize(
    ("test", "text", "found"),
    [
        (test_links_lead_to_files_and_headings, "[a](nowhere.md)", "nowhere.md"),
        (test_links_lead_to_files_and_headings, "# Here\n[a](#there)", "#there"),
        (test_files_exist, "`app/nothing.py`", "app/nothing.py"),
        (test_make_targets_exist, "`make nothing`", "nothing"),
        (
            test_playbooks_and_plugins_exist_by_their_full_names,
            "    ansible-playbook -i x playbooks/deploy.yml",
            "play",
        ),
        (
            test_playbooks_and_plugins_exist_by_their_full_names,
            "`ansible-playbook longshore.app.no`",
            "longshore.app.no",
        ),
    ],
)
def test_each_of_these_finds_what_is_wrong(test: object, text: str, found: str, tmp_path: Path) -> None:
    document = tmp_path / "document.md"
    document.write_text(text)
    with pytest.raises(AssertionError, match=re.escape(found)):
        test(document)  # type: ignore[operator]


def test_the_index_lists_every_document() -> None:
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", (ROOT / "docs/README.md").read_text()))
    assert listed == {path.name for path in DOCUMENTS if path.parent == ROOT / "docs"} - {"README.md"}
