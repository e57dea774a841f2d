"""Forest plots that between them hold every kind of row and every difficulty."""

from collections.abc import Callable
from math import inf, nan, sqrt

import pytest

from synthesis.drawing.forest_table import (
    Axis,
    ForestTable,
    GroupHeading,
    NotReportedRow,
    PredictionRow,
    Row,
    SpacerRow,
    StudyRow,
    SummaryRow,
    TextRow,
)

DIFFERENCE = Axis("Change in BMD (g/cm²) per 1 g/dL", "linear", 0.0, "lower BMD", "higher BMD")
RATIO = Axis("Risk ratio", "log", 1.0, "favours vaccine", "favours control")
HEADER = "Change in BMD (g/cm²) per 1 g/dL [95% CI]"


def _small() -> ForestTable:
    return ForestTable(
        title="Hip BMD and hemoglobin, men",
        subtitle="REML, Hartung-Knapp-Sidik-Jonkman (t, 2 df)",
        effect_header=HEADER,
        axis=DIFFERENCE,
        columns=("n", "Setting"),
        rows=(
            StudyRow("IMOS-4 2025", 0.0079, 0.0023, 0.0135, 32.0, cells=("1426", "community")),
            StudyRow("NHANES 2005–2018", 0.0025, -0.0016, 0.0066, 64.0, "↻", ("12304", "national survey")),
            StudyRow("CHS 2019", -0.0055, -0.0171, 0.0062, 4.0, cells=("987", "community")),
            NotReportedRow("Rutten 2013", "examined, not reported: not significant", cells=("358", "clinic")),
            SummaryRow("Random effects (3)", 0.0039, -0.0013, 0.0090, 100.0),
            PredictionRow("95% prediction interval", -0.0063, 0.0141),
            TextRow("τ² = 1.1 × 10⁻⁵, I² = 38 % (0 to 91 %), Q(2) = 4.9, p = 0.09"),
        ),
        footnotes=("↻ re-analysed from microdata", "A second note, <b>literal</b> & $x_1^2$ \\alpha."),
    )


def _subgroups() -> ForestTable:
    """Three of the BCG trials' estimates by allocation, with an interval that no axis should hold."""
    return ForestTable(
        title="BCG vaccine and tuberculosis",
        effect_header="Risk ratio [95% CI]",
        axis=RATIO,
        columns=("Vaccine n/N",),
        rows=(
            GroupHeading("Allocation: random"),
            StudyRow("Aronson 1948", 0.41, 0.13, 1.26, 30.0, cells=("4/123",)),
            StudyRow("Ferguson & Simes 1949", 0.20, 0.09, 0.49, 30.0, cells=("6/306",)),
            SummaryRow("Subgroup estimate", 0.38, 0.20, 0.70, 60.0, level="subgroup"),
            SpacerRow(),
            GroupHeading("Allocation: alternate"),
            StudyRow("Frimodt-Moller et al 1973", 0.80, 0.52, 1.25, 40.0, cells=("33/5069",)),
            SummaryRow("Subgroup estimate", 0.58, 0.002, 208.5, 40.0, level="subgroup"),
            TextRow("Heterogeneity: τ² = 0.13, I² = 82 %"),
            SummaryRow("Random effects (3 trials)", 0.49, 0.33, 0.73, 100.0),
            PredictionRow("95% prediction interval", 0.0001, 900.0),
        ),
    )


def _many(k: int) -> ForestTable:
    rows: list[Row] = []
    for i in range(k):
        estimate, half = 0.3 * ((i * 7) % 11 - 4) / 7, 0.1 + 0.4 * ((i * 5) % 13) / 13
        label = ("García-Márquez", "Smith", "van der Berg")[i % 3] + f" {1980 + i % 45}"
        weight = 100 * (1 + i % 9) / (5 * k)
        rows.append(
            StudyRow(label, estimate, estimate - half, estimate + half, weight, cells=(str(i * i + 9),))
        )
    rows.append(
        SummaryRow(f"Random effects ({k})", 0.12, 0.12 - 1 / sqrt(9 * k), 0.12 + 1 / sqrt(9 * k), 100.0)
    )
    return ForestTable(f"{k} studies", "SMD [95% CI]", Axis("SMD"), tuple(rows), columns=("n",))


