"""A real browser without a window, for pages that are files: what it shows, asks for, and complains of."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

SETTINGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage")
"""The sandbox needs rights that a container of tests has not."""


@contextmanager
def chromium(width: int = 1440, height: int = 900) -> Iterator[Any]:
    """The browser with a window of this size; its absence skips a test, and fails one when CI is set."""
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if binary is None or driver is None:
        message = "no chromium with its chromedriver is installed"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = binary
    for setting in (*SETTINGS, f"--window-size={width},{height}"):
        options.add_argument(setting)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options=options, service=Service(driver))
    try:
        resize(found, width, height)
        yield found
    finally:
        found.quit()


def resize(browser: Any, width: int, height: int, scale: float = 1.0) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": width < 600},
    )


def in_dark(browser: Any, dark: bool = True) -> None:
    features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def open_page(browser: Any, address: str) -> None:
    """A page anew, as from a link that was sent."""
    browser.get("about:blank")
    browser.get(address)
    settled(browser)


def settled(browser: Any) -> None:
    """When what the page does behind the event is done."""
    browser.execute_async_script(
        "const done = arguments[0]; setTimeout(() => requestAnimationFrame(() => setTimeout(done, 40)), 40);"
    )


def complaints(browser: Any) -> list[str]:
    return [entry["message"] for entry in browser.get_log("browser")]


def requests(browser: Any) -> list[str]:
    """Addresses that were asked for since the last look, but those of pages themselves and data in them."""
    found = []
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            found.append(message["params"]["request"]["url"])
    return [url for url in found if not url.startswith(("data:", "about:", "blob:"))]


def printed(browser: Any) -> bytes:
    """The page as a PDF file of its own paper."""
    made = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
    return base64.b64decode(made["data"])
