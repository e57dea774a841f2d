"""Words of tables that mean one word of a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

Words: TypeAlias = Mapping[str, tuple[str, ...]]

SEXES: Words = {
    "men": (
        *("m", "male", "males", "men", "man", "boys", "boy", "homme", "hommes", "hombre", "hombres", "homem"),
        *("homens", "uomo", "uomini", "mann", "männer", "männlich", "masculin", "masculino", "maschi", "h"),
    ),
    "women": (
        *("f", "female", "females", "women", "woman", "girls", "girl", "femme", "femmes", "mujer", "mujeres"),
        *("mulher", "mulheres", "donna", "donne", "frau", "frauen", "weiblich", "féminin", "femenino", "w"),
        *("feminino", "femmine"),
    ),
    "": (
        *("both", "both sexes", "all", "mixed", "mixed sex", "any", "combined", "total", "overall"),
        *("men and women", "women and men", "male and female", "males and females", "female and male"),
        *("ambos", "beide", "les deux", "tous", "alle", "entrambi", "mixte", "mixto", "misto", "gemischt"),
        *("m&f", "f&m", "m+f", "f+m", "m/f", "f/m", "h/f", "f/h", "h/m", "m/h", "m/w", "w/m", "m, f"),
        *("male/female", "female/male", "males/females", "men/women", "women/men", "men & women"),
    ),
}
ADJUSTMENTS: Words = {
    "none": ("none", "no", "unadjusted", "crude", "univariable", "univariate", "false", "0"),
    "minimal": ("minimal", "minimally adjusted", "age-adjusted", "age and sex", "age, sex", "partial"),
    "full": ("full", "fully adjusted", "yes", "adjusted", "multivariable", "multivariate", "true", "1"),
    "not stated": ("not stated", "unclear"),
}


def sexes_in(cells: Iterable[str]) -> Words:
    """The words for a sex of one column: beside h (hombre), m is a woman (mujer), unless f is there too."""
    said = {text.casefold() for text in cells}
    if not {"h", "m"} <= said or "f" in said:
        return SEXES
    men = tuple(word for word in SEXES["men"] if word != "m")
    return {"men": men, "women": (*SEXES["women"], "m"), "": SEXES[""]}
