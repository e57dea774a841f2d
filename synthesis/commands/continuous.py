"""Files with which a repository checks its review by itself: workflows, and a hook before each commit."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from string import Template


class CiKind(StrEnum):
    """What runs the checks."""

    GITHUB = "github"
    GITLAB = "gitlab"
    PRE_COMMIT = "pre-commit"
    GITHUB_MONTHLY = "github-monthly"
    GITLAB_MONTHLY = "gitlab-monthly"


_TEMPLATES = Path(__file__).parent.parent / "templates" / "ci"

_FILES = {
    CiKind.GITHUB: ("github.yml", ".github/workflows/review.yml"),
    CiKind.GITLAB: ("gitlab.yml", ".gitlab-ci.yml"),
    CiKind.PRE_COMMIT: ("pre-commit.yaml", ".pre-commit-config.yaml"),
    CiKind.GITHUB_MONTHLY: ("github-monthly.yml", ".github/workflows/monthly.yml"),
    CiKind.GITLAB_MONTHLY: ("gitlab-monthly.yml", ".gitlab/monthly.yml"),
}
"""Template, and where the file stands in a repository."""


def write_ci(folder: Path, kind: CiKind) -> None:
    """Write the file of one kind at the top of the repository of a review; exits with 1 where it exists."""
    from evidence.records.writing import WritingError, text_to_yaml, write_atomically
    from synthesis.commands.problem_formats import shown_path
    from synthesis.terminal import console, refuse

    template, place = _FILES[kind]
    top, inside = _top(folder)
    path = top / place
    text = Template((_TEMPLATES / template).read_text(encoding="utf-8")).substitute(
        review=text_to_yaml(inside)
    )
    if path.exists():
        refuse(f"'{path}' exists; nothing was written. What it would hold: see {_TEMPLATES / template}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text)
    except WritingError as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"'{path.parent}' cannot be made: {(error.strerror or str(error)).lower()}")
    console.print(f"wrote {shown_path(path)}")


def _top(folder: Path) -> tuple[Path, str]:
    """The top of the repository that a folder stands in, else the folder itself, and the way from there."""
    from synthesis.living.repository import NoHistoryError, Repository

    try:
        prefix = Repository.around(folder).prefix.rstrip("/")
    except NoHistoryError:
        return folder, "."
    depth = len(Path(prefix).parts)
    return folder.absolute().joinpath(*[".."] * depth).resolve() if depth else folder, prefix or "."
