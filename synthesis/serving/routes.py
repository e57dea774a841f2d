"""Addresses of the server, and what each of them answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from evidence.literature.screening.decision_files import Stage
from evidence.records.parsing import Severity
from evidence.records.review_folder import STUDIES, drafts_in_words
from evidence.wording import counted
from synthesis.adding.fields import ESTIMATE_FIELDS, STUDY_FIELDS, Field
from synthesis.report.page_parts import FindingShown
from synthesis.serving.guard import TooLargeError, refused
from synthesis.serving.live_review import LiveReview, LiveState
from synthesis.serving.pages import own_page, report_with_bar
from synthesis.serving.record_form import form_of
from synthesis.serving.screening_desk import DeskError, ScreeningDesk
from synthesis.serving.study_additions import add_estimate, add_study, asked_fields
from synthesis.serving.study_edits import Edited, edit_text, edit_values, field_of_line, told_problems
from synthesis.serving.study_files import NoStudyError, StudyFile, form_address, read_study

LOOK = 0.15
"""Seconds between two looks for something to tell a page."""
_STILL_HERE = 15.0
_SEVERITIES = tuple(each.value for each in Severity)
MOST_FINDINGS = 300
_STAGES: Mapping[str, Stage] = {"title": "title", "full-text": "full text"}


class ReviewServer:
    """What the addresses answer with: the live review, and the desk of its reviewer."""

    def __init__(self, live: LiveReview, desk: ScreeningDesk) -> None:
        self.live, self.desk = live, desk

    def application(self) -> Starlette:
        """The application; who may ask is not its concern, but that of the guard before it."""
        get: Mapping[str, Callable[[Request], Any]] = {
            "/": self.report,
            "/state": self.state,
            "/events": self.events,
            "/findings": self.findings,
            "/studies": self.studies,
            "/studies/{name}": self.study,
            "/studies/{name}/text": self.study_text,
            "/studies/{name}/estimate": self.new_estimate,
            "/add": self.new_study,
            "/screen": self.screen,
        }
        post: Mapping[str, Callable[[Request], Any]] = {
            "/studies/{name}": self.save_values,
            "/studies/{name}/text": self.save_text,
            "/studies/{name}/estimate": self.save_estimate,
            "/add": self.save_study,
            "/screen": self.decide,
        }
        routes = [Route(path, each) for path, each in get.items()]
        routes += [Route(path, each, methods=["POST"]) for path, each in post.items()]
        handlers: Mapping[Any, Any] = {
            NoStudyError: lambda request, error: refused(request, 404, f"{error}."),
            TooLargeError: lambda request, error: refused(request, 413, str(error)),
            DeskError: lambda request, error: refused(request, 409, f"{error}."),
            _NotUnderstoodError: lambda request, error: refused(request, 400, f"{error}."),
            HTTPException: lambda request, error: refused(
                request, error.status_code, "There is nothing here."
            ),
        }
        return Starlette(routes=routes, exception_handlers=handlers)

    @property
    def folder(self) -> Path:
        """The review's folder."""
        return self.live.folder

    # What is shown.

    def report(self, request: Request) -> Response:
        """The report with the bar; before there is one, what is known by now."""
        standing = self.live.standing
        if standing.page is not None:
            return report_with_bar(standing)
        loaded = standing.loaded
        model = None if loaded is None else loaded.document.model
        title = "The review" if model is None else model.title
        return own_page("waiting.jinja", (), standing, True, title=title, findings=_shown(standing)[:50])

    def state(self, request: Request) -> Response:
        """What the bar shows."""
        return JSONResponse(self._state())

    def _state(self) -> dict[str, object]:
        standing = self.live.standing
        counts = {kind: standing.count(kind) for kind in _SEVERITIES}
        words = ", ".join(counted(count, kind) for kind, count in counts.items() if count)
        return {
            "number": standing.number,
            "version": standing.version,
            "busy": standing.busy,
            "old": standing.old,
            "made": standing.made,
            "says": standing.says,
            "findings": words or "no findings",
            "errors": counts["error"],
        }

    async def events(self, request: Request) -> Response:
        """What the bar shows, whenever it changes, until the page or the server goes."""
        of_report = request.query_params.get("page") == "report"

        async def told() -> AsyncIterator[str]:
            self.live.viewers += of_report
            try:
                last, quiet = None, 0.0
                while not self.live.ended:
                    if self.live.standing.number != last:
                        state = self._state()
                        last = state["number"]
                        yield f"data: {json.dumps(state)}\n\n"
                        quiet = 0.0
                    elif quiet > _STILL_HERE:
                        yield ": still here\n\n"
                        quiet = 0.0
                    await asyncio.sleep(LOOK)
                    quiet += LOOK
            finally:
                self.live.viewers -= of_report

        return StreamingResponse(told(), media_type="text/event-stream")

    def findings(self, request: Request) -> Response:
        """What `check` finds, each with the form that it leads to."""
        standing = self.live.standing
        more = max(0, len(standing.findings) - MOST_FINDINGS)
        return JSONResponse({"findings": _shown(standing), "more": more})

    def studies(self, request: Request) -> Response:
        """Every record's file, the broken ones first."""
        standing = self.live.standing
        drafts = drafts_in_words(self.folder)
        return own_page("studies.jinja", (), standing, rows=list(_rows(standing)), drafts=drafts)

    def study(self, request: Request) -> Response:
        """A record as a form; as text where it is no YAML."""
        name = self._file_of(request.path_params["name"])
        file, line = read_study(self.folder, name), _line(request)
        if file.document.tree is None:
            return RedirectResponse(f"{file.address}/text?line={line}")
        record = file.document.model
        return own_page(
            "study.jinja",
            ("typed.js", "study.js"),
            self.live.standing,
            file=file,
            heading=file.name if record is None else record.label or record.title,
            form=form_of(file.document.tree),
            data={
                "base": file.hash,
                "findings": self._known(file),
                "focus": field_of_line(file.document, line),
            },
        )

    def _file_of(self, name: str) -> str:
        """The name of the file that holds a study, where no file has the study's own name."""
        loaded = self.live.standing.loaded
        records = () if loaded is None else loaded.documents
        named = [each.path.stem for each in records if each.model is not None and each.model.study == name]
        return named[0] if named and all(each.path.stem != name for each in records) else name

    def study_text(self, request: Request) -> Response:
        """A record's file as text."""
        file = read_study(self.folder, request.path_params["name"])
        return own_page(
            "text.jinja",
            ("typed.js", "text.js"),
            self.live.standing,
            file=file,
            data={
                "base": file.hash,
                "findings": self._known(file),
                "line": _line(request),
            },
        )

    def _known(self, file: StudyFile) -> list[dict[str, object]]:
        """The findings of a file: its own, and those of the last check if that saw the file as it is."""
        standing, own = self.live.standing, f"{STUDIES}/{file.path.name}"
        checked = () if standing.loaded is None else standing.loaded.documents
        same = any(each.path == file.path and each.model == file.document.model for each in checked)
        known = same and file.document.model is not None
        return told_problems(file.document, [e for e in standing.findings if known and e.file == own])

    def new_study(self, request: Request) -> Response:
        """The form of a new study."""
        return self._questions("Add a study", (STUDY_FIELDS, ESTIMATE_FIELDS), (), {})

    def new_estimate(self, request: Request) -> Response:
        """The form of one more estimate."""
        file = read_study(self.folder, request.path_params["name"])
        record = file.document.model
        if record is None:
            raise NoStudyError("the record cannot be read: mend it first")
        title = f"Add an estimate to {record.label or record.study}"
        return self._questions(title, (ESTIMATE_FIELDS,), tuple(record.reports), {"base": file.hash})

    def _questions(
        self, title: str, fields: Sequence[Sequence[Field]], reports: Sequence[str], data: Mapping[str, str]
    ) -> Response:
        loaded = self.live.standing.loaded
        if loaded is None or loaded.document.model is None:
            raise DeskError("review.yaml cannot be read (yet): mend it first, then load this page again")
        groups = [asked_fields(loaded, each, self.desk.reviewer) for each in fields]
        return own_page(
            "add.jinja",
            ("typed.js", "add.js"),
            self.live.standing,
            title=title,
            groups=groups,
            reports=reports,
            data=data,
        )

    def screen(self, request: Request) -> Response:
        """The first citation that waits."""
        stage = _stage(request.query_params.get("stage", "title"))
        try:
            told, says = self.desk.open(stage), ""
        except DeskError as error:
            told, says = None, str(error)
        data = {"told": told, "says": says, "stage": stage.replace(" ", "-")}
        return own_page("screen.jinja", ("screen.js",), self.live.standing, stage=stage, data=data)

    # What is written.

    async def save_values(self, request: Request) -> Response:
        """Values of a record."""
        sent = await _sent(request)
        name, values = request.path_params["name"], _texts(sent, "values")
        return await _edited(lambda: edit_values(self.folder, name, _text(sent, "base"), values, _only(sent)))

    async def save_text(self, request: Request) -> Response:
        """A record's whole text."""
        sent = await _sent(request)
        name, text = request.path_params["name"], _text(sent, "text")
        return await _edited(lambda: edit_text(self.folder, name, _text(sent, "base"), text, _only(sent)))

    async def save_study(self, request: Request) -> Response:
        """A new record."""
        sent = await _sent(request)
        values, loaded = _texts(sent, "values"), self.live.standing.loaded
        if loaded is None or loaded.document.model is None:
            raise DeskError("review.yaml cannot be read: mend it first; nothing was written")
        return await _edited(lambda: add_study(loaded, values, _only(sent)))

    async def save_estimate(self, request: Request) -> Response:
        """One more estimate of a record."""
        sent = await _sent(request)
        values, loaded = _texts(sent, "values"), self.live.standing.loaded
        if loaded is None:
            raise DeskError("the review is still being read: try again; nothing was written")
        name, report, seen = request.path_params["name"], values.pop("report", ""), _text(sent, "base")
        return await _edited(lambda: add_estimate(loaded, name, seen, values, report, _only(sent)))

    async def decide(self, request: Request) -> Response:
        """One decision about a citation."""
        sent = await _sent(request)
        stage = _stage(_text(sent, "stage"))
        words = [_text(sent, key) for key in ("id", "verdict", "reason")]
        return JSONResponse(await run_in_threadpool(self.desk.decide, stage, *words))


