"""What each address answers: pages whose scripts their policies allow, and sentences for what is wrong."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request

from synthesis.serving.live_review import LiveReview, report_of
from synthesis.serving.routes import ReviewServer
from synthesis.serving.study_files import read_study
from tests.evidence.literature.screening.screened import review_with_works
from tests.synthesis.report.pages import HOSTILE, parsed
from tests.synthesis.serving.served import (
    Browser,
    fast_page,
    look_until_quiet,
    looked,
    text_of,
    write,
    write_review,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_review(tmp_path / "r")


@pytest.fixture
def browser(folder: Path) -> Browser:
    return Browser(folder).enter()


def data_of(answer: Any) -> Any:
    return json.loads(parsed(answer.content).get_element_by_id("data").text)


def inline(answer: Any) -> tuple[list[str], list[str]]:
    """The hashes of the styles and of the scripts of a page."""
    tree = parsed(answer.content)
    texts = ([e.text for e in tree.xpath("//style")], [e.text for e in tree.xpath("//script[not(@type)]")])
    return tuple(  # type: ignore[return-value]
        [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in each]
        for each in texts
    )


def policy_of(answer: Any) -> dict[str, list[str]]:
    parts = (each.split() for each in answer.headers["content-security-policy"].split(";"))
    return {each[0]: each[1:] for each in parts}


EVERY_PAGE = (
    "/studies", "/studies/one", "/studies/one/text", "/studies/one/estimate", "/add", "/screen",
)  # fmt: skip


def test_every_page_runs_its_own_script_and_speaks_to_this_server_alone(browser: Browser) -> None:
    seen = 0
    for address in EVERY_PAGE:
        answer = browser.get(address)
        styles, scripts = inline(answer)
        assert answer.status_code == 200
        assert policy_of(answer) == {
            "default-src": ["'none'"], "style-src": styles, "script-src": scripts, "img-src": ["data:"],
            "base-uri": ["'none'"], "form-action": ["'none'"], "require-trusted-types-for": ["'script'"],
            "trusted-types": ["'none'"], "connect-src": ["'self'"], "frame-ancestors": ["'none'"],
        }  # fmt: skip
        assert (len(styles), len(scripts)) == (1, 1)
        assert " on" not in re.sub(r">[^<]*<", "><", answer.text.split("<style>")[0])
        assert "http://" not in answer.text.replace("e.g. https://example.org/paper", "")
        seen += 1
    assert seen == 6


def test_the_report_keeps_its_page_and_its_policy_and_gets_a_bar(browser: Browser) -> None:
    answer = browser.get("/")
    styles, scripts = inline(answer)
    policy = policy_of(answer)
    assert "<main>one, two</main>" in answer.text
    assert "http-equiv" not in answer.text
    assert policy["style-src"] == ["'sha256-a'", styles[-1]]
    assert policy["script-src"] == ["'sha256-b'", scripts[-1]]
    assert policy["default-src"] == policy["form-action"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["connect-src"] == ["'self'"]
    tree = parsed(answer.content)
    [bar] = tree.xpath("//div[@class='live']")
    assert (bar.get("data-page"), bar.get("data-version")) == ("report", "1")
    assert bar.xpath(".//a/@href") == ["/studies", "/add", "/screen"]
    assert bar.getprevious().tag == "main"


def test_before_there_is_a_report_a_page_says_what_is_known(folder: Path) -> None:
    live = LiveReview(folder, report_of)
    browser = Browser(folder, live=live).enter()
    early = browser.get("/")
    assert (early.status_code, "The report is being made" in early.text) == (200, True)
    assert 'data-page="report" data-version="0"' in early.text
    assert browser.get("/add").status_code == 409
    assert browser.post("/add", {"values": {}}).json()["says"].startswith("review.yaml cannot be read")
    assert browser.post("/studies/one/estimate", {"values": {}, "base": ""}).status_code == 409
    assert "0 records" in browser.get("/studies").text
    live.look(0.0)
    assert "0.90 lies outside its own 95% interval" in browser.get("/").text
    (folder / "review.yaml").write_text("x: [")
    look_until_quiet(live, 10.0)
    broken = browser.get("/")
    assert "review.yaml" in broken.text
    assert "<h1>The review</h1>" in broken.text


def test_the_bar_is_told_what_stands(browser: Browser, folder: Path) -> None:
    state = browser.get("/state").json()
    made = state.pop("made")
    assert re.fullmatch(r"\d\d:\d\d:\d\d", made)
    assert state == {
        "number": browser.live.standing.number, "version": 1, "busy": False, "old": False, "says": "",
        "findings": "1 error", "errors": 1,
    }  # fmt: skip
    write(folder, "two", text_of(folder, "two").replace("0.90", "0.20"))
    look_until_quiet(browser.live, 10.0)
    assert browser.get("/state").json()["findings"] == "no findings"


def test_findings_lead_to_their_forms_the_worst_first(browser: Browser, folder: Path) -> None:
    write(folder, "z b#", text_of(folder, "one").replace("study: one", "study: three"))
    (folder / "lost.yaml").write_text("x: 1")
    look_until_quiet(browser.live, 10.0)
    found = browser.get("/findings").json()
    severities = [each["severity"] for each in found["findings"]]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)
    assert found["more"] == 0
    places = {each["place"].partition(",")[0]: each["to"] for each in found["findings"]}
    assert places["lost.yaml"] == ""
    assert re.fullmatch(r"/studies/two\?line=\d+", places["studies/two.yaml"])
    assert re.fullmatch(r"/studies/z%20b%23\?line=\d+", places["studies/z b#.yaml"])
    assert browser.get(places["studies/z b#.yaml"]).status_code == 200


def test_three_hundred_findings_are_listed_fifty_before_there_is_a_report_and_the_rest_is_counted(
    browser: Browser,
) -> None:
    [one] = browser.live.standing.findings
    for number, listed, more in ((300, 300, 0), (301, 300, 1)):
        browser.live.standing = replace(browser.live.standing, findings=(one,) * number)
        found = browser.get("/findings").json()
        assert (len(found["findings"]), found["more"]) == (listed, more)
    browser.live.standing = replace(browser.live.standing, page=None)
    assert browser.get("/").text.count("0.90 lies outside its own 95% interval") == 50


def test_studies_are_listed_the_broken_ones_first(browser: Browser, folder: Path) -> None:
    write(folder, "two", "study: {")
    look_until_quiet(browser.live, 10.0)
    tree = parsed(browser.get("/studies").content)
    rows = [[each.text_content().strip() for each in row] for row in tree.xpath("//tbody/tr")]
    assert rows == [
        ["two.yaml two", "cannot be read", "", "1 error"], ["ONE one", "The study one", "2", ""],
    ]  # fmt: skip
    assert tree.xpath("//tbody//a/@href") == ["/studies/two", "/studies/one"]


def test_a_form_has_the_files_hash_its_findings_and_the_field_of_the_line(
    browser: Browser, folder: Path
) -> None:
    line = next(n for n, each in enumerate(text_of(folder, "two").splitlines(), 1) if "0.90" in each)
    answer = browser.get(f"/studies/two?line={line}")
    data = data_of(answer)
    assert data["base"] == read_study(folder, "two").hash
    assert [(each["field"], each["severity"]) for each in data["findings"]] == [
        ("estimates/id=hip/effect/estimate", "error")
    ]
    assert data["focus"] == "estimates/id=hip/id"  # several fields share the line
    tree = parsed(answer.content)
    field = tree.xpath("//input[@name='estimates/id=hip/effect/estimate']")[0]
    assert field.get("value") == "0.90"
    described = field.get("aria-describedby").split()
    assert "Estimate as printed" in tree.get_element_by_id(described[0]).text_content()
    assert tree.xpath(f"//label[@for='{field.get('id')}']")[0].text_content() == "estimate"
    assert tree.xpath("//h1")[0].text_content() == "TWO"
    for odd in ("x", "99999999999"):
        assert data_of(browser.get(f"/studies/two?line={odd}"))["focus"] == ""
    for given, taken in (("9999999", 9_999_999), ("10000000", 0), ("\N{ARABIC-INDIC DIGIT THREE}", 0)):
        assert data_of(browser.get(f"/studies/two/text?line={given}"))["line"] == taken


def test_findings_between_records_stand_in_the_form_too(browser: Browser, folder: Path) -> None:
    write(folder, "three", text_of(folder).replace("study: one", "study: three"))
    look_until_quiet(browser.live, 10.0)
    says = [each["says"] for each in data_of(browser.get("/studies/three"))["findings"]]
    assert any("also stands in the record 'one'" in each for each in says)
    assert len(says) == len(set(says))
    write(folder, "three", text_of(folder, "three").replace("The study one", "Changed since the last check"))
    assert data_of(browser.get("/studies/three"))["findings"] == []


def test_a_study_is_found_by_its_name_where_its_file_has_another(browser: Browser, folder: Path) -> None:
    (folder / "studies" / "two.yaml").rename(folder / "studies" / "another.yaml")
    look_until_quiet(browser.live, 10.0)
    assert "studies/another.yaml" in browser.get("/studies/two").text
    assert browser.get("/studies/three").status_code == 404
    write(folder, "two", text_of(folder, "one"))
    look_until_quiet(browser.live, 20.0)
    assert "studies/two.yaml" in browser.get("/studies/two").text, "the file of that name comes first"


def test_what_is_no_yaml_is_shown_as_text(browser: Browser, folder: Path) -> None:
    write(folder, "two", "study: {</textarea><script>x")
    answer = browser.get("/studies/two?line=2")
    assert (answer.status_code, answer.headers["location"]) == (307, "/studies/two/text?line=2")
    text = browser.get(answer.headers["location"])
    assert data_of(text)["line"] == 2
    assert [each["severity"] for each in data_of(text)["findings"]] == ["error"]
    tree = parsed(text.content)
    assert tree.get_element_by_id("text").text.strip() == "study: {</textarea><script>x"
    assert browser.get("/studies/two/estimate").status_code == 404


def test_hostile_texts_are_texts_in_every_form(browser: Browser, folder: Path) -> None:
    hostile = " ".join(HOSTILE).replace("\u202e", "").replace("\u202c", "")
    quoted, seen = json.dumps(hostile), 0
    text = text_of(folder, "one").replace("title: The study one", f"title: {quoted}")
    write(folder, "three", text.replace("label: ONE", f"label: {quoted}").replace("linear", quoted))
    look_until_quiet(browser.live, 10.0)
    for address in ("/studies", "/studies/three", "/studies/three/text", "/studies/three/estimate"):
        tree = parsed(browser.get(address).content)
        assert len(tree.xpath("//script")) == (1 if address == "/studies" else 2)
        assert tree.xpath("//img | //svg | //*[@onerror] | //*[@onload]") == []
        assert "49" not in tree.xpath("//h1")[0].text_content()
        seen += 1
    assert seen == 4
    title = parsed(browser.get("/studies/three").content).xpath("//*[@name='title']")[0]
    assert title.text.strip() == hostile


def test_an_edit_is_written_and_seen_and_a_second_from_the_same_page_is_told(
    browser: Browser, folder: Path
) -> None:
    base = data_of(browser.get("/studies/one"))["base"]
    done = browser.post("/studies/one", {"base": base, "values": {"title": "New"}})
    assert (done.status_code, done.json()["says"]) == (200, "Saved.")
    assert "title: New" in text_of(folder)
    late = browser.post("/studies/one", {"base": base, "values": {"title": "Late"}})
    assert (late.status_code, late.json()["now"]) == (409, {"title": "New"})
    now = done.json()["base"]
    check = browser.post("/studies/one", {"base": now, "values": {"title": "X"}, "check": True})
    assert (check.status_code, "title: New" in text_of(folder)) == (200, True)
    text = browser.post("/studies/one/text", {"base": now, "text": text_of(folder) + "note: n\n"})
    assert text.status_code == 200
    assert text_of(folder).endswith("note: n\n")
    gone = browser.post("/studies/gone", {"base": base, "values": {}})
    assert (gone.status_code, gone.json()["says"]) == (404, "the review has no file studies/gone.yaml.")


def test_a_study_and_an_estimate_are_added(browser: Browser, folder: Path) -> None:
    from tests.synthesis.commands.adding import ESTIMATE, STUDY
    from tests.synthesis.serving.test_study_additions import ANOTHER

    form = parsed(browser.get("/add").content)
    assert form.xpath("//input[@name='by']/@value") == ["Ana"]
    assert form.xpath("//select[@name='type']/option[@selected]")[0].text == "journal article"
    assert browser.post("/add", {"values": STUDY | ESTIMATE}).json()["name"] == "lee-2019"
    assert (folder / "studies" / "lee-2019.yaml").is_file()
    data = data_of(browser.get("/studies/one/estimate"))
    sent = {"base": data["base"], "values": ANOTHER | {"report": "first"}}
    assert browser.post("/studies/one/estimate", sent).json()["name"] == "one"
    assert "hip-women" in text_of(folder)
    assert parsed(browser.get("/studies/one/estimate").content).xpath("//*[@name='report']") == []
    write(folder, "one", text_of(folder).replace("population:", "  second: {type: preprint, status: published, citation: 2, year: 2020, read: data}\npopulation:"))  # fmt: skip # noqa: E501
    options = parsed(browser.get("/studies/one/estimate").content)
    assert options.xpath("//select[@name='report']/option/text()") == ["first", "second"]


def test_screening_answers_with_the_next_citation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_review(tmp_path / "r")
    review_with_works(folder, 3)
    monkeypatch.setattr("synthesis.serving.screening_desk.RelevanceRanker", lambda works: None)
    browser = Browser(folder).enter()
    data = data_of(browser.get("/screen"))
    assert (data["stage"], data["says"], data["told"]["card"]["id"]) == ("title", "", "pmid:1000")
    sent = {"stage": "title", "id": "pmid:1000", "verdict": "include", "reason": ""}
    assert browser.post("/screen", sent).json()["card"]["id"] == "pmid:1001"
    late = browser.post("/screen", sent)
    assert (late.status_code, late.json()["says"]) == (
        409, "another page has decided meanwhile: load this one again; nothing was decided.",
    )  # fmt: skip
    full = data_of(browser.get("/screen?stage=full-text"))
    assert (full["stage"], full["told"]["card"]["id"]) == ("full-text", "pmid:1000")
    assert browser.get("/screen?stage=other").status_code == 400
    browser.desk.leave()
    nobody = data_of(Browser(folder, reviewer="", live=browser.live).enter().get("/screen"))
    assert nobody["told"] is None
    assert nobody["says"].startswith("nobody is named")


ODD = ("", "x", "[]", '"a"', "[" * 50_000, '{"values": {"a": 1}}', '{"values": 1}', "{}")


def test_what_has_not_the_form_that_pages_send_is_refused(browser: Browser) -> None:
    headers = {"Origin": "http://127.0.0.1:8799", "Content-Type": "application/json"}
    asked = 0
    for content in ODD:
        for address in ("/studies/one", "/studies/one/text", "/studies/one/estimate", "/add", "/screen"):
            answer = browser.client.post(address, content=content, headers=headers)
            said = answer.json()["says"]
            assert answer.status_code == 400
            assert said.startswith("what was sent is no") or "is missing, or " in said
            asked += 1
    assert asked == 40


def test_a_page_that_is_told_nothing_hears_after_a_while_that_the_server_is_still_here(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looks a second apart, a word after more than 2.2 of them."""
    monkeypatch.setattr("synthesis.serving.routes.LOOK", 1.0)
    monkeypatch.setattr("synthesis.serving.routes._STILL_HERE", 2.2)
    live = looked(folder)
    server = ReviewServer(live, Browser(folder, live=live).desk)
    heard: list[str] = []
    live.viewers = 0

    async def look(seconds: float) -> None:
        assert seconds == 1.0
        heard.append("look")

    monkeypatch.setattr("synthesis.serving.routes.asyncio.sleep", look)

    async def listen() -> None:
        response: Any = await server.events(Request({"type": "http", "query_string": b"", "headers": []}))
        async for each in response.body_iterator:
            assert live.viewers == 0, "another page than the report"
            heard.append(each.split(":")[0] or "still here")
            if len(heard) > 8:
                live.end()

    asyncio.run(listen())
    looks = ["look"] * 3
    assert heard == ["data", *looks, "still here", *looks, "still here", "look"]


def test_events_tell_every_change_and_end_with_the_watch(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synthesis.serving.routes.LOOK", 0.001)
    monkeypatch.setattr("synthesis.serving.routes._STILL_HERE", 0.002)
    live = LiveReview(folder, fast_page)
    server = ReviewServer(live, Browser(folder, live=live).desk)
    told: list[str] = []

    async def listen() -> None:
        scope = {"type": "http", "query_string": b"page=report", "headers": []}
        response: Any = await server.events(Request(scope))
        assert response.media_type == "text/event-stream"
        async for each in response.body_iterator:
            told.append(each)
            assert live.viewers == 1
            if len(told) == 1:
                look_until_quiet(live)
            elif each.startswith(":"):
                live.end()

    asyncio.run(listen())
    states = [json.loads(each.removeprefix("data: ")) for each in told if each.startswith("data: ")]
    assert [each["version"] for each in states] == [0, 1]
    assert told[-1] == ": still here\n\n"
    assert all(each.endswith("\n\n") for each in told)
    assert live.viewers == 0
