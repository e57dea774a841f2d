"""Who may ask the server: the browser with the printed address, and nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from synthesis.serving.guard import MOST_BYTES
from synthesis.serving.live_review import LiveReview
from tests.synthesis.serving.served import HOST, ORIGIN, PORT, TOKEN, Browser, looked, text_of, write_review


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> LiveReview:
    """One review for all of these tests: none of them may change it."""
    return looked(write_review(tmp_path_factory.mktemp("guarded") / "r"))


@pytest.fixture
def browser(live: LiveReview) -> Iterator[Browser]:
    before = text_of(live.folder)
    yield Browser(live.folder, live=live)
    assert text_of(live.folder) == before


EVERY_GET = (
    "/", "/state", "/findings", "/studies", "/studies/one", "/studies/one/text", "/studies/one/estimate",
    "/add", "/screen", "/nothing",
)  # fmt: skip
EVERY_POST = ("/studies/one", "/studies/one/text", "/studies/one/estimate", "/add", "/screen")


def test_without_the_token_nothing_is_shown_and_nothing_is_written(browser: Browser) -> None:
    asked = 0
    for address in EVERY_GET:
        answer = browser.get(address)
        assert answer.status_code == 403
        assert "open the one that" in answer.text
        asked += 1
    for address in EVERY_POST:
        answer = browser.post(address, {"base": "", "values": {}, "text": ""})
        assert answer.status_code == 403
        assert "open the one that" in answer.json()["says"]
        asked += 1
    for wrong in ("", "x", TOKEN[:-1], f"{TOKEN}x", TOKEN.upper(), "ü"):
        assert browser.client.get("/", params={"token": wrong}).status_code == 403
        asked += 1
    browser.client.cookies.set(f"synthesis-{PORT}", TOKEN)  # the token is no cookie
    assert browser.get("/state").status_code == 403
    assert asked == 21


def test_the_token_is_exchanged_for_a_strict_cookie_by_a_page_that_leads_on(browser: Browser) -> None:
    answer = browser.client.get(f"/?token={TOKEN}")
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    name, _, value = cookie.split(";")[0].partition("=")
    assert name == f"synthesis-{PORT}"
    assert len(value) >= 43  # 32 random bytes
    assert value != TOKEN
    assert {each.strip().lower() for each in cookie.split(";")[1:]} == {
        "httponly",
        "path=/",
        "samesite=strict",
    }
    assert '<meta http-equiv="refresh" content="0;url=/">' in answer.text
    assert TOKEN not in answer.text
    assert browser.get("/state").status_code == 200


HOSTS = ("evil.example", f"evil.example:{PORT}", "127.0.0.1", "127.0.0.1:1", f"127.0.0.1.evil:{PORT}", "")


def test_another_host_is_refused_whatever_it_has(browser: Browser) -> None:
    browser.enter()
    asked = 0
    for host in HOSTS:
        for address in ("/", "/state", f"/?token={TOKEN}"):
            answer = browser.client.get(address, headers={"Host": host})
            assert answer.status_code == 421
            assert "set-cookie" not in answer.headers
            asked += 1
        done = browser.post("/add", {"values": {}}, Host=host, Origin=f"http://{host}")
        assert done.status_code == 421
    assert asked == 18


def test_the_other_name_of_this_computer_is_no_other_host(browser: Browser) -> None:
    browser.enter()
    cookie = browser.client.cookies[f"synthesis-{PORT}"]
    headers = {"Host": f"LOCALHOST:{PORT}", "Cookie": f"synthesis-{PORT}={cookie}"}
    assert browser.client.get("/state", headers=headers).status_code == 200


FOREIGN: tuple[dict[str, str], ...] = (
    {"Origin": "http://evil.example"},
    {"Origin": f"http://localhost:{PORT}"},
    {"Origin": f"https://{HOST}"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": f"{ORIGIN}.evil"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
)


def test_a_page_of_another_site_cannot_write(browser: Browser) -> None:
    browser.enter()
    asked = 0
    for headers in FOREIGN:
        for address in EVERY_POST:
            answer = browser.post(address, {"values": {}}, **headers)
            assert answer.status_code == 403
            assert answer.json()["says"].endswith(("may change something.", "may not ask this server."))
            asked += 1
    assert asked == 45


def test_a_form_of_another_site_cannot_write_without_an_origin_or_as_plain_text(browser: Browser) -> None:
    browser.enter()
    assert browser.client.post("/add", json={"values": {}}).status_code == 403
    plain = browser.client.post(
        "/add", content="{}", headers={"Origin": ORIGIN, "Content-Type": "text/plain"}
    )
    assert plain.status_code == 415
    assert plain.json()["says"] == "What is sent must be JSON."
    none = browser.client.post("/add", content="{}", headers={"Origin": ORIGIN})
    assert none.status_code == 415
    charset = {"Origin": ORIGIN, "Content-Type": "application/json; charset=utf-8"}
    assert browser.client.post("/add", content='{"values": {}}', headers=charset).status_code == 422


def test_another_site_may_lead_here_by_a_link_and_may_ask_for_nothing(browser: Browser) -> None:
    browser.enter()
    cross = {"Sec-Fetch-Site": "cross-site"}
    link = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert browser.get("/", **cross, **link).status_code == 200
    assert browser.get("/", **cross).status_code == 403
    assert (
        browser.get("/", **cross, **{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}).status_code
        == 403
    )
    assert (
        browser.get("/", **cross, **{"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "document"}).status_code
        == 403
    )
    assert browser.get("/state", **{"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_other_methods_do_nothing(browser: Browser) -> None:
    browser.enter()
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        answer = browser.client.request(method, "/studies/one", headers={"Origin": ORIGIN})
        assert answer.status_code == 405
        assert answer.json()["says"] == f"{method} does nothing here."
        assert "access-control-allow-origin" not in answer.headers


def test_what_is_larger_than_any_record_is_refused_before_it_is_read(browser: Browser) -> None:
    browser.enter()
    json = {"Origin": ORIGIN, "Content-Type": "application/json"}
    for length in (str(MOST_BYTES + 1), "-1", "many", ""):
        answer = browser.client.post("/add", content=b"{}", headers={**json, "Content-Length": length})
        assert answer.status_code == 413
    assert browser.post("/add", {"values": {}}).status_code == 422  # a small one is read

    def endless() -> Iterator[bytes]:
        for _ in range(13):
            yield b" " * 1_000_000

    answer = browser.client.post("/add", content=endless(), headers=json)  # sent in pieces, without a length
    assert answer.status_code == 413
    assert answer.json()["says"] == "More than 12 MB are more than any record has."


def test_every_answer_forbids_to_keep_frame_or_sniff_it(browser: Browser) -> None:
    seen = 0
    answers: list[Any] = [browser.get("/"), browser.client.get("/", headers={"Host": "evil"})]
    browser.enter()
    answers += [browser.get(address) for address in EVERY_GET]
    answers += [browser.post(address, {}) for address in EVERY_POST]
    for answer in answers:
        headers = answer.headers
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "access-control-allow-origin" not in headers
        seen += 1
    assert seen == 17


def test_a_refusal_is_a_page_for_a_person_and_is_escaped(browser: Browser) -> None:
    answer = browser.get("/", Host='x<script>"')
    assert answer.status_code == 421
    assert answer.headers["content-type"].startswith("text/html")
    assert "x&lt;script&gt;&quot;" in answer.text
    assert browser.client.get("/", headers={"Host": "x", "Accept": "*/*"}).json() == {
        "says": "The host 'x' is not this server's."
    }


def test_sockets_of_another_kind_are_not_answered(browser: Browser) -> None:
    said: list[Any] = []

    async def never() -> Any:
        raise AssertionError("nothing is read")

    async def send(message: Any) -> None:
        said.append(message)

    asyncio.run(browser.client.app({"type": "websocket"}, never, send))  # type: ignore[arg-type]
    assert said == []