def _long_names() -> ForestTable:
    return ForestTable(
        title="A title so long that it cannot stand on one line of a page that is only seven inches wide, "
        "not even in small type, and must therefore be broken",
        effect_header="Mean difference in systolic blood pressure (mmHg) at twelve months [95% CI]",
        axis=Axis(
            "Mean difference in systolic blood pressure at twelve months of follow-up (mmHg)",
            "linear",
            0.0,
            "favours the intervention with the long name",
            "favours the usual care of the time",
        ),
        columns=("Setting", "n"),
        rows=(
            StudyRow(
                "The Collaborative Multinational Prospective Study of Intensive versus Standard Care 2021",
                -4.2,
                -6.3,
                -2.1,
                40.0,
                cells=("Community, rural and remote, several countries", "1,204"),
            ),
            StudyRow(
                "Supercalifragilistic_Consortium_2019_$x^2$_<&>\\alpha_without_any_space", -10.25, -30, 10, 9
            ),
            StudyRow("Wide 2001", 1.5, -900.0, 930.0, 1.0, cells=("Clinic", "12.5")),
            SummaryRow(
                "Random effects, three trials, with a long label that must wrap as well", -3.6, -5.6, -1.6
            ),
        ),
    )


def _scripts() -> ForestTable:
    return ForestTable(
        "骨密度とヘモグロビン",
        HEADER,
        DIFFERENCE,
        (
            StudyRow("李明 等 2019", 0.0079, 0.0023, 0.0135, 30.0),
            StudyRow(
                "山田太郎ほか、日本骨粗鬆症学会多施設共同前向き研究グループ（全国調査）2018",
                -0.001,
                -0.009,
                0.007,
                10.0,
            ),
            StudyRow("محمد الأحمد 2021", 0.003, -0.002, 0.008, 10.0),
            StudyRow("Zero\x00width\ud800 \uffff 𐎀 \U0001f9ff", 0.002, -0.004, 0.008, 10.0),
            NotReportedRow("כהן 2020", "未报告 لم يبلغ"),
        ),
    )


def _unknown_numbers() -> ForestTable:
    return ForestTable(
        "Unknown numbers",
        HEADER,
        DIFFERENCE,
        (
            StudyRow("No interval", 0.003, None, None, 20.0),
            StudyRow("No estimate", None, None, None, 0.0),
            StudyRow("Not a number", nan, nan, nan, nan),
            StudyRow("Half open", 0.002, -inf, 0.004, 80.0),
            SummaryRow("Unknowable", 0.0022, None, nan),
            PredictionRow("95% prediction interval", None, None),
            PredictionRow("Boundless", -inf, inf),
        ),
    )


def _nothing_reported() -> ForestTable:
    rows = tuple(
        NotReportedRow(f"Study {i}", "reported only as “no association”", cells=("9",)) for i in range(4)
    )
    return ForestTable("Nothing reported", HEADER, DIFFERENCE, rows, columns=("n",), footnotes=("A note.",))


def _proportions() -> ForestTable:
    rows = tuple(StudyRow(f"Study {i}", 0.3 + i / 20, 0.2 + i / 20, 0.42 + i / 20) for i in range(3))
    return ForestTable(
        "Proportions", "Proportion [95% CI]", Axis("Proportion", null=None, left="fewer", right="more"), rows
    )


CASES: dict[str, Callable[[], ForestTable]] = {
    "small": _small,
    "subgroups": _subgroups,
    "one": lambda: _many(1),
    "two": lambda: _many(2),
    "eight": lambda: _many(8),
    "forty": lambda: _many(40),
    "two hundred": lambda: _many(200),
    "long names": _long_names,
    "scripts": _scripts,
    "unknown numbers": _unknown_numbers,
    "nothing reported": _nothing_reported,
    "proportions": _proportions,
    "empty": lambda: ForestTable("Empty", HEADER, DIFFERENCE, ()),
}


@pytest.fixture(params=CASES)
def table(request: pytest.FixtureRequest) -> ForestTable:
    """Each of the forest plots in turn."""
    return CASES[request.param]()


@pytest.fixture(params=sorted(set(CASES) - {"two hundred"}))
def printed_table(request: pytest.FixtureRequest) -> ForestTable:
    """Each but the longest, which differs from the one with forty studies in its printing time only."""
    return CASES[request.param]()


@pytest.fixture
def small() -> ForestTable:
    """Three studies with every kind of row but groups."""
    return _small()


@pytest.fixture
def subgroups() -> ForestTable:
    """Two groups on a log axis, with two intervals far beyond the points."""
    return _subgroups()


@pytest.fixture
def scripts() -> ForestTable:
    """Names in several scripts, with characters that no font and no document can hold."""
    return _scripts()
