"""Writes docs/api.md from signatures, docstrings and `examples.py`: `python tests/documentation/page.py`."""

from __future__ import annotations

import ast
import contextlib
import inspect
import io
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "api.md"
EXAMPLES = Path(__file__).with_name("examples.py")
WIDTH = 100

RECORDS = (
    "evidence.records.reading.read_record",
    "evidence.records.reading.record_from_text",
    "evidence.records.review.load_review",
    "evidence.checking.check_paths",
    "evidence.records.measures.to_analysis_scale",
    "evidence.records.measures.harmonise",
    "evidence.records.writing.yaml_layout.record_to_yaml",
    "evidence.records.writing.files.write_record",
    "evidence.records.json_schema.json_schema",
)
SURVEY_RESULTS = ("SurveyDesign", "Estimates", "Spline", "CombinedFit", "Smooth")
"""Classes of the survey that a user calls something of; the others are told where they are returned."""

HEAD = """\
# Public functions

Written by `python tests/documentation/page.py` from signatures, docstrings and the examples beside it; do not
edit by hand. The examples run in one go from the root of the repository, and a test compares what they print.
Their numbers are those that [Coming from metafor](from-metafor.md) and `tests/reference/` compare with R.
"""
SECTIONS = {
    "synthesis": "Pooling. The BCG trials, 2x2 tables of 13 studies, are the data of the examples.",
    "evidence.records": "Records and reviews: read, check, bring to one scale, write.",
    "studies.survey": "Design-based estimation. Data: R's stratified sample of Californian schools.",
}


def cells() -> dict[str, str]:
    """The code of each example by its name."""
    parts = re.split(r"^# %% (.*)\n", EXAMPLES.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: code.strip("\n") for name, code in zip(parts[1::2], parts[2::2], strict=True)}


def printed() -> dict[str, str]:
    """What each example prints, all run in their order."""
    names: dict[str, Any] = {}
    found = {}
    with contextlib.chdir(ROOT):
        for name, code in cells().items():
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(code, f"example of {name}", "exec"), names)
            found[name] = out.getvalue().rstrip("\n")
    return found


def entries() -> Iterator[tuple[str, str, Any]]:
    """Heading, name of the example, and object of every public function, class and method."""
    import synthesis
    from studies import survey

    functions = [name for name in synthesis.__all__ if not inspect.isclass(getattr(synthesis, name))]
    classes = [name for name in synthesis.__all__ if inspect.isclass(getattr(synthesis, name))]
    yield "##", "synthesis", None
    for name in functions + classes:
        yield from _entry("synthesis", name, getattr(synthesis, name))
    yield "##", "evidence.records", None
    for dotted in RECORDS:
        module, _, name = dotted.rpartition(".")
        yield "###", f"{module}.{name}", getattr(import_module(module), name)
    yield "##", "studies.survey", None
    functions = [name for name in survey.__all__ if not inspect.isclass(getattr(survey, name))]
    for name in (*functions, *SURVEY_RESULTS):
        yield from _entry("studies.survey", name, getattr(survey, name))


def _entry(home: str, name: str, found: Any) -> Iterator[tuple[str, str, Any]]:
    yield "###", f"{home}.{name}", found
    if inspect.isclass(found):
        yield from (("####", f"{name}.{method}", getattr(found, method)) for method in methods(found))


def methods(owner: type) -> list[str]:
    """Public methods, those of its bases included."""
    return [name for name, _ in inspect.getmembers(owner, inspect.isfunction) if not name.startswith("_")]


def properties(owner: type) -> dict[str, str]:
    """Public properties and the first line of what they say."""
    found = inspect.getmembers(owner, lambda member: isinstance(member, property))
    return {
        name: (inspect.getdoc(p) or "").partition("\n")[0] for name, p in found if not name.startswith("_")
    }


