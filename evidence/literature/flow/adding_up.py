"""Whether a flow can be trusted: what contradicts itself, with its place, and what is to be known.

An error means that a box would be wrong: nothing is drawn. Warnings and notes are told beside the flow.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from evidence.literature.citation_store import CITATIONS, FOLDER
from evidence.literature.flow.flow_counts import ReviewFlow
from evidence.literature.flow.flow_works import CountedWork, FlowWorks
from evidence.literature.flow.searched_days import searched_days
from evidence.literature.screening.decision_files import SCREENING, ScreeningDecision
from evidence.literature.screening.states import review_decisions
from evidence.literature.searches.search_log import SEARCHES, SearchRun
from evidence.records.parsing import Place, Problem, Severity
from evidence.records.review_folder import STUDIES
from evidence.wording import counted

_MOST_NAMED = 5


def flow_problems(flow: FlowWorks) -> list[Problem]:
    """Everything that is wrong with what a flow is derived from, or that its reader has to know."""
    found = list(_Checked(flow).problems())
    return sorted(found, key=lambda problem: (list(Severity).index(problem.severity), problem.sort_key))


def imbalances(review: Path, flows: Iterable[ReviewFlow]) -> list[Problem]:
    """Boxes that are not the sum of those that follow; a fault of this program if there is one."""
    path = review / FOLDER / CITATIONS
    return [
        Problem(Place(path), Severity.ERROR, "flow-sum", f"the flow does not add up: {says}")
        for flow in flows
        for says in flow.imbalances()
    ]


class _Checked:
    """What a flow is derived from, and the texts of its files."""

    def __init__(self, flow: FlowWorks) -> None:
        self.flow = flow
        self.folder = flow.review / FOLDER
        self.citations = self.folder / CITATIONS
        self.decisions = review_decisions(flow.review, [work.citation for work in flow.works])
        self._texts: dict[Path, str] = {}

    def problems(self) -> Iterator[Problem]:
        """All of them."""
        yield from self._of_runs()
        yield from self._of_unlogged()
        yield from self._of_decisions()
        yield from self._of_records()
        yield from self._of_what_waits()
        yield from self._of_the_day()

    def _of_runs(self) -> Iterator[Problem]:
        """Searches that found or read another number than is there."""
        path = self.folder / SEARCHES
        for run in self.flow.logged:
            place = self._line(path, f'"{run.id}"')
            there = self.flow.lines.get(run.id, Counter()).total() + self.flow.repeated(run.id)
            if run.read != there:
                says = f"{counted(run.read, 'record')} of {run.file or run.source} were read"
                says += f", and {there:,} are in {CITATIONS}"
                hint = "git has both files as they were when the search was imported."
                yield Problem(place, Severity.ERROR, "flow-read", says, hint)
            if run.found is None or run.found == run.read + run.unreadable:
                continue
            says = f"{counted(run.found, 'record')} were found in {run.source}, and {run.read:,} were read"
            if run.complete:
                says += f", {run.unreadable:,} unreadable"
                hint = "Run the search again, or correct the line."
                yield Problem(place, Severity.ERROR, "flow-found", says, hint)
            else:
                says += ": the search is not complete yet"
                yield Problem(place, Severity.WARNING, "flow-found", says)

    def _of_unlogged(self) -> Iterator[Problem]:
        """Records whose search the log does not have, and those from before there was a log."""
        works: dict[SearchRun, list[str]] = defaultdict(list)
        searches: dict[SearchRun, str] = {}
        for work in self.flow.works:
            for record in work.records:
                if record.run.id.startswith(":"):
                    works[record.run].append(work.id)
                    searches[record.run] = record.source.search
        for run, ids in works.items():
            place, how_many = self._of_citation(ids[0]), counted(len(ids), "record")
            if searches[run]:
                says = f"{how_many} of the search '{searches[run]}', which is not in {SEARCHES}"
                hint = "A merge has lost a line; git has it."
                yield Problem(place, Severity.ERROR, "flow-log", says, hint)
            else:
                says = f"{how_many} of {run.source or run.file} from before searches were logged"
                hint = "The day of the search is not known. Import the file again, with --searched DATE."
                yield Problem(place, Severity.WARNING, "flow-log", says, hint)

    def _of_decisions(self) -> Iterator[Problem]:
        """Decisions about what is not there, and decisions that contradict the records."""
        for lost in self.decisions.lost:
            says = f"'{lost.id}' was decided about, and no citation, or more than one, has this id"
            hint = f"Merge {CITATIONS} too, or undo the decision."
            yield Problem(self._of_decision(lost), Severity.ERROR, "flow-decision", says, hint)
        for work in self.flow.works:
            if not work.papers or work.state.verdict not in ("excluded", "not retrieved"):
                continue
            said = self.decisions.about(work.state.stage, work.id)
            votes = [vote for each in said.votes.values() for vote in each]
            place = self._of_decision(said.settled or max(votes, key=lambda vote: vote.when))
            says = f"this report is in the review, and {work.id} is {work.state.verdict}"
            says += f" ({place.path.name}:{place.line})"
            hint = "Include the citation, or take the report out of the record."
            yield from self._at_reports(work, Severity.ERROR, says, hint)

    def _of_records(self) -> Iterator[Problem]:
        """Records that cannot be read, and reports that two citations are."""
        for document in self.flow.loaded.unread:
            yield from document.problems
        bearers: dict[int, list[CountedWork]] = defaultdict(list)
        for work in self.flow.works:
            for place in work.papers if work.state.verdict == "included" else ():
                bearers[place].append(work)
        for place, works in bearers.items():
            if len(works) > 1:
                study, report = self.flow.papers[place][0]
                one, other = works[0].id, works[1].id
                says = f"{one} and {other} are both included and both the report '{report}' of {study}"
                hint = f"If they are one work: literature duplicates --same {one} {other}"
                yield Problem(self._of_citation(other), Severity.ERROR, "flow-twice", says, hint)

    def _of_what_waits(self) -> Iterator[Problem]:
        """What has no decision or no record yet, and what no search has brought."""
        included: list[str] = []
        torn: list[str] = []
        brought: set[int] = set()
        for work in self.flow.works:
            if work.state.verdict == "conflict":
                torn.append(work.id)
            if work.state.verdict == "included":
                brought |= work.papers
                included += [] if work.papers else [work.id]
            elif work.papers and work.state.verdict in ("waiting", "conflict", "unsure"):
                says = f"this report is in the review, and {work.id} waits at stage {work.state.stage}"
                yield from self._at_reports(work, Severity.WARNING, says)
        if torn:
            says = f"the reviewers disagree about {counted(len(torn), 'citation')}, counted as waiting"
            place = Place(self.folder / SCREENING)
            yield Problem(place, Severity.NOTE, "flow-conflict", f"{says}: {_named(torn)}")
        if included:
            says = f"{counted(len(included), 'report')} included and in no record yet"
            yield Problem(
                Place(self.citations), Severity.NOTE, "flow-extraction", f"{says}: {_named(included)}"
            )
        others = ["/".join(keys[0]) for at, keys in enumerate(self.flow.papers) if at not in brought]
        if others:
            says = f"{counted(len(others), 'report')} that no included citation is"
            says += f", counted as known to the reviewers: {_named(others)}"
            place = Place(self.flow.review / STUDIES)
            yield Problem(place, Severity.NOTE, "flow-unsearched", says)

    def _of_the_day(self) -> Iterator[Problem]:
        """A day in review.yaml up to which not everything was searched."""
        stated, tree = self.flow.loaded.review.searched_to, self.flow.loaded.document.tree
        days = searched_days(self.flow.logged, None).days
        if stated is not None and tree is not None and days and stated > days[0][0]:
            of = f" of {', '.join(days[0][1])}" if days[0][1] else ""
            says = f"'searched_to: {stated}', and the last complete search{of} is of {days[0][0]}"
            hint = "Leave 'searched_to' out: the day is known from the log of searches."
            yield tree.problem(("searched_to",), Severity.WARNING, "flow-day", says, hint)

    def _at_reports(
        self, work: CountedWork, severity: Severity, says: str, hint: str | None = None
    ) -> Iterator[Problem]:
        """A problem at the line of every report that a work is."""
        for study, report in (key for place in sorted(work.papers) for key in self.flow.papers[place]):
            tree = self.flow.trees[study]
            yield tree.problem(("reports", report), severity, "flow-record", says, hint)

    def _of_citation(self, work: str) -> Place:
        return self._line(self.citations, f'"id": "{work}"')

    def _of_decision(self, decision: ScreeningDecision) -> Place:
        """The line of a decision, in the file of whoever made it."""
        said = f"{decision.when}\t{decision.stage}\t{decision.id}\t{decision.verdict}"
        for path in sorted((self.folder / SCREENING).glob("*.tsv")):
            if said in self._text(path):
                return self._line(path, said)
        return Place(self.folder / SCREENING)

    def _line(self, path: Path, text: str) -> Place:
        """The line of a file that holds a text, the first where none does."""
        before, found, _ = self._text(path).partition(text)
        return Place(path, before.count("\n") + 1 if found else 1)

    def _text(self, path: Path) -> str:
        if path not in self._texts:
            try:
                self._texts[path] = path.read_text(encoding="utf-8-sig", errors="replace")
            except OSError:
                self._texts[path] = ""
        return self._texts[path]


def _named(ids: list[str]) -> str:
    return ", ".join(ids[:_MOST_NAMED]) + (", ..." if len(ids) > _MOST_NAMED else "")
