"""A release that nobody touched follows from its records; whatever does not follow is named."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from pathlib import Path

import pytest
from PIL import Image

from tests.synthesis.commands.running import synthesis
from tests.synthesis.living.reviews import copy_of, released_review


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A review with release 1.0.0, committed, which no test changes."""
    return released_review(tmp_path_factory.mktemp("released"))


@pytest.fixture
def review(released: Path, tmp_path: Path) -> Path:
    return copy_of(released, tmp_path)


def test_a_release_that_nobody_touched_follows(released: Path) -> None:
    done = synthesis("verify", "releases/1.0.0", cwd=released)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("release 1.0.0: every number follows; 19 files and ")


def test_every_number_of_tables_and_figures_is_compared_and_counted(released: Path) -> None:
    """The cells of all tables that are numbers, and the words with a digit of each SVG and each PDF file."""
    folder = released / "releases" / "1.0.0"
    cells = [
        cell
        for path in folder.glob("*.csv")
        for row in list(csv.reader(path.read_text(encoding="utf-8").splitlines()))[1:]
        for cell in row
    ]
    numbers = [cell for cell in cells if re.fullmatch(r"-?[\d.]+(e-?\d+)?", cell)]
    shown = [
        word
        for path in folder.glob("figures/*.svg")
        for text in re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text(encoding="utf-8"))
        for word in text.split()
        if re.search(r"[0-9]", word)
    ]
    says = synthesis("verify", "releases/1.0.0", cwd=released).stdout
    assert says.endswith(f"; 19 files and {len(numbers) + 2 * len(shown):,} numbers compared\n")


def changed(folder: Path, name: str, old: str, new: str, hashed: bool = True) -> None:
    """Put other words into a file of a release; hashed: and its new hash into the manifest."""
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    if hashed:
        manifest = json.loads((folder / "manifest.json").read_text())
        part = manifest["inputs"] if name.startswith("inputs/") else manifest["files"]
        part[name.removeprefix("inputs/")] = hashlib.sha256(path.read_bytes()).hexdigest()
        (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("summary.csv", ",3,3,300,0.25,", ",3,3,300,0.26,",
         "summary.csv, hip, estimate: 0.26 stands there, 0.25 follows"),
        ("summary.csv", ",3,3,300,", ",4,3,300,", "summary.csv, hip, k: 4 stands there, 3 follows"),
        ("left-out.csv", "is retracted", "is late",
         "left-out.csv, hip Cole, reason: report is late stands there, report is retracted follows"),
        ("figures/hip.svg", ">0.35<", ">0.36<", "figures/hip.svg shows '0.36' where '0.35' follows"),
        ("figures/spine.svg", ">Eder<", "><", "figures/spine.svg shows 'nothing' where 'Eder' follows"),
        ("figures/hip.svg", "</svg>", "", "figures/hip.svg cannot be read"),
        ("effects.csv", "MD,0.35,", "MD,0.36,",
         "effects.csv, hip berg main, yi: 0.36 stands there, 0.35 follows"),
        ("inputs/studies/abel.yaml", "estimate: 0.50", "estimate: 0.51",
         "effects.csv, hip abel main, yi: 0.5 stands there, 0.51 follows"),
        ("inputs/review.yaml", "test: HKSJ", "test: z",
         "manifest.json, hip: the sentence on its method is not the one that follows"),
    ],
)  # fmt: skip
def test_a_number_that_does_not_follow_is_named_though_its_hash_was_mended(
    review: Path, name: str, old: str, new: str, says: str
) -> None:
    folder = review / "releases" / "1.0.0"
    changed(folder, name, old, new)
    done = synthesis("verify", folder, cwd=review)
    assert done.returncode == 1
    assert f"does not follow: {says}\n" in done.stdout
    assert "is not the file that was released" not in done.stdout


def test_bytes_that_are_no_text_are_what_does_not_follow(review: Path) -> None:
    table = review / "releases" / "1.0.0" / "effects.csv"
    table.write_bytes(
        table.read_bytes().replace(b"abel,main", b"abel,\xffmain").replace(b"MD,0.35", b"MD,\xff")
    )
    done = synthesis("verify", review / "releases" / "1.0.0", cwd=review)
    assert done.returncode == 1
    assert "effects.csv, hip berg main, yi: \ufffd stands there, 0.35 follows" in done.stdout


def test_files_that_are_others_missing_or_new_are_named(review: Path) -> None:
    folder = review / "releases" / "1.0.0"
    changed(folder, "inputs/studies/berg.yaml", "title: Study berg", "title: Study Berg", hashed=False)
    (folder / "figures" / "spine.png").unlink()
    (folder / "effects.csv").unlink()
    (folder / "more.txt").write_text("x")
    done = synthesis("verify", folder, cwd=review)
    assert done.returncode == 1
    assert [line.removeprefix("does not follow: ") for line in done.stdout.splitlines()[:-1]] == [
        "effects.csv is missing",
        "figures/spine.png is missing",
        "more.txt is no file of the release",
        "inputs/studies/berg.yaml is not the file that was released",
    ]
    assert done.stdout.splitlines()[-1].startswith("release 1.0.0: 4 faults; ")


