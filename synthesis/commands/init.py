"""`init`: an empty review that works at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from synthesis.commands.continuous import CiKind
from synthesis.commands.loading import REVIEW_FILE

# The worked example that `init` writes, for each effect measure; its numbers are invented and consistent.


class ExampleMeasure(StrEnum):
    """Effect measures a new review can start from."""

    HR = "HR"
    OR = "OR"
    RR = "RR"
    IRR = "IRR"
    RD = "RD"
    BETA = "beta"
    MD = "MD"
    SMD = "SMD"
    R = "r"
    PROPORTION = "proportion"


@dataclass(frozen=True)
class Example:
    """What the templates need to know about a question."""

    exposure: str
    outcome: str
    comparator: str
    topic: str
    exposure_unit: str
    model: str
    contrast: str
    """The entry of scale and effect that says what is compared, with a comma before it."""
    numbers: str
    direction: str
    unit: str = ""

    def values(self, measure: ExampleMeasure) -> dict[str, str]:
        """One value for each placeholder of the templates."""
        unit_entry = f", unit: {self.unit}" if self.unit else ""
        return {
            "exposure": self.exposure,
            "exposure_id": self.exposure.replace(" ", "-"),
            "exposure_unit": self.exposure_unit,
            "comparator": self.comparator,
            "outcome": self.outcome,
            "topic": self.topic,
            "analysis": self.outcome.replace(" ", "-").lower(),
            "analysis_title": self.outcome[:1].upper() + self.outcome[1:],
            "model": self.model,
            "scale": f"{{measure: {measure}, exposure: {self.exposure}{self.contrast}{unit_entry}}}",
            "direction": self.direction,
            "unit_entry": unit_entry,
            "effect": f"{{measure: {measure}{self.contrast}, {self.numbers}}}",
        }


_GROUPS = ", versus: {exposed: anemia, reference: no anemia}"
_MORE_FRACTURES = "{lower: fewer fractures, higher: more fractures}"
_DENSER = "{lower: lower BMD, higher: higher BMD}"


def _fractures(model: str, numbers: str) -> Example:
    return Example(
        exposure="anemia",
        outcome="hip fracture",
        comparator="no anemia",
        topic="anemia and hip fracture",
        exposure_unit="not stated",
        model=model,
        contrast=_GROUPS,
        numbers=numbers,
        direction=_MORE_FRACTURES,
    )


def _bone(numbers: str, contrast: str, comparator: str, unit: str, direction: str = _DENSER) -> Example:
    slope = contrast != _GROUPS
    return Example(
        exposure="hemoglobin" if slope else "anemia",
        outcome="BMD",
        comparator=comparator,
        topic=f"{'hemoglobin' if slope else 'anemia'} and bone mineral density",
        exposure_unit="g/dL" if slope else "not stated",
        model="linear regression" if slope else "analysis of covariance",
        contrast=contrast,
        numbers=numbers,
        direction=direction,
        unit=unit,
    )


_PREVALENCE = Example(
    exposure="being a resident",
    outcome="osteoporosis",
    comparator="none; a prevalence",
    topic="the prevalence of osteoporosis",
    exposure_unit="not stated",
    model="logistic regression",
    contrast="",
    numbers="estimate: 0.23, ci: [0.19, 0.27]",
    direction="{lower: rarer, higher: more frequent}",
)

EXAMPLES = {
    ExampleMeasure.HR: _fractures("Cox regression", "estimate: 1.32, ci: [1.08, 1.61], p: 0.006"),
    ExampleMeasure.OR: _fractures("logistic regression", "estimate: 1.32, ci: [1.08, 1.61], p: 0.006"),
    ExampleMeasure.RR: _fractures("Poisson regression", "estimate: 1.32, ci: [1.08, 1.61], p: 0.006"),
    ExampleMeasure.IRR: _fractures("Poisson regression", "estimate: 1.32, ci: [1.08, 1.61], p: 0.006"),
    ExampleMeasure.RD: _fractures("binomial regression", "estimate: 0.031, ci: [0.008, 0.054], p: 0.008"),
    ExampleMeasure.BETA: _bone(
        "estimate: 0.0042, ci: [0.0011, 0.0073], p: 0.008", ", per: 1 g/dL", "1 g/dL lower", "g/cm2"
    ),
    ExampleMeasure.MD: _bone(
        "estimate: -0.021, ci: [-0.036, -0.006], p: 0.006", _GROUPS, "no anemia", "g/cm2"
    ),
    ExampleMeasure.SMD: _bone("estimate: -0.18, ci: [-0.31, -0.05], p: 0.007", _GROUPS, "no anemia", ""),
    ExampleMeasure.R: _bone(
        "estimate: 0.14, ci: [0.05, 0.23], p: 0.002",
        "",
        "none; a correlation",
        "",
        "{lower: negative, higher: positive}",
    ),
    ExampleMeasure.PROPORTION: _PREVALENCE,
}


def filled(template: str, measure: ExampleMeasure, **more: str) -> str:
    """A template with the example's values; raises KeyError for a placeholder without one."""
    return Template(template).substitute(EXAMPLES[measure].values(measure), **more)


