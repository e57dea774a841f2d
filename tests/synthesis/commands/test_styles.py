"""What stands out in a terminal and what stands back: the numbers are SGR codes (1 bold, 2 dim, 31 red)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import synthesis.commands.add
import synthesis.commands.asking
from evidence.records.review import SHIPPED
from synthesis.commands.init import ExampleMeasure, init
from synthesis.terminal import console, errors
from tests.evidence.records.samples import bent
from tests.synthesis.commands.adding import ESTIMATE, STUDY, as_options, replies
from tests.synthesis.commands.running import synthesis as run
from tests.synthesis.living.test_without_doubted import noticed, tea, with_doi


@pytest.fixture(autouse=True)
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for each in (console, errors):
        monkeypatch.setattr(each, "record", True)
    yield
    for each in (console, errors):
        each.export_text(clear=True)


def shown(codes: str, text: str) -> bool:
    """Whether a piece of what was printed begins with these words in this style."""
    pieces = [each.export_text(clear=False, styles=True) for each in (console, errors)]
    return any(f"\x1b[{codes}m{text}" in piece for piece in pieces)


def all_shown(*wanted: tuple[str, str]) -> None:
    assert [pair for pair in wanted if not shown(*pair)] == []


def test_the_severity_of_a_problem_has_a_colour_and_the_line_stands_back(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(bent(("0.0079", "0.0179")), encoding="utf-8")
    assert run("check", "bad.yaml", cwd=tmp_path).returncode == 1
    run("check", SHIPPED, cwd=tmp_path)
    all_shown(
        ("1;31", "error"), ("1;33", "warning"), ("1;36", "note"), ("2", "    19 | "), ("2", "       | ")
    )


def test_a_result_has_a_bold_title_and_small_print(tmp_path: Path) -> None:
    review = shutil.copytree(SHIPPED, tmp_path / "review")
    text = (review / "review.yaml").read_text(encoding="utf-8")
    few = text.partition("  - id: lumbar-spine-men")[0].replace("sites: [hip]", "sites: [thumb]", 1)
    (review / "review.yaml").write_text(few, encoding="utf-8")
    run("forest", "--review", review, cwd=tmp_path)
    all_shown(
        ("1", "Hip, women"),
        ("2", "Study "),
        ("2", "───"),
        ("2", "Random effects: "),
        ("1", "Random effects ("),
        ("2;3", ""),
        ("1", "Femoral neck"),
        ("32", "→ output/hip-women.png"),
        ("2", "hip-men: no estimate"),
        ("1", "Recorded, in no analysis"),
        ("2", "  "),
    )


def test_the_words_of_import(tmp_path: Path) -> None:
    bad = "".join(f"S{n} 2012,x,0.5,3,0.5,mild\n" for n in range(21))
    good = "A 2010,2,0.5,3,0.5,mild\n" * 60
    (tmp_path / "t.csv").write_text(f"study,OR,SE,HR,SE HR,weather\n{good}{bad}", encoding="utf-8")
    run("import", "t.csv", "--review", "r", "--yes", cwd=tmp_path)
    odd = "".join(f"S{n} 2012,dogs,2,1,4\n" for n in range(21)) + "A 2010,men,2,1,4\n" * 60
    (tmp_path / "o.csv").write_text(
        f"study,sex,OR,lower,upper\nPart 1,,,,\n{odd}Note.,,,,\n", encoding="utf-8"
    )
    run("import", "o.csv", "--review", "o", "--set", "outcome=o", "--yes", cwd=tmp_path)
    groups = ",".join(f"{name} events,{name} n" for name in ("Iron", "Zinc", "Placebo"))
    (tmp_path / "g.csv").write_text(f"study,{groups}\nA 2010,4,40,5,41,6,42\n", encoding="utf-8")
    run("import", "g.csv", "--review", "g", "--yes", cwd=tmp_path)
    all_shown(
        ("33", "kept in a note: o.csv, row"),
        ("33", "kept in a note: 1 more rows"),
        ("2", "  headings of the rows below them"),
        ("2", "  notes, not rows"),
        ("33", "A row has the numbers of 3 groups"),
        ("2", "To state it, save these lines"),
        ("1", "t.csv: 81 rows"),
        ("2", "  not used: HR"),
        ("2", "  another set of numbers"),
        ("1;32", "wrote r/review.yaml"),
        ("33", "not read: t.csv, row 62"),
        ("33", "not read: 1 more rows"),
        ("1", "t.csv: records are"),
    )


def test_two_readings_are_headed_by_their_readers(tmp_path: Path) -> None:
    for name, number in (("a", 1), ("b", 2)):
        (tmp_path / f"{name}.csv").write_text(f"study,n\nLee,{number}\n", encoding="utf-8")
    run("compare-readings", "a.csv", "b.csv", cwd=tmp_path)
    all_shown(("1", "a.csv and b.csv"))


def test_lists_and_plots_stand_out_by_their_names(tmp_path: Path) -> None:
    run("forest", "--list", cwd=tmp_path)
    run("plot", "--list", cwd=tmp_path)
    run("plot", "funnel", "hip-men", "lumbar-spine-all", cwd=tmp_path)
    all_shown(
        ("2", "Hip, men"), ("2", "Are "), ("2", "lumbar-spine-all-funnel: "), ("1", "Hip, men"),
    )  # fmt: skip


def test_the_words_of_add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    init(tmp_path / "r", ExampleMeasure.HR, None)
    typed = replies(sex="w", estimate="2.2")
    typed[2:3] = ["19", "2019"]
    typed[-2:] = ["?", "n", "y"]
    answers = iter(typed)
    monkeypatch.setattr(synthesis.commands.add, "can_ask", lambda: True)
    monkeypatch.setattr(synthesis.commands.asking, "_typed", lambda: next(answers))
    run("add", "--review", tmp_path / "r", cwd=tmp_path)
    all_shown(
        ("2", "Enter takes the [default]"),
        ("1", "DOI of the paper"),
        ("2", "  (e.g. "),
        ("36", "  [HR]"),
        ("36", "  women"),
        ("31", "  '19' does not fit"),
        ("31", "  please answer y or n"),
        ("1", "Another estimate"),
        ("1;32", "wrote r/studies/lee-2019.yaml"),
        ("1;31", "What is printed contradicts itself"),
        ("2", " no pooled result changed"),
        ("2", "   no analysis of hip fracture"),
    )


def test_a_refused_analysis_and_an_unreadable_neighbour_are_red(tmp_path: Path) -> None:
    init(tmp_path / "r", ExampleMeasure.HR, None)
    path = tmp_path / "r" / "review.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("estimator: REML, test: HKSJ", "estimator: DL, test: KR"), encoding="utf-8")
    run("add", "--review", tmp_path / "r", *as_options(STUDY, ESTIMATE), cwd=tmp_path)
    (tmp_path / "r/studies/example.yaml").write_text("study: [", encoding="utf-8")
    other = as_options({**STUDY, "study": "b", "doi": ""}, ESTIMATE)
    run("add", "--review", tmp_path / "r", *other, cwd=tmp_path)
    all_shown(("1;31", " Hip fracture is still refused"), ("1;31", "nothing of "))


def test_an_answer_in_another_encoding_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter([b"\xff", b"y"])
    monkeypatch.setattr("builtins.input", lambda _: next(typed).decode("utf-8"))
    assert synthesis.commands.asking.confirm("Sure?", default=False)
    all_shown(("1", "Sure?"), ("31", "  the answer is not UTF-8; set the terminal to UTF-8"))


def test_what_waits_in_a_status_stands_out_and_details_stand_back(tmp_path: Path) -> None:
    folder = noticed(tea(tmp_path / "r"), abel="retraction")
    run("status", cwd=folder)
    all_shown(
        ("1", "tea   20"),
        ("1;33", "Waits for a person"),
        ("1", "As it stands"),
        ("2", "   abel.yaml:8: paper was retracted"),
        ("36", "   python -m synthesis check"),
    )
    (folder / "studies" / "berg.yaml").write_text("[", encoding="utf-8")
    run("status", cwd=folder)
    all_shown(("1;31", "Could not be looked at"))
    run("status", "--review", SHIPPED, cwd=tmp_path)
    all_shown(("1;32", "Nothing waits."))


def test_the_reference_of_a_draft_stands_back_and_a_question_has_a_colour(tmp_path: Path) -> None:
    folder = tea(tmp_path / "r", abel=with_doi("abel", "0.50", cohort="ExLand"))
    record = "TY  - JOUR\nTI  - {}\nAU  - Lee, J.\nPY  - 2020\nDO  - 10.1000/{}\nER  -\n"
    exported = record.format("Tea and the wrist", "new") + record.format("Women of ExLand", "known")
    (tmp_path / "all.ris").write_text(exported, encoding="utf-8")
    run("literature", "import", "../all.ris", cwd=folder)
    (folder / "literature" / "screening").mkdir()
    line = "2026-11-30T12:00:00Z\t{}\tdoi:10.1000/{}\tinclude\t\n"
    lines = [line.format(stage, name) for name in ("new", "known") for stage in ("title", "full text")]
    (folder / "literature" / "screening" / "ana.tsv").write_text("".join(lines), encoding="utf-8")
    assert run("literature", "draft", cwd=folder).returncode == 1
    all_shown(
        ("2", "  Lee J. Tea and the wrist"),
        ("33", "  may be another report of abel"),
        ("36", "doi:10.1000/known"),
    )
