"""What stands beside a pool moves too: Bayesian summaries, silent results, directions; each change alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import pytest

from synthesis.living.beside_alone import beside_alone
from synthesis.living.exchange import as_data
from synthesis.living.movement import Movement
from synthesis.living.released_tables import compare_table, table_files
from synthesis.living.releases import method_sentences_of
from synthesis.living.replaced_rows import Replaced
from synthesis.living.signals import all_signals, signals
from synthesis.living.summaries import BAYESIAN, DIRECTIONS, UNREPORTED, Pooling, Summary
from synthesis.living.versions import Version
from synthesis.living.what_moved import compare_versions
from synthesis.paper.paper_table import Reported
from tests.synthesis.living.reviews import REVIEW, study
from tests.synthesis.living.test_movement import Texts, agrees, loaded, movement

BAYES = REVIEW.replace("analyses:", "bayes: {smallest_effect: 0.2}\nanalyses:")
PRIMARY = BAYES.replace("0.2}", "0.2, primary: bayesian}")
OLD: Texts = {
    "abel": study("abel", "0.50", "0.12"),
    "berg": study("berg", "0.30", "0.20"),
    "cole": study("cole", "0.40", "0.05"),
}
NEW: Texts = {
    "abel": OLD["abel"],
    "berg": study("berg", "0.35", "0.10"),
    "cole": study("cole", "0.40", "0.05", status="retracted"),
    "fink": study("fink", "-0.10", "0.08"),
}
SILENT = """  - id: quiet
    outcome: hip
    n: 80
    not_reported: {said: no difference, direction: negative}
    where: {report: paper, at: Table 3}
