"""What `add` can be told, as an option or as the answer to a question: one row a field of the schema.

The schema itself decides whether an answer is valid; a row only says where the answer goes and how to
ask for it. Nothing heavy is imported, because the command line is built from these rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Need(StrEnum):
    """Whether a record can do without, and whether it is worth a question."""

    MUST = "obligatory"
    ASKED = "asked, may stay empty"
    OPTION = "option only"


@dataclass(frozen=True)
class Field:
    """One fact about a study, a report or an estimate."""

    name: str
    """Of the option, without its dashes."""
    part: str
    """The class of evidence.records.schema it belongs to."""
    key: str
    """The key in the file."""
    words: str
    """The question."""
    example: str
    need: Need = Need.OPTION

    @property
    def option(self) -> str:
        """As typed on the command line."""
        return f"--{self.name}"


MUST, ASKED = Need.MUST, Need.ASKED

STUDY_FIELDS = (
    Field("doi", "Report", "doi", "DOI of the paper", "10.1007/s11657-025-01507-6", ASKED),
    Field("citation", "Report", "citation", "Citation", "Lee J et al. Bone 2019;121:1-8", MUST),
    Field("year", "Report", "year", "Year of publication", "2019", MUST),
    Field("pmid", "Report", "pmid", "PubMed number", "39907827", ASKED),
    Field("type", "Report", "type", "Kind of report", "journal article", MUST),
    Field("status", "Report", "status", "Status of the report", "published", MUST),
    Field("read", "Report", "read", "What do you have in hand?", "full text", MUST),
    Field("url", "Report", "url", "Address of the report", "https://example.org/paper"),
    Field("study", "Record", "study", "Short name of the study, also of its file", "lee-2019", MUST),
    Field("title", "Record", "title", "Title of the study", "Anemia and hip fracture in Busan", MUST),
    Field("label", "Record", "label", "Name in tables and figures", "Lee 2019"),
    Field("design", "Record", "design", "Design", "prospective cohort", MUST),
    Field("cohort", "Cohort", "name", "Cohort or survey whose persons these are", "NHANES", MUST),
    Field("years", "Cohort", "years", "Years of recruitment or examination", "2013-2018", ASKED),
    Field("country", "Cohort", "country", "Country", "KR", ASKED),
    Field("wave", "Cohort", "wave", "Wave of the cohort", "4"),
    Field("repeated", "Cohort", "repeated", "Other years are other persons", "true"),
    Field("part-of", "Cohort", "part_of", "Larger cohorts that include these persons", "UK Biobank, EPIC"),
    Field("n", "Population", "n", "Number of persons in the study", "1426", ASKED),
    Field("population", "Population", "description", "Who was studied", "adults aged 50 or older"),
    Field("women", "Population", "women", "Percentage of women", "54.2 %"),
    Field(
        "exposure", "Exposure", "name", "Exposure, by the review's name if it is the same", "hemoglobin", MUST
    ),
    Field("exposure-unit", "Exposure", "unit", "Unit of the exposure, or 'not stated'", "g/dL", MUST),
    Field("printed-unit", "Exposure", "printed_unit", "Unit as misprinted by the paper", "mg/dl"),
    Field("by", "Extraction", "by", "Who extracts", "extractor-1", MUST),
    Field("on", "Extraction", "on", "Date of extraction; today when left out", "2026-11-21"),
)
"""Facts that a record states once."""

ESTIMATE_FIELDS = (
    Field("outcome", "Outcome", "name", "Outcome, by the review's name if it is the same", "BMD", MUST),
    Field("site", "Outcome", "site", "Where in the body", "lumbar spine", ASKED),
    Field("sex", "Stratum", "sex", "Only one sex?", "women", ASKED),
    Field("ancestry", "Stratum", "ancestry", "Only one ancestry?", "Mexican American", ASKED),
    Field("age", "Stratum", "age", "Only some ages, in years?", "50+", ASKED),
    Field("group", "Stratum", "group", "Another subgroup?", "postmenopausal", ASKED),
    Field("estimate-n", "Estimate", "n", "Number of persons behind the estimate", "652", ASKED),
    Field(
        "estimate",
        "Effect",
        "estimate",
        "Estimate as printed, every digit, its interval too; empty if none is",
        "0.84 (0.63-1.12)",
        ASKED,
    ),
    Field(
        "exposed-numbers",
        "Group",
        "exposed",
        "Numbers of the exposed group: events/persons, or persons: mean ± SD",
        "12/40",
        ASKED,
    ),
    Field(
        "reference-numbers", "Group", "reference", "The same of the reference group", "25: 5.2 ± 1.1", ASKED
    ),
    Field("not-reported", "NotReported", "said", "What does the paper say of it?", "not significant", ASKED),
    Field("measure", "Effect", "measure", "Effect measure", "HR", MUST),
    Field("per", "Effect", "per", "Step of the exposure, for slopes", "1 g/dL", ASKED),
    Field("exposed", "Contrast", "exposed", "Exposed group, for comparisons of groups", "anemia", ASKED),
    Field("reference", "Contrast", "reference", "Reference group", "no anemia", ASKED),
    Field("ci", "Effect", "ci", "Interval: lower and upper limit as printed", "1.11, 1.41", ASKED),
    Field("lower", "Effect", "lower", "Lower limit, where no upper one is printed", "1.11"),
    Field("upper", "Effect", "upper", "Upper limit, where no lower one is printed", "1.41"),
    Field("level", "Effect", "level", "Level of the interval; 95 % when left out", "95 %"),
    Field("se", "Effect", "se", "Standard error", "0.0016", ASKED),
    Field("p", "Effect", "p", "p-value as printed", "< 0.001", ASKED),
    Field("t", "Effect", "t", "Test statistic, t or z", "2.31"),
    Field("df", "Effect", "df", "Degrees of freedom of the interval", "29"),
    Field("within", "Effect", "within", "Part of the exposure's range", "< 11.9 g/dL"),
    Field("outcome-unit", "Outcome", "unit", "Unit of the outcome, or 'not stated'", "g/cm2", ASKED),
    Field("method", "Outcome", "method", "How the outcome was measured", "DXA"),
    Field("model-type", "Model", "type", "Statistical model", "linear regression", MUST),
    Field("adjustment", "Model", "adjustment", "How far adjusted", "full", MUST),
    Field("covariates", "Model", "covariates", "Adjusted for, or 'not stated'", "age, sex, smoking", ASKED),
    Field("model", "Model", "name", "The paper's name of the model", "Adjust II"),
    Field("at", "Locator", "at", "Where it stands", "Table 3, women, Model 2", MUST),
    Field("not-poolable", "Estimate", "not_poolable", "Why it must not be pooled", "reference group unclear"),
    Field("note", "Estimate", "note", "Remark on the estimate", "step of the slope not printed"),
)
"""Facts that are stated anew for each estimate."""

FIELDS = {field.name: field for field in (*STUDY_FIELDS, *ESTIMATE_FIELDS)}
