"""What rules about raw numbers and repeated digits must flag, and what they must leave alone."""

from __future__ import annotations

from tests.evidence.audit.records import (
    POPULATION,
    REPORT,
    UNADJUSTED,
    baseline,
    beta,
    classes,
    estimate,
    estimates,
    population,
    replaced,
)
from tests.evidence.records.samples import TEXT

CLEAR = ("n: 100, events: 60", "n: 100, events: 20")
COUNTS = ("n: 30, events: 10", "n: 40, events: 5")
MEANS = ("n: 30, mean: 3.0, sd: 1.1", "n: 40, mean: 2.0, sd: 1.2")
QUARTERS = ("n: 80, median: 12.0, q1: 10.0, q3: 14.0", "n: 80, median: 10.0, q1: 8.0, q3: 12.0")
RANGES = (
    "n: 60, median: 12.0, minimum: 6.0, maximum: 18.0",
    "n: 60, median: 10.0, minimum: 4.0, maximum: 16.0",
)
FALLS = "name: BMD, site: hip, unit: g/cm2, unit_stated: no"


def grouped(printed: str, groups: tuple[str, str], *, crude: bool = True, n: int | None = None) -> str:
    """A record with one comparison, e.g. of `OR, estimate: 3.5`, and its groups."""
    a, b = groups
    numbers = f"{{measure: {printed}, groups: [{{name: a, {a}}}, {{name: b, {b}}}]}}"
    text = estimates(estimate("a", f"effect: {numbers}", n=n))
    return replaced(UNADJUSTED, text=text) if crude else text


def of_outcome(keys: str, text: str) -> str:
    """The record with more said of its outcome, e.g. `whole_numbers: true`."""
    return replaced((FALLS, f"{FALLS}, {keys}"), text=text)


def means(first: str, second: str = "2.00, sd: 1.00", n: int = 28) -> str:
    return grouped("MD", (f"n: {n}, mean: {first}", f"n: {n}, mean: {second}"))


def by_sex(men: str, women: str, whole: str = "n: 100, events: 20") -> str:
    """Two groups of which the first is given in all, in men and in women."""
    other = {"{}": "n: 100, events: 10", "{sex: men}": "n: 40, events: 4", "{sex: women}": "n: 60, events: 6"}
    return estimates(
        *(
            estimate(
                f"a{place}",
                f"effect: {{measure: OR, groups: [{{name: a, {numbers}}}, {{name: b, {other[stratum]}}}]}}",
                stratum,
            )
            for place, (stratum, numbers) in enumerate(zip(other, (whole, men, women), strict=True))
        )
    )


def twice(first: str, second: str, name: str = "women") -> str:
    return estimates(
        beta("men", first, "{sex: men}", "Table 3, men"), beta(name, second, f"{{sex: {name}}}", "Table 3")
    )


def citation(words: str) -> str:
    return replaced((REPORT, REPORT.replace("Lee 2019", f"'{words}'")))


def pair(outcome: str, groups: tuple[str, str], stratum: str = "{}") -> str:
    a, b = groups
    numbers = f"{{measure: MD, groups: [{{name: a, {a}}}, {{name: b, {b}}}]}}"
    return estimate(
        f"{outcome}-{len(stratum)}", f"effect: {numbers}", stratum, f"Table 2, {outcome}", outcome=outcome
    )


CHANGE = ("measure: MD", "measure: MD, change: true")
MEAN = "effect: {measure: mean, estimate: 5.19}"
LONG = ("n: 31, mean: 3.12, sd: 1.17", "n: 42, mean: 2.08, sd: 1.29")
ROWS = (
    "{variable: x, mean_sd: [[2.3, 0.9], [2.3, 0.9]]}",
    "{variable: y, mean_sd: [[12.3, 4.9], [12.3, 4.9]]}",
    "{variable: z, percent: {a: [10, 10], b: [30, 30], c: [60, 60]}}",
)
TWO = {"columns": "[men, women]", "whole": "whole:"}

