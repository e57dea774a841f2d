"""The last steps of `add`: the record is written, the audit speaks, and the pooled results move."""

from __future__ import annotations

from rich.text import Text

from evidence.audit.auditing import audit_review
from evidence.records.checking import Checked, check_one
from evidence.records.problems import Severity
from evidence.records.review import LoadedReview, load_review
from evidence.records.schema import Record
from evidence.records.writing import WritingError, write_record
from synthesis.commands.drafts import Draft
from synthesis.commands.loading import refuse
from synthesis.commands.problem_formats import shown_path, write_text
from synthesis.terminal import console


def add_draft(loaded: LoadedReview, draft: Draft, force: bool) -> None:
    """Write a draft, then tell what the audit says and how the review moves."""
    try:
        write_record(draft.path, draft.text, draft.record, overwrite=force)
    except WritingError as error:
        refuse(str(error), code=1)
    except KeyboardInterrupt:
        there = draft.path.is_file() and draft.path.read_text(encoding="utf-8") == draft.text
        refuse(f"stopped; {shown_path(draft.path)} {'is' if there else 'was not'} written", code=130)
    _report(loaded, load_review(loaded.folder), draft)


def _report(before: LoadedReview, after: LoadedReview, draft: Draft) -> None:
    known = set(audit_review(before.documents))
    _, problems = check_one(draft.path)
    problems += [problem for problem in audit_review(after.documents) if problem not in known]
    checked = Checked(1, tuple(sorted(problems, key=lambda problem: problem.sort_key)))
    write_text(checked)
    console.print(Text(f"wrote {shown_path(draft.path)}", style="bold green"), soft_wrap=True)
    if checked.count(Severity.ERROR):
        says = "What is printed contradicts itself (see above): compare it with the paper again."
        console.print(Text(says, style="bold red"), soft_wrap=True)
    _report_movement(before, after, draft.record)


def _report_movement(before: LoadedReview, after: LoadedReview, record: Record) -> None:
    broken = [each.path for each in after.documents if each.model is None]
    if broken:
        names = ", ".join(map(shown_path, broken))
        says = f"pooled results are not shown: {names} cannot be read; run: python -m synthesis check"
        console.print(Text(says, style="bold red"), soft_wrap=True)
        return
    from synthesis.commands.movement import Pooling, movement_lines, reasons_to_stay_out

    old, new = Pooling.of(before), Pooling.of(after)
    for line in movement_lines(after.review.analyses, old, new):
        console.print(line, soft_wrap=True, highlight=False)
    for name, reasons in reasons_to_stay_out(after, record, new).items():
        console.print(Text(f" {name} enters no analysis"), soft_wrap=True)
        for reason in reasons:
            console.print(Text(f"   {reason}", style="dim"), soft_wrap=True)
