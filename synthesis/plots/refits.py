"""Leave-one-out and cumulative analyses as forest plots of pooled results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from evidence.wording import NOTHING, fixed, p_number, percent
from synthesis.diagnostics.refits import Refits, one_more_each, without_each
from synthesis.drawing.forest_table import (
    Axis,
    ForestTable,
    Row,
    SpacerRow,
    StudyRow,
    SummaryRow,
)
from synthesis.plots.subject import Subject
from synthesis.plots.words import in_symbols


def leave_one_out_plot(subject: Subject) -> ForestTable:
    """The pooled result without each study; needs three studies, as otherwise nothing is pooled."""
    subject.needs(3, "A leave-one-out plot")
    refits = without_each(subject.pooled)
    rows = _rows(subject, refits, "without ")
    return _table(subject, f"{subject.title}: without each study", "Left out", rows, refits.says)


def cumulative_plot(
    subject: Subject, order: Sequence[int] | None = None, by: str = "the order of the rows"
) -> ForestTable:
    """The pooled result as studies came; order: positions of the studies, `by` says of what."""
    subject.needs(2, "A cumulative plot")
    refits = one_more_each(subject.pooled, order)
    rows = _rows(subject, refits, "+ ")
    title = f"{subject.title}: study by study, in {by}"
    return _table(subject, title, "Added", rows, refits.says)


def _rows(subject: Subject, refits: Refits, prefix: str) -> tuple[Row, ...]:
    low, estimate, high = (subject.shown(a) for a in (refits.ci_low, refits.estimate, refits.ci_high))
    return tuple(
        StudyRow(
            f"{prefix}{label}", float(estimate[i]), float(low[i]), float(high[i]), cells=_cells(refits, i)
        )
        for i, label in enumerate(refits.labels)
    )


def _cells(refits: Refits, i: int) -> tuple[str, str]:
    """I2 and p, which a single study does not have."""
    if np.isnan(refits.tau2[i]):
        return NOTHING, NOTHING
    return f"{fixed(refits.I2[i], 0)}%", p_number(refits.p_value[i])


def _table(subject: Subject, title: str, header: str, rows: tuple[Row, ...], says: str) -> ForestTable:
    pooled = subject.pooled
    return ForestTable(
        title=title,
        effect_header=f"Pooled effect [{percent(pooled.level)}\N{NO-BREAK SPACE}CI]",
        axis=Axis(
            subject.effect, "log" if subject.log else "linear", subject.null, subject.lower, subject.higher
        ),
        rows=(*rows, SpacerRow(), *_summaries(subject)),
        columns=("I²", "p"),
        study_header=header,
        footnotes=(in_symbols(pooled.method_sentence), in_symbols(says)),
    )


def _summaries(subject: Subject) -> Iterator[SummaryRow]:
    """The whole result; with Wald's interval too where Hartung and Knapp's is the narrower one."""
    pooled = subject.pooled
    label, i2 = f"All {subject.counted(pooled.k)}", f"{fixed(pooled.I2, 0)}%"
    cells = (i2, p_number(pooled.p_value))
    estimate, low, high = subject.shown(np.array([pooled.estimate, pooled.ci_low, pooled.ci_high])).tolist()
    if not pooled.narrower_than_wald:
        yield SummaryRow(label, estimate, low, high, cells=cells)
        return
    yield SummaryRow(f"{label}, Hartung-Knapp", estimate, low, high, cells=cells)
    low, high = subject.shown(np.array(pooled.wald)).tolist()
    yield SummaryRow(f"{label}, Wald", estimate, low, high, cells=(i2, NOTHING))