def redrawn(folder: Path, name: str) -> None:
    """The same figure as another version writes it: the bytes differ and what it shows does not."""
    path = folder / "figures" / name
    if path.suffix == ".svg":
        path.write_text(path.read_text().replace("stroke-width: 0.8", "stroke-width: 0.80", 1))
    elif path.suffix == ".pdf":
        path.write_bytes(path.read_bytes() + b"\n")
    else:
        Image.open(path).save(path)


def test_a_figure_that_is_drawn_otherwise_and_shows_what_follows_is_no_fault(review: Path) -> None:
    folder = review / "releases" / "1.0.0"
    for name in ("hip.svg", "hip.pdf", "hip.png"):
        redrawn(folder, name)
    done = synthesis("verify", folder, cwd=review)
    assert done.returncode == 0
    assert done.stdout.splitlines()[:-1] == [
        f"figures/{name} is drawn otherwise than was released; what it shows follows"
        for name in ("hip.pdf", "hip.png", "hip.svg")
    ]


def test_a_figure_with_another_hash_that_shows_something_else_is_a_fault(review: Path) -> None:
    """Of a PNG file no number can be read: it has to be as it is drawn here."""
    folder = review / "releases" / "1.0.0"
    changed(folder, "figures/hip.svg", ">0.35<", ">0.36<", hashed=False)
    picture = Image.open(folder / "figures" / "hip.png")
    picture.putpixel((3, 3), (1, 2, 3))
    picture.save(folder / "figures" / "hip.png")
    (folder / "figures" / "spine.png").write_bytes(b"no picture")
    (folder / "figures" / "hip.pdf").write_bytes((folder / "figures" / "spine.pdf").read_bytes())
    (folder / "figures" / "spine.pdf").write_bytes(b"no PDF")
    done = synthesis("verify", folder, cwd=review)
    assert done.returncode == 1
    assert [line.removeprefix("does not follow: figures/") for line in done.stdout.splitlines()[:-1]] == [
        "hip.svg shows '0.36' where '0.35' follows",
        "hip.pdf shows 'Spine' where 'Hip' follows",
        "hip.png is neither the file that was released nor the one that is drawn here",
        "spine.pdf cannot be read",
        "spine.png cannot be read",
    ]


def test_line_ends_that_a_checkout_changed_are_said_and_are_no_fault(review: Path) -> None:
    folder = review / "releases" / "1.0.0"
    for name in ("effects.csv", "inputs/studies/berg.yaml", "figures/hip.svg"):
        path = folder / name
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    done = synthesis("verify", folder, cwd=review)
    assert done.returncode == 0
    assert done.stdout.splitlines()[:-1] == [
        f"{name} has other line ends than was released, and nothing else"
        for name in ("inputs/studies/berg.yaml", "effects.csv", "figures/hip.svg")
    ]


def test_what_check_says_may_be_more_in_a_later_version(review: Path) -> None:
    folder = review / "releases" / "1.0.0"
    changed(folder, "audit.csv", "paper is retracted", "paper was retracted")
    done = synthesis("verify", folder, cwd=review)
    assert done.returncode == 0
    assert done.stdout.startswith("audit.csv: `check` says other things than it did then\n")


def test_rounding_of_another_machine_follows_and_more_does_not(review: Path) -> None:
    folder = review / "releases" / "1.0.0"
    changed(folder, "summary.csv", "1.02567175188,", f"{1.02567175188 * (1 + 9e-9)},")
    assert synthesis("verify", folder, cwd=review).returncode == 0
    changed(folder, "summary.csv", str(1.02567175188 * (1 + 9e-9)), str(1.02567175188 * (1 + 2e-8)))
    assert synthesis("verify", folder, cwd=review).returncode == 1


def test_other_versions_are_said_and_are_no_fault(review: Path) -> None:
    folder = review / "releases" / "1.0.0"
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["made_with"]["numpy"] = "1.0"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    done = synthesis("verify", folder, cwd=review)
    assert done.returncode == 0
    assert "made with numpy 1.0, verified with " in done.stdout


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        (None, "is no release: it has no manifest.json"),
        ("{", "cannot be read"),
        ("[]", "is no manifest of a release"),
        ('{"release": "1"}', "is no manifest of a release"),
    ],
)
def test_what_is_no_release_is_one_sentence(tmp_path: Path, manifest: str | None, says: str) -> None:
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest)
    done = synthesis("verify", tmp_path, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_kept_records_that_cannot_be_read_are_told_with_their_line(review: Path) -> None:
    folder = review / "releases" / "1.0.0"
    changed(folder, "inputs/studies/abel.yaml", "study: abel", "studdy: abel")
    done = synthesis("verify", folder, cwd=review)
    assert done.returncode == 2
    assert "the kept records cannot be pooled: inputs/studies/abel.yaml:" in done.stderr
