"""A person in a real browser: adds and edits a study, screens, is told what others did, and loses nothing."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evidence.literature.screening.decision_files import read_decisions_of
from evidence.records.reading import read_record
from tests.evidence.literature.screening.screened import review_with_works
from tests.synthesis.report.browser import chromium, complaints, in_dark, requests, resize, settled
from tests.synthesis.serving.processes import Served, listens, serving
from tests.synthesis.serving.served import text_of, write, write_review

pytestmark = pytest.mark.long

CONTRAST = (Path(__file__).parents[1] / "report" / "contrast.js").read_text(encoding="utf-8")

STUDY = {
    "doi": "10.1000/lee.1", "citation": "Lee J et al. Bone 2019;121:1-8", "year": "2019", "read": "full text",
    "title": "Anemia in Busan", "design": "cohort", "cohort": "Busan", "site": "hip",
    "estimate": "0.12 (0.02 to 0.22)", "model-type": "linear", "adjustment": "full", "at": "Table 2",
}  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_review(tmp_path_factory.mktemp("served") / "r")
    review = (folder / "review.yaml").read_text(encoding="utf-8")
    review_with_works(folder, 5)
    (folder / "review.yaml").write_text(review, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Served]:
    with serving(folder, "--reviewer", "Ana") as found:
        yield found


@pytest.fixture
def page(browser: Any, server: Served) -> Iterator[Any]:
    """The report at the size of a desk, afterwards without an error that is not an answer of ours."""
    resize(browser, 1440, 900)
    in_dark(browser, False)
    browser.get(server.address)
    until(
        browser, "return location.pathname === '/' && Number(document.querySelector('.live').dataset.version)"
    )
    version = up_to_date(server)
    browser.get(server.address)
    until(browser, "return Number(document.querySelector('.live').dataset.version) >= arguments[0]", version)
    assert browser.current_url == f"{server.origin}/"
    complaints(browser)
    requests(browser)
    yield browser
    assert [
        each for each in complaints(browser) if "status of 409" not in each and "status of 422" not in each
    ] == []
    assert [url for url in requests(browser) if not url.startswith(server.origin)] == []
    browser.execute_script("localStorage.clear(); onbeforeunload = null")


def up_to_date(server: Served) -> int:
    """The version of the report once it is of the files as they are: no page is made anew under a test."""
    cookie = server.cookie()
    listening = listens(server, cookie)
    end = time.monotonic() + 60
    while (state := server.ask(cookie, "/state")[1])["old"] or state["busy"]:
        assert time.monotonic() < end, state
        time.sleep(0.1)
    listening.close()
    return int(state["version"])


def until(browser: Any, script: str, *words: Any) -> Any:
    """What a script returns once that is something."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            found = browser.execute_script(script, *words)
        except Exception:  # the page is just being left
            found = None
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"never: {script}: {browser.current_url}")


def text(browser: Any, selector: str) -> str:
    found: str = browser.execute_script("return document.querySelector(arguments[0]).textContent", selector)
    return found


def field(browser: Any, name: str) -> Any:
    """A field that can be seen, its parts opened."""
    return browser.execute_script(
        """const found = document.querySelector(`[name="${arguments[0]}"]`);
        for (let box = found; (box = box.parentElement.closest("details")); ) box.open = true;
        found.scrollIntoView({block: "center"});
        return found;""",
        name,
    )


def put(browser: Any, name: str, value: str) -> None:
    """Type into a field as a person does."""
    found = field(browser, name)
    if found.tag_name == "select":
        found.send_keys(value)
        return
    found.clear()
    found.send_keys(value)


def save(browser: Any) -> None:
    browser.find_element("css selector", ".save .do").click()


def test_a_study_is_added_with_the_keyboard_and_the_report_follows(
    page: Any, folder: Path, server: Served
) -> None:
    shown = int(page.execute_script("return document.querySelector('.live').dataset.version"))
    page.execute_script("document.querySelector('.live a[href=\"/add\"]').click()")
    until(page, "return document.querySelector('form')")
    put(page, "year", "soon")
    told = until(page, "return document.getElementById('year-f').textContent")
    assert told.startswith("error: 'soon' does not fit") or "year" in told
    assert field(page, "year").get_attribute("aria-invalid") == "true"
    for name, value in STUDY.items():
        put(page, name, value)
    assert until(page, "return document.querySelector('[name=study]').value") == "lee-2019"
    until(page, "return document.querySelector('.preview pre').textContent.includes('study: lee-2019')")
    field(page, "at").send_keys("\n")  # Enter sends a form
    until(page, "return location.pathname === '/studies/lee-2019'")
    assert text(page, "h1") == "Anemia in Busan"
    record = read_record(folder / "studies" / "lee-2019.yaml").model
    assert record is not None
    assert str(record.estimates[0].effect.estimate) == "0.12"  # type: ignore[union-attr]
    page.get(f"{server.origin}/")
    until(page, f"return Number(document.querySelector('.live').dataset.version) > {shown}")
    assert "Busan" in text(page, "main")


