"""Methods and results in words: what was done is said and cited, what was not is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evidence.records.method_names import ESTIMATOR_NAMES, PREDICTION_NAMES, TEST_NAMES
from evidence.records.review import Method
from synthesis.paper.contents import manuscript
from synthesis.paper.method_sentences import ESTIMATOR_SOURCES, PREDICTION_WORDS, TEST_WORDS
from synthesis.paper.paper_table import Reported
from synthesis.paper.references import as_bibtex, known_references
from tests.synthesis.paper.making import arms, by_sex, material, pooled_of
from tests.synthesis.review.made import RATIO, record, review
from tests.synthesis.review.sites import MODEL, both_sites
from tests.synthesis.review.test_notes import ODDS
from tests.synthesis.review.test_pooled_units import arms as arms_of

NONE = "outcome: hip, model: least"


def text_of(reported: Reported) -> str:
    made = manuscript(reported, ["text"])
    return "\n".join(text for passage in made.passages for text in passage.paragraphs)


def cited(reported: Reported) -> set[str]:
    return {reference.key for reference in manuscript(reported, ["text"]).references}


COMMON = {"viechtbauer2005", "hartung2001", "sidik2002", "cochran1954", "higgins2002", "viechtbauer2007"}


def test_six_studies_cite_the_methods_that_made_them_and_no_other(tmp_path: Path) -> None:
    assert cited(pooled_of(tmp_path, 6)) == COMMON | {"higgins2009"}


def test_two_studies_also_cite_the_bayesian_interval_and_say_what_they_do_not_tell(tmp_path: Path) -> None:
    reported = pooled_of(tmp_path, 2)
    assert cited(reported) - COMMON >= {"higgins2009", "dumouchel2000", "rover2020"}
    text = text_of(reported)
    (result,) = reported.results
    (group,) = result.groups
    assert group.pooled is not None
    assert group.pooled.bayes is not None
    assert f"95% CrI [{group.pooled.bayes.low:.3f}".replace("-", "−") in text
    assert "So few estimates (2) show whether they agree, not how much effects differ elsewhere" in text


def test_one_study_is_not_said_to_be_pooled_and_cites_nothing(tmp_path: Path) -> None:
    reported = pooled_of(tmp_path, 1)
    text = text_of(reported)
    assert cited(reported) == set()
    assert "There is one study, S0: 0.0200, 95% CI [0.0080, 0.0320]. Nothing was pooled" in text
    assert "one study cannot tell how much effects differ between studies" in text
    for claim in ("random-effects", "Heterogeneity", "τ²", "prediction interval", "Bayesian"):
        assert claim not in text


def test_equal_effects_claim_neither_tau2_nor_a_prediction(tmp_path: Path) -> None:
    reported = pooled_of(tmp_path, 6, Method(estimator="EE", test="z"))
    text = text_of(reported)
    assert "under the model of equal effects" in text
    assert not cited(reported) & {"viechtbauer2005", "hartung2001", "higgins2009"}
    assert "prediction interval" not in text


@pytest.mark.parametrize(
    ("tau2", "own", "other"),
    [("separate", "welch1951", "knapp2003"), ("common", "knapp2003", "welch1951")],
)
def test_groups_cite_the_test_that_compared_them(tau2: str, own: str, other: str, tmp_path: Path) -> None:
    reported = by_sex(tmp_path, tau2)
    assert {own, "fisher2017"} <= cited(reported)
    assert other not in cited(reported)
    text = text_of(reported)
    (result,) = reported.results
    assert result.difference is not None
    assert f"F({result.difference.between.df1}, {result.difference.between.df2:.3g})" in text
    assert all(f"{name}: the pooled effect was" in text for name in ("Men", "Women", "Overall"))


def test_groups_with_known_standard_errors_are_compared_by_chi_squared(tmp_path: Path) -> None:
    reported = by_sex(tmp_path, "separate", Method(estimator="DL", test="z"))
    assert "borenstein2013" in cited(reported)
    assert not cited(reported) & {"welch1951", "knapp2003", "hartung2001"}


def test_arms_with_their_covariance_cite_whose_it_is(tmp_path: Path) -> None:
    assert "gleser2009" in cited(arms(tmp_path))
    assert "greenland1992" not in cited(arms(tmp_path))


def test_arms_with_printed_ratios_cite_whose_covariance_of_those_it_is(tmp_path: Path) -> None:
    text = arms_of("a").replace("events: 7}", "events: 7, effect: {estimate: 1.2, ci: [0.5, 2.9]}}")
    text = text.replace("events: 10}", "events: 10, effect: {estimate: 1.6, ci: [0.6, 4.3]}}")
    loaded = review(tmp_path, {"a": text}, scale=ODDS, more="arms: correlated", sites="hip")
    assert cited(material(loaded)) >= {"gleser2009", "greenland1992"}


def test_moderators_that_nobody_states_are_not_said_to_be_tested(tmp_path: Path) -> None:
    nobody = both_sites(tmp_path, f"{MODEL}\n    moderators: [country]")
    assert "were tested in one model" not in text_of(material(nobody))


def test_a_standard_error_from_a_p_value_is_cited_and_a_reported_one_is_not(tmp_path: Path) -> None:
    records = {
        "a": record("a", [f"id: x, {NONE}, effect: {{measure: OR, per: 1 g/dL, estimate: 1.3, p: 0.03}}"]),
        "b": record("b", [f"id: x, {NONE}, effect: {{measure: OR, per: 1 g/dL, estimate: 1.3, se: 0.2}}"]),
    }
    reported = material(review(tmp_path, records, scale=RATIO))
    assert "altman2011" in cited(reported)
    assert (
        "calculated from the p-value (1 estimate) [@altman2011] and taken as reported (1 estimate)"
        in text_of(reported)
    )
    assert "Effects were pooled as natural logarithms and transformed back" in text_of(reported)
    assert "altman2011" not in cited(pooled_of(tmp_path / "other", 2))


def test_silence_and_numbers_left_out_are_counted(tmp_path: Path) -> None:
    assert "For 1 further estimate the report gives no number." in text_of(pooled_of(tmp_path, 2))


def test_every_source_named_is_a_reference_and_every_reference_can_be_named() -> None:
    known = known_references()
    room = Path(__file__).parents[3] / "synthesis" / "paper"
    code = "".join(path.read_text(encoding="utf-8") for path in room.glob("*.py"))
    named = set(re.findall(r"@([a-z]+\d{4})", code)) | set(ESTIMATOR_SOURCES.values())
    assert named == known.keys()
    assert TEST_WORDS.keys() == TEST_NAMES.keys()
    assert PREDICTION_WORDS.keys() == PREDICTION_NAMES.keys()
    assert ESTIMATOR_SOURCES.keys() < set(ESTIMATOR_NAMES)


def test_bibtex_is_whole_and_plain() -> None:
    text = as_bibtex(known_references().values())
    assert text.isascii()
    assert text.count("{") == text.count("}")
    entries = re.findall(r"@(\w+)\{(\w+),\n(.*?)\n\}", text, re.S)
    assert len(entries) == len(known_references()) == 39
    needed = {
        "article": ("author", "title", "journal", "year", "volume", "pages"),
        "incollection": ("author", "title", "booktitle", "publisher", "year", "pages"),
        "book": ("editor", "title", "publisher", "year"),
    }
    for kind, key, body in entries:
        fields = dict(re.findall(r"  (\w+) = \{(.*)\},", body))
        assert fields.keys() >= set(needed[kind]), key
        assert key.endswith(fields["year"])
        if "doi" in fields:
            assert re.fullmatch(r"10\.\d{4,5}/\S+", fields["doi"])
