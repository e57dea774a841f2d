"""`certainty`: how sure a result is, by domain of GRADE, with the numbers and the source of each rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from synthesis.commands.loading import ReviewOption

if TYPE_CHECKING:
    from synthesis.certainty.certainty_of_analysis import CertaintyRow, JudgedDomain
    from synthesis.review.analysis_result import AnalysisResult


def certainty(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[ANALYSIS]...", help="Ids of analyses; all when left out.")
    ] = None,
    review: ReviewOption = None,
) -> None:
    """Tell how certain results are, in GRADE's form: absolute effects, and what is suggested of each domain.

    Suggestions, never verdicts. `certainty` of an analysis in review.yaml states thresholds, baseline risks
    and a contrast, and holds the judgements of persons, which override what is suggested. Beside each
    domain stands what a judgement names as `data`: when other data enter, it is stale, and `status` and
    `diff` say so.
    """
    from evidence.audit.auditing import contradicted_estimates
    from synthesis.commands.loading import (
        choose,
        complain_of,
        end_if_incomplete,
        find_review,
        method_of,
        usable_review,
    )
    from synthesis.review.analysis import analyse, of_each
    from synthesis.terminal import console, visible

    loaded = usable_review(find_review(review))
    method = method_of(loaded.review, None, None)
    contradicted = contradicted_estimates(loaded.records)
    analyses = choose(loaded.review, names or [])
    made, refusals = of_each(
        analyses,
        lambda analysis: _rated(analyse(loaded, analysis, method, contradicted=contradicted)),
    )
    for name, (rows, unplaced) in made.items():
        if not rows:
            console.print(f"{name}: nothing is pooled", style="dim")
        for row in rows:
            _print(row)
        for says in unplaced:
            console.print(f"{name}: {visible(says)}", style="yellow")
    complain_of(refusals)
    end_if_incomplete(loaded)
    if refusals:
        raise typer.Exit(1)


def _rated(result: AnalysisResult) -> tuple[tuple[CertaintyRow, ...], list[str]]:
    from synthesis.certainty.certainty_of_analysis import certainty_of, unplaced_judgements

    return certainty_of(result), unplaced_judgements(result)


def _print(row: CertaintyRow) -> None:
    from evidence.wording import counted
    from synthesis.terminal import console, visible

    persons = "persons not stated" if row.persons is None else counted(row.persons, "person")
    console.print(f"\n{visible(row.title)}", style="bold")
    console.print(f"{visible(row.effect)}; {counted(row.studies)}, {persons}")
    if row.beside:
        console.print(f"  {row.beside}", style="dim")
    for line in row.absolute():
        console.print(f"  {visible(line)}")
    if row.formula:
        console.print(f"  {row.formula}", style="dim")
    for each in row.domains:
        _print_domain(each)


def _print_domain(each: JudgedDomain) -> None:
    from synthesis.terminal import console, visible

    console.print(f"  {each.domain}: {visible(each.told)}", style="bold yellow" if each.stale else "bold")
    if each.judgement is not None:
        suggested = (
            ""
            if each.suggestion is None or not each.suggestion.word
            else (f" (the numbers suggest: {each.suggestion.word})")
        )
        console.print(f"    {visible(each.judgement.reason)} ({each.judgement.on}){suggested}")
    if each.suggestion is not None:
        for says in each.suggestion.numbers:
            console.print(f"    {visible(says)}")
        console.print(f"    {each.suggestion.source}", style="dim")
    console.print(f"    data: {each.data}", style="dim")