extraction:"""


def quiet(name: str, n: str = "80", direction: str = "negative") -> str:
    """A record that has a result without a number in place of its effect."""
    head, _, rest = study(name, "0.1").partition("  - id: main")
    tail = SILENT.replace("n: 80", f"n: {n}").replace("direction: negative", f"direction: {direction}")
    return head + tail + rest.partition("extraction:")[2]


def summaries(studies: Texts, review: str, analysis: str = "hip") -> dict[str, Summary]:
    """Of a review by the long way: everything read, selected and pooled; each review once."""
    return dict(_summaries(tuple(studies.items()), review, analysis))


@cache
def _summaries(studies: tuple[tuple[str, str], ...], review: str, analysis: str) -> Mapping[str, Summary]:
    return Pooling.of(loaded(dict(studies), review)).summaries[analysis]


def causes_agree(found: Movement, old: Texts, new: Texts, review: str, title: str) -> int:
    """How many causes of a result are what the review with this change only gives."""
    (moved,) = [each for each in found.moved if each.title == title]
    _, _, name = title.partition(": ")
    compared = 0
    for cause in moved.causes:
        changed = {**old, cause.name: new[cause.name]}
        compared += agrees(cause, summaries(changed, review)[name])
    return compared


def test_the_bayesian_row_moves_beside_the_pool_and_each_change_has_its_part() -> None:
    found = movement(OLD, NEW, BAYES, BAYES)
    assert [each.title for each in found.moved] == ["Hip", "Hip: Bayesian estimate"]
    assert causes_agree(found, OLD, NEW, BAYES, "Hip: Bayesian estimate") == 3
    moved = found.moved[1]
    before, after = summaries(OLD, BAYES), summaries(NEW, BAYES)
    assert moved.before == before["Bayesian estimate"]
    assert moved.after == after["Bayesian estimate"]
    assert (moved.after.kind, moved.after.primary, found.moved[0].after.primary) == (BAYESIAN, False, True)
    assert found.moved[0].after.shown(2).endswith("], primary")
    assert moved.after.k == 3
    assert moved.joint is not None


def by_sex(**studies: tuple[str, str]) -> Texts:
    """Records of an effect in men and one in women; an empty text for none."""
    texts = {}
    for name, effects in studies.items():
        rows = ""
        head, _, rest = study(name, "EFFECT").partition("  - id: main")
        main, _, tail = ("  - id: main" + rest).partition("extraction:")
        for sex, effect in zip(("men", "women"), effects, strict=True):
            row = main.replace("id: main", f"id: {sex}").replace("EFFECT", effect)
            rows += (
                row.replace("outcome: hip", f"outcome: hip\n    stratum: {{sex: {sex}}}") if effect else ""
            )
        texts[name] = f"{head}{rows}extraction:{tail}"
    return texts


GROUPED = BAYES.replace("sites: [hip]}", "sites: [hip]}\n    stratum: {sex: each}\n    group_by: sex", 1)
ONE_TAU = GROUPED.replace("group_by: sex", "group_by: sex\n    tau2: common")


@pytest.mark.parametrize("tau2", ["separate", pytest.param("common", marks=pytest.mark.long)])
def test_groups_move_with_their_own_bayesian_rows_or_with_one_tau(tau2: str) -> None:
    review = GROUPED.replace("group_by: sex", f"group_by: sex\n    tau2: {tau2}")
    old = by_sex(abel=("0.5", "0.3"), berg=("0.3", "0.1"), cole=("0.1", ""))
    new = {**old, **by_sex(berg=("0.2", "0.4"), dahl=("0.6", "0.5"))}
    found = movement(old, new, review, review)
    titles = ["Hip: men", "Hip: men, Bayesian estimate", "Hip: women", "Hip: women, Bayesian estimate"]
    assert [each.title for each in found.moved] == [*titles, "Hip", "Hip: Bayesian estimate"]
    compared = 0
    for title in (*titles[1::2], "Hip: Bayesian estimate"):
        compared += causes_agree(found, old, new, review, title)
    assert compared == 6


def test_what_changes_nothing_leaves_bayesian_groups_of_one_tau_where_they_are() -> None:
    review = loaded(by_sex(abel=("0.5", "0.3"), berg=("0.3", "0.1")), ONE_TAU)
    pooling = Pooling.of(review)
    before, told = pooling.results["hip"], pooling.summaries["hip"]
    nothing = Replaced(frozenset(), {}, before.selection, before.records)
    twice = replace(nothing, together=False)  # as if somebody stood in both groups
    alone = beside_alone(before, [nothing, twice])
    assert isinstance(alone["Bayesian estimate"][1], Summary)
    assert (alone["Bayesian estimate"][1].k, alone["Bayesian estimate"][1].numbers) == (0, None)
    assert alone["men, Bayesian estimate"][1] == alone["men, Bayesian estimate"][0]
    compared = 0
    for name in ("men, Bayesian estimate", "women, Bayesian estimate", "Bayesian estimate"):
        found, _ = alone[name]
        assert isinstance(found, Summary)
        assert found.numbers == pytest.approx(told[name].numbers, rel=1e-9)
        compared += 1
    assert compared == 3


def test_the_first_study_has_a_bayesian_row_too() -> None:
    found = movement({}, {"abel": OLD["abel"]}, BAYES, BAYES)
    assert [each.title for each in found.moved] == ["Hip", "Hip: Bayesian estimate"]
    assert found.moved[1].before.numbers is None
    assert found.moved[1].after.k == 1
    assert [cause.name for cause in found.moved[1].causes] == ["abel"]


def test_where_no_posterior_integrates_nothing_is_called_primary() -> None:
    alone = {"abel": OLD["abel"]}
    vague = BAYES.replace("0.2}", "0.2, tau_prior: improper uniform}")
    pooled, bayesian = summaries(alone, vague).values()
    assert (pooled.k, pooled.primary, bayesian.numbers) == (1, None, None)
    assert [each.primary for each in summaries(alone, BAYES).values()] == [True, False]


def test_a_change_of_what_is_primary_is_a_result_that_moves() -> None:
    found = movement(OLD, OLD, BAYES, PRIMARY)
    assert [each.title for each in found.moved] == ["Hip", "Hip: Bayesian estimate"]
    pooled, bayesian = found.moved
    assert [each.primary for each in (pooled.before, pooled.after)] == [True, False]
    assert [each.primary for each in (bayesian.before, bayesian.after)] == [False, True]
    assert bayesian.after.shown(2).endswith(", primary")
    assert not pooled.after.shown(2).endswith(", primary")
    assert signals(pooled) == signals(bayesian) == []


def test_a_summary_that_is_asked_for_anew_moves_alone_unless_it_takes_the_first_place() -> None:
    assert [each.title for each in movement(OLD, OLD, REVIEW, BAYES).moved] == ["Hip: Bayesian estimate"]
    assert [each.title for each in movement(OLD, OLD, REVIEW, PRIMARY).moved] == [
        "Hip",
        "Hip: Bayesian estimate",
    ]
    gone = movement(OLD, OLD, BAYES, REVIEW)
    assert [each.title for each in gone.moved] == ["Hip: Bayesian estimate"]
    assert all_signals(gone) == []


@pytest.mark.parametrize(
    ("estimate", "says"),
    [("0.5", "the credible interval no longer includes no effect"), ("-0.9", "")],
)
def test_a_credible_interval_that_crosses_no_effect_is_a_signal(estimate: str, says: str) -> None:
    old = {"abel": study("abel", "0.30", "0.15"), "berg": study("berg", "0.20", "0.15")}
    new = {**old, "cole": study("cole", estimate, "0.05")}
    found = movement(old, new, BAYES, BAYES)
    (moved,) = [each for each in found.moved if each.after.kind == BAYESIAN]
    assert [each.says for each in signals(moved)] == ([says] if says else [])
    back = movement(new, old, BAYES, BAYES)
    (moved,) = [each for each in back.moved if each.after.kind == BAYESIAN]
    assert [each.says for each in signals(moved)] == (
        ["the credible interval now includes no effect"] if says else []
    )


ASKED = REVIEW.replace(
    "sites: [hip]}", "sites: [hip]}\n    unreported: {dahl: {said: not significant}, eder: {said: A}}", 1
)


def test_a_pool_with_results_without_a_number_moves_with_these_alone() -> None:
    old = {**OLD, "dahl": quiet("dahl")}
    new = {**OLD, "dahl": quiet("dahl", n="300"), "eder": quiet("eder"), "fink": NEW["fink"]}
    found = movement(old, new, ASKED, ASKED)
    title = "Hip: with results without a number"
    assert [each.title for each in found.moved][:2] == ["Hip", title]
    assert causes_agree(found, old, new, ASKED, title) == 3
    assert found.moved[1].after.kind == UNREPORTED
    # a statement alone moves it, and not the pool
    alone = movement(old, {**old, "dahl": new["dahl"]}, ASKED, ASKED)
    assert [each.title for each in alone.moved] == [title]


def test_a_silent_result_without_persons_is_a_refusal_of_its_change_alone() -> None:
    old = {**OLD, "dahl": quiet("dahl")}
    without = quiet("dahl").replace("    n: 80\n", "")
    both = {**old, "dahl": without, "abel": study("abel", "0.45", "0.12")}
    found = movement(old, both, ASKED, ASKED)
    assert [each.analysis.id for each in found.refused] == ["hip"]


def test_directions_outside_the_pool_are_a_result_that_moves() -> None:
    old = {**OLD, "dahl": quiet("dahl")}
    new = {**old, "dahl": quiet("dahl", direction="positive"), "eder": quiet("eder")}
    found = movement(old, new)
    (moved,) = found.moved
    assert moved.title == "Hip: directions"
    assert moved.before.shown(2) == (
        "3 positive and 1 negative, sign test p = 0.62; outside the pool Dahl negative"
    )
    assert moved.after.shown(2) == (
        "4 positive and 1 negative, sign test p = 0.38; outside the pool Dahl positive and Eder negative"
    )
    assert (moved.before.k, moved.after.k, moved.after.kind) == (4, 5, DIRECTIONS)
    assert signals(moved) == []
    said = {cause.name: cause.alone.says for cause in moved.causes if cause.alone is not None}
    for name, says in said.items():
        assert says == summaries({**old, name: new[name]}, REVIEW)["directions"].says
    assert said.keys() == {"dahl", "eder"}


def test_a_direction_of_a_part_of_the_persons_moves_the_directions_of_all() -> None:
    part = quiet("dahl").replace("outcome: hip\n    n", "outcome: hip\n    stratum: {sex: women}\n    n")
    found = movement(OLD, {**OLD, "dahl": part})
    assert [each.title for each in found.moved] == ["Hip: directions"]
    assert found.moved[0].before.shown(0) == "nothing"


def test_the_answer_as_data_says_what_each_result_is_and_which_is_primary() -> None:
    old, new = {**OLD, "dahl": quiet("dahl")}, {**NEW, "dahl": quiet("dahl", direction="mixed")}
    found = compare_versions(Version("1", "1", loaded(old, PRIMARY)), Version("2", "2", loaded(new, PRIMARY)))
    moved = as_data(found)["moved"]
    assert [(each["title"], each["kind"]) for each in moved] == [
        ("Hip", "pooled"),
        ("Hip: Bayesian estimate", "bayesian"),
        ("Hip: directions", "directions"),
    ]
    assert [each["after"].get("primary") for each in moved] == [False, True, None]
    assert moved[2]["after"]["says"].startswith("2 positive, 1 negative and 1 mixed")
    assert moved[1]["causes"][0]["alone"]["estimate"] is not None


def test_a_release_keeps_what_stands_beside_the_pools_and_it_is_compared() -> None:
    asked = ASKED.replace("analyses:", "bayes: {smallest_effect: 0.2}\nanalyses:")
    old = loaded({**OLD, "dahl": quiet("dahl")}, asked)
    pooling = Pooling.of(old)
    told = {each.kind: each.primary for each in pooling.summaries["hip"].values()}
    assert told == {"": True, BAYESIAN: False, UNREPORTED: None, DIRECTIONS: None}
    files = table_files(Reported.of_all(old, list(pooling.results.values())))
    assert {"bayesian.csv", "unprinted.csv", "directions.csv"} <= files.keys()
    compared = [compare_table(name, text, text) for name, text in files.items()]
    assert all(not each.faults for each in compared)
    broken = files["bayesian.csv"].replace("half-normal(0.2)", "half-normal(0.3)")
    (fault,) = compare_table("bayesian.csv", broken, files["bayesian.csv"]).faults
    assert fault == "bayesian.csv, hip, tau_prior: half-normal(0.3) stands there, half-normal(0.2) follows"
    sentences = method_sentences_of(pooling.results["hip"])
    assert any(each.startswith("Bayesian random effects") for each in sentences)
    assert any("what is said of those without under one likelihood" in each for each in sentences)
    plain = loaded(OLD)
    without = table_files(Reported.of_all(plain, list(Pooling.of(plain).results.values())))
    assert not {"bayesian.csv", "unprinted.csv", "directions.csv"} & without.keys()


def test_summaries_of_one_kind_in_one_analysis_have_names_of_their_own() -> None:
    names = list(summaries(by_sex(abel=("0.5", "0.3"), berg=("0.3", "0.1")), GROUPED))
    assert len(names) == len(set(names)) == 6
