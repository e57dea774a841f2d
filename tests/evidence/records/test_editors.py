"""What an editor shows of the keys of records and reviews while they are typed."""

from __future__ import annotations

from typing import Any

from evidence.records.json_schema import json_schema
from evidence.records.review import Review
from evidence.records.schema import Record

PRINTED = {
    "ci": "Lower and upper", "lower": "Lower limit", "upper": "Upper limit", "se": "of the log",
    "t": "t or z", "p": "leaves it out", "df": "interval", "f": "df: [1, 98]", "chi2": "df: 1",
    "log": "logarithms of the ratio", "se_of": "not of its transform", "ci_method": "interval",
    "test": "p comes from", "use": "contradict",
}  # fmt: skip
RAW = {"person_time": "person-years", "se": "of the mean", "ci": "95 % interval of the mean"}

# What a key means where its name alone could be misread: a word that must stand in what an editor shows.
EXPLAINED: dict[str, dict[str, str]] = {
    "Cohort": {
        "name": "one population", "years": "2013-2018", "repeated": "other persons", "part_of": "include",
    },
    "Report": {
        "label": "Liu 2022", "read": "in hand", "superseded_by": "replaces", "year": "publication",
        "text": "beside the review", "sha256": "another text is noticed", "found_as": "PubMed number",
    },
    "Exposure": {"unit": "not stated", "sd": "a slope per 1 SD"},
    "Outcome": {
        "unit": "10^-2 g/cm2", "unit_stated": "inferred", "method": "DXA", "whole_numbers": "falls",
        "items": "questionnaire", "bounds": "[0, 10]", "sd": "SD in the study",
    },
    "Model": {"name": "paper calls it"},
    "Stratum": {"age": "18-49", "group": "different persons"},
    "PrintedNumbers": PRINTED,
    "Effect": {
        **PRINTED, "per": "1 g/dL", "within": "range", "change": "changes from baseline",
        "groups": "exposed first", "group": "the one group", "columns": "ri: 0.31",
    },
    "FStatistic": {"value": "exactly as printed"},
    "ChiSquareStatistic": {"value": "exactly as printed"},
    "Group": RAW,
    "Arm": {
        **RAW, "reference": "the others are compared with", "dose": "50 mg", "limits": "11.9-13.0",
        "effect": "Against the reference",
    },
    "SharedReference": {
        "exposure": "one exposure", "model": "one model", "change": "from baseline", "arms": "low to high",
    },
    "NotReported": {"direction": "Which way it went", "said": "not significant"},
    "Locator": {"at": "Table 4", "quote": "own words"},
    "Estimate": {"exposure": "one exposure", "model": "one model", "not_poolable": "must not be pooled"},
    "BaselineRow": {"ordered": "low to high", "percent": "a class"},
    "Judgement": {
        "tool": "ROBINS-I", "version": "newest", "domain": "short name", "applicability": "the tool asks",
        "estimate": "judges each result", "by": "several did",
    },
    "Acknowledgement": {
        "finding": "brackets", "of": "id of the estimate", "use": "used instead", "data": "new look",
    },
    "SecondReading": {"estimates": "estimate's id", "comparisons": "comparison's id"},
    "Resolution": {
        "of": "id of the estimate", "key": "tool / domain", "took": "as read by the second",
        "first": "first had read", "second": "second has read",
    },
    "Generated": {"protocol": "was run", "inputs": "sha256", "software": "Versions"},
    "Record": {
        "label": "tables and figures", "properties": "region: Asia", "acknowledged": "Misprints",
        "generated": "primary data", "comparisons": "share a reference", "resolved": "whose counts",
    },
    "TargetScale": {"exposure": "in the records", "per": "1 g/dL", "unit": "g/cm2"},
    "Same": {"groups": "are compared"},
    "Method": {"model": "share persons"},
    "EffectsModel": {"name": "SCE", "rho": "hip with femoral neck: 0.8", "test": "CR1S"},
    "Analysis": {
        "model": "Overrides the review's", "moderators": "differ by",
        "group_by": "Rows in groups", "tau2": "each its own", "reports": "Overrides",
        "adjustment": "Overrides", "overlap": "order of preference", "columns": "Overrides",
        "arms": "Overrides", "accept": "the scale's measure", "bayes": "Overrides",
        "unreported": "Results without a number", "dose_response": "a curve over its dose",
    },
    "DoseResponseChoice": {
        "unit": "g/dL", "curve": "restricted cubic spline", "knots": "at least three",
        "at": "of which the effect is told", "reference": "told against", "doses": "the middle of the class",
        "prefer": "has both of the same persons", "stages": "fewer classes than coefficients",
        "covariance": "Greenland", "open_classes": "1.2 times",
    },
    "BayesChoice": {
        "tau_prior": "on the scale that is pooled", "mu_prior": "flat, normal(mean, sd)",
        "smallest_effect": "as readers see it", "primary": "that of the test under `method`",
    },
    "Unreported": {
        "said": "ORBIT class", "n": "Its persons", "se": "on the analysis scale",
        "probability": "not sure", "alpha": "two-sided test", "note": "Why",
    },
    "Like": {"n": "has no n of it"},
    "Review": {
        "sites": "the one to use", "reports": "preferred first", "adjustment": "one per study and stratum",
        "columns": "between study and effect", "within": "inside others", "distinct": "not the same",
        "arms": "combine them", "overlap": "order of preference", "searched_to": "was searched",
        "bayes": "which is primary", "screening": "are screened", "searches": "literature update",
    },
    "ScreeningChoice": {
        "reviewers": "blind to each other", "reasons": "stays out", "highlight": "in colour",
    },
    "SavedSearch": {
        "query": "type it at the service", "filter": "type:article", "since": "held before this day",
    },
}  # fmt: skip


def test_an_editor_says_what_a_key_means_where_its_name_could_be_misread() -> None:
    """Every key that is described says what it is to say, and none that is to be described is left out."""
    described: dict[tuple[str, str], str] = {}
    for model in (Record, Review):
        schema: dict[str, Any] = json_schema(model)
        for part, shown in {**schema["$defs"], model.__name__: schema}.items():
            for form in (shown, *shown.get("anyOf", ())):
                for key, each in form.get("properties", {}).items():
                    if "description" in each:
                        described[part, key] = each["description"]
    expected = {(part, key): words for part, keys in EXPLAINED.items() for key, words in keys.items()}
    assert set(described) == set(expected)
    assert [where for where, words in expected.items() if words not in described[where]] == []
    assert len(expected) == 168
