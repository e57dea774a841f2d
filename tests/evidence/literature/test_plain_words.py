"""What an export prints, as text."""

from __future__ import annotations

import pytest

from evidence.literature.plain_words import LONGEST, one_line, without_latex


@pytest.mark.parametrize(
    ("printed", "plain"),
    [
        ("a  b\n\tc ", "a b c"),
        ("<i>In vitro</i> H<sub>2</sub>O", "In vitro H2O"),
        ("<jats:p>x</jats:p> <mml:mi>y</mml:mi> <SPAN class='a'>z</span>", "x y z"),
        ("p <0.05 and q> 3 <beta", "p <0.05 and q> 3 <beta"),
        ("&lt;b&gt;bold&lt;/b&gt; &amp;beta; &#x0027;", "bold β '"),
        ("Mu\u0308ller", "Müller"),
        ("red\x1b[31m\u202eright\u200b\x00\x9b\u2066", "red[31mright"),
        ("[bold]kept[/bold]", "[bold]kept[/bold]"),
        ("\ufeffx", "x"),
        ("a\u00a0b", "a b"),
        ("\ud800x", "x"),
    ],
)
def test_words_are_one_line_without_markup_and_controls(printed: str, plain: str) -> None:
    assert one_line(printed) == plain
    assert one_line(plain) == plain


def test_a_text_without_end_is_cut() -> None:
    assert len(one_line("x" * (LONGEST + 5))) == LONGEST == 100_000


@pytest.mark.parametrize(
    ("latex", "plain"),
    [
        ('M{\\"u}ller', "Müller"),
        ("M\\\"uller, Garc{\\'\\i}a, {\\v{C}}ech, \\c{c}a, \\'{e}", "Müller, García, Čech, ça, é"),
        ("{\\ss} {\\O}stby \\aa rhus \\L{}ukasz", "ß Østby århus Łukasz"),
        ("{E}vidence from {I}ndia", "Evidence from India"),
        ("$\\beta$-carotene, \\textalpha, $\\Delta$", "β-carotene, α, Δ"),
        ("10\\% \\& \\$5 \\_ \\{a\\}", "10% & $5 _ {a}"),
        ("a~b \\textit{c} \\emph{d}", "a b c d"),
        ("re\\-view and\\\\or", "review and or"),
        ("$x^2$ costs $", "x^2 costs $"),
        ("\\`a \\^e \\~n \\=o \\u{g} \\.z \\r{a} \\H{o} \\d{s} \\k{a}", "à ê ñ ō ğ ż å ő ṣ ą"),
    ],
)
def test_latex_prints_its_letters(latex: str, plain: str) -> None:
    assert without_latex(latex).strip() == plain