_NOTHING = "There is nothing here."


class _NotUnderstoodError(Exception):
    """What was sent has not the form that this server's own pages send."""


async def _sent(request: Request) -> dict[str, Any]:
    try:
        found = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise _NotUnderstoodError("what was sent is no JSON") from None
    if not isinstance(found, dict):
        raise _NotUnderstoodError("what was sent is no object")
    return found


def _text(sent: Mapping[str, Any], key: str) -> str:
    found = sent.get(key)
    if not isinstance(found, str):
        raise _NotUnderstoodError(f"'{key}' is missing, or no text")
    return found


def _texts(sent: Mapping[str, Any], key: str) -> dict[str, str]:
    found = sent.get(key)
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise _NotUnderstoodError(f"'{key}' is missing, or has other values than texts")
    return found


def _only(sent: Mapping[str, Any]) -> bool:
    """Whether nothing is to be written yet."""
    return sent.get("check") is True


def _line(request: Request) -> int:
    """The line that a finding is about; 0 for none."""
    line = request.query_params.get("line", "")
    return int(line) if line.isascii() and line.isdecimal() and len(line) < 8 else 0


def _stage(name: str) -> Stage:
    if name not in _STAGES:
        raise _NotUnderstoodError(f"no stage is called '{name}'")
    return _STAGES[name]


