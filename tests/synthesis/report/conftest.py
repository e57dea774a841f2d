"""The shipped review's page, made once, and a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from evidence.records.review import SHIPPED
from synthesis.__main__ import app
from synthesis.paper.paper_table import Reported
from synthesis.report.page_parts import ReportPage
from tests.synthesis.paper.making import by_sex
from tests.synthesis.report.browser import chromium, complaints, in_dark, open_page, requests, resize
from tests.synthesis.report.pages import page_of


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "page.html"
    done = CliRunner(env={"NO_COLOR": "1"}).invoke(
        app, ["report", "--review", str(SHIPPED), "--output", str(path)]
    )
    assert done.exit_code == 0, done.output
    return path


@pytest.fixture(scope="session")
def sexes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Reported, ReportPage]:
    """A made review of six studies of men, three of them of women too, and its page."""
    made = by_sex(tmp_path_factory.mktemp("sexes"))
    return made, page_of(made)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser: Any, shipped: Path) -> Iterator[Any]:
    """The page at the size of a desk, afterwards without a complaint and without a request to others."""
    resize(browser, 1440, 900)
    in_dark(browser, False)
    open_page(browser, shipped.as_uri())
    complaints(browser)
    requests(browser)
    yield browser
    assert complaints(browser) == []
    assert [url for url in requests(browser) if not url.startswith(shipped.as_uri())] == []
