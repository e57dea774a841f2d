"""How sure each result is, and lights of risk of bias, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from synthesis.report.rendering import as_page
from tests.synthesis.report.browser import (
    against_rules,
    chromium,
    complaints,
    in_dark,
    open_page,
    resize,
    settled,
)
from tests.synthesis.report.judged_pages import judged_review
from tests.synthesis.report.pages import page_of, written
from tests.synthesis.report.test_in_browser import CONTRAST

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("judged")
    address = written(folder, as_page(page_of(judged_review(folder))))
    with chromium() as browser:
        open_page(browser, address)
        yield browser


def test_a_rating_opens_what_it_rests_on_and_has_an_address_of_its_own(page: Any) -> None:
    page.execute_script("document.querySelector('.sure td a').click()")
    settled(page)
    panel = page.execute_script("return document.getElementById('panel').innerText")
    assert "How sure this result is" in panel
    assert "The numbers suggest: serious." in panel
    assert page.current_url.endswith("#c/all/pooled")
    open_page(page, page.current_url)
    again = page.execute_script("return document.getElementById('panel/title').innerText")
    assert again == "How sure this result is"
    assert complaints(page) == []


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1440])
def test_every_sign_and_word_can_be_read_at_every_width(page: Any, width: int, dark: bool) -> None:
    resize(page, width, 900)
    in_dark(page, dark)
    settled(page)
    asked, weak = page.execute_script(CONTRAST)
    assert (asked > 100, weak) == (True, [])
    assert against_rules(page) == []
    assert page.execute_script("return document.documentElement.scrollWidth") <= width
    overflow = (
        "const t = document.querySelector('.lights'); return t.scrollWidth - t.parentElement.clientWidth"
    )
    assert page.execute_script(overflow) <= 0
    assert page.execute_script(overflow.replace(".lights", ".shares")) <= 0


def test_a_part_of_a_bar_is_as_long_as_its_share_and_has_its_light_s_colour(page: Any) -> None:
    """Domain 2: the weight of A, half of all, has some concerns, and B is not judged."""
    found = page.execute_script(
        """const bars = [...document.querySelectorAll(".shares tbody:nth-of-type(2) .bar")];
        return bars.map((bar) => [...bar.querySelectorAll("rect")].map((rect) => [
          Math.round(100 * rect.getBoundingClientRect().width / bar.getBoundingClientRect().width),
          getComputedStyle(rect).fill === getComputedStyle(document.querySelector("b.some")).backgroundColor,
        ]));"""
    )
    assert found == [[[50, True], [50, False]]] * 2
