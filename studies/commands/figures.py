"""`figures`: Figures 1 to 5 of the spine protocol."""

from __future__ import annotations

from pathlib import Path

from studies.commands.data_option import DataOption
from studies.commands.output_option import OutputOption


def figures(data: DataOption = None, output: OutputOption = Path("output/nhanes")) -> None:
    """Draw the flow of participants and bone mineral density along hemoglobin.

    Figure 1 is the flow diagram; 2 and 3 show everybody with the fully adjusted smooth; 4 and 5 the smooths
    by sex and by race. Each is written as PNG, SVG and PDF.
    """
    from studies.commands.progress import progress
    from studies.commands.terminal import console, refuse
    from studies.nhanes.cohort import load_cohort
    from studies.nhanes.errors import NhanesError
    from studies.nhanes.figures.drawing import draw_figures, step_count
    from studies.nhanes.figures.saving import save_figure
    from studies.nhanes.protocol import load_named
    from studies.survey import SurveyError

    try:
        protocol = load_named("spine")
        with progress(step_count(protocol) + 1) as begin:
            begin("Reading the survey's files")
            titles = {
                save_figure(drawn, output)[0].with_suffix(""): drawn.title
                for drawn in draw_figures(load_cohort(protocol, data), begin)
            }
    except (NhanesError, SurveyError) as error:
        refuse(str(error))
    except OSError as error:
        refuse(f"'{error.filename or output}' cannot be written: {(error.strerror or str(error)).lower()}")
    for stem, title in titles.items():
        console.print(f"{stem} (PNG, SVG, PDF): {title}", markup=False)