FLAGGED: dict[str, list[str]] = {
    "doi-malformed": [replaced(("year: 2019,", "year: 2019, doi: 'doi.org/10.1007/x',"))],
    "groups-exchanged": [
        grouped("OR, estimate: 0.16, ci: [0.09, 0.30]", CLEAR, crude=False),
        grouped("MD, estimate: -1.1, ci: [-1.6, -0.6]", MEANS, crude=False),
    ],
    "interval-against-groups": [
        grouped("OR, estimate: 3.5, ci: [2.95, 4.15]", COUNTS),
        grouped("OR, estimate: 3.5, ci: [0.20, 61.0]", COUNTS),
        grouped("MD, estimate: 1.0, ci: [0.9, 1.1]", MEANS),
        grouped("MD, estimate: 1.0, p: 0.95", (MEANS[0].replace("30", "300"), MEANS[1].replace("40", "400"))),
    ],
    "narrower-than-counts": [
        grouped("OR, estimate: 3.1, ci: [2.4, 4.0]", COUNTS, crude=False),
        grouped("HR, estimate: 3.1, ci: [2.4, 4.0]", COUNTS, crude=False),
    ],
    "n-against-groups": [grouped("OR, estimate: 3.5", COUNTS, n=69)],
    "se-in-place-of-sd": [
        # sqrt(1.21 / 30 + 1.44 / 40) = 0.276, and sqrt(1.21 + 1.44) = 1.63 if they are standard errors
        grouped("MD, estimate: 1.0, ci: [-2.2, 4.2]", MEANS),
        grouped("MD, estimate: 1.0, ci: [-2.2, 4.2]", MEANS, crude=False),
        grouped("MD, estimate: 1.0, se: 1.1", MEANS),
        grouped("SMD, estimate: 0.15", MEANS),
    ],
    "sds-far-apart": [grouped("MD", ("n: 30, mean: 3.0, sd: 0.20", MEANS[1]))],
    "sd-above-bounds": [of_outcome("bounds: [0, 4]", means("2.0, sd: 2.2"))],
    "sd-against-range": [
        # least: 8 over the root of 2 * 60; most: half of the range and the root of 30 / 29
        grouped("MD", ("n: 30, mean: 5.0, sd: 0.6, minimum: 1.0, maximum: 9.0", MEANS[1])),
        grouped("MD", (MEANS[0], "n: 30, mean: 5.0, sd: 4.3, minimum: 1.0, maximum: 9.0")),
    ],
    "far-from-groups": [
        grouped(
            "OR, estimate: 35.0, ci: [20.0, 61.2]", ("n: 300, events: 60", "n: 300, events: 50"), crude=False
        ),
        grouped("MD, estimate: 10.0, ci: [9.4, 10.6]", MEANS, crude=False),
        grouped("SMD, estimate: 8.6, se: 0.3", MEANS, crude=False),
        grouped(
            "HR, estimate: 25.0, ci: [15.0, 41.7]", ("n: 300, events: 60", "n: 300, events: 50"), crude=False
        ),
    ],
    "effect-against-medians": [
        grouped("MD, estimate: -2.0", QUARTERS),
        grouped("MD, estimate: 20.0", QUARTERS),
        grouped("MD, estimate: -2.0", RANGES),
    ],
    "p-as-bound": [
        grouped("MD, estimate: 1.0, p: < 0.001", MEANS),
        grouped("OR, estimate: 3.5, p: '* < 0.05'", COUNTS),
        estimates(beta("a", "0.0079, p: 0.000")),
    ],
    "p-against-f-or-chi2": [
        grouped("MD, estimate: 1.0, f: {value: 3.21, df: [2, 57]}, p: 0.058", MEANS),
        grouped("MD, estimate: 1.0, chi2: {value: 7.90, df: 3}, p: 0.031", MEANS),
        grouped("MD, estimate: 1.0, chi2: {value: 7.90}, p: '> 0.05'", MEANS),
    ],
    "sd-of-age": [
        population("{n: 400, age: {minimum: 50, mean: 62.0, sd: 0.4}}"),
        population("{n: 1426, age: {mean: 62.6, sd: 0.21}}"),
        population("{n: 17, age: {mean: 18.0, sd: 0.74, maximum: 30}}"),
        population("{n: 100, age: {minimum: 50, maximum: 60, mean: 55.0, sd: 8.0}}"),
        population("{n: 400, age: {minimum: 50, maximum: 80, mean: 62.0, sd: 0.4}}"),
    ],
    "mean-of-whole-numbers": [
        of_outcome("whole_numbers: true", means("5.19, sd: 2.00")),
        of_outcome("items: 3", means("5.21, sd: 2.00", n=5)),
        of_outcome(
            "whole_numbers: true",
            replaced(
                UNADJUSTED, text=estimates(estimate("a", "effect: {measure: mean, estimate: 5.19}", n=28))
            ),
        ),
    ],
    "sd-of-whole-numbers": [
        of_outcome("whole_numbers: true", means("3.44, sd: 2.47", "3.50, sd: 2.50", n=18)),
        of_outcome("whole_numbers: true, bounds: [0, 1]", means("0.35, sd: 0.18", "0.50, sd: 0.50", n=20)),
    ],
    "mean-outside-bounds": [of_outcome("bounds: [0, 2]", means("2.1, sd: 0.5", "1.0, sd: 0.4"))],
    "same-interval": [twice("-0.0129, ci: [-0.0166, -0.0091]", "-0.0112, ci: [-0.0166, -0.0091]")],
    "same-groups": [
        replaced(
            ("  hip: {", "  spine: {name: BMD, site: spine}\n  hip: {"),
            text=estimates(pair("hip", LONG), pair("spine", LONG)),
        ),
        estimates(pair("hip", LONG, "{sex: men}"), pair("hip", LONG, "{sex: women}")),
    ],
    "columns-identical": [baseline(*ROWS, **TWO)],
    "citation-year": [
        citation("Lee A, et al. Bone. 2015;71:1-7"),
        citation("Lee A, et al. Bone. 2018;71:1-7"),
    ],
    "n-above-whole": [estimates(beta("a", "0.0079", n=100), beta("b", "0.0079", "{sex: men}", n=110))],
    "groups-across-strata": [
        by_sex("n: 40, events: 8", "n: 70, events: 12"),
        by_sex("n: 40, events: 9", "n: 60, events: 12"),
        by_sex("n: 40, events: 8", "n: 60, events: 10"),
    ],
    "classes-against-ratios": [
        classes("RR", "n: 100, events: 60", "n: 100, events: 80, effect: {estimate: 4.0}"),
        classes("OR", "n: 100, events: 0", "n: 100, events: 0, effect: {estimate: 1.4}"),
        classes("OR", "n: 60, events: 60", "n: 80, events: 80, effect: {estimate: 1.4}"),
    ],
}


