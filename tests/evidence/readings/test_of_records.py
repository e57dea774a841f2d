"""Two readings of one study: aligned by what each is about, every difference with both lines."""

from __future__ import annotations

from pathlib import Path

from evidence.readings.reviewing import compare_files
from evidence.readings.side_by_side import agreements
from tests.evidence.readings.samples import SECOND, compared, record, told
from tests.evidence.records.samples import TEXT, bent

WHOLE = bent(("extractor-1", "reader-2"))


def beside(*changes: tuple[str, str]) -> str:
    """A whole record of the second reader."""
    text = WHOLE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


def test_of_a_partial_reading_the_keys_that_were_read_are_compared(tmp_path: Path) -> None:
    (found,) = compared(tmp_path, record())
    assert (found.name, found.first, found.second) == ("lee-2019", "extractor-1", "reader-2")
    assert told(found) == [
        ("hip-men", "effect.estimate", "value", 19, "0.0079", 27, "0.0078"),
        ("hip-men", "effect.ci.lower", "print", 19, "0.002", 27, "0.0020"),
        ("hip-men", "effect.p", "print", 19, "0.006", 27, "p = .006"),
        ("hip-men", "n", "only second", 16, None, 26, "650"),
    ]
    assert {cell.key for cell in found.cells} == {
        *("n", "stratum.sex", "effect.estimate", "effect.ci.lower", "effect.ci.upper", "effect.p"),
    }
    assert found.unresolved == 2


def test_agreement_is_counted_by_key(tmp_path: Path) -> None:
    counted = {each.key: (each.compared, each.agreed) for each in agreements(compared(tmp_path, record()))}
    assert counted["effect.estimate"] == (1, 0)
    assert counted["effect.ci.lower"] == (1, 1)
    assert counted["n"] == (1, 0)
    assert counted["overall"] == (6, 4)


def test_a_file_beside_the_studies_says_the_same_as_the_record_itself(tmp_path: Path) -> None:
    lines = SECOND.replace("second_reading:\n", "").replace("\n  ", "\n").replace("  by", "by", 1)
    (found,) = compared(tmp_path, TEXT, "study: lee-2019\n" + lines.removesuffix("extraction:"))
    assert [(*each[:5], each[6]) for each in told(found)] == [
        (*each[:5], each[6]) for each in told(compared(tmp_path, record())[0])
    ]
    assert {cell.second.place.path.parent.name for cell in found.cells} == {"second-readings"}


def test_estimates_may_stand_as_a_list_too(tmp_path: Path) -> None:
    text = "study: lee-2019\nby: B\non: 2026-11-22\nestimates: [{id: hip-men, effect: {estimate: 0.0078}}]\n"
    (found,) = compared(tmp_path, TEXT, text)
    assert told(found) == [("hip-men", "effect.estimate", "value", 19, "0.0079", 4, "0.0078")]


def test_two_records_are_compared_in_everything_but_who_read_and_own_words(tmp_path: Path) -> None:
    (found,) = compared(tmp_path, TEXT, WHOLE)
    assert told(found) == []
    assert found.lone == ()
    assert len(found.cells) == 33
    columns = {cell.column for cell in found.cells}
    assert columns > {
        "design",
        "cohort.years",
        "reports.year",
        "outcomes.site",
        "population.age.sd",
        "effect.p",
    }
    (found,) = compared(
        tmp_path,
        TEXT,
        beside(
            ("years: 2010-2012", "years: 2010-2013"),
            ("n: 1426", "n: 1246"),
            ("read: full text", "read: abstract"),
            ("[age, sex]", "[sex, BMI]"),
            ("unit_stated: no", "unit_stated: false"),
            ("at: Table 2", "at: Tab. 2"),
            ("title: A study", "title: Another"),
            ("design: cohort", "design: cross-sectional"),
            (", level: 95 %", ""),
            (", p: 0.006", ""),
            ("sex: men", "sex: women"),
        ),
    )
    assert told(found) == [
        ("reports", "lee-2019.read", "value", 7, "full text", 7, "abstract"),
        ("outcomes", "hip.unit_stated", "print", 12, "no", 12, "false"),
        ("models", "adjusted.covariates", "value", 14, "age, sex", 14, "sex, BMI"),
        ("design", "design", "value", 4, "cohort", 4, "cross-sectional"),
        ("cohort", "years", "value", 5, "2010-2012", 5, "2010-2013"),
        ("population", "n", "value", 8, "1426", 8, "1246"),
        ("hip-men", "stratum.sex", "value", 18, "men", 18, "women"),
        ("hip-men", "effect.p", "only first", 19, "0.006", 16, None),
    ]


def test_yes_is_true_and_a_default_may_be_left_out(tmp_path: Path) -> None:
    def told_of(first: str, second: str) -> list[str]:
        texts = [text.replace(", unit_stated: no", given) for text, given in ((TEXT, first), (WHOLE, second))]
        (found,) = compared(tmp_path, *texts)
        return [f"{each[1]} {each[2]}" for each in told(found)]

    assert told_of(", unit_stated: yes", ", unit_stated: true") == ["hip.unit_stated print"]
    assert told_of(", unit_stated: yes", ", unit_stated: no") == ["hip.unit_stated value"]
    assert told_of(", unit_stated: yes", "") == told_of("", ", unit_stated: true") == []
    assert told_of(", unit_stated: no", "") == ["hip.unit_stated only first"]
    assert told_of("", ", unit_stated: no") == ["hip.unit_stated only second"]


