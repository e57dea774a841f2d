"""The layout of a written record, line by line, and what is quoted, folded or kept on one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.records.reading import record_from_text
from evidence.records.writing import record_to_yaml, text_to_yaml

TIDY = """\
# Made by hand.
#
# In two parts.
schema: 1
study: lee-2019
title: Hemoglobin, and bone
design: cohort
cohort: {name: LEE, years: 2010-2012}

reports:
  lee-2019:
    type: journal article
    status: published
    citation: Lee, A. 2019
    year: 2019
    read: full text

population:
  n: 1426
  women: 54.2 %
  age: {minimum: 50, mean: 62.6, sd: 8.0}

exposures:
  hemoglobin: {name: hemoglobin, unit: g/dL}

outcomes:
  hip: {name: BMD, site: hip, unit: g/cm2, unit_stated: false, method: "DXA, Hologic"}

models:
  adjusted: {type: linear regression, adjustment: full, covariates: [age, "sex, menopause"]}

estimates:
  - id: hip-men
    outcome: hip
    stratum: {sex: men}
    effect: {measure: beta, per: 1 g/dL, estimate: 0.0079, ci: [0.002, 0.0135], p: 0.006, df: 12}
    where: {report: lee-2019, at: Table 2}

  - id: hip-women
    outcome: hip
    stratum: {sex: women}
    not_reported: {said: not significant}
    where: {report: lee-2019, at: Table 2}
    note: >-
      The paper says in its methods that women were examined, and in its results nothing of them beyond the
      one sentence that is quoted here

flow:
  where: {report: lee-2019, at: Figure 1}
  steps:
    - {start: 1500, what: asked to come to the examination of bone}
    - {left: 1426, what: had their bone mineral density measured}

baseline:
  - where: {report: lee-2019, at: Table 1}
    columns: [all, men]
    rows:
      - variable: age
        unit: years
        mean_sd: [[62.6, 8.0], [61, 8]]
      - variable: smoking
        percent:
          never, ever: [50.0, 60.0]
          now: [50.0, 40.0]

extraction: {by: extractor-1, on: 2026-11-21}
note: seen, twice
"""


def test_a_tidy_record_is_written_as_it_stands() -> None:
    document = record_from_text(TIDY, Path("lee-2019.yaml"))
    assert document.model is not None, document.problems
    comment = "Made by hand.\n\nIn two parts."
    assert record_to_yaml(document.model, comment).splitlines() == TIDY.splitlines()


def test_an_empty_part_is_one_line() -> None:
    kept = TIDY[: TIDY.index("estimates:")] + TIDY[TIDY.index("extraction:") :]
    short = kept.replace("# Made by hand.\n#\n# In two parts.\n", "")
    document = record_from_text(short, Path("lee-2019.yaml"))
    assert document.model is not None, document.problems
    assert record_to_yaml(document.model) == short


@pytest.mark.parametrize(
    ("text", "plain", "inside"),
    [
        ("a, b", "a, b", '"a, b"'),
        ("[x", '"[x"', '"[x"'),
        ("a [x]", "a [x]", '"a [x]"'),
        ("no", '"no"', '"no"'),
        ('say "x"', 'say "x"', 'say "x"'),
        ('"x"', "'\"x\"'", "'\"x\"'"),
        ("\\x: y", "'\\x: y'", "'\\x: y'"),
        ("it's: so", '"it\'s: so"', '"it\'s: so"'),
        ("a\u00a0b", "a\u00a0b", "a\u00a0b"),
        ("a\u009fb", '"a\\u009fb"', '"a\\u009fb"'),
        ("a\u007fb", '"a\\u007fb"', '"a\\u007fb"'),
        ("a~b", "a~b", "a~b"),
        ("a\u001fb", '"a\\u001fb"', '"a\\u001fb"'),
        ('a\u2028"', '"a\\u2028\\""', '"a\\u2028\\""'),
        ("a\tb", '"a\\tb"', '"a\\tb"'),
        ("\U0001f600", "\U0001f600", "\U0001f600"),
    ],
)
def test_a_text_is_quoted_where_yaml_would_take_it_for_something_else(
    text: str, plain: str, inside: str
) -> None:
    assert (text_to_yaml(text), text_to_yaml(text, inside_brackets=True)) == (plain, inside)


def folded(note: str) -> list[str]:
    text = TIDY.replace("note: seen, twice", f"note: '{note}'")
    document = record_from_text(text, Path("lee-2019.yaml"))
    assert document.model is not None, document.problems
    lines = record_to_yaml(document.model).splitlines()
    return lines[next(number for number, line in enumerate(lines) if line.startswith("note:")) :]


def test_a_long_text_is_folded_between_words_alone() -> None:
    words = " ".join(["word"] * 21)  # 104 letters; with the key, 110
    assert folded(words) == [f"note: {words}"]
    assert folded(f"{words}s") == ["note: >-", f"  {words}s"]
    assert folded(f"{words} long-winded") == ["note: >-", f"  {words}", "  long-winded"]
    fewer = " ".join(["word"] * 20)
    assert folded(f"{fewer} long-winded") == ["note: >-", f"  {fewer}", "  long-winded"], "as one word"
    address = "https://example.org/" + "x" * 120
    assert folded(f"see {address} there") == ["note: >-", "  see", f"  {address}", "  there"]
    twice = f"{words}  {words}"
    assert folded(twice) == [f"note: {twice}"], "two blanks would become one"