LEFT_ALONE: dict[str, list[str]] = {
    "doi-malformed": [TEXT, replaced(("year: 2019,", "year: 2019, doi: 10.1007/s00198-019-04950-x,"))],
    "groups-exchanged": [
        grouped("OR, estimate: 0.60, ci: [0.20, 1.80]", CLEAR, crude=False),
        grouped("OR, estimate: 5.1, ci: [2.70, 9.60]", CLEAR, crude=False),
        grouped("OR, estimate: 0.70, ci: [0.60, 0.82]", ("n: 30, events: 9", COUNTS[1]), crude=False),
    ],
    "interval-against-groups": [
        grouped("OR, estimate: 3.5, ci: [1.05, 11.67]", COUNTS),
        grouped("OR, estimate: 3.5, p: 0.04", COUNTS),
        grouped("OR, estimate: 3.5, ci: [2.95, 4.15]", COUNTS, crude=False),
        grouped("MD, estimate: 1.0, ci: [0.45, 1.55]", MEANS),
        grouped("MD, estimate: 1.0, p: 0.0005", MEANS),
        # clustered, or pairs
        grouped("MD, estimate: 1.0, ci: [0.0, 2.0]", MEANS),
        grouped("MD, estimate: 1.0, ci: [0.8, 1.2]", (MEANS[0], MEANS[1].replace("40", "30"))),
    ],
    "narrower-than-counts": [
        grouped("OR, estimate: 3.1, ci: [0.90, 10.7]", COUNTS, crude=False),
        grouped("HR, estimate: 3.1, ci: [1.05, 9.15]", COUNTS, crude=False),
        grouped("RR, estimate: 3.1, ci: [2.4, 4.0]", COUNTS, crude=False),
        grouped("OR, estimate: 3.5, ci: [2.4, 5.0]", COUNTS),
        grouped("OR, estimate: 3.1", COUNTS, crude=False),
    ],
    "n-against-groups": [grouped("OR, estimate: 3.5", COUNTS, n=70), grouped("OR, estimate: 3.5", COUNTS)],
    "se-in-place-of-sd": [
        grouped("MD, estimate: 1.0, ci: [0.45, 1.55]", MEANS),
        grouped("MD, estimate: 1.0, ci: [-9.2, 11.2]", MEANS),
        grouped("MD, estimate: 1.0, se: 0.28", MEANS),
        grouped("MD, estimate: 1.0, p: 0.54", MEANS),  # of a rank test?
        grouped("SMD, estimate: 0.86", MEANS),
        grouped(
            "MD, estimate: 1.0, ci: [-3.2, 5.2]", (MEANS[0].replace("30", "8"), MEANS[1].replace("40", "8"))
        ),
    ],
    "sds-far-apart": [
        grouped("MD", MEANS),
        grouped("MD", ("n: 30, mean: 3.0, sd: 0.50", MEANS[1])),
        grouped("MD", ("n: 30, mean: 0.5, sd: 0.20", MEANS[1])),
        grouped("MD", ("n: 15, mean: 3.0, sd: 0.30", MEANS[1])),
    ],
    "sd-above-bounds": [
        of_outcome("bounds: [0, 4]", means("2.0, sd: 2.0")),
        means("2.0, sd: 2.2"),
        of_outcome("bounds: [0, 4]", grouped("OR", COUNTS)),
        of_outcome("bounds: [0, 4]", means("2.0, sd: 2.2").replace(*CHANGE)),
    ],
    "sd-against-range": [
        grouped("MD", ("n: 30, mean: 5.0, sd: 1.1, minimum: 1.0, maximum: 9.0", MEANS[1])),
        grouped("MD", ("n: 30, mean: 5.0, sd: 4.0, minimum: 1.0, maximum: 9.0", MEANS[1])),
        grouped("MD", ("n: 30, mean: 5.0, sd: 0.1, minimum: 1.0", MEANS[1])),
        grouped("MD", ("n: 30, mean: 9.9, sd: 0.1, minimum: 1.0, maximum: 9.0", MEANS[1])),
        grouped("MD", ("n: 1, mean: 5.0, sd: 0.1, minimum: 1.0, maximum: 9.0", MEANS[1])),
    ],
    "far-from-groups": [
        grouped(
            "OR, estimate: 12.0, ci: [6.9, 21.0]", ("n: 300, events: 60", "n: 300, events: 50"), crude=False
        ),
        grouped("OR, estimate: 35.0, ci: [20.0, 61.2]", ("n: 300, events: 60", "n: 300, events: 50")),
        grouped(
            "OR, estimate: 35.0, ci: [9.0, 136]", ("n: 300, events: 60", "n: 300, events: 50"), crude=False
        ),
        grouped("MD, estimate: 3.4, ci: [2.8, 4.0]", MEANS, crude=False),
        grouped("RD, estimate: 20, se: 0.1", COUNTS, crude=False),
    ],
    "effect-against-medians": [
        grouped("MD, estimate: 2.0", QUARTERS),
        grouped("MD, estimate: 4.0", QUARTERS),
        grouped("MD, estimate: -2.0", QUARTERS, crude=False),
        grouped("MD, estimate: 20.0", (QUARTERS[0].replace("q3: 14.0", "q3: 18.0"), QUARTERS[1])),
        grouped("MD, estimate: 20.0", RANGES),
        grouped("SMD, estimate: -2.0", QUARTERS),
        grouped("MD, estimate: -0.2", (QUARTERS[0].replace("median: 12.0", "median: 10.2"), QUARTERS[1])),
        grouped("MD, estimate: -1.0", MEANS),
    ],
    "p-as-bound": [
        grouped("MD, estimate: 1.0, p: 0.001", MEANS),
        grouped("MD, estimate: 1.0, p: NS (> 0.05)", MEANS),
        grouped("MD, estimate: 1.0, p: < 0.001, use: groups", MEANS),
        grouped("MD, estimate: 1.0, ci: [0.45, 1.55], p: < 0.001", MEANS),
        grouped("MD, estimate: 1.0, t: 3.5, p: < 0.001", MEANS),
        estimates(beta("a", "0.0079, p: not printed")),
    ],
    "p-against-f-or-chi2": [
        grouped("MD, estimate: 1.0, f: {value: 3.21, df: [2, 57]}, p: 0.048", MEANS),
        grouped("MD, estimate: 1.0, chi2: {value: 7.90, df: 3}, p: 0.048", MEANS),
        grouped("MD, estimate: 1.0, chi2: {value: 7.90}, p: < 0.01", MEANS),
        grouped("MD, estimate: 1.0, chi2: {value: 7.90}, p: 0.02, test: Fisher exact", MEANS),
        grouped("MD, estimate: 1.0, chi2: {value: 7.90}, p: not printed", MEANS),
        grouped("MD, estimate: 1.0, chi2: {value: -7.90}, p: 0.02", MEANS),
        grouped("MD, estimate: 1.0, p: 0.02", MEANS),
    ],
    "sd-of-age": [
        population("{n: 100, age: {minimum: 50, maximum: 60, mean: 55.0, sd: 3.0}}"),
        population("{n: 400, age: {minimum: 50, maximum: 80, mean: 62.0, sd: 8.0}}"),
        population("{n: 400, age: {minimum: 50, mean: 62.0, sd: 0.8}}"),
        population("{n: 400, age: {mean: 62.0, sd: 0.1}}"),
        population("{n: 4000, age: {mean: 62.0, sd: 0.7}}"),
        population("{n: 400, age: {mean: 9.0, sd: 0.4}}"),
        population("{n: 16, age: {mean: 62.0, sd: 0.74}}"),
        population("{age: {mean: 62.0, sd: 0.4}}"),
        population("{age: {minimum: 50, maximum: 80, mean: 62.0, sd: 0.4}}"),
    ],
    "mean-of-whole-numbers": [
        means("5.19, sd: 2.00"),
        of_outcome("whole_numbers: true", means("5.21, sd: 2.00")),
        of_outcome("items: 2", means("5.20, sd: 2.00", n=5)),
    ],
    "sd-of-whole-numbers": [
        means("3.44, sd: 2.47", "3.50, sd: 2.50", n=18),
        of_outcome("whole_numbers: true", means("5.19, sd: 2.00")),
        of_outcome("whole_numbers: true, bounds: [0, 1]", means("0.35, sd: 0.49", "0.50, sd: 0.51", n=20)),
        of_outcome("whole_numbers: true", grouped("OR", COUNTS)),
    ],
    "mean-outside-bounds": [
        of_outcome("bounds: [0, 2]", means("2.0, sd: 0.5", "1.0, sd: 0.4")),
        means("2.1, sd: 0.5"),
        of_outcome("bounds: [2, 0]", means("2.1, sd: 0.5", "1.0, sd: 0.4")),
        of_outcome("bounds: [0, 2]", means("2.1, sd: 0.5").replace(*CHANGE)),
    ],
    "same-interval": [
        twice("-0.0129, ci: [-0.0166, -0.0091]", "-0.0129, ci: [-0.0166, -0.0091]"),
        twice("-0.0129, ci: [-0.0166, -0.0091]", "-0.0128, ci: [-0.0166, -0.0091]"),
        twice("-0.01, ci: [-0.05, 0.03]", "-0.04, ci: [-0.05, 0.03]"),
        twice("-0.0129, ci: [-0.0166, -0.0091]", "-0.0112, ci: [-0.0166, -0.0090]"),
    ],
    "same-groups": [
        estimates(pair("hip", LONG), pair("hip", LONG).replace("id: hip-2", "id: other")),
        estimates(pair("hip", MEANS, "{sex: men}"), pair("hip", MEANS, "{sex: women}")),
        estimates(pair("hip", LONG, "{sex: men}"), pair("hip", LONG[::-1], "{sex: women}")),
    ],
    "columns-identical": [
        baseline(*ROWS[:2], **TWO),
        baseline(ROWS[0], ROWS[1], ROWS[2].replace("30, 30", "30, 31"), **TWO),
        baseline(ROWS[2], ROWS[2].replace("z", "w"), ROWS[2].replace("z", "v"), **TWO).replace(
            "b: [30, 30], ", ""
        ),
    ],
    "citation-year": [
        TEXT,
        citation("Lee A, et al. Bone. 2019;71:2015-2021"),
        citation("Lee A, et al. Bone"),
        citation("Lee A. Bone. doi 10.1016/j.bone.2011.02.003"),
    ],
    "n-above-whole": [
        estimates(beta("a", "0.0079", n=100), beta("b", "0.0079", "{sex: men}", n=100)),
        estimates(beta("a", "0.0079", "{sex: women}", n=100), beta("b", "0.0079", "{sex: men}", n=110)),
    ],
    "groups-across-strata": [
        by_sex("n: 40, events: 8", "n: 60, events: 12"),
        by_sex("n: 40, mean: 8, sd: 1", "n: 60, mean: 8, sd: 1", "n: 100, mean: 8, sd: 1"),
        replaced((POPULATION, "population: {}")),
    ],
    "classes-against-ratios": [
        classes("RR", "n: 100, events: 60", "n: 100, events: 80, effect: {estimate: 1.5}"),
        classes("RR", "n: 100, events: 60", "n: 100, events: 80, effect: {estimate: 4.0}", crude=True),
        classes("RR", "n: 100, events: 60", "n: 100, events: 80, effect: {estimate: 4.0, use: groups}"),
        classes("RR", "n: 100, events: 60", "effect: {estimate: 4.0}"),
        classes("RR", "n: 100, events: 60", "n: 100, events: 80"),
        classes("RR", "n: 100, events: 60", "n: 100, events: 120, effect: {estimate: 4.0}"),
        classes("HR", "n: 100, events: 60", "n: 100, events: 80, effect: {estimate: 4.0}"),
        classes("OR", "n: 100, events: 60", "n: 100, events: 80, effect: {estimate: 400}"),
        classes("OR", "n: 60, events: 60", "n: 80, events: 79, effect: {estimate: 1.4}"),
        classes("HR", "n: 60, events: 60", "n: 80, events: 80, effect: {estimate: 1.4}"),
        classes("MD", "n: 28, mean: 5.2, sd: 2.0", "n: 28, mean: 5.3, sd: 2.1, effect: {estimate: 3.0}"),
        classes("RR", "person_time: 9.0, events: 60", "person_time: 9.0, events: 80, effect: {estimate: 40}"),
    ],
}
