"""Small RevMan files of invented reviews."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

from evidence.sources.revman.analyses import RevManReview
from evidence.sources.revman.opening import read_revman
from evidence.sources.sheets import read_sheets

STUDIES = """<STUDIES_AND_REFERENCES>
<STUDY ID="STD-Abel-2001" NAME="Abel 2001" YEAR="2001"><REFERENCE><TI>Other</TI></REFERENCE>
<REFERENCE PRIMARY="YES"><AU>Abel A.</AU><TI>Zinc in colds.</TI><SO>J Colds</SO><YR>2001</YR><VL>7</VL>
<NO>2</NO><PG>1-9</PG></REFERENCE></STUDY>
<STUDY ID="STD-Berg" NAME="Berg" YEAR=""><REFERENCE><AU>Berg B</AU><YR>2002</YR></REFERENCE></STUDY>
<STUDY ID="STD-Cole" NAME="Cole" YEAR=""/>
</STUDIES_AND_REFERENCES>"""
COUNTS = 'EVENTS_1="4" EVENTS_2="9" TOTAL_1="40" TOTAL_2="41"'


def rm5(folder: Path, comparison: str, studies: str = STUDIES, more: str = "") -> Path:
    path = folder / "zinc.rm5"
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><COCHRANE_REVIEW><COVER_SHEET><TITLE>Zinc\nfor colds</TITLE>'
        f'</COVER_SHEET>{studies}{more}<COMPARISON NO="1"><NAME>Zinc</NAME>{comparison}</COMPARISON>'
        "</COCHRANE_REVIEW>",
        encoding="utf-8",
    )
    return path


def outcome(kind: str, inside: str, **attributes: str) -> str:
    said = " ".join(f'{name}="{text}"' for name, text in attributes.items())
    return f"<{kind}_OUTCOME {said}><NAME>Cough</NAME>{inside}</{kind}_OUTCOME>"


WEB = (
    "Analysis group,Analysis number,Analysis name,Subgroup,Applicability,Study,Study year,GIV Mean,GIV SE,"
    "Experimental mean,Experimental SD,Experimental cases,Experimental N,Control mean,Control SD,"
    "Control cases,Control N,O-E,Variance,Weight,Mean,CI start,CI end,Footnotes"
)
NAMES = WEB.split(",")


def web_row(**given: object) -> str:
    """A data row: what is not given is 0, as RevMan Web writes it."""
    said = {"analysis_group": 1, "analysis_number": 1, "analysis_name": "Cough", "study": "Abel 2001"} | given
    texts = ("subgroup", "applicability", "study_year", "mean", "footnotes")
    by_key = {name: name.lower().replace(" ", "_").replace("-", "_") for name in NAMES}
    return ",".join(str(said.get(key, "" if key in texts else 0)) for key in by_key.values())


def web_table(folder: Path, *rows: str) -> Path:
    path = folder / "review-data-rows.csv"
    path.write_text("\n".join((WEB, *rows)) + "\n", encoding="utf-8-sig")
    return path


def package(folder: Path, parts: Mapping[str, str | bytes]) -> Path:
    path = folder / "review.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def review(path: Path, measure: str | None = None) -> RevManReview:
    if path.suffix == ".csv":
        read_sheets(path)
    return read_revman(path, measure)
