"""Countries in the words of titles and abstracts."""

from __future__ import annotations

import pytest

from evidence.literature.country_words import names_country

CASES = [
    ("KR", "Anemia in Korean women", True),
    ("KR", "Anemia in women", False),
    ("kr", "South Korea", True),
    ("South Korea", "Korean women", False),
    ("Korea", "Korean women", True),
    ("US", "adults of the U.S. were asked", True),
    ("US", "adults of the US were asked", True),
    ("USA", "adults of the United  States", True),
    ("US", "an American survey", True),
    ("US", "it helped us", False),
    ("US", "the virus", False),
    ("UK", "older Britons, or rather British men", True),
    ("GB", "men in Wales", True),
    ("ZA", "South African women", True),
    ("ZA", "Africa", False),
    ("CH", "Swiss men", True),
    ("IN", "Indian women", True),
    ("IN", "in women", False),
    ("Malta", "women of Malta", True),
    ("Malta", "a malted drink", False),
    ("XX", "XX women", False),
    ("Fiji", "women of Fiji", True),
    ("FIJ", "FIJ women", False),
    ("", "women", False),
    ("HK", "Hong Kong", True),
    ("TH", "the Thai people", True),
]


@pytest.mark.parametrize(("country", "text", "named"), CASES)
def test_a_country_is_named_by_its_own_words(country: str, text: str, named: bool) -> None:
    assert names_country(country, text) is named
