"""The words for a figure that cannot be seen."""

from synthesis.drawing.content import forest_alternative
from synthesis.drawing.forest_table import ForestTable


def test_every_row_is_told_in_the_printed_numbers(small: ForestTable) -> None:
    words = forest_alternative(small).replace("\u00a0", " ")
    sentences = (
        "Forest plot: Hip BMD and hemoglobin, men. REML, Hartung-Knapp-Sidik-Jonkman (t, 2 df).",
        "Change in BMD (g/cm²) per 1 g/dL [95% CI]; 3 estimates, 1 examined but not reported.",
        "IMOS-4 2025: 0.0079 [0.0023, 0.0135], weight 32.0%.",
        "NHANES 2005–2018 ↻: 0.0025 [−0.0016, 0.0066], weight 64.0%.",
        "CHS 2019: −0.0055 [−0.0171, 0.0062], weight 4.0%.",
        "Rutten 2013: examined, not reported: not significant.",
        "Random effects (3): 0.0039 [−0.0013, 0.0090], weight 100.0%.",
        "95% prediction interval: [−0.0063, 0.0141].",
        "τ² = 1.1 × 10⁻⁵, I² = 38 % (0 to 91 %), Q(2) = 4.9, p = 0.09.",
        "↻ re-analysed from microdata.",
    )
    positions = [words.index(sentence) for sentence in sentences]
    assert positions == sorted(positions)


def test_groups_are_told_before_their_studies(subgroups: ForestTable) -> None:
    words = forest_alternative(subgroups)
    assert words.index("Group Allocation: random.") < words.index("Aronson 1948: 0.41 [0.13, 1.26]")
    assert "3 estimates." in words
