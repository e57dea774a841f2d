"""From what a paper prints to what is pooled, step by step, in words and with the numbers of each step."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.records.conversion import BOUND_ON_P, printed_scale
from evidence.records.effect import Contrast, Effect, Group, RawNumbers
from evidence.records.measures import Harmonised, on_measure
from evidence.records.printed import Printed, PValue
from evidence.records.scales import AnalysisScale, analysis_scale
from evidence.records.schema import Outcome, Record
from evidence.records.target_scale import TargetScale
from evidence.records.trust import WORDS, chosen_use, trusted
from evidence.records.vocabulary import NOT_STATED
from evidence.selection.selection import Chosen
from evidence.wording import MINUS, number, p_number
from synthesis.report.page_parts import Fact
from synthesis.review.captions import measure_title, pretty_unit

_DIGITS = 6
"""Of a number that a reader may want to work out again."""

_FEWER = 4


def printed_words(effect: Effect, shortened: bool = False) -> str:
    """The estimate with whatever is printed beside it: `0.0079 [0.002, 0.0135], p 0.006`.

    shortened: to four digits, of numbers that nobody printed but a program computed.
    """

    def told(value: object) -> str:
        if shortened and isinstance(value, Printed):
            return _long(float(value), _FEWER)
        if shortened and isinstance(value, PValue) and value.number is not None and value.relation == "=":
            return p_number(float(value.number))
        return str(value)

    parts = [] if effect.estimate is None else [told(effect.estimate)]
    if effect.ci is not None:
        parts.append(f"[{told(effect.ci[0])}, {told(effect.ci[1])}]")
    said = [" ".join(parts)] if parts else []
    level = str(effect.level)
    if (effect.ci is not None or effect.limit is not None) and level != "95 %":
        said.append(f"{level} interval")
    for name, value in (
        ("lower limit", effect.lower),
        ("upper limit", effect.upper),
        ("SE", effect.se),
        ("t", effect.t),
        ("F", None if effect.f is None else f"{effect.f.value} on {_df(effect.f.df)} df"),
        ("χ²", None if effect.chi2 is None else f"{effect.chi2.value} on {effect.chi2.df:g} df"),
        ("p", effect.p),
    ):
        if value is not None:
            said.append(f"{name} {told(value)}")
    groups = effect.groups or ((effect.group,) if effect.group is not None else ())
    said += [f"{group.name}: {_raw_words(group)}" for group in groups]
    said += [f"{name} {value}" for name, value in (effect.columns or {}).items()]
    return ", ".join(said) + (" (natural logarithms)" if effect.log else "")


def _df(pair: tuple[float, float]) -> str:
    return " and ".join(f"{each:g}" for each in pair)


def _raw_words(group: Group) -> str:
    """What is printed of a group: `12 of 40`, `mean 5.2, SD 1.1, n 25`."""
    if group.events is not None:
        of = group.n if group.person_time is None else f"{group.person_time} person-time"
        return f"{group.events} of {of}"
    names = [name for name in RawNumbers.model_fields if name not in ("events", "person_time", "ci")]
    found = [f"{name} {value}" for name in names if (value := getattr(group, name)) is not None]
    return ", ".join([*found, *([f"interval {group.ci[0]} to {group.ci[1]}"] if group.ci else [])])


def asked_words(effect: Effect, outcome: Outcome, printed_unit: str) -> str:
    """What the printed number is: `slope (g/cm²) per 1 g/dL`, and what of its units nobody printed."""
    unit = f" ({pretty_unit(outcome.unit)})" if outcome.unit != NOT_STATED else ""
    what = ("slope" if effect.measure == "beta" else measure_title(effect.measure)) + unit
    if effect.per is not None:
        what += f" per {effect.per}"
    if effect.versus is not None:
        what += f", {_against(effect.versus)}"
    doubts = (
        [] if outcome.unit_stated or outcome.unit == NOT_STATED else ["the outcome's unit is not printed"]
    )
    doubts += [f"the exposure's is printed as {printed_unit}"] if printed_unit else []
    return what + (f"; {', '.join(doubts)}" if doubts else "")


def _against(versus: Contrast) -> str:
    return f"{versus.exposed} against {versus.reference}"


def conversion_steps(chosen: Chosen, target: TargetScale, accept: tuple[str, ...]) -> tuple[Fact, ...]:
    """The steps of an effect that enters an analysis, ending with what enters."""
    found, harmonised = chosen.candidate, chosen.effect
    record, estimate = found.record, found.estimate
    effect = on_measure(record, trusted(record, estimate), target.measure, accept)  # type: ignore[arg-type]
    return tuple(_steps(record, chosen, effect, harmonised, target))


def _steps(
    record: Record, chosen: Chosen, effect: Effect, found: Harmonised, target: TargetScale
) -> Iterator[Fact]:
    estimate = chosen.candidate.estimate
    use = chosen_use(record, estimate)
    if use is not None:
        yield Fact("Number that counts", f"{WORDS[use]}, as the printed numbers contradict each other")
    yield Fact("Scale", _scale_words(chosen, effect, target, found.factor))
    scale = analysis_scale(effect.measure)
    if effect.estimate is not None and scale.name != "identity":
        yield Fact("On the analysis scale", _forward_words(effect, scale))
    yield Fact("Standard error", _error_words(effect, estimate.n, found))
    yield Fact("Enters as", f"yi = {_long(found.yi)}, SE = {_long(found.sei)}{_of_scale(scale)}")


def _of_scale(scale: AnalysisScale) -> str:
    return "" if scale.name == "identity" else f" ({scale.name} scale)"


def _scale_words(chosen: Chosen, effect: Effect, target: TargetScale, factor: float) -> str:
    if factor == 1:
        return "as printed, no conversion"
    outcome = chosen.candidate.record.outcome_of(chosen.candidate.estimate)
    parts = []
    if target.per is not None and effect.per != target.per:
        parts.append(f"per {effect.per} to per {target.per}")
    if target.unit is not None and outcome.unit != target.unit:
        parts.append(f"{pretty_unit(outcome.unit)} to {pretty_unit(target.unit)}")
    known = chosen.candidate.record.exposure_of(chosen.candidate.estimate).sd
    parts += [f"with an SD of {known}"] if known and "SD" in str(effect.per) else []
    parts += [f"with an SD of {outcome.sd}"] if outcome.sd and "SD" in outcome.unit else []
    return f"{', '.join(parts) or 'converted'}: times {_long(factor)}"


def _forward_words(effect: Effect, scale: AnalysisScale) -> str:
    assert effect.estimate is not None
    if effect.log:
        return f"{effect.estimate} is printed as a logarithm"
    name = {"log": "ln", "Fisher z": "artanh", "logit": "logit"}[scale.name]
    return f"{name} {effect.estimate} = {_long(scale.forward(float(effect.estimate)))}"


def _error_words(effect: Effect, n: int | None, found: Harmonised) -> str:
    """How the standard error follows from what is printed, with the numbers put in."""
    before = found.sei / abs(found.factor)
    times = "" if abs(found.factor) == 1 else f", times {_long(abs(found.factor))}"
    formula = _formula(effect, n, found, before)
    return f"{formula} = {_long(before)}{times}" if formula else f"from the {found.sei_from}{times}"


def _formula(effect: Effect, n: int | None, found: Harmonised, before: float) -> str:
    """With what is printed; empty where the formulas are those of raw numbers."""
    if effect.estimate is None:
        return ""
    scale, source = printed_scale(effect), found.sei_from
    yi = found.yi / found.factor
    if source == "SE":
        return "as printed"
    if effect.ci is not None and source.endswith("interval"):
        low, high = sorted(scale.forward(float(limit)) for limit in effect.ci)
        return f"({_long(high)} − {_bracketed(low)}) / (2 × {number((high - low) / (2 * before), 5)})"
    if effect.limit is not None and " limit of " in source:
        end = scale.forward(float(effect.limit))
        return f"|{_long(yi)} − {_bracketed(end)}| / {number(abs(yi - end) / before, 5)}"
    if source == "n":
        return f"1 / √({n} − 3)"
    if source in ("test statistic", "F", "chi-square"):
        return f"from the {source}: |{_long(yi)}| / {number(abs(yi) / before, 5)}"
    if source == "p-value" or source.startswith(BOUND_ON_P):
        most = ", the largest that it allows" if source.startswith(BOUND_ON_P) else ""
        return f"from p {effect.p}{most}: |{_long(yi)}| / {number(abs(yi) / before, 5)}"
    return ""


def _bracketed(value: float) -> str:
    return f"({_long(value)})" if value < 0 else _long(value)


def _long(value: float, digits: int = _DIGITS) -> str:
    """Six significant digits, with a true minus sign."""
    return number(value, digits).replace("-", MINUS)