def signature(name: str, function: Any) -> str:
    """The call as one would write it, an argument a line where it is long; Any is left out."""
    arguments: list[str] = []
    for p in inspect.signature(function).parameters.values():
        if p.name == "self":
            continue
        if p.kind is p.KEYWORD_ONLY and "*" not in arguments:
            arguments.append("*")
        annotation = "" if p.annotation in ("Any", p.empty) else f": {p.annotation}"
        default = "" if p.default is p.empty else f"{' = ' if annotation else '='}{_value(p.default)}"
        stars = "**" if p.kind is p.VAR_KEYWORD else "*" if p.kind is p.VAR_POSITIONAL else ""
        arguments.append(f"{stars}{p.name}{annotation}{default}")
    returns = inspect.signature(function).return_annotation
    ends = ")" if returns in (inspect.Signature.empty, "None") else f") -> {returns}"
    whole = f"{name}({', '.join(arguments)}{ends}"
    if len(whole) <= WIDTH:
        return whole
    return "\n".join([f"{name}(", *(f"    {argument}," for argument in arguments), ends])


def _value(default: Any) -> str:
    return default.__name__ if inspect.isfunction(default) else repr(default)


def returned(function: Any, told: set[str]) -> str:
    """What a result of ours holds, unless it has an entry of its own."""
    annotation = str(inspect.signature(function).return_annotation)
    said = []
    for name in dict.fromkeys(re.findall(r"\b[A-Z]\w+", annotation)):
        home = homes(function.__module__.partition(".")[0]).get(name)
        if home and name not in told:
            about = inspect.getdoc(getattr(import_module(home), name)) or ""
            said.append(f"`{name}`: {plain(about)}")
    return "\n\n".join(said)


@cache
def homes(house: str) -> dict[str, str]:
    """The module that defines each class of a house; of several, that with the shortest path."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / house).rglob("*.py"), key=lambda p: (len(p.parts), p)):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, ".".join(path.relative_to(ROOT).with_suffix("").parts))
    return found


def plain(text: str) -> str:
    """A docstring as Markdown: its words, with nothing taken for emphasis and no line taken for code."""
    pieces = re.split(r"(`[^`]*`)", "\n".join(line.strip() for line in text.splitlines()))
    return "".join(p if p.startswith("`") else re.sub(r"([*<])", r"\\\1", p) for p in pieces)


def measures() -> str:
    """A table of what `escalc` knows."""
    from evidence.effects.forms import MEASURES

    rows = ["| measure | what it is | columns |", "|---|---|---|"]
    for name, measure in MEASURES.items():
        columns = "; or ".join(
            ", ".join([*form.required, *(f"[{c}]" for c in form.alternatives)]) for form in measure.forms
        )
        rows.append(f"| `{name}` | {measure.title} | {columns} |")
    return "\n".join(rows)


def page() -> str:
    """The whole page, in the order of its examples.

    Raises ValueError where a name has no example or no docstring, or an example no name.
    """
    code, output, listed = cells(), printed(), list(entries())
    told = {name.rpartition(".")[2] for _, name, found in listed if inspect.isclass(found)}
    lacking = [
        n for _, n, found in listed if n not in code or (found is not None and not inspect.getdoc(found))
    ]
    left_over = code.keys() - {name for _, name, _ in listed}
    if lacking or left_over:
        raise ValueError(f"without example or docstring: {lacking}; examples of nothing: {sorted(left_over)}")
    blocks, order = [HEAD], list(code)
    for heading, name, found in sorted(listed, key=lambda entry: order.index(entry[1])):
        blocks.append(f"{heading} `{name}`")
        if found is None:
            blocks.append(SECTIONS[name])
        else:
            blocks += list(described(name, found, told))
        blocks.append(f"```python\n{code[name]}\n```")
        if output[name]:
            blocks[-1] += f"\n```text\n{output[name]}\n```"
        if name == "synthesis.escalc":
            blocks.append(measures())
    return "\n\n".join(block.strip("\n") for block in blocks if block) + "\n"


def described(name: str, found: Any, told: set[str]) -> Iterator[str]:
    """Signature, docstring, and what is returned; of a class its properties."""
    about = plain(inspect.getdoc(found) or "")
    if inspect.isclass(found):
        yield about
        yield "\n".join(f"- `{key}`: {plain(says)}" for key, says in properties(found).items())
    else:
        yield f"```text\n{signature(name, found)}\n```"
        yield about
        yield returned(found, told)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
