"""One HTML page that needs nothing else: tables with captions and scopes, everything escaped."""

from __future__ import annotations

from synthesis.paper.formats.cleaning import legal_in_xml
from synthesis.paper.manuscript import Manuscript, numbered
from synthesis.paper.paper_table import for_pages, shown

_TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{ title }}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; color: #222; margin: 2em auto; max-width: 75em; padding: 0 1em }
p, li { max-width: 46em }
figure { margin: 2.5em 0; overflow-x: auto }
table { border-collapse: collapse; font-size: 13px; line-height: 1.35 }
caption { text-align: left; font-weight: 600; padding-bottom: .4em; font-size: 15px }
thead th { border-top: 2px solid; border-bottom: 1px solid; text-align: left; vertical-align: bottom }
tbody tr:last-child > * { border-bottom: 2px solid }
tbody tr:nth-child(even) { background: #f6f6f6 }
th, td { padding: .25em .6em; vertical-align: top; font-weight: 400; text-align: left }
thead th { font-weight: 600 }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
figcaption { font-size: 13px; color: #444; max-width: 60em; margin-top: .5em }
</style>
</head>
<body>
<h1>{{ title }}</h1>
{% for passage in passages %}<section>
<h2>{{ passage.heading }}</h2>
{% for text in passage.paragraphs %}<p>{{ text }}</p>
{% endfor %}</section>
{% endfor %}{% for table in tables %}<figure id="{{ table.name }}">
{% if table.rows %}<table>
<caption>Table {{ loop.index }}. {{ table.title }}</caption>
<thead><tr>{% for head in table.heads %}<th scope="col"{{ head.kind }}>{{ head.words }}</th>\
{% endfor %}</tr></thead>
<tbody>
{% for row in table.rows %}<tr>{% for cell in row %}{% if loop.first %}<th scope="row">{{ cell.text }}</th>\
{% else %}<td{{ cell.kind }}>{{ cell.text }}</td>{% endif %}{% endfor %}</tr>
{% endfor %}</tbody>
</table>
{% else %}<p><strong>Table {{ loop.index }}. {{ table.title }}</strong></p>
{% endif %}{% for note in table.notes %}<figcaption>{{ note }}</figcaption>
{% endfor %}</figure>
{% endfor %}{% if references %}<section>
<h2>References</h2>
<ol>
{% for text in references %}<li>{{ text }}</li>
{% endfor %}</ol>
</section>
{% endif %}</body>
</html>
"""


def as_html(manuscript: Manuscript) -> bytes:
    """The passages, the tables, and the references."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    kinds = {True: Markup(' class="number"'), False: Markup("")}
    tables = []
    for table in map(for_pages, manuscript.tables):
        numeric = [kinds[table.is_numeric(column)] for column in range(len(table.headings))]
        tables.append(
            {
                "name": table.name,
                "title": table.title,
                "notes": table.notes,
                "heads": [
                    {"words": heading.words, "kind": numeric[column]}
                    for column, heading in enumerate(table.headings)
                ],
                "rows": [
                    [{"text": shown(cell), "kind": numeric[column]} for column, cell in enumerate(row)]
                    for row in table.rows
                ],
            }
        )
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(_TEMPLATE)
    page = template.render(
        title=manuscript.title,
        passages=[
            {
                "heading": passage.heading,
                "paragraphs": [numbered(text, manuscript.numbers) for text in passage.paragraphs],
            }
            for passage in manuscript.passages
        ],
        tables=tables,
        references=[reference.in_words() for reference in manuscript.references],
    )
    return legal_in_xml(page).encode()
