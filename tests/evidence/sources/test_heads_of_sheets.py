"""Heads as extraction sheets of reviews have them, each with what a person reads in its columns.

`-` is a column that no effect is made of. A wrong role that looks right is the worst that can happen, so
every head states all its columns; where a person could not tell, nothing is read and that is said.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

import pytest

from evidence.sources.mapping import Plan, guessed
from tests.evidence.sources.importing import as_recognised, first_effect, records_of, table

COUNTS = "study events1 n1 events2 n2"
MEANS = "study n1 mean1 sd1 n2 mean2 sd2"
NUMBERS_OF_MEANS = ("Abel 2001", "50", "12.1", "1.2", "51", "11.8", "1.3")
NUMBERS_OF_COUNTS = ("Abel 2001", "12", "100", "20", "98")

Head = tuple[str, Sequence[str], str, Mapping[str, str]]
HEADS: tuple[Head, ...] = (
    # counts
    ("Study|Intervention n/N|Control n/N", ("Abel 2001", "12/100", "20/98"), "study events1 events2", {}),
    (
        "Study|Iron, n/N (%)|Placebo, n/N (%)",
        ("Abel 2001", "12/100 (12%)", "20/98 (20.4%)"),
        "study events1 events2",
        {"exposed": "Iron", "reference": "Placebo"},
    ),
    ("Study|Treated Events/Total|Control Events/Total", ("Abel 2001", "12/100", "20/98"), "study events1 events2", {}),
    (
        "Study|Treatment group: no. of events|Treatment group: no. of patients|"
        "Control group: no. of events|Control group: no. of patients",
        NUMBERS_OF_COUNTS,
        COUNTS,
        {},
    ),
    ("Study|Group 1 n events|Group 1 N|Group 2 n events|Group 2 N", NUMBERS_OF_COUNTS, COUNTS, {}),
    (
        "Study|Iron No. (%)|Iron N|Placebo No. (%)|Placebo N",
        ("Abel 2001", "12 (12.0)", "100", "20 (20.4)", "98"),
        COUNTS,
        {"exposed": "Iron", "reference": "Placebo", "measure": "RR"},
    ),
    (
        "Study|Deaths (drug)|Randomised (drug)|Deaths (placebo)|Randomised (placebo)",
        NUMBERS_OF_COUNTS,
        COUNTS,
        {"exposed": "drug", "reference": "placebo"},
    ),
    (
        "Study|Number of events in intervention|Number of participants in intervention|"
        "Number of events in control|Number of participants in control",
        NUMBERS_OF_COUNTS,
        COUNTS,
        {},
    ),
    (
        "Study|Metformin 500 mg events|Metformin 500 mg N|Usual care events|Usual care N",
        NUMBERS_OF_COUNTS,
        COUNTS,
        {"exposed": "Metformin 500 mg", "reference": "Usual care"},
    ),
    (
        "Study|Vitamin D 2000 IU events|Vitamin D 2000 IU total|Vitamin D 400 IU events|Vitamin D 400 IU total",
        NUMBERS_OF_COUNTS,
        COUNTS,
        {"exposed": "Vitamin D 2000 IU", "reference": "Vitamin D 400 IU"},
    ),
    (
        "Study|Events (arm A)|n (arm A)|Events (arm B)|n (arm B)",
        NUMBERS_OF_COUNTS,
        COUNTS,
        {"exposed": "arm A", "reference": "arm B"},
    ),
    (
        "Study|N randomised treatment|N analysed treatment|Events treatment|"
        "N randomised control|N analysed control|Events control",
        ("Abel 2001", "110", "100", "12", "108", "98", "20"),
        "study - n1 events1 - n2 events2",
        {},
    ),
    ("Etude|Evénements traitement|Effectif traitement|Evénements témoins|Effectif témoins", NUMBERS_OF_COUNTS, COUNTS, {}),
    ("Estudio|Eventos intervención|Total intervención|Eventos control|Total control", NUMBERS_OF_COUNTS, COUNTS, {}),
    ("Studie|Ereignisse Intervention|Patienten Intervention|Ereignisse Kontrolle|Patienten Kontrolle", NUMBERS_OF_COUNTS, COUNTS, {}),
    ("Studio|N. eventi trattamento|N. pazienti trattamento|N. eventi controllo|N. pazienti controllo", NUMBERS_OF_COUNTS, COUNTS, {}),
    ("Estudo|Nº de eventos (intervenção)|Amostra (intervenção)|Nº de eventos (controle)|Amostra (controle)", NUMBERS_OF_COUNTS, COUNTS, {}),
    # means
    (
        "Study|Iron n|Iron mean Hb (g/dL)|Iron SD|Placebo n|Placebo mean Hb (g/dL)|Placebo SD",
        NUMBERS_OF_MEANS,
        MEANS,
        {"exposed": "Iron", "reference": "Placebo", "unit": "g/dL", "measure": "MD"},
    ),
    ("Study|Group 1 n|Group 1 mean|Group 1 SD|Group 2 n|Group 2 mean|Group 2 SD", NUMBERS_OF_MEANS, MEANS, {}),
    (
        "Study|n (arm A)|mean (arm A)|SD (arm A)|n (arm B)|mean (arm B)|SD (arm B)",
        NUMBERS_OF_MEANS,
        MEANS,
        {"exposed": "arm A", "reference": "arm B"},
    ),
    (
        "study|Intervention_n|Intervention_mean_post|Intervention_sd_post|Control_n|Control_mean_post|Control_sd_post",
        NUMBERS_OF_MEANS,
        MEANS,
        {},
    ),
    (
        "Study|Intervention n|Intervention mean change|Intervention SD change|"
        "Control n|Control mean change|Control SD change",
        NUMBERS_OF_MEANS,
        MEANS,
        {"change": "true"},
    ),
    (
        "Study|Iron n|Iron baseline mean|Iron baseline SD|Iron 12 weeks mean|Iron 12 weeks SD|"
        "Placebo n|Placebo baseline mean|Placebo baseline SD|Placebo 12 weeks mean|Placebo 12 weeks SD",
        ("Abel 2001", "50", "11", "1", "12.1", "1.2", "51", "11", "1", "11.8", "1.3"),
        "study n1 - - mean1 sd1 n2 - - mean2 sd2",
        {"exposed": "Iron", "reference": "Placebo"},
    ),
    (
        "Study|Exp n|Exp baseline mean (SD)|Exp follow-up mean (SD)|Ctrl n|Ctrl baseline mean (SD)|Ctrl follow-up mean (SD)",
        ("Abel 2001", "50", "11 (1)", "12.1 (1.2)", "51", "11 (1)", "11.8 (1.3)"),
        "study n1 - mean1 n2 - mean2",
        {},
    ),
    (
        "Study|Exp n|Exp mean ± SE|Ctrl n|Ctrl mean ± SE",
        ("Abel 2001", "50", "12.1 ± 0.2", "51", "11.8 ± 0.3"),
        "study n1 mean1 n2 mean2",
        {"measure": "MD"},
    ),
    ("Study|Iron N|Iron Mean|Iron SEM|Control N|Control Mean|Control SEM", NUMBERS_OF_MEANS, "study n1 mean1 se1 n2 mean2 se2", {"exposed": "Iron"}),
    ("Study|N treatment|Mean treatment|SE treatment|N control|Mean control|SE control", NUMBERS_OF_MEANS, "study n1 mean1 se1 n2 mean2 se2", {}),
    (
        "Study|Age, mean (SD), intervention|n, intervention|mmHg mean, intervention|mmHg SD, intervention|"
        "Age, mean (SD), control|n, control|mmHg mean, control|mmHg SD, control",
        ("Abel 2001", "45 (9)", "50", "12.1", "1.2", "46 (8)", "51", "11.8", "1.3"),
        "study - n1 mean1 sd1 - n2 mean2 sd2",
        {},
    ),
    (
        "Study|Follow-up (months)|% female|Treatment n|Treatment mean|Treatment SD|Control n|Control mean|Control SD",
        ("Abel 2001", "12", "45", *NUMBERS_OF_MEANS[1:]),
        "study - - n1 mean1 sd1 n2 mean2 sd2",
        {},
    ),
    (
        "Etude|n (traitement)|Moyenne (traitement)|ET (traitement)|n (témoin)|Moyenne (témoin)|ET (témoin)",
        NUMBERS_OF_MEANS,
        MEANS,
        {},
    ),
    (
        "Etude|n traitement|Moyenne traitement|Ecart-type traitement|n témoin|Moyenne témoin|Ecart-type témoin",
        NUMBERS_OF_MEANS,
        MEANS,
        {},
    ),
    (
        "Studie|n Verum|Mittelwert Verum|SD Verum|n Placebo|Mittelwert Placebo|SD Placebo",
        NUMBERS_OF_MEANS,
        MEANS,
        {},
    ),
    # effects
    ("Etude|Année|RR|IC inf|IC sup", ("Abel", "2001", "0.84", "0.63", "1.12"), "study year estimate ci_low ci_high", {}),
    ("Estudio|HR (IC 95%)", ("Abel 2001", "0.84 (0.63 a 1.12)"), "study estimate", {"measure": "HR"}),
    ("Autor|Año|OR|IC95% inf|IC95% sup|p", ("Abel", "2001", "0.84", "0.63", "1.12", "0.2"), "author year estimate ci_low ci_high p", {}),
    ("Autor|Jahr|Hazard Ratio|95%-KI", ("Abel", "2001", "0.84", "0.63 bis 1.12"), "author year estimate ci", {"measure": "HR"}),
    ("Estudo|Ano|Risco relativo|Limite inferior|Limite superior", ("Abel", "2001", "0.84", "0.63", "1.12"), "study year estimate ci_low ci_high", {"measure": "RR"}),
    ("Autore|Anno|Differenza media|IC 95%|Valore p", ("Abel", "2001", "0.4", "0.1 a 0.7", "0.01"), "author year estimate ci p", {"measure": "MD"}),
    ("Study|Effect (95% CI)|Events/Total (treatment)|Events/Total (control)", ("Abel 2001", "0.6 (0.3-1.1)", "12/100", "20/98"), "study - events1 events2", {"measure": "RR"}),
    ("Study|OR|CI95 low|CI95 high|Follow-up|% male", ("Abel 2001", "0.84", "0.63", "1.12", "3", "40"), "study estimate ci_low ci_high - -", {}),
    ("Study|RR|95% CI Lower|95% CI Upper|No. of cases|Person-years", ("Abel 2001", "0.84", "0.63", "1.12", "90", "1200"), "study estimate ci_low ci_high - -", {}),
    ("Study|Mean difference at 12 weeks|SE", ("Abel 2001", "0.84", "0.3"), "study estimate se", {"measure": "MD"}),
    ("First author, year|Effect size (g)|SE of g", ("Abel 2001", "0.84", "0.3"), "study estimate se", {"measure": "SMD"}),
    ("Study|Group|N|Mean|SD", ("Abel 2001", "iron", "50", "12.1", "1.2"), "study arm n mean sd", {}),
    # what a person could not tell, or what no effect can be made of
    ("Study|Event rate treatment (%)|N treatment|Event rate control (%)|N control", NUMBERS_OF_COUNTS, "study - - - -", {"told": "no columns with numbers"}),
    ("Study|Events treatment (%)|N treatment|Events control (%)|N control", NUMBERS_OF_COUNTS, "study - - - -", {"told": "no columns with numbers"}),
    ("Study|N cases|N controls|Mean age cases|Mean age controls", NUMBERS_OF_COUNTS, "study - - - -", {"told": "no columns with numbers"}),
    ("Study|Iron mean|Iron SD|Placebo mean|Placebo SD", ("Abel 2001", "12.1", "1.2", "11.8", "1.3"), "study - - - -", {"told": "no columns with numbers"}),
    ("Study|Baseline mean treatment|Baseline SD treatment|N treatment|Baseline mean control|Baseline SD control|N control", ("Abel 2001", "12.1", "1.2", "50", "11.8", "1.3", "51"), "study - - - - - -", {"told": "no columns with numbers"}),
    ("Study|Lost treatment n|Lost control n|N treatment|N control", ("Abel 2001", "3", "4", "50", "51"), "study - - - -", {"told": "no columns with numbers"}),
    ("Study|N of studies|N arms|RoB", ("Abel 2001", "3", "2", "low"), "study - - -", {"told": "no columns with numbers"}),
)  # fmt: skip


def plan_of(head: Head) -> Plan:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(head[0].split("|"))
    writer.writerow(head[1])
    writer.writerow([cell.replace("Abel", "Berg").replace("2001", "2003") for cell in head[1]])
    return guessed(table(stream.getvalue())).plan


@pytest.mark.parametrize("head", HEADS, ids=[head[0] for head in HEADS])
def test_a_head_is_read_as_a_person_reads_it(head: Head) -> None:
    names, _, expected, said = head
    plan = plan_of(head)
    if "told" in said:
        lacking = plan.model_copy(update={"values": {"measure": "OR"} | plan.values}).lacking
        assert lacking is not None
        assert lacking.startswith(said["told"])
        return
    found = [plan.columns.get(name, "-") for name in names.split("|")]
    assert found == expected.split()
    assert {key: plan.values.get(key) for key in said} == dict(said)