def test_a_name_that_may_be_left_out_is_no_difference(tmp_path: Path) -> None:
    named = ("outcome: hip\n", "outcome: hip\n    model: adjusted\n")
    for first, second in ((TEXT, beside(named)), (TEXT.replace(*named), WHOLE)):
        (found,) = compared(tmp_path, first, second)
        assert told(found) == []
        assert "model" not in {cell.key for cell in found.cells}


def test_the_order_of_words_in_a_list_is_no_difference(tmp_path: Path) -> None:
    (found,) = compared(tmp_path, TEXT, beside(("[age, sex]", "[Sex, age]")))
    assert told(found) == [("models", "adjusted.covariates", "print", 14, "age, sex", 14, "Sex, age")]


def test_names_that_each_reader_chose_are_aligned_where_only_one_is_left(tmp_path: Path) -> None:
    (found,) = compared(
        tmp_path,
        TEXT,
        beside(
            ("hip-men", "men"),
            ("  hip: {", "  total-hip: {"),
            ("outcome: hip", "outcome: total-hip"),
            ("  lee-2019: {type", "  lee: {type"),
            ("report: lee-2019", "report: lee"),
            ("0.0079", "0.0078"),
        ),
    )
    assert told(found)[-1] == ("hip-men", "effect.estimate", "value", 19, "0.0079", 19, "0.0078")
    assert [each for each in told(found) if each[2] == "value"] == told(found)[-1:]
    assert found.lone == ()
    assert found.notes == (
        "'lee' among the second's reports is taken as 'lee-2019'",
        "'total-hip' among the second's outcomes is taken as 'hip'",
        "'men' among the second's estimates is taken as 'hip-men'",
    )


def test_estimates_that_only_one_has_are_listed(tmp_path: Path) -> None:
    second = (
        "  - id: hip-woman\n    outcome: hip\n    stratum: {sex: women}\n"
        "    not_reported: {said: NS}\n    where: {report: lee-2019, at: T}\n"
    )
    flow = "flow: {where: {report: lee-2019, at: F}, steps: []}\n"
    more = beside(("extraction:", f"{second}{flow}extraction:"))
    older = second.replace("woman", "women-old").replace("women}", "women, age: 65+}")
    first = TEXT.replace("extraction:", f"{older}extraction:")
    (found,) = compared(tmp_path, first, more)
    listed = [(each.what, each.of, each.key, each.first_has_it, each.place.line) for each in found.lone]
    assert listed == [
        ("part", "flow", "id", False, 26),
        ("estimate", "hip-women-old", "id", True, 21),
        ("estimate", "hip-woman", "id", False, 21),
    ]
    assert found.lone[2].hint == "Is it the estimate 'hip-women-old' of the other?"


def test_an_estimate_that_the_record_lacks_is_listed_with_the_one_that_may_be_meant(tmp_path: Path) -> None:
    (found,) = compared(tmp_path, record(SECOND.replace("hip-men:", "hip-man:")))
    assert [(each.name, each.first_has_it, each.hint) for each in found.lone] == [
        ("hip-man", False, "Is it the estimate 'hip-men' of the other?")
    ]
    assert found.cells == ()


