"""Tables as they are read: sheets of text beside the full numbers, saved as CSV files and one HTML page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evidence.records.writing import write_atomically
from evidence.wording import format_number, format_ratio, nonzero_decimals, places


@dataclass(frozen=True)
class SheetLine:
    """One line: its cells, as many as the sheet has columns; a heading has one cell over all columns."""

    cells: tuple[str, ...]
    heading: bool = False


@dataclass(frozen=True, eq=False)
class Sheet:
    """One table.

    name: of its files. columns: headers, that of the line names first. data: the numbers in full, one row an
    estimate, for the CSV file.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    lines: tuple[SheetLine, ...]
    notes: tuple[str, ...]
    data: pd.DataFrame


def decimal(value: float, decimals: int) -> str:
    """Fixed places, with a minus sign; more places where only zeros would be left; NOTHING for nan."""
    return format_number(value, nonzero_decimals(value, decimals))


def slope_decimals(errors: Iterable[float]) -> int:
    """Two digits of the least standard error, four decimals at most where these show one; else one digit."""
    one = places(min((se for se in errors if se > 0), default=1.0), 1)
    return max(0, one, min(4, one + 1))


def ratio_with_interval(estimate: float, low: float, high: float) -> str:
    """Estimate (low, high) of a ratio, with two places; NOTHING in place of limits that cannot be given."""
    shown, lower, upper = (format_ratio(number, 2) for number in (estimate, low, high))
    return f"{shown} ({lower}, {upper})"


def with_interval(estimate: float, low: float, high: float, decimals: int = 4) -> str:
    """Estimate (low, high); NOTHING in place of limits that cannot be given."""
    return f"{decimal(estimate, decimals)} ({decimal(low, decimals)}, {decimal(high, decimals)})"


_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>
:root { color-scheme: light; }
body { font: 15px/1.45 system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; color: #1a1a1a;
  max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
nav a { margin-right: 1rem; }
section { margin: 2.5rem 0; break-inside: auto; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums;
  border-top: 2px solid #1a1a1a; border-bottom: 2px solid #1a1a1a; }
caption { text-align: left; font-weight: 600; padding-bottom: .5rem; }
th, td { padding: .3rem .6rem; text-align: right; vertical-align: top; }
th:first-child { text-align: left; font-weight: 400; }
thead th { border-bottom: 1px solid #1a1a1a; vertical-align: bottom; font-weight: 600; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
tbody tr:nth-child(even) { background: #f6f8fa; }
tr.heading th { font-weight: 600; background: #fff; padding-top: .7rem; }
th.class { padding-left: 1.8rem; }
.notes { color: #4a4a4a; font-size: .87rem; margin: .6rem 0 0; padding: 0; list-style: none; }
@media print { nav { display: none; } body { font-size: 9pt; margin: 0; max-width: none; }
  .wide { overflow: visible; } }
</style>
</head>
<body>
<h1>{{ title }}</h1>
<nav aria-label="Tables">
{%- for sheet in sheets %}
<a href="#{{ sheet.name }}">{{ sheet.title.split(".")[0] }}</a>
{%- endfor %}
</nav>
{% for sheet in sheets %}
<section id="{{ sheet.name }}">
<div class="wide" tabindex="0">
<table>
<caption>{{ sheet.title }}</caption>
<thead>
<tr>{% for header in sheet.columns %}<{{ "th scope=col" if header else "td" }}>{{ lines(header) }}\
</{{ "th" if header else "td" }}>{% endfor %}</tr>
</thead>
<tbody>
{%- for line in sheet.lines %}
{%- if line.heading %}
<tr class="heading">\
<th scope="rowgroup" colspan="{{ sheet.columns | length }}">{{ lines(line.cells[0]) }}</th></tr>
{%- else %}
<tr><th scope="row"{% if line.cells[0].startswith(" ") %} class="class"{% endif %}>\
{{ line.cells[0].strip() }}</th>\
{% for cell in line.cells[1:] %}<td>{{ lines(cell) }}</td>{% endfor %}</tr>
{%- endif %}
{%- endfor %}
</tbody>
</table>
</div>
<ul class="notes">{% for note in sheet.notes %}<li>{{ note }}</li>{% endfor %}</ul>
</section>
{% endfor %}
</body>
</html>
"""


def html_page(title: str, sheets: Sequence[Sheet]) -> str:
    """The page; every text in it is escaped."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    def lines(text: str) -> Markup:
        return Markup("<br>").join(text.split("\n"))

    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string(_PAGE).render(title=title, sheets=sheets, lines=lines) + "\n"


PAGE = "tables.html"


def save_tables(title: str, sheets: Sequence[Sheet], folder: Path) -> list[Path]:
    """Write name.csv of each sheet and tables.html into a folder, which is made; returns their paths.

    CSV files hold the numbers in full: read with round-trip precision, they are the same again. All texts
    are made before the first file is replaced. Raises WritingError, or OSError where the folder cannot be
    made.
    """
    texts = {f"{sheet.name}.csv": sheet.data.to_csv(index=False, lineterminator="\n") for sheet in sheets}
    texts[PAGE] = html_page(title, sheets)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_atomically(folder / name, text, overwrite=True)
    return [folder / name for name in texts]
