"""Judgements override suggestions and know when they are stale; rows, table, command, status."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evidence.checking import check_paths
from evidence.records.review import LoadedReview, load_review
from synthesis.certainty.certainty_of_analysis import certainty_of, unplaced_judgements
from synthesis.living.judgements import outdated_certainty
from synthesis.living.unreleased import unreleased_status
from synthesis.living.versions import Version
from synthesis.living.what_moved import compare_versions
from synthesis.paper.certainty_table import certainty_table
from synthesis.paper.contents import manuscript
from synthesis.paper.paper_table import Reported
from synthesis.review.analysis import analyse
from tests.synthesis.certainty.rated import COMMON, domain_of, loaded_of, row_of, rows_of, same, two_groups
from tests.synthesis.commands.running import synthesis
from tests.synthesis.review.classes import DOSED, MIDDLES, classed, reviewed
from tests.synthesis.review.made import record, review
from tests.thinned import thinned

USUAL = "{name: usual, risk: 0.3, source: a register}"


def judgement(domain: str, word: str, data: str | None = None, more: str = "") -> str:
    made_on = f", data: '{data}'" if data is not None else ""
    return f"{{domain: {domain}, judgement: {word}, reason: Said so., by: AB, on: 2026-11-01{made_on}{more}}}"


def with_judgement(folder: Path, given: str, **records: str) -> LoadedReview:
    return loaded_of(folder, f"{{judgements: [{given}]}}", **(records or same(2, "0.80", "0.64, 1.00")))


def hash_of(row_domain: str, folder: Path, **records: str) -> str:
    found = row_of(loaded_of(folder, "", **(records or same(2, "0.80", "0.64, 1.00"))))
    return domain_of(found, row_domain).data


def test_a_judgement_overrides_what_is_suggested_and_says_whose_it_is(tmp_path: Path) -> None:
    choice = (
        "{thresholds: {effect: [0.9]}, judgements: ["
        + judgement("imprecision", "not serious")
        + ", "
        + judgement("certainty", "low")
        + "]}"
    )
    row = row_of(loaded_of(tmp_path, choice, **same(1, "0.80", "0.64, 1.00")))
    found = domain_of(row, "imprecision")
    assert (found.word, found.told, found.stale) == ("not serious", "not serious (AB)", False)
    assert found.suggestion is not None
    assert found.suggestion.word == "serious"
    assert domain_of(row, "certainty").told == "low (AB)"
    assert domain_of(row, "indirectness").told == "–"
    assert domain_of(row, "large effect").told == "suggested: no"


def test_the_last_judgement_of_a_domain_counts(tmp_path: Path) -> None:
    both = f"{judgement('imprecision', 'serious')}, {judgement('imprecision', 'very serious')}"
    assert domain_of(row_of(with_judgement(tmp_path, both)), "imprecision").word == "very serious"


def test_a_judgement_is_stale_when_other_numbers_enter(tmp_path: Path) -> None:
    made_on = hash_of("imprecision", tmp_path / "a")
    given = judgement("imprecision", "serious", made_on)
    fresh = with_judgement(tmp_path / "b", given)
    assert domain_of(row_of(fresh), "imprecision").told == "serious (AB)"
    assert outdated_certainty(fresh) == []
    for place, records in enumerate(
        (
            same(3, "0.80", "0.64, 1.00"),
            same(1, "0.80", "0.64, 1.00"),
            same(2, "0.81", "0.64, 1.00"),
            same(2, "0.80", "0.64, 1.01"),
        )
    ):
        other = with_judgement(tmp_path / f"c{place}", given, **records)
        assert domain_of(row_of(other), "imprecision").told == "serious (AB, stale)"
        assert outdated_certainty(other) == [
            "all: the judgement of imprecision (serious; AB, 2026-11-01) is older than its data"
        ]


def test_thresholds_notes_and_the_order_of_files_make_nothing_stale(tmp_path: Path) -> None:
    made_on = hash_of("imprecision", tmp_path / "a")
    choice = (
        f"{{thresholds: {{effect: [0.9]}}, judgements: [{judgement('imprecision', 'serious', made_on)}]}}"
    )
    records = same(2, "0.80", "0.64, 1.00")
    noted = {
        name: text.replace("extraction:", "note: A note.\nextraction:") for name, text in records.items()
    }
    turned = dict(reversed(list(noted.items())))
    assert outdated_certainty(loaded_of(tmp_path / "b", choice, **turned)) == []


REFUSED = [f"contrast: {each}" for each in ("0", "1e999 g/dL", "10^999 g/dL", "-0 g/dL", "SD", "'[x]'")]
UNREAD = [
    "contrast: ''",
    *(f"thresholds: {{effect: [{each}]}}" for each in (".nan", "9" * 400, "x")),
    f"thresholds: {{per_1000: [{'9' * 400}]}}",
    f"baseline_risks: [{{name: a, risk: 0.{'0' * 400}1, source: b}}]",
]
TOLD = [
    *(f"thresholds: {{{key}: [{each}]}}" for key in ("effect", "per_1000") for each in ("1e999", "0")),
    *(
        f"baseline_risks: [{{name: a, risk: {each}, source: b}}]"
        for each in ("1e999", "-1", "0", "1", "0." + "0" * 300 + "1")
    ),
]
ODD = [
    (odd, kind) for kind, cases in (("refused", REFUSED), ("unread", UNREAD), ("told", TOLD)) for odd in cases
]


@pytest.mark.parametrize(("odd", "kind"), thinned(ODD))
def test_odd_choices_are_findings_and_sentences_never_a_traceback(
    odd: str, kind: str, tmp_path: Path
) -> None:
    effect = "{measure: OR, per: 1 g/dL, estimate: 0.90, ci: [0.80, 1.0125]}"
    text = record("a", [f"id: hip, outcome: hip, model: full, effect: {effect}"])
    scale = "{measure: OR, exposure: hemoglobin, per: 1 g/dL}"
    loaded = review(tmp_path, {"a": text}, scale, more="certainty: {}", sites="hip")
    path = loaded.folder / "review.yaml"
    path.write_text(path.read_text().replace("certainty: {}", f"certainty: {{{odd}}}"))
    loaded = load_review(tmp_path)
    check_paths([tmp_path])
    outdated_certainty(loaded)
    assert (kind == "unread") == bool(loaded.own_problems)
    if kind == "refused":
        with pytest.raises(ValueError, match=r"^'contrast"):
            rows_of(loaded)
    elif kind == "told":
        assert [line for row in rows_of(loaded) for line in (row.effect, *row.absolute())]


def test_a_judgement_without_data_is_not_known_to_be_stale(tmp_path: Path) -> None:
    loaded = with_judgement(tmp_path, judgement("imprecision", "serious"))
    assert outdated_certainty(loaded) == []
    assert not domain_of(row_of(loaded), "imprecision").stale


def sexes(folder: Path, given: str) -> LoadedReview:
    """Two studies of men and one of women, in groups."""
    records = {
        f"s{place}": record(
            f"s{place}", [two_groups("0.80", "0.64, 1.00", more=f", stratum: {{sex: {sex}}}")]
        )
        for place, sex in enumerate(("men", "men", "women"))
    }
    more = "stratum: {sex: each}\n    group_by: sex"
    return loaded_of(folder, f"{{judgements: [{given}]}}" if given else "", more=more, **records)


def test_each_group_has_its_row_and_its_judgements(tmp_path: Path) -> None:
    rows = rows_of(sexes(tmp_path / "a", ""))
    assert [row.title for row in rows] == ["Everybody: men", "Everybody: women", "Everybody: overall"]
    assert [(row.studies, row.persons) for row in rows] == [(2, 2000), (1, 1000), (3, 3000)]
    hashes = [domain_of(row, "imprecision").data for row in rows]
    assert len(set(hashes)) == 3
    given = ", ".join(
        judgement("imprecision", "serious", made_on, f", group: {name}" if name else "")
        for name, made_on in zip(("men", "women", ""), hashes, strict=True)
    )
    loaded = sexes(tmp_path / "b", given)
    assert [domain_of(row, "imprecision").told for row in rows_of(loaded)] == ["serious (AB)"] * 3
    assert outdated_certainty(loaded) == []
    other = {"group: men": "group: women", "group: women": "group: men"}
    swapped = sexes(tmp_path / "c", re.sub("group: (wo)?men", lambda found: other[found[0]], given))
    assert len(outdated_certainty(swapped)) == 2


def test_a_group_is_the_same_however_it_is_spelled(tmp_path: Path) -> None:
    men, *_ = rows_of(sexes(tmp_path / "a", ""))
    made_on = domain_of(men, "imprecision").data
    loaded = sexes(tmp_path / "b", judgement("imprecision", "Serious", made_on, ", group: Men"))
    assert domain_of(rows_of(loaded)[0], "imprecision").told == "serious (AB)"
    assert outdated_certainty(loaded) == []
    assert unplaced_judgements(analyse(loaded, loaded.review.analyses[0], COMMON)) == []


def test_a_word_that_is_none_of_grade_stands_as_it_is(tmp_path: Path) -> None:
    row = row_of(with_judgement(tmp_path, judgement("imprecision", "seriuos")))
    assert domain_of(row, "imprecision").told == "seriuos (AB)"


def test_a_bayesian_summary_that_is_primary_is_not_what_is_rated_and_the_row_says_so(tmp_path: Path) -> None:
    records = same(3, "0.80", "0.64, 1.00")
    for word, says in (
        (
            "bayesian",
            "Rated is the pooled estimate; the primary summary of this analysis is the Bayesian one.",
        ),
        ("test", ""),
    ):
        loaded = loaded_of(tmp_path / word, "{}", more=f"bayes: {{primary: {word}}}", **records)
        assert row_of(loaded).beside == says
        notes = certainty_table(
            Reported.of_all(loaded, [analyse(loaded, loaded.review.analyses[0], COMMON)])
        ).notes
        assert (f"Everybody: {says}" in notes) == bool(says)


def test_a_judgement_of_a_group_that_is_none_is_told(tmp_path: Path) -> None:
    loaded = sexes(tmp_path, judgement("imprecision", "serious", more=", group: children"))
    result = analyse(loaded, loaded.review.analyses[0], COMMON)
    assert unplaced_judgements(result) == [
        "the judgement of imprecision (AB, 2026-11-01) is of the group 'children', which has no summary"
    ]


def test_a_curve_and_a_contrast_of_two_groups_are_refused(tmp_path: Path) -> None:
    curve = reviewed(tmp_path / "curve", {"a": classed("a", DOSED)}, MIDDLES % "")
    with pytest.raises(ValueError, match="a dose-response analysis is a curve over doses"):
        certainty_of(analyse(curve, curve.review.analyses[0], COMMON))
    loaded = loaded_of(tmp_path / "two", "{contrast: 2 g/dL}", **same(1, "0.80", "0.64, 1.00"))
    with pytest.raises(ValueError, match="is of a slope, and the effect is of two groups"):
        row_of(loaded)


def test_the_table_has_a_row_for_each_summary_with_what_counts(tmp_path: Path) -> None:
    choice = (
        f"{{thresholds: {{per_1000: [-50]}}, baseline_risks: [{USUAL}], "
        f"judgements: [{judgement('certainty', 'moderate')}]}}"
    )
    loaded = loaded_of(tmp_path / "a", choice, **same(1, "0.80", "0.64, 1.00"))
    result = analyse(loaded, loaded.review.analyses[0], COMMON)
    table = certainty_table(Reported.of_all(loaded, [result]))
    (row,) = (table.by_name(each) for each in table.rows)
    assert row["relative"] == "Risk ratio, low vs high: 0.8 (0.64 to 1)"
    assert row["absolute"] == (
        "usual: 300 per 1,000 (a register): 60 fewer per 1,000 (108 fewer to 0), 240 with the exposure"
    )
    assert (row["imprecision"], row["certainty"]) == ("suggested: serious", "moderate (AB)")
    assert "Risk with the exposure: risk × RR (Cochrane Handbook 5.1, section 12.5.4.2)." in table.notes
    bare = loaded_of(tmp_path / "b", "", **same(1, "0.80", "0.64, 1.00"))
    plain = Reported.of_all(bare, [analyse(bare, bare.review.analyses[0], COMMON)])
    assert certainty_table(plain).notes == ("No analysis states what its certainty is rated by.",)
    assert "certainty" not in {each.name for each in manuscript(plain).tables}


def test_an_analysis_that_cannot_be_rated_stops_no_other_and_no_export(tmp_path: Path) -> None:
    loaded = loaded_of(tmp_path, "{contrast: 2 g/dL}", **same(1, "0.80", "0.64, 1.00"))
    reported = Reported.of_all(loaded, [analyse(loaded, loaded.review.analyses[0], COMMON)])
    says = "'contrast: 2 g/dL' is of a slope, and the effect is of two groups"
    assert certainty_table(reported).notes == (f"Everybody has no row: {says}.",)
    assert {"effects", "summary"} <= {each.name for each in manuscript(reported).tables}


def test_the_command_tells_numbers_sources_and_what_to_enter_as_data(tmp_path: Path) -> None:
    made_on = hash_of("imprecision", tmp_path / "a")
    with_judgement(tmp_path / "b", judgement("imprecision", "serious", "0" * 12))
    done = synthesis("certainty", "all", "--review", "b", cwd=tmp_path, columns=200)
    assert (done.returncode, done.stderr) == (0, "")
    assert "imprecision: serious (AB, stale)" in done.stdout
    assert f"data: {made_on}" in done.stdout
    assert "Zeng et al. 2022, GRADE guidance 34" in done.stdout
    entered = (tmp_path / "b" / "review.yaml").read_text().replace("0" * 12, made_on)
    (tmp_path / "b" / "review.yaml").write_text(entered)
    again = synthesis("certainty", "--review", "b", cwd=tmp_path, columns=200)
    assert "imprecision: serious (AB)" in again.stdout


def test_the_command_refuses_a_curve_in_a_sentence_and_goes_on(tmp_path: Path) -> None:
    reviewed(tmp_path / "curve", {"a": classed("a", DOSED)}, MIDDLES % "")
    done = synthesis("certainty", "--review", "curve", cwd=tmp_path, columns=200)
    assert done.returncode == 1
    assert "all is refused: certainty is of one effect" in " ".join(done.stderr.split())


def test_status_waits_for_a_new_look_without_any_history(tmp_path: Path) -> None:
    loaded = with_judgement(tmp_path, judgement("imprecision", "serious", "0" * 12))
    line = next(iter(unreleased_status(loaded)))
    assert (line.topic, line.state, line.command) == ("judgements", "waits", "certainty")
    assert line.says == "1 judgement of certainty is older than the data"
    assert line.details == (
        "all: the judgement of imprecision (serious; AB, 2026-11-01) is older than its data",
    )


def test_what_moved_between_two_versions_tells_which_judgement_they_left_behind(tmp_path: Path) -> None:
    given = judgement("imprecision", "serious", hash_of("imprecision", tmp_path / "a"))
    before = with_judgement(tmp_path / "b", given)
    after = with_judgement(tmp_path / "c", given, **same(3, "0.80", "0.64, 1.00"))
    versions = [Version(name, name, loaded) for name, loaded in (("old", before), ("new", after))]
    assert compare_versions(versions[0], versions[0]).stale == ()
    assert compare_versions(*versions).stale == (
        "all: the judgement of imprecision (serious; AB, 2026-11-01) is older than its data",
    )
