"""A small review that is served: its files, the server that looks at them, and a browser's requests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from evidence.records.review import LoadedReview
from synthesis.serving.guard import Guard
from synthesis.serving.live_review import LiveReview
from synthesis.serving.routes import ReviewServer
from synthesis.serving.screening_desk import ScreeningDesk
from tests.synthesis.review.made import REVIEW, SLOPE, record, slope

PORT, TOKEN = 8799, "a-token-of-a-test"
HOST = f"127.0.0.1:{PORT}"
ORIGIN = f"http://{HOST}"
POLICY = "default-src &#39;none&#39;; style-src 'sha256-a'; script-src 'sha256-b'; form-action 'none'"
PAGE = (
    f'<!DOCTYPE html><html><head><meta http-equiv="Content-Security-Policy" content="{POLICY}"></head>'
    "<body><main>{}</main></body></html>"
)


def fast_page(loaded: LoadedReview) -> bytes:
    """Stands for the report, which takes seconds."""
    return PAGE.format(", ".join(each.study for each in loaded.records)).encode()


def write_review(folder: Path) -> Path:
    """Two studies: `one` with a comment and two estimates, `two` whose estimate lies outside its interval."""
    (folder / "studies").mkdir(parents=True)
    (folder / "review.yaml").write_text(
        REVIEW.format(scale=SLOPE, reports="published", sites="hip", more=""), encoding="utf-8"
    )
    one = record("one", [slope("hip-a", "0.10", "0.00, 0.20"), slope("hip-b", "0.30", "0.10, 0.50")])
    write(folder, "one", f"# read twice\n{one}")
    two = record("two", [slope("hip", "0.90", "0.10, 0.30")], year=2021)
    write(folder, "two", two.replace("citation: 1", "citation: 2"))
    return folder


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / "studies" / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def text_of(folder: Path, name: str = "one") -> str:
    return (folder / "studies" / f"{name}.yaml").read_text(encoding="utf-8")


def looked(folder: Path, make: Any = fast_page) -> LiveReview:
    """A live review that has looked until nothing was left to do; no thread runs."""
    live = LiveReview(folder, make)
    live.viewers = 1
    look_until_quiet(live)
    return live


def look_until_quiet(live: LiveReview, start: float = 0.0) -> None:
    for step in range(6):
        live.look(start + step)


class Browser:
    """What a tab with our page sends."""

    def __init__(self, folder: Path, reviewer: str = "Ana", live: LiveReview | None = None) -> None:
        self.live = looked(folder) if live is None else live
        self.desk = ScreeningDesk(folder, reviewer)
        application = Guard(ReviewServer(self.live, self.desk).application(), PORT, TOKEN)
        self.client = TestClient(application, base_url=ORIGIN, follow_redirects=False)

    def enter(self) -> Browser:
        assert self.client.get(f"/?token={TOKEN}").status_code == 200
        return self

    def get(self, address: str, **headers: str) -> Any:
        return self.client.get(address, headers={"Accept": "text/html", **headers})

    def post(self, address: str, sent: Any, **headers: str) -> Any:
        return self.client.post(address, json=sent, headers={"Origin": ORIGIN, **headers})
