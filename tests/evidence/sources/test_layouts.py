"""Effects in the layouts that journals use: every one is found, with its measure, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.sources.matching import Numbers
from evidence.sources.paper_files import read_paper
from evidence.sources.searching import candidates_of
from tests.evidence.sources.candidate_words import read, told
from tests.evidence.sources.test_paper_fuzz import as_pdf, drawn

LAYOUTS: dict[str, tuple[str, list[str]]] = {
    "or-ref grid": (
        "Table 2. Odds ratios (95% CI) of osteoporosis by quartile of hemoglobin\n"
        "Quartile      Crude                 Adjusted\n"
        "Q1            1.00 (ref)            1.00 (ref)\n"
        "Q2            0.91 (0.74-1.12)      0.95 (0.77-1.18)\n"
        "Q3            0.80 (0.64-0.99)      0.85 (0.68-1.07)\n"
        "Q4            0.66 (0.52-0.83)      0.72 (0.56-0.92)\n"
        "P for trend   <0.001                0.004\n",
        [
            "OR 0.91 0.74 1.12",
            "OR 0.95 0.77 1.18",
            "OR 0.80 0.64 0.99",
            "OR 0.85 0.68 1.07",
            "OR 0.66 0.52 0.83",
            "OR 0.72 0.56 0.92",
        ],
    ),
    "single spaced": (
        "Table 2. Odds ratios (95% CI) of osteoporosis by quartile of hemoglobin\n"
        "Quartile Crude Adjusted\n"
        "Q1 1.00 (reference) 1.00 (reference)\n"
        "Q2 0.91 (0.74-1.12) 0.95 (0.77-1.18)\n"
        "Q3 0.80 (0.64-0.99) 0.85 (0.68-1.07)\n",
        ["OR 0.91 0.74 1.12", "OR 0.95 0.77 1.18", "OR 0.80 0.64 0.99", "OR 0.85 0.68 1.07"],
    ),
    "hazard caption": (
        "Table 2. Hazard ratios (95% CI) of fracture\n"
        "Tertile Model 1 Model 2 p\n"
        "First 1.00 (ref) 1.00 (ref)\n"
        "Second 1.21 (0.84-1.73) 1.30 (0.90, 1.80) 0.17\n",
        ["HR 1.21 0.84 1.73", "HR 1.30 0.90 1.80"],
    ),
    "lancet middle dots": (
        "The hazard ratio was 0·84 (95% CI 0·63–1·12; p=0·24), and in women 1·30 (1·05–1·61).",
        ["HR 0.84 0.63 1.12", "HR 1.30 1.05 1.61"],
    ),
    "decimal commas": (
        "Das OR betrug 0,84 (95%-KI 0,63–1,12; p = 0,24) und 1,30 (95%-KI 1,05 bis 1,61).",
        ["OR 0.84 0.63 1.12", "OR 1.30 1.05 1.61"],
    ),
    "comma table": (
        "Table 3. Odds ratio (95 % CI)\n"
        "Group   OR      95% CI         P\n"
        "Men     1,21    0,84; 1,73     0,31\n"
        "Women   0,80    0,64; 0,99     0,04\n",
        ["OR 1.21 0.84 1.73", "OR 0.80 0.64 0.99"],
    ),
    "to": (
        "Risk ratio 1.21, 95% CI 0.84 to 1.73; mean difference −0.012 g/cm2 (95% CI −0.020 to −0.004).",
        ["RR 1.21 0.84 1.73", "MD -0.012 -0.020 -0.004"],
    ),
    "u2212": (
        "β = −0.0079 (95% CI −0.0135, −0.0020), P = 0.006; β coefficient −1.2 [−2.0; −0.4]",
        ["beta -0.0079 -0.0135 -0.0020", "beta -1.2 -2.0 -0.4"],
    ),
    "cid minus": (
        "β = (cid:0)0.0079 (95% CI (cid:0)0.0135, (cid:0)0.0020), P = 0.006",
        ["beta -0.0079 -0.0135 -0.0020"],
    ),
    "cid dash": (
        "OR 0.84 (95% CI 0.63(cid:1)1.12)",
        ["OR 0.84 0.63 1.12"],
    ),
    "separate columns": (
        "Table 4. Linear regression of BMD on hemoglobin\n"
        "Site            β        SE       95% CI              P value\n"
        "Femoral neck    0.0079   0.0029   0.0022 to 0.0136    0.006\n"
        "Lumbar spine    -0.0012  0.0020   -0.0051 to 0.0027   0.54\n",
        ["beta 0.0079 0.0022 0.0136", "beta -0.0012 -0.0051 0.0027"],
    ),
    "lower upper columns": (
        "Table 4. Hazard ratios\n"
        "Variable        HR      Lower    Upper    p\n"
        "Anemia          1.32    1.08     1.61     0.007\n"
        "Age             1.05    1.02     1.08     <0.001\n",
        ["HR 1.32 1.08 1.61", "HR 1.05 1.02 1.08"],
    ),
    "split over pages": (
        "Table 5. Adjusted odds ratios (95% CI) of fracture\n"
        "Variable            OR (95% CI)           P\n"
        "Hb <12              1.45 (1.01-2.08)      0.04\n"
        "Hb 12-13            1.10 (0.80-1.51)      0.55\n"
        "\n"
        "J Bone Res 2019;12:345-356                                   349\n"
        "\n"
        "Table 5. (continued)\n"
        "Variable            OR (95% CI)           P\n"
        "Hb >15              0.92 (0.70-1.21)      0.55\n",
        ["OR 1.45 1.01 2.08", "OR 1.10 0.80 1.51", "OR 0.92 0.70 1.21"],
    ),
    "two columns text": (
        "the association was not significant      Table 1 shows the characteristics of\n"
        "(OR 0.84, 95% CI 0.63-1.12). In women    the participants. Mean age was 62.6\n"
        "the OR was 1.30 (95% CI 1.05-1.61).      (SD 8.0) years.\n",
        ["OR 0.84 0.63 1.12", "OR 1.30 1.05 1.61"],
    ),
    "interval in next line": (
        "Table 6. Odds ratios (95% CI)\n"
        "            Model 1        Model 2\n"
        "Anemia      1.45           1.52\n"
        "            (1.01-2.08)    (1.05-2.20)\n"
        "Obesity     0.80           0.82\n"
        "            (0.64-0.99)    (0.66-1.02)\n",
        ["OR 1.45 1.01 2.08", "OR 1.52 1.05 2.20", "OR 0.80 0.64 0.99", "OR 0.82 0.66 1.02"],
    ),
    "stars": (
        "Table 7. Regression coefficients (SE)\n"
        "            Men               Women\n"
        "Hb          0.012 (0.004)**   0.003 (0.005)\n"
        "Age         -0.020 (0.006)*** -0.031 (0.007)***\n",
        ["beta 0.012", "beta 0.003", "beta -0.020", "beta -0.031"],
    ),
    "aOR text": (
        "In multivariable analysis (aOR: 2.15; 95%CI: 1.10, 4.20; p=.025) and aHR=1.87[1.20-2.91]",
        ["OR 2.15 1.10 4.20", "HR 1.87 1.20 2.91"],
    ),
    "ci first": (
        "the pooled OR (95% CI) was 1.21 (0.84, 1.73); HR [95% CI]: 0.77 [0.60–0.98]",
        ["OR 1.21 0.84 1.73", "HR 0.77 0.60 0.98"],
    ),
    "r": (
        "Hb correlated with BMD (r = 0.21, p < 0.001; n = 412) and Spearman's rho = −0.35, P=.02",
        ["r 0.21", "r -0.35"],
    ),
    "rotated": (
        "T\na\nb\nl\ne\n8\nOdds ratio 1.21 (0.84-1.73)\n",
        ["OR 1.21 0.84 1.73"],
    ),
    "supplement lines": (
        "Supplementary Table S2: Relative risk (95% confidence interval) of hip fracture\n"
        "Hemoglobin (g/dL)  Cases/person-years  RR (95% CI)\n"
        "<11                45/12,345           1.82 (1.20, 2.75)\n"
        "11-12.9            110/45,678          1.21 (0.90, 1.62)\n"
        "13-14.9            200/98,765          1 (referent)\n"
        ">=15               98/50,432           1.05 (0.80, 1.38)\n",
        ["RR 1.82 1.20 2.75", "RR 1.21 0.90 1.62", "RR 1.05 0.80 1.38"],
    ),
}


def effects(text: str) -> list[str]:
    """Measure, estimate and limits of each effect."""
    found = []
    for each in told(text):
        measure, _, numbers = each.partition(": ")
        if "estimate" in numbers:
            roles = dict(part.rsplit(" ", 1) for part in numbers.replace("?", "").split(", "))
            told_of = [roles[key] for key in ("estimate", "low", "high") if key in roles]
            found.append(" ".join([measure, *told_of]))
    return found


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_effect_of_a_layout_is_found_and_nothing_else(name: str) -> None:
    text, expected = LAYOUTS[name]
    assert effects(text) == expected


def test_there_are_as_many_effects_in_the_layouts_as_counted_by_hand() -> None:
    assert sum(len(expected) for _, expected in LAYOUTS.values()) == 51


@pytest.mark.parametrize("name", ["or-ref grid", "interval in next line", "stars", "split over pages", "to"])
def test_the_same_from_a_page_of_a_pdf(name: str, tmp_path: Path) -> None:
    text, expected = LAYOUTS[name]
    path = tmp_path / "a.pdf"
    path.write_bytes(as_pdf(drawn(text.replace("−", "-").split("\n")), True))
    found = candidates_of(Numbers(read_paper(path).text))
    assert len([each for each in found if each.kind == "effect"]) == len(expected)


def test_brackets_below_estimates_need_as_many_and_a_word_that_says_what_they_are() -> None:
    rows = "Anemia 1.45 1.52\n(1.01-2.08) (1.05-2.20)"
    assert effects(f"Table 1. Odds ratios (95% CI)\n{rows}") == ["OR 1.45 1.01 2.08", "OR 1.52 1.05 2.20"]
    assert effects(f"Table 1. Medians (range)\n{rows}") == []
    assert "OR 1.52 1.05 2.20" not in effects(f"Table 1. Odds ratios (95% CI)\n{rows} (1.05-2.20)")
    errors = "Hb 0.12** -0.30\n(0.04) (0.05)"
    assert told(f"Table 1. Regression coefficients; standard errors in brackets\n{errors}") == [
        "beta: estimate 0.12, se 0.04",
        "beta: estimate -0.30, se 0.05",
    ]
    assert told(f"Table 1. Regression coefficients\n{errors}") == []


def test_a_table_with_decimal_commas_is_quoted_in_the_words_of_the_text() -> None:
    text, _ = LAYOUTS["comma table"]
    men, women = (each for each in read(text) if each.kind == "effect")
    assert (men.quote, women.quote) == ("Men 1,21 0,84; 1,73 0,31", "Women 0,80 0,64; 0,99 0,04")
    assert (men.spot.line.number, women.spot.line.number) == (3, 4)
