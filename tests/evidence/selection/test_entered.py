"""What is data of a judgement of certainty, and what is not."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from evidence.records.certainty_choice import DOMAIN_WORDS
from evidence.records.review import LoadedReview, load_review
from evidence.selection.entered import entered_hash, stale_certainty
from evidence.selection.selection import select
from tests.synthesis.review.classes import MIDDLES
from tests.synthesis.review.made import record, review, silent
from tests.synthesis.review.test_bias_plots import judged

ODDS = "{measure: OR, exposure: hemoglobin}"
BY = "reason: Said so., by: AB, on: 2026-11-01"
RATING = ("risk of bias", "publication bias", "certainty")


def ratio(estimate: str = "0.80", ci: str = "0.64, 1.00", more: str = "") -> str:
    effect = f"{{measure: OR, estimate: {estimate}, ci: [{ci}]}}"
    return f"id: hip, outcome: hip, model: full, n: 100, effect: {effect}{more}"


def two(estimate: str = "0.80", ci: str = "0.64, 1.00") -> dict[str, str]:
    """A study that stays as it is and one of this effect."""
    return {"a": record("a", [ratio()]), "b": record("b", [ratio(estimate, ci)])}


def loaded_of(
    folder: Path, records: Mapping[str, str], more: str = "", whole: str = "", scale: str = ODDS
) -> LoadedReview:
    """more: lines of the analysis; whole: those of the review."""
    loaded = review(folder, records, scale=scale, more=more + f"\n{whole}", sites="hip")
    assert loaded.problems == ()
    return loaded


def data_of(loaded: LoadedReview, group: str | None = None) -> dict[str, str]:
    """By domain."""
    selection = select(loaded.review, loaded.review.analyses[0], loaded.records)
    return {domain: entered_hash(loaded.review, selection, group, domain) for domain in DOMAIN_WORDS}


def apart(one: Mapping[str, str], other: Mapping[str, str]) -> set[str]:
    return {domain for domain in one if one[domain] != other[domain]}


def test_data_are_twelve_letters_and_most_domains_share_them(tmp_path: Path) -> None:
    found = data_of(loaded_of(tmp_path, two()))
    assert all(re.fullmatch("[0-9a-f]{12}", each) for each in found.values())
    assert len({each for domain, each in found.items() if domain not in RATING}) == 1
    assert len(set(found.values())) == 4


def test_data_that_a_judgement_names_are_the_same_whatever_keys_a_model_gets_later(tmp_path: Path) -> None:
    """ln 0.8 = -0.22314355131; (ln 1 - ln 0.64) / (2 x 1.95996398454) = 0.11385084275."""
    effect = ["-0.2231435513", "0.1138508427"]
    entered = {
        "arms": [],
        "method": ["reml", "hksj", "t(k-1)", 0.95],
        "model": {"name": "CHE", "rho": {"others": "0.6"}},
        "rows": [["a/hip", *effect], ["b/hip", *effect]],
        "scale": ["OR", None, None],
    }
    expected = hashlib.sha256(json.dumps(entered).encode()).hexdigest()[:12]
    found = data_of(loaded_of(tmp_path, two(), "model: {name: CHE, rho: 0.6}"))
    assert {domain for domain, data in found.items() if data == expected} == set(DOMAIN_WORDS) - set(RATING)


@pytest.mark.parametrize(
    "records",
    [two("0.81"), two(ci="0.64, 1.01"), {"a": two()["a"]}, {**two(), "c": record("c", [ratio()])}],
)
def test_every_effect_and_error_that_enters_is_data_of_every_domain(
    records: dict[str, str], tmp_path: Path
) -> None:
    usual, other = (data_of(loaded_of(tmp_path / n, r)) for n, r in (("a", two()), ("b", records)))
    assert apart(usual, other) == set(DOMAIN_WORDS)


@pytest.mark.parametrize(
    ("more", "whole"),
    [
        ("", "method: {estimator: DL}"),
        ("", "method: {test: z}"),
        ("", "method: {prediction: HTS}"),
        ("", "method: {level: 90 %}"),
        ("model: {name: CHE, rho: 0.6}", ""),
    ],
)
def test_how_they_are_pooled_is_data(more: str, whole: str, tmp_path: Path) -> None:
    usual = data_of(loaded_of(tmp_path / "a", two()))
    assert apart(usual, data_of(loaded_of(tmp_path / "b", two(), more, whole))) == set(DOMAIN_WORDS)


@pytest.mark.parametrize("other", ["name: CHE, rho: 0.5", "name: CHE, rho: 0.6, test: CR1"])
def test_every_choice_of_a_model_is_data(other: str, tmp_path: Path) -> None:
    models = ("name: CHE, rho: 0.6", other)
    one, two_ = (data_of(loaded_of(tmp_path / m[-3:], two(), f"model: {{{m}}}")) for m in models)
    assert apart(one, two_) == set(DOMAIN_WORDS)


def test_the_scale_is_data(tmp_path: Path) -> None:
    records = {"a": record("a", [ratio().replace("measure: OR", "measure: OR, per: 1 g/dL")])}
    scales = [f"{{measure: OR, exposure: hemoglobin, per: {per} g/dL}}" for per in ("1", "2")]
    one, other = (data_of(loaded_of(tmp_path / s[-8], records, scale=s)) for s in scales)
    assert apart(one, other) == set(DOMAIN_WORDS)


def test_spelling_thresholds_notes_and_the_order_of_files_are_no_data(tmp_path: Path) -> None:
    usual = data_of(loaded_of(tmp_path / "a", two()))
    noted = {name: text.replace("extraction:", "note: A.\nextraction:") for name, text in two().items()}
    turned = dict(reversed(list(noted.items())))
    more = "note: A.\n    certainty: {thresholds: {effect: [0.9]}}\n    tau2: separate\n    arms: highest"
    whole = "method: {estimator: reml, test: HKSJ, level: 95.0%}"
    assert data_of(loaded_of(tmp_path / "b", turned, more, whole)) == usual


def test_judgements_of_studies_and_silent_results_are_data_of_their_domains_and_of_certainty(
    tmp_path: Path,
) -> None:
    high = {name: text + judged("overall: high") for name, text in two().items()}
    versions = {
        "plain": two(),
        "high": high,
        "support": {name: text.replace("Said so.", "Said otherwise.") for name, text in high.items()},
        "spelled": {name: text.replace("judgement: high", "judgement: High") for name, text in high.items()},
        "low": {name: text.replace("judgement: high", "judgement: low") for name, text in high.items()},
        "silent": {**two(), "q": record("q", [silent("hip")])},
    }
    data = {name: data_of(loaded_of(tmp_path / name, records)) for name, records in versions.items()}
    assert apart(data["plain"], data["high"]) == {"risk of bias", "certainty"}
    assert apart(data["high"], data["low"]) == {"risk of bias", "certainty"}
    assert data["high"] == data["support"] == data["spelled"]
    assert apart(data["plain"], data["silent"]) == {"publication bias", "certainty"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("overall: high", "overall: high, applicability: low"),
        ("overall: high", "overall: high, by: AB"),
        ("overall: high", "overall: high, version: 2019"),
        ("overall: high", "overall: high, estimate: hip"),
        ("overall: high, estimate: hip", "overall: high, estimate: other"),
        ("overall: high", "overall: high, report: first"),
        ("overall: high", "D1: high"),
    ],
)
def test_all_that_a_judgement_says_is_data_of_the_risk_of_bias(
    before: str, after: str, tmp_path: Path
) -> None:
    text = record("a", [ratio(), silent("other", "spine")])
    versions = [{"a": text + judged(each)} for each in (before, after)]
    one, other = (data_of(loaded_of(tmp_path / str(n), each)) for n, each in enumerate(versions))
    assert apart(one, other) == {"risk of bias", "certainty"}


def in_groups(folder: Path, women: str = "0.70, 0.90", tau2: str = "separate") -> LoadedReview:
    """Men and women, each with a silent study."""
    rows = (("a", "men", "0.64, 1.00"), ("b", "Men", "0.5, 1.2"), ("c", "women", women))
    records: dict[str, str] = {}
    for name, group, ci in rows:
        text = record(name, [ratio(ci=ci)]) + judged("overall: low")
        records[name] = text.replace("extraction:", f"properties: {{who: {group}}}\nextraction:")
    for name, group in (("y", "men"), ("z", "women")):
        text = record(name, [silent("hip")])
        records[name] = text.replace("extraction:", f"properties: {{who: {group}}}\nextraction:")
    return loaded_of(folder, records, f"group_by: who\n    tau2: {tau2}")


def test_a_group_has_its_own_rows_and_silent_results_however_it_is_spelled(tmp_path: Path) -> None:
    loaded = in_groups(tmp_path)
    men, again, women, all_ = (data_of(loaded, each) for each in ("men", "MEN", "women", None))
    assert men == again
    assert apart(men, women) == apart(men, all_) == set(DOMAIN_WORDS)
    quiet = in_groups(tmp_path / "b")
    path = quiet.folder / "studies" / "z.yaml"
    path.write_text(path.read_text().replace("who: women", "who: men"))
    other = data_of(load_review(quiet.folder), "men")
    assert apart(men, other) == {"publication bias", "certainty"}


@pytest.mark.parametrize(("tau2", "changed"), [("separate", set()), ("common", set(DOMAIN_WORDS))])
def test_the_numbers_of_the_other_groups_are_data_where_they_share_one_tau(
    tau2: str, changed: set[str], tmp_path: Path
) -> None:
    one, other = (
        data_of(in_groups(tmp_path / women[-1], women, tau2), "men") for women in ("0.70, 0.90", "0.60, 0.95")
    )
    assert apart(one, other) == changed


ARMS = """
comparisons:
  - id: dose
    outcome: hip
    model: %s
    measure: OR
    arms:
      - {id: none, name: placebo, reference: true, n: 40, events: %s}
      - {id: low, name: 50 mg, dose: 50 mg, n: 30, events: 7, effect: {estimate: 1.20, ci: [0.60, 2.40]}}
      - {id: high, name: 75 mg, dose: 75 mg, n: 35, events: 10, effect: {estimate: 1.50, ci: [0.75, 3.00]}}
    where: {report: first, at: Table 2}
