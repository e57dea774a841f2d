"""Names of columns in other languages, and words that are left alone."""

from __future__ import annotations

import pytest

from evidence.sources.column_roles import Recognised, normal_name, recognise
from evidence.sources.foreign_heads import in_english

R = Recognised
NAMES: dict[str, Recognised] = {
    **dict.fromkeys(["Étude", "Estudio", "Estudo", "Studio", "Studie"], R("study")),
    **dict.fromkeys(["Auteurs", "Autor", "Autores", "Autore", "Autoren", "Premier auteur"], R("author")),
    **dict.fromkeys(["Primer autor", "Primeiro autor", "Primo autore", "Erstautor"], R("author")),
    "Erstautorin": R("author"),
    **dict.fromkeys(["Année", "Año", "Ano", "Anno", "Jahr", "Erscheinungsjahr"], R("year")),
    **dict.fromkeys(["Année de publication", "Año de publicación", "Anno di pubblicazione"], R("year")),
    **dict.fromkeys(["Pays", "País", "Paese", "Land"], R("country")),
    **dict.fromkeys(["Sexe", "Sexo", "Sesso", "Geschlecht"], R("sex")),
    **dict.fromkeys(["Critère", "Resultado", "Desfecho", "Esito", "Endpunkt"], R("outcome")),
    **dict.fromkeys(["IC 95%", "IC95%", "95% IC", "KI 95%"], R("ci")),
    **dict.fromkeys(["IC inf", "IC 95% inférieur", "IC inferior", "KI unten"], R("ci_low")),
    "Limite inférieure": R("ci_low"),
    **dict.fromkeys(["Límite inf.", "Borne inférieure", "Untere Grenze", "Untere KI-Grenze"], R("ci_low")),
    **dict.fromkeys(["IC sup", "IC 95% supérieur", "IC superior", "KI oben"], R("ci_high")),
    "Limite supérieure": R("ci_high"),
    **dict.fromkeys(["Límite sup.", "Borne supérieure", "Obere Grenze", "Obere KI-Grenze"], R("ci_high")),
    **dict.fromkeys(["Valeur p", "Valor p", "Valor de p", "Valore p", "p-Wert"], R("p")),
    **dict.fromkeys(["Erreur type", "Error estándar", "Erro padrão", "Errore standard"], R("se")),
    "Standardfehler": R("se"),
    **dict.fromkeys(["Risque relatif", "Riesgo relativo", "Risco relativo"], R("estimate", "", "RR")),
    **dict.fromkeys(["Rischio relativo", "Relatives Risiko"], R("estimate", "", "RR")),
    **dict.fromkeys(["Rapport de cotes", "Razón de momios", "Razão de chances"], R("estimate", "", "OR")),
    **dict.fromkeys(["Différence de moyennes", "Diferencia de medias"], R("estimate", "", "MD")),
    **dict.fromkeys(["Diferença de médias", "Differenza media"], R("estimate", "", "MD")),
    **dict.fromkeys(["Mittlere Differenz", "Mittelwertdifferenz"], R("estimate", "", "MD")),
    **dict.fromkeys(["Nombre d'événements (traitement)", "Evénement intervention"], R("events1")),
    **dict.fromkeys(["Eventos intervención", "Eventi intervento", "Ereignisse Verum"], R("events1")),
    **dict.fromkeys(["Anzahl der Ereignisse Behandlung", "Nº de eventos tratamento"], R("events1")),
    **dict.fromkeys(["Décès témoins", "Muertes control", "Obitos controle"], R("events2")),
    "Todesfälle Kontrolle": R("events2"),
    **dict.fromkeys(["Effectif témoin", "Muestra control", "Amostra controle"], R("n2")),
    "Fallzahl Kontrollen": R("n2"),
    **dict.fromkeys(["Pazienti controllo", "Patienten Kontrollgruppe", "Pacientes controles"], R("n2")),
    **dict.fromkeys(["Teilnehmer Interventionsgruppe", "Partecipanti trattamento"], R("n1")),
    **dict.fromkeys(["Moyenne traitement", "Media tratamiento", "Mittelwert Behandlung"], R("mean1")),
    **dict.fromkeys(["Médiane traitement", "Mediana trattamento"], R("median1")),
    **dict.fromkeys(["Écart-type témoin", "Desviación estándar control", "Desvio padrão controle"], R("sd2")),
    **dict.fromkeys(["Deviazione standard controllo", "Standardabweichung Kontrolle"], R("sd2")),
    "Grupo 1 n": R("n1"),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_foreign_name_says_what_the_english_one_says(name: str) -> None:
    assert recognise(name) == NAMES[name]


@pytest.mark.parametrize("short", ["ET", "DE", "DP", "DS"])
def test_short_words_are_an_sd_only_at_an_end_beside_a_mean(short: str) -> None:
    plain = f"{short.casefold()}_control"
    assert recognise(f"{short} control", [plain, "moyenne_control"]) == R("sd2")
    assert recognise(f"{short} control", [plain, "media_control"]) == R("sd2")
    assert recognise(f"{short} control", [plain, "mean_control"]) is None
    assert in_english(f"n_{short.casefold()}_control", ["media"]) == f"n_{short.casefold()}_control"
    assert in_english(f"control_{short.casefold()}", ["media"]) == "control_sd"


def test_other_words_stay() -> None:
    for plain in ("icu", "inferiority", "remedia", "landmark", "anova", "study_site", "sup", "no_de"):
        assert in_english(plain) in (plain, "number_of")
    assert in_english("icu") == "icu"


def test_accents_signs_and_sharp_s_are_spelled_in_letters() -> None:
    spelled = {"Année": "annee", "Größe": "grosse", "Δ mean": "change_mean", "β": "beta", "µg": "g"}
    assert {text: normal_name(text) for text in spelled} == spelled