def test_a_value_is_edited_findings_stand_at_it_and_the_file_keeps_its_comment(
    page: Any, folder: Path
) -> None:
    page.get(page.current_url + "studies/one")
    put(page, "estimates/id=hip-b/effect/ci", "0.40, 0.50")
    told = until(page, "return document.getElementById('estimates/id=hip-b/effect/estimate-f').textContent")
    assert told.startswith("error: the estimate 0.30 lies outside its own 95% interval")
    assert text(page, ".saved") == "1 change, not saved yet"
    put(page, "estimates/id=hip-b/effect/ci", "0.10, 0.55")
    until(page, "return !document.querySelector('[aria-invalid]')")
    put(page, "population/description", "Adults # of Busan")
    page.find_element("css selector", "[name=title]").send_keys("\ue009s\ue000")  # Ctrl+S
    until(page, "return document.querySelector('.saved').textContent === 'Saved.'")
    after = text_of(folder)
    assert after.startswith("# read twice\n")
    assert "ci: [0.10, 0.55]" in after
    assert 'population: {description: "Adults # of Busan"}' in after


def test_refused_input_stays_and_has_its_sentence(page: Any, folder: Path) -> None:
    page.get(page.current_url + "studies/one")
    before = text_of(folder)
    put(page, "reports/first/year", "soon")
    save(page)
    until(page, "return document.querySelector('.says').textContent.startsWith('Nothing was written')")
    assert "'soon' is not a whole number" in text(page, "[id='reports/first/year-f']")
    assert page.switch_to.active_element.get_attribute("name") == "reports/first/year"
    assert field(page, "reports/first/year").get_attribute("value") == "soon"
    assert text_of(folder) == before


def test_of_two_versions_each_change_is_chosen_by_itself(page: Any, folder: Path) -> None:
    page.get(page.current_url + "studies/one")
    put(page, "title", "My title")
    put(page, "label", "MINE")
    write(folder, "one", text_of(folder).replace("title: The study one", "title: Their title"))
    save(page)
    until(page, "return document.querySelectorAll('.both tbody tr').length === 2")
    cells = page.execute_script(
        "return [...document.querySelectorAll('.both tbody td')].map((e) => e.innerText.trim())"
    )
    assert cells == ["The study one", "Their title", "My title", "ONE", "ONE", "MINE"]
    assert "title: Their title" in text_of(folder)
    chosen = page.execute_script("return [...document.querySelectorAll('.both input')].map((e) => e.checked)")
    assert chosen == [False, False, False, True]  # what nobody else touched is one's own
    page.find_element("css selector", ".both .do").click()
    assert text(page, ".says") == "Choose one of the two in every line."
    page.find_element("css selector", ".both tr:first-child [value=file]").click()
    page.find_element("css selector", ".both .do").click()
    until(page, "return document.querySelector('.saved').textContent === 'Saved.'")
    assert "title: Their title" in text_of(folder)
    assert "label: MINE" in text_of(folder)


def test_a_text_is_edited_with_its_findings_and_both_versions_are_shown(page: Any, folder: Path) -> None:
    write(folder, "two", "study: {two\n")
    until(
        page, "return document.querySelector('.live-status').textContent.includes('two.yaml cannot be read')"
    )
    page.find_element("css selector", ".live-count").click()
    link = until(page, "return document.querySelector('.live-findings li a')")
    assert "Made for a test" in text(page, "h1")  # the report as it was before
    link.click()
    until(page, "return location.pathname === '/studies/two/text'")
    assert "error" in text(page, ".general li")
    good = text_of(folder).replace("study: one", "study: two").replace("citation: 1", "citation: 2")
    area = page.find_element("css selector", "#text")
    page.execute_script(TYPE, area, good)
    until(page, "return !document.querySelector('.general .error')")
    write(folder, "two", "study: two # theirs\n")
    save(page)
    until(page, "return document.querySelector('.diff')")
    assert "-study: two # theirs" in text(page, ".diff")
    assert text_of(folder, "two") == "study: two # theirs\n"
    page.find_element("css selector", ".both .other").click()
    assert area.get_attribute("value") == "study: two # theirs\n"
    assert "study: two" in text(page, ".both pre")
    page.execute_script(TYPE, area, good)
    save(page)
    until(page, "return document.querySelector('.saved').textContent === 'Saved.'")
    assert text_of(folder, "two") == good