extraction:"""


@pytest.mark.parametrize(
    ("more", "changed"),
    [
        ("arms: correlated", True),
        ("arms: highest", False),
        ("arms: each\n    model: {name: CHE, rho: 0.6}", True),
    ],
)
def test_what_arms_have_in_common_is_data_where_it_weighs(more: str, changed: bool, tmp_path: Path) -> None:
    """The effects are printed and stay; the events of the reference say how their errors are correlated."""
    found = []
    for events in (8, 16):
        text = record("a", [silent("x", "spine")]).replace("\nextraction:", ARMS % ("full", events))
        found.append(data_of(loaded_of(tmp_path / str(events), {"a": text}, more)))
    assert bool(apart(*found)) == changed


def test_ten_digits_of_an_effect_are_data(tmp_path: Path) -> None:
    """ln 0.8 is -0.22314355131420976: the eleventh digit changes between the first two, the tenth after."""
    logs = (-0.22314355131, -0.22314355134, -0.22314355136)
    found = [data_of(loaded_of(tmp_path / str(y), two(f"{math.exp(y):.16f}"))) for y in logs]
    assert found[0] == found[1]
    assert apart(found[1], found[2]) == set(DOMAIN_WORDS)


def test_six_digits_of_a_covariance_are_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = record("a", [silent("x", "spine")]).replace("\nextraction:", ARMS % ("full", 8))
    loaded = loaded_of(tmp_path, {"a": text}, "arms: correlated")
    found = []
    for covariance in (0.1234561, 0.1234564, 0.1234566):
        matrix = np.array([[0.2, covariance], [covariance, 0.2]])
        monkeypatch.setattr("evidence.selection.entered.covariance_of", lambda _, known=matrix: known)
        found.append(data_of(loaded))
    assert found[0] == found[1]
    assert apart(found[1], found[2]) == set(DOMAIN_WORDS)


def stale(loaded: LoadedReview) -> list[str]:
    return list(stale_certainty(loaded, {}))


def judging(*given: tuple[str, str | None], more: str = "") -> str:
    judgements = ", ".join(
        f"{{domain: {domain}, judgement: {DOMAIN_WORDS[domain][1]}, {BY}{more}"
        + (f", data: '{made_on}'}}" if made_on else "}")
        for domain, made_on in given
    )
    return f"certainty: {{judgements: [{judgements}]}}"


def test_a_judgement_is_stale_where_it_names_other_data_and_only_there(tmp_path: Path) -> None:
    made_on = data_of(loaded_of(tmp_path / "a", two()))
    given = [(domain, made_on[domain]) for domain in ("imprecision", *RATING)]
    assert stale(loaded_of(tmp_path / "b", two(), judging(*given, ("indirectness", None)))) == []
    older = stale(loaded_of(tmp_path / "c", two("0.81"), judging(*given, ("indirectness", None))))
    assert older == [
        f"all: the judgement of {domain} ({DOMAIN_WORDS[domain][1]}; AB, 2026-11-01) is older than its data"
        for domain, _ in given
    ]


def test_a_stale_judgement_of_a_group_names_it_and_a_group_that_is_gone_is_stale(tmp_path: Path) -> None:
    loaded = in_groups(tmp_path)
    men = data_of(loaded, "men")["imprecision"]
    path = loaded.folder / "review.yaml"
    usual = path.read_text()
    for group, says in (("men", []), ("women", ["women"]), ("children", ["children"])):
        path.write_text(usual + "    " + judging(("imprecision", men), more=f", group: {group}") + "\n")
        assert [each.split(":")[0] for each in stale(load_review(loaded.folder))] == [
            f"all, {each}" for each in says
        ]


def test_curves_refused_analyses_and_reviews_that_cannot_be_read_have_no_stale_judgement(
    tmp_path: Path,
) -> None:
    given = judging(("imprecision", "0" * 12))
    assert len(stale(loaded_of(tmp_path / "a", two(), given))) == 1
    assert stale(loaded_of(tmp_path / "b", two(), f"{MIDDLES % ''}\n    {given}")) == []
    both = record("a", [ratio(), ratio().replace("id: hip", "id: again")])
    assert stale(loaded_of(tmp_path / "c", {"a": both}, given)) == []
    damaged = loaded_of(tmp_path / "d", two(), given)
    assert len(stale(damaged)) == 1
    (damaged.folder / "review.yaml").write_text("schema: 1\n")
    assert stale(load_review(damaged.folder)) == []