def test_two_files_may_be_compared_in_either_order(tmp_path: Path) -> None:
    partial = "study: lee-2019\nby: B\non: 2026-11-22\nestimates: {hip-men: {effect: {estimate: 0.0078}}}\n"
    (tmp_path / "a.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(partial, encoding="utf-8")
    one = compare_files(tmp_path / "a.yaml", tmp_path / "b.yaml")
    other = compare_files(tmp_path / "b.yaml", tmp_path / "a.yaml")
    assert [(each[4], each[6]) for each in told(one)] == [("0.0079", "0.0078")]
    assert [(each[4], each[6]) for each in told(other)] == [("0.0078", "0.0079")]


ARMS = """\
comparisons:
  - id: dose
    outcome: hip
    measure: MD
    arms:
      - {id: placebo, name: Placebo, reference: true, n: 20, mean: 1.0, sd: 0.5}
      - {id: high, name: High dose, n: 21, mean: 1.2, sd: 0.5}
    where: {report: lee-2019, at: Table 3}
extraction:"""
WITH_ARMS = TEXT.replace("extraction:", ARMS)


def test_arms_with_one_reference_are_compared_arm_by_arm(tmp_path: Path) -> None:
    part = "  comparisons:\n    dose: {arms: [{id: high, sd: 0.6}, {id: placebo, n: 20}]}\nextraction:"
    (found,) = compared(tmp_path, record(SECOND.partition("  estimates:")[0] + part, text=WITH_ARMS))
    assert told(found) == [("dose", "arms.high.sd", "value", 27, "0.5", 33, "0.6")]
    assert len(found.cells) == 2
    interval = part.replace("sd: 0.6", "effect: {ci: [0.1, 0.3]}")
    (found,) = compared(tmp_path, record(SECOND.partition("  estimates:")[0] + interval, text=WITH_ARMS))
    assert [each[1] for each in told(found)] == [f"arms.high.effect.ci.{end}" for end in ("lower", "upper")]
    whole = WITH_ARMS.replace("n: 21, mean: 1.2", "mean: 1.3, n: 21").replace("extractor-1", "B")
    (found,) = compared(tmp_path, WITH_ARMS, whole)
    assert told(found) == [("dose", "arms.high.mean", "value", 27, "1.2", 27, "1.3")]
    (found,) = compared(tmp_path, WITH_ARMS, TEXT)
    assert [(each.what, each.name) for each in found.lone] == [("comparison", "dose")]


# Risk of bias.


def judged(*entries: str) -> str:
    """Judgements with RoB 2, e.g. 'D1: low, by: A'."""
    listed = "".join(
        f"  - {{tool: RoB 2, support: S, domain: {domain}, judgement: {rest}}}\n"
        for domain, _, rest in (entry.partition(": ") for entry in entries)
    )
    return TEXT.replace("extraction:", f"risk_of_bias:\n{listed}extraction:")


def test_two_assessors_of_one_record_are_compared_with_kappa(tmp_path: Path) -> None:
    names = ("D1", "D2", "D3", "D4", "D5")
    words = {
        "A": ("low", "low", "high", "low", "high"),
        "B": ("Low risk of bias", "high", "high", "low", "low"),
    }
    first, second = (
        [f"{name}: {word}, by: {who}" for name, word in zip(names, given, strict=True)]
        for who, given in words.items()
    )
    (found,) = compared(tmp_path, judged(*first, *second))
    assert (found.first, found.second) == ("A", "B")
    assert told(found) == [
        ("risk_of_bias", "RoB 2 / randomization process", "print", 22, "low", 27, "Low risk of bias"),
        ("risk_of_bias", "RoB 2 / deviations from intended interventions", "value", 23, "low", 28, "high"),
        ("risk_of_bias", "RoB 2 / selection of the reported result", "value", 26, "high", 31, "low"),
    ]
    by_key = {each.key: each for each in agreements([found])}
    tool = by_key["RoB 2, all"]
    # 3 of 5 agree; low 3/5 and 3/5, high 2/5 and 2/5: p_e = 13/25, kappa = (15 - 13) / (25 - 13)
    assert (tool.compared, tool.agreed) == (5, 3)
    assert tool.kappa is not None
    assert abs(tool.kappa - 1 / 6) < 1e-12
    assert by_key["RoB 2 / measurement of the outcome"].why == "both readers know one class only"


def test_three_assessors_are_compared_two_by_two_and_one_not_at_all(tmp_path: Path) -> None:
    found = compared(tmp_path, judged("D1: low, by: A", "D1: low, by: B", "D1: low"))
    assert [(one.first, one.second) for one in found] == [
        ("A", "B"),
        ("A", "extractor-1"),
        ("B", "extractor-1"),
    ]
    assert compared(tmp_path, judged("D1: low, by: A", "D2: low, by: B")) == []
    assert compared(tmp_path, judged("D1: low", "D2: low")) == []


def test_judgements_of_other_results_are_not_compared(tmp_path: Path) -> None:
    text = judged("D1: low, by: A, estimate: hip-men", "D1: high, by: B")
    assert compared(tmp_path, text) == []
    (found,) = compared(tmp_path, text.replace("by: B", "by: B, estimate: hip-men"))
    assert [each[1] for each in told(found)] == ["RoB 2 / randomization process / hip-men"]


def test_applicability_is_a_judgement_of_its_own(tmp_path: Path) -> None:
    text = judged("D1: low, by: A, applicability: low", "D1: low, by: B, applicability: high")
    (found,) = compared(tmp_path, text.replace("RoB 2", "QUADAS-2"))
    assert [each[1] for each in told(found)] == ["QUADAS-2 / patient selection, applicability"]


def test_a_second_reader_may_judge_too(tmp_path: Path) -> None:
    second = "\n  risk_of_bias:\n    - {tool: RoB 2, domain: D1, judgement: high, support: S}\nextraction:"
    text = judged("Randomization process: low", "D2: low")
    (found,) = compared(tmp_path, record(SECOND.replace("\nextraction:", second), text=text))
    assert told(found)[-1][:2] == ("risk_of_bias", "RoB 2 / randomization process")
    assert told(found)[-1][2:5] == ("value", 22, "low")
    assert sum(cell.rated for cell in found.cells) == 1


def test_tools_that_are_not_known_are_compared_by_their_own_words(tmp_path: Path) -> None:
    text = judged("Any: good, by: A", "Any: Good, by: B", "Other: good, by: A", "Other: bad, by: B")
    (found,) = compared(tmp_path, text.replace("RoB 2", "Ours"))
    assert [each[1:3] for each in told(found)] == [("Ours / Any", "print"), ("Ours / Other", "value")]