def test_three_citations_are_screened_with_keys_and_a_key_held_down_decides_once(
    page: Any, folder: Path
) -> None:
    page.execute_script("document.querySelector('.live a[href=\"/screen\"]').click()")
    until(page, "return document.querySelector('.card h2')?.textContent === 'Study 0 of bones'")

    def press(key: str, done: str) -> str:
        page.find_element("css selector", "body").send_keys(key)
        until(page, "return document.querySelector('.done').textContent === arguments[0]", done)
        return text(page, ".card h2")

    assert press("i", "include") == "Study 1 of crows"
    assert press("e", "include") == "Study 1 of crows"
    assert page.find_element("css selector", ".reasons").is_displayed()
    third = press("2", "exclude: wrong exposure")  # in the order that was learned from the first two
    assert press("u", "unsure") != third
    assert press("z", "taken back") == third
    page.execute_script(
        """for (let n = 0; n < 9; n += 1)
          document.dispatchEvent(new KeyboardEvent("keydown", {key: "i", repeat: n > 0, bubbles: true}));"""
    )
    until(page, "return document.querySelector('.done').textContent === 'include'")
    settled(page)
    assert [(each.verdict, each.reason) for each in read_decisions_of(folder, "ana")] == [
        ("include", ""), ("exclude", "wrong exposure"), ("unsure", ""), ("undo", ""), ("include", ""),
    ]  # fmt: skip


def test_the_report_is_made_anew_where_it_is_read(page: Any, folder: Path) -> None:
    shown = int(page.execute_script("return document.querySelector('.live').dataset.version"))
    page.execute_script("document.querySelector('[id=\"s/records\"] details').open = true")
    page.execute_script("document.querySelector('[id=\"s/accounting\"]').scrollIntoView()")
    settled(page)
    before = page.execute_script(
        "return document.querySelector('[id=\"s/accounting\"]').getBoundingClientRect().top"
    )
    write(folder, "two", text_of(folder, "two").replace("0.30", "0.31"))
    until(page, f"return Number(document.querySelector('.live').dataset.version) > {shown}")
    settled(page)
    after = page.execute_script(
        "return document.querySelector('[id=\"s/accounting\"]').getBoundingClientRect().top"
    )
    assert abs(after - before) < 2
    assert page.execute_script("return document.querySelector('[id=\"s/records\"] details').open")
    assert page.execute_script("return document.querySelector('.record .live-edit').pathname").startswith(
        "/studies/"
    )


PAGES = ("", "studies", "studies/one", "studies/one/text", "studies/one/estimate", "add", "screen")
TOP = "return document.querySelector('[id=\"s/accounting\"]').getBoundingClientRect().top"
TYPE = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}))"


@pytest.mark.parametrize("dark", [False, True])
def test_words_can_be_read_names_are_told_and_nothing_is_wider_than_a_telephone(
    page: Any, dark: bool
) -> None:
    in_dark(page, dark)
    origin, asked = page.current_url, 0
    for address in (
        "",
        "studies",
        "studies/one",
        "studies/one/text",
        "studies/one/estimate",
        "add",
        "screen",
    ):
        page.get(origin + address)
        resize(page, 390, 844)
        settled(page)
        assert page.execute_script("return document.documentElement.scrollWidth") <= 390, address
        page.execute_script("document.querySelectorAll('details').forEach((each) => (each.open = true))")
        page.execute_script("document.querySelector('.live-count').click()")
        until(page, "return document.querySelector('.live-findings').offsetHeight")
        settled(page)
        count, weak = page.execute_script(CONTRAST)
        assert weak == [], address
        unnamed = page.execute_script(
            """return [...document.querySelectorAll("input, select, textarea, button, a")]
              .filter((e) => !e.labels?.length && !e.textContent.trim() && !e.getAttribute("aria-label"))
              .map((e) => e.outerHTML)"""
        )
        assert unnamed == [], address
        twice = page.execute_script(
            """const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
            return ids.filter((id, at) => ids.indexOf(id) !== at)"""
        )
        assert twice == [], address
        asked += count
        resize(page, 1440, 900)
    assert asked > 600


def test_what_is_typed_outlives_the_server(browser: Any, tmp_path: Path) -> None:
    folder = write_review(tmp_path / "r")
    with serving(folder) as first:
        port = first.host.rpartition(":")[2]
        browser.get(first.address)
        until(browser, "return location.pathname === '/'")
        browser.get(f"{first.origin}/studies/one")
        put(browser, "title", "Typed for an hour")
        first.process.send_signal(signal.SIGKILL)
        first.process.wait(30)
        save(browser)
        until(
            browser,
            "return document.querySelector('.says').textContent.startsWith('The server does not answer')",
        )
        assert field(browser, "title").get_attribute("value") == "Typed for an hour"
    with serving(folder, "--port", port) as second:
        save(browser)
        until(browser, "return document.querySelector('.says').textContent.includes('open the one that')")
        assert field(browser, "title").get_attribute("value") == "Typed for an hour"
        browser.switch_to.new_window("tab")
        browser.get(second.address)
        until(browser, "return location.pathname === '/'")
        browser.get(f"{second.origin}/studies/one")  # another tab: what was typed is here too
        assert "is here again, not saved yet" in text(browser, ".says")
        assert field(browser, "title").get_attribute("value") == "Typed for an hour"
        browser.execute_script("localStorage.clear()")
        browser.close()
        browser.switch_to.window(browser.window_handles[0])
        save(browser)
        until(browser, "return document.querySelector('.saved').textContent === 'Saved.'")
        assert "title: Typed for an hour" in text_of(folder)
    complaints(browser)
    requests(browser)
