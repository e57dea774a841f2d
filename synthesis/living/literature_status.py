"""Where the literature of a review stands: searched to which day, what waits to be screened or drafted."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from evidence.literature.citation import Citation
from evidence.literature.citation_store import FOLDER, read_citations
from evidence.literature.duplicates.deciding import review_pairs
from evidence.literature.duplicates.said_of_pairs import as_decisions, read_decisions
from evidence.literature.flow.adding_up import flow_problems
from evidence.literature.flow.flow_works import flow_works
from evidence.literature.flow.searched_days import searched_days
from evidence.literature.known_reports import KnownReports
from evidence.literature.screening.states import ANOTHER, ScreeningState, screening_states
from evidence.literature.searches.search_log import SearchRun, read_runs
from evidence.records.parsing import Problem, Severity
from evidence.records.review import LoadedReview
from evidence.wording import counted
from synthesis.living.status_line import StatusLine, looked_at

_MOST_NAMED = 5


def literature_status(loaded: LoadedReview, today: datetime.date) -> Iterator[StatusLine]:
    """The lines about searches, citations and screening of a review, each looked at by itself."""
    folder = loaded.folder
    yield from looked_at("searched", lambda: _searched(loaded, today))
    yield from looked_at("duplicates", lambda: _duplicates(folder))
    yield from looked_at("screening", lambda: _screening(loaded))
    yield from looked_at("flow", lambda: _flow(loaded))


# Searches.


def _searched(loaded: LoadedReview, today: datetime.date) -> Iterator[StatusLine]:
    runs = read_runs(loaded.folder)
    model = loaded.document.model
    found = searched_days(runs, None if model is None else model.searched_to)
    saved = () if model is None else tuple(each.name for each in model.searches)
    again = "literature update" if saved or any(run.search for run in runs) else "literature import FILE..."
    if found.undated and found.stated is None:
        says = f"the day is not stated of {_names(found.undated)}"
        missing = {"to": None, "undated": list(found.undated)}
        yield StatusLine("searched", says, "waits", "literature import FILE... --searched DATE", data=missing)
    elif found.day is None:
        yield StatusLine("searched", "to no day that is recorded", command=again, data={"to": None})
    else:
        by_day = [f"{day} {', '.join(names) or 'no database named'}" for day, names in found.days]
        unnamed = sorted({run.file for run in runs if run.complete and not run.source})
        by_day += [f"files that name no database: {_names(unnamed)}"] if unnamed else []
        says = f"to {found.day} ({_ago(found.day, today)}){': ' if by_day else ''}{'; '.join(by_day)}"
        days = {str(day): list(names) for day, names in found.days}
        data = {"to": str(found.day), "days": days, "days_ago": (today - found.day).days}
        yield StatusLine("searched", says, command=again, data=data)
    never = [name for name in saved if name not in {run.search for run in runs}]
    if never:
        were = "was" if len(never) == 1 else "were"
        says = f"the saved {'search' if len(never) == 1 else 'searches'} {', '.join(never)} {were} never run"
        yield StatusLine("searches", says, "waits", "literature update", data={"never": never})
    for run in unfinished_searches(runs):
        of = "" if run.found is None else f" of {run.found:,}"
        says = f"the search of {_name(run)} on {run.searched} is incomplete: {run.read:,}{of} records came"
        command = "literature update" if run.search else f"literature import {run.file or 'FILE'}"
        yield StatusLine("searches", says, "waits", command, data={"run": run.id})


def unfinished_searches(runs: Sequence[SearchRun]) -> list[SearchRun]:
    """The last run of each search that did not come whole, where no later one did."""
    last: dict[str, SearchRun] = {}
    for run in runs:
        before = last.get(_name(run))
        if before is None or (run.searched, run.run, run.complete) >= (
            before.searched,
            before.run,
            before.complete,
        ):
            last[_name(run)] = run
    return [run for run in last.values() if not run.complete]


def _name(run: SearchRun) -> str:
    return run.search or run.source or run.file or run.id


def _ago(day: datetime.date, today: datetime.date) -> str:
    days = (today - day).days
    return "today" if days == 0 else f"{counted(days, 'day')} ago" if days > 0 else "a day to come"


# Citations.


def _duplicates(folder: Path) -> Iterator[StatusLine]:
    if not (folder / FOLDER).is_dir():
        return
    found = review_pairs(folder)
    if not found.citations:
        return
    count = len(found.doubtful)
    says = f"{counted(count, 'pair')} of {counted(len(found.citations), 'citation')} may be one work"
    data = {"citations": len(found.citations), "doubtful": count}
    if count:
        yield StatusLine("duplicates", says, "waits", "literature duplicates", data=data)
    else:
        says = f"{counted(len(found.citations), 'citation')}, no pair is doubtful"
        yield StatusLine("citations", says, data=data)


def _screening(loaded: LoadedReview) -> Iterator[StatusLine]:
    folder = loaded.folder
    citations = read_citations(folder, as_decisions(read_decisions(folder / FOLDER)))
    if not citations:
        return
    states = screening_states(folder, citations)
    waiting = 0
    for stage, words, at in (("title", "at their titles", ""), ("full text", "at their full texts", _FULL)):
        here = [each for each in states.values() if each.stage == stage]
        for verdict, (is_told, option) in _TOLD.items():
            those = [each for each in here if each.verdict == verdict]
            if those:
                waiting += len(those)
                says = f"{is_told.format(counted(len(those), 'citation'))} {words}{_for_whom(those)}"
                data = {"stage": stage, "verdict": verdict, "count": len(those), "for": _waiters(those)}
                yield StatusLine("screening", says, "waits", f"screen{at}{option}", data=data)
    counts = Counter(each.verdict for each in states.values())
    if not waiting:
        told = f"{counts['included']:,} included, {counts['excluded']:,} excluded"
        lost = f", {counts['not retrieved']:,} not retrieved" if counts["not retrieved"] else ""
        yield StatusLine(
            "screening",
            f"nothing waits: {told}{lost}",
            data={str(verdict): count for verdict, count in counts.items()},
        )
    included = [each for each in citations if states[each.id].verdict == "included"]
    yield from _undrafted(loaded, included)


_FULL = " --stage full-text"
_TOLD = {
    "waiting": ("{} to be screened", ""),
    "conflict": ("{} in conflict", " --conflicts"),
    "unsure": ("{} unsure", ""),
}


def _waiters(states: Sequence[ScreeningState]) -> Mapping[str, int]:
    return dict(sorted(Counter(name for each in states for name in each.waits_for).items()))


def _for_whom(states: Sequence[ScreeningState]) -> str:
    """' (ana 12, ben 7)'; nothing where nobody is known by name."""
    waiters = _waiters(states)
    names = [f"{name} {count:,}" for name, count in waiters.items()]
    return f" ({', '.join(names)})" if waiters.keys() - {ANOTHER} else ""


def _names(of: Sequence[str]) -> str:
    more = f" and {len(of) - _MOST_NAMED:,} more" if len(of) > _MOST_NAMED else ""
    return ", ".join(of[:_MOST_NAMED]) + more


def _undrafted(loaded: LoadedReview, included: Sequence[Citation]) -> Iterator[StatusLine]:
    """Included citations that no record and no draft has."""
    known = KnownReports.of_review(loaded)
    new = [each for each in included if not known.facts(each)]
    if not new:
        return
    lines = [f"{each.id} {line}" for each in new if (line := known.line(each))]
    more = (f"and {len(lines) - _MOST_NAMED:,} more",) if len(lines) > _MOST_NAMED else ()
    says = f"{counted(len(new), 'included citation')} in no record and no draft"
    data = {"included": len(included), "undrafted": [each.id for each in new]}
    details = (*lines[:_MOST_NAMED], *more)
    yield StatusLine("drafts", says, "waits", "literature draft", details, data)


def _flow(loaded: LoadedReview) -> Iterator[StatusLine]:
    """Why the flow diagram cannot be drawn, if it cannot."""
    if loaded.document.model is None or not (loaded.folder / FOLDER).is_dir():
        return
    problems = flow_problems(flow_works(loaded.folder, loaded))
    errors = [f"{each.place.path.name}:{each.place.line}: {each.says}" for each in problems if _stops(each)]
    if errors:
        more = (f"and {len(errors) - _MOST_NAMED:,} more",) if len(errors) > _MOST_NAMED else ()
        says = f"the flow diagram is refused for {counted(len(errors), 'contradiction')}"
        yield StatusLine(
            "flow", says, "waits", "flow", (*errors[:_MOST_NAMED], *more), {"errors": len(errors)}
        )


def _stops(problem: Problem) -> bool:
    return problem.severity is Severity.ERROR