async def _edited(edit: Callable[[], Edited]) -> Response:
    """The answer to an edit, which is made in a thread: files are read and written."""
    done = await run_in_threadpool(edit)
    return JSONResponse(dict(done.told), done.status)


def _shown(standing: LiveState) -> list[dict[str, str]]:
    """The first findings as pages list them, the worst ones first."""
    by_severity = sorted(standing.findings, key=lambda each: _SEVERITIES.index(each.severity))
    return [
        {
            "severity": each.severity,
            "says": each.says,
            "hint": each.hint,
            "place": f"{each.file}, line {each.line}",
            "to": _form(each),
        }
        for each in by_severity[:MOST_FINDINGS]
    ]


def _form(finding: FindingShown) -> str:
    """The address of the form that a finding leads to; '' for what is no record."""
    folder, _, name = finding.file.rpartition("/")
    if folder != STUDIES or not name.endswith(".yaml"):
        return ""
    return f"{form_address(name.removesuffix('.yaml'))}?line={finding.line}"


def _rows(standing: LiveState) -> Iterator[dict[str, object]]:
    """Of each file: its name, what it is called, and how many findings it has."""
    for document in () if standing.loaded is None else standing.loaded.documents:
        found = [each for each in standing.findings if each.file == f"{STUDIES}/{document.path.name}"]
        record = document.model
        yield {
            "name": document.path.stem,
            "address": form_address(document.path.stem),
            "title": "" if record is None else record.title,
            "label": "cannot be read" if record is None else record.label or record.study,
            "estimates": 0 if record is None else len(record.placed_estimates),
            "errors": sum(each.severity == "error" for each in found),
            "warnings": sum(each.severity == "warning" for each in found),
            "broken": record is None,
        }
