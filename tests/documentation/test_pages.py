"""Pages lead somewhere: every link, every path of the contributor's guide, every page from the README."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def links(page: Path) -> Iterator[tuple[str, str]]:
    """File and heading of every relative link and picture."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if not re.match(r"[a-z]+:", target):
            file, _, heading = target.partition("#")
            yield file, heading


def headings(page: Path) -> set[str]:
    """The names by which a page's headings are linked."""
    found = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for file, heading in links(page):
        target = page.parent / file if file else page
        assert target.exists(), file
        assert not heading or heading in headings(target), heading


def test_every_page_and_picture_is_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        if page.suffix == ".md":
            waiting += {(page.parent / file).resolve() for file, _ in links(page) if file} - reached
    assert {path for path in (ROOT / "docs").iterdir() if path.suffix in (".md", ".png")} - reached == set()
    assert len(reached) > 15


def test_every_path_in_the_guide_exists() -> None:
    named = set(
        re.findall(
            r"`((?:\.ci|docs|evidence|studies|synthesis|tests)/[^`\s]*)`", prose(ROOT / "CONTRIBUTING.md")
        )
    )
    named |= set(re.findall(r"(?:\.ci|docs|evidence|studies|synthesis|tests)/[\w/.-]+", GUIDE))
    assert {path for path in named if not (ROOT / path.rstrip(".")).exists()} == set()
    beside = {f"tests/evidence/audit/{name}" for name in re.findall(r"`(test_\w+\.py)`", GUIDE)}
    assert {path for path in beside if not (ROOT / path).exists()} == set()
    assert (len(named) > 40, len(beside)) == (True, 2)


def test_every_room_is_on_the_map() -> None:
    rows = set(re.findall(r"^\| `([^`]+)` \|", GUIDE, re.MULTILINE))
    rooms = {
        f"{house}/{path.name}/"
        for house in ("evidence", "studies", "synthesis")
        for path in (ROOT / house).iterdir()
        if (path / "__init__.py").exists()
    }
    assert rooms - rows == set()


def test_names_in_the_recipes_stand_in_the_files_beside_them() -> None:
    for name, file in (
        ("ESTIMATORS", "synthesis/pooling/tau2/estimators.py"),
        ("NOT_IN_REFERENCE", "tests/synthesis/pooling/test_reference_metafor.py"),
        ("CONTINUOUS_MEASURES", "evidence/effects/forms.py"),
        ("TABLE_MEASURES", "evidence/effects/two_by_two.py"),
        ("KINDS", "synthesis/plots/kinds.py"),
        ("PLOTS", "tests/synthesis/plots/test_every_plot.py"),
    ):
        assert f"`{name}`" in GUIDE
        assert f"`{file}`" in GUIDE
        assert re.search(rf"^{name}\b.*=", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE), name


def test_recipes_have_at_most_ten_lines() -> None:
    recipes = re.split(r"^### .*$", GUIDE.partition("## Five recipes")[2], flags=re.MULTILINE)[1:]
    assert len(recipes) == 5
    assert max(sum(bool(line.strip()) for line in recipe.splitlines()) for recipe in recipes) <= 10


def test_readme_has_the_two_commands_that_the_integration_reads() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first = re.search(r"^```sh\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert first is not None
    assert len(first[1].splitlines()) == 2
