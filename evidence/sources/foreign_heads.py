"""Names of columns in French, Spanish, German, Portuguese and Italian -> the English words for them.

Names are normal ones: small letters without accents, words joined by _.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_PHRASES = tuple(
    (re.compile(rf"(?<![^_])(?:{foreign})(?![^_])"), english)
    for english, foreign in {
        "first_author": "premier_auteur|primer_autor|primeiro_autor|primo_autore|erstautor(?:in)?",
        "year": r"(?:annee|ano|anno)(?:_d[ei])?_pub\w+|\w+sjahr",
        "risk_ratio": r"(?:risque|riesgo|risco|rischio)_relati[fv]o?|relatives_risiko",
        "odds_ratio": "rapport_(?:de|des)_cotes|razon_de_(?:momios|probabilidades)|razao_de_chances",
        "mean_difference": r"differenza_media|mittlere_differenz|mittelwert(?:s)?differenz|"
        r"differen(?:ce|za)_(?:de|des|di|delle)_(?:moyennes|medie)|diferen(?:cia|ca)_(?:de|das)_medias",
        "sd": "ecart_type|desviacion_(?:estandar|tipica)|desvio_padrao|deviazione_standard",
        "se": "erreur_(?:type|standard)|error_(?:estandar|tipico)|erro_padrao|errore_standard",
        "p_value": "valeur_p|valor_(?:de_)?p|valore_(?:di_)?p|p_valor|p_valore",
        "lower": r"(?:limite|lim|borne)_inf[a-z]*|untere(?:_\w*)?_?grenze",
        "upper": r"(?:limite|lim|borne)_sup[a-z]*|obere(?:_\w*)?_?grenze",
        "number_of": r"(?:nombre|numero|nb|no)_(?:de|des|di|do|d)|anzahl(?:_der)?",
    }.items()
)
_WORDS = {
    foreign: english
    for english, several in {
        "study": "etude estudio estudo studio studie",
        "author": "auteur auteurs autor autores autore autori autoren",
        "year": "annee ano anno jahr",
        "country": "pays pais paese land",
        "sex": "sexe sexo sesso geschlecht",
        "outcome": "critere resultado desfecho esito endpunkt zielgroesse",
        "ci": "ic ki",
        "ci95": "ic95 ki95",
        "95ci": "95ic 95ki",
        "low": "inferior inferieur inferieure inferiore unten untere",
        "high": "superior superieur superieure superiore oben obere",
        "group": "groupe grupo gruppo gruppe",
        "intervention": "intervencion intervencao intervento interventionsgruppe",
        "treatment": "traitement tratamiento tratamento trattamento behandlung verum",
        "control": "temoin temoins controle controles controllo kontrolle kontrollgruppe kontrollen",
        "events": "evenement evenements evento eventos evento eventi ereignis ereignisse",
        "deaths": "deces muertes mortes obitos decessi todesfalle",
        "n": "effectif tamano muestra amostra stichprobe fallzahl",
        "patients": "pacientes pazienti patienten",
        "participants": "participantes partecipanti teilnehmer probanden",
        "mean": "moyenne media mittelwert",
        "median": "mediane mediana",
        "sd": "standardabweichung stabw",
        "se": "standardfehler",
    }.items()
    for foreign in several.split()
}
_SHORT_SD = {"et", "de", "dp", "ds"}
"""Short for an SD, and words of their own besides: taken as such only at an end of a name, beside a mean."""
_MEANS = {"moyenne", "media"}


def in_english(plain: str, all_names: Sequence[str] = ()) -> str:
    """A normal name with the foreign words it is known by in English; other words stay.

    all_names: normal names of all columns.
    """
    if any(_MEANS & set(name.split("_")) for name in all_names):
        words = plain.split("_")
        ends = {0, len(words) - 1}
        plain = "_".join("sd" if at in ends and word in _SHORT_SD else word for at, word in enumerate(words))
    for foreign, english in _PHRASES:
        plain = foreign.sub(english, plain)
    return "_".join(_WORDS.get(word, word) for word in plain.split("_"))