_TEMPLATES = Path(__file__).parent.parent / "templates"


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of the new review; made when missing.")
    ],
    measure: Annotated[
        ExampleMeasure, typer.Option(help="The effect measure the review compares.")
    ] = ExampleMeasure.HR,
    title: Annotated[str | None, typer.Option(help="Title of the review.")] = None,
    ci: Annotated[
        list[CiKind] | None,
        typer.Option(
            help="Also a workflow that checks each pull request and tells what moved, a pre-commit hook, or "
            "a monthly search; alone for a review that is there. May be given several times.",
        ),
    ] = None,
) -> None:
    """Start a review: a commented review.yaml to edit, and one invented study to copy from.

    Nothing that exists is overwritten. With --ci an existing review gets the workflow alone.
    """
    from synthesis.commands.continuous import write_ci

    if not (ci and (folder / REVIEW_FILE).is_file()):
        _start(folder, measure, title)
    for kind in dict.fromkeys(ci or ()):
        write_ci(folder, kind)


def _start(folder: Path, measure: ExampleMeasure, title: str | None) -> None:
    from evidence.records.writing import WritingError, text_to_yaml, write_atomically
    from evidence.sources.entries import slug
    from synthesis.terminal import refuse, visible

    review, example = folder / REVIEW_FILE, folder / "studies" / "example.yaml"
    for path in (review, example):
        if path.exists():
            refuse(f"'{path}' exists; nothing was written. Choose an empty folder")
    name = visible(folder.resolve().name)
    question = filled(
        (_TEMPLATES / "review.yaml").read_text(encoding="utf-8"),
        measure,
        review=text_to_yaml(slug(name) or "my-review"),
        title=text_to_yaml(" ".join((title or name or "My review").split()) or "My review"),
    )
    study = filled((_TEMPLATES / "example.yaml").read_text(encoding="utf-8"), measure)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / ".gitignore").exists():
            write_atomically(folder / ".gitignore", (_TEMPLATES / "gitignore").read_text(encoding="utf-8"))
        write_atomically(example, study)
        write_atomically(review, question)  # last: before it, the folder is no review
    except WritingError as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"'{folder}' cannot be made: {(error.strerror or str(error)).lower()}")
    _tell_what_is_next(folder)


def _tell_what_is_next(folder: Path) -> None:
    import shlex

    from synthesis.terminal import console

    where = shlex.quote(str(folder))
    lines = [
        f"wrote {folder / REVIEW_FILE}",
        f"wrote {folder / 'studies' / 'example.yaml'} (an invented study: delete it)",
        "Next:",
        f"  python -m synthesis forest --review {where}   # pool and draw: works now",
        f"  python -m synthesis add --review {where}      # add your first study",
        f"  python -m synthesis check {where}             # after every edit",
    ]
    for line in lines:
        console.print(line)
