"""Countries by the words with which titles and abstracts name them and their people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

# ISO 3166-1 alpha-2 codes, each with beginnings of words: "korea" is in Korea and Korean
_WORDS = {
    "AR": "argentin",
    "AT": "austria",
    "AU": "australia",
    "BD": "bangladesh",
    "BE": "belgi",
    "BR": "brazil",
    "CA": "canad",
    "CH": "switzerland swiss",
    "CL": "chile",
    "CN": "china chinese",
    "CO": "colombia",
    "CZ": "czech",
    "DE": "german",
    "DK": "denmark danish",
    "EG": "egypt",
    "ES": "spain spanish",
    "ET": "ethiopia",
    "FI": "finland finnish",
    "FR": "france french",
    "GB": "britain british england english scotland scottish wales",
    "GH": "ghana",
    "GR": "greece greek",
    "HK": "hong-kong",
    "HU": "hungar",
    "ID": "indonesia",
    "IE": "ireland irish",
    "IL": "israel",
    "IN": "india",
    "IR": "iran",
    "IT": "italy italian",
    "JP": "japan",
    "KE": "kenya",
    "KR": "korea",
    "MX": "mexic",
    "MY": "malaysia",
    "NG": "nigeria",
    "NL": "netherlands dutch",
    "NO": "norway norwegian",
    "NZ": "zealand",
    "PE": "peru",
    "PK": "pakistan",
    "PL": "poland polish",
    "PT": "portug",
    "RO": "romania",
    "RU": "russia",
    "SA": "saudi",
    "SE": "sweden swedish",
    "SG": "singapore",
    "TH": "thailand thai",
    "TR": "turk",
    "TW": "taiwan",
    "UA": "ukrain",
    "UG": "uganda",
    "US": "united-states america",
    "VN": "vietnam",
    "ZA": "south-africa",
}
_ALSO = {"UK": "GB", "USA": "US"}


def names_country(country: str, text: str) -> bool:
    """Whether a text names a country, or its people; country: a code of two letters, or its name."""
    pattern = _country_pattern(country.strip())
    return pattern is not None and pattern.search(text) is not None


@cache
def _country_pattern(country: str) -> re.Pattern[str] | None:
    """What is looked for; of a name that no code stands for the name itself."""
    words = sorted(_words(country))
    if not words:
        return None
    return re.compile(
        rf"(?i:\b(?:{'|'.join(words)}))" + (r"|\bU\.?S\.?(?:A\b|\b)|\bUSA\b" if "america" in words else "")
    )


def _words(country: str) -> Iterator[str]:
    code = _ALSO.get(country.upper(), country.upper())
    known = _WORDS.get(code)
    if known is None:
        name = country.casefold()
        known = next((words for words in _WORDS.values() if any(map(name.startswith, _split(words)))), "")
        if not known and len(country) > 3:
            yield re.escape(country)
            return
    yield from (re.escape(word).replace(r"\ ", r"\s+") for word in _split(known))


def _split(words: str) -> list[str]:
    return [word.replace("-", " ") for word in words.split()]
