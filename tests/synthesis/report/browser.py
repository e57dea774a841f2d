"""A real browser without a window, for pages that are files: what it shows, asks for, and complains of."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any, NoReturn

import pytest

SETTINGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage")
"""The sandbox needs rights that a container of tests has not."""


@contextmanager
def chromium(width: int = 1440, height: int = 900) -> Iterator[Any]:
    """The browser with a window of this size; its absence skips a test, and fails one when CI is set."""
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if binary is None or driver is None:
        _lacking("no chromium with its chromedriver is installed")
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


def _lacking(what: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


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


def against_rules(browser: Any) -> list[str]:
    """Every rule of axe-core that the page breaks, with the places.

    Those of WCAG 2.2 A and AA and of good practice; contrast is asked of `contrast.js`, which needs a tenth
    of the time. The absence of axe-core skips a test, and fails one when CI is set.
    """
    try:
        held = files("axe_selenium_python") / "node_modules" / "axe-core" / "axe.min.js"
        rules = held.read_text(encoding="utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        _lacking("axe-core is not installed")
    browser.set_script_timeout(120)
    # the page's own policy does not let in a script that is not its own
    browser.execute_script(rules)
    found: dict[str, Any] = browser.execute_async_script(
        """const done = arguments[0];
        axe.run(document, {resultTypes: ["violations"], rules: {"color-contrast": {enabled: false}}})
          .then(done, (error) => done({error: String(error)}));"""
    )
    assert "error" not in found, found
    assert len(found["passes"]) > 20
    return [
        f"{broken['id']}: {node['html'][:120]}" for broken in found["violations"] for node in broken["nodes"]
    ]


def click(browser: Any, selector: str) -> None:
    browser.execute_script("document.querySelector(arguments[0]).click()", selector)
    settled(browser)


def text_of(browser: Any, selector: str) -> str:
    found: str = browser.execute_script("return document.querySelector(arguments[0]).innerText", selector)
    return found


def press(browser: Any, key: str) -> None:
    for kind in ("keyDown", "keyUp"):
        browser.execute_cdp_cmd(
            "Input.dispatchKeyEvent", {"type": kind, "key": key, "code": key, **_CODES[key]}
        )
    settled(browser)


_CODES: dict[str, dict[str, Any]] = {
    "Escape": {"windowsVirtualKeyCode": 27},
    "Tab": {"windowsVirtualKeyCode": 9},
    "Enter": {"windowsVirtualKeyCode": 13, "text": "\r"},
}


def printed(browser: Any) -> bytes:
    """The page as a PDF file of its own paper."""
    made = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
    return base64.b64decode(made["data"])
