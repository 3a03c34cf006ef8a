"""Made-up content that running text lacks: figures, receipts, addresses, headings, codes.

Every maker takes a random generator and returns one piece of text of a few to some dozen
characters. Spaces inside are single; lengths are left to the caller.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gsaocr.synthesis.draws import Weighted, chance, pick, whole
from gsaocr.synthesis.vocabulary import (
    CURRENCIES,
    FIRST,
    GOODS,
    HEADS,
    LABELS,
    MONTHS,
    NAMES,
    PHRASES,
    PLACES,
    STREETS,
    UNITS,
)

Rng = np.random.Generator

_ROMAN = tuple(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"),
        strict=True,
    )
)


def digits(rng: Rng, low: int, high: int) -> str:
    """Return a string of low to high digits."""
    return "".join(str(int(rng.random() * 10)) for _ in range(whole(rng, low, high)))


def roman(number: int) -> str:
    """Return a number from 1 to 3999 in Roman numerals."""
    written = ""
    for value, letters in _ROMAN:
        while number >= value:
            written += letters
            number -= value
    return written


def recased(rng: Rng, text: str) -> str:
    """Return the text as it is, in Title Case or in lower case, as labels are printed."""
    at = rng.random()
    if at < 0.5:
        return text
    return text.title() if at < 0.85 else text.lower() if at < 0.9 else text.capitalize()


def amount(rng: Rng) -> str:
    """Return a sum of money or a plain decimal figure."""
    size = 10 ** whole(rng, 0, 4)
    value = rng.random() * size
    at = rng.random()
    if at < 0.6:
        text = f"{value:.2f}" if chance(rng, 0.5) else f"{value:,.2f}"
    elif at < 0.72:
        text = f"{value:.2f}".replace(".", ",")
    elif at < 0.8:
        text = f"{value:.3f}"
    elif at < 0.9:
        text = f"{int(value * 10):,}".replace(",", pick(rng, (",", ".", " ", "'", "")))
    else:
        text = f"{int(value)}{pick(rng, ('.-', ',-', ',—', ' %', '%', '½', '¼', '¾', '/-'))}"
    if chance(rng, 0.25):
        text = f"{pick(rng, CURRENCIES)}{pick(rng, ('', ' '))}{text}"
    elif chance(rng, 0.12):
        text += pick(rng, (" S", " SR", " T", "S", " *", "*", " Z", "-", " RM", " €", " A", "CR"))
    return pick(rng, ("-", "(", "@", "*", "x ", "= ")) + text if chance(rng, 0.06) else text


def date(rng: Rng) -> str:
    """Return a date in one of the usual styles."""
    day, month, year = whole(rng, 1, 31), whole(rng, 1, 12), whole(rng, 1500, 2035)
    if chance(rng, 0.6):
        year = whole(rng, 1990, 2030)
    at = rng.random()
    if at < 0.5:
        sep = pick(rng, "/-./-")
        return f"{day:02d}{sep}{month:02d}{sep}{year if chance(rng, 0.7) else year % 100:02d}"
    if at < 0.6:
        return f"{year}-{month:02d}-{day:02d}"
    name = pick(rng, MONTHS)
    if at < 0.75:
        return f"{day} {name} {year}"
    if at < 0.85:
        return f"{name} {day}{pick(rng, ('', 'th', 'st', 'd'))}, {year}"
    return f"{day}. {pick(rng, (name, str(month) + '.', roman(month) + '.'))} {year}"


def clock(rng: Rng) -> str:
    """Return a time of day."""
    hour, minute = whole(rng, 0, 23), whole(rng, 0, 59)
    text = f"{hour:02d}{pick(rng, '::.')}{minute:02d}"
    if chance(rng, 0.4):
        text += f":{whole(rng, 0, 59):02d}"
    return text + (pick(rng, (" AM", "AM", " pm", "PM", " Uhr", " h", "a.m.")) * chance(rng, 0.3))


def phone(rng: Rng) -> str:
    """Return a telephone number."""
    at = rng.random()
    if at < 0.4:
        return f"0{digits(rng, 1, 2)}-{digits(rng, 7, 8)}"
    if at < 0.6:
        return f"+{digits(rng, 1, 2)} {digits(rng, 2, 3)} {digits(rng, 3, 4)} {digits(rng, 3, 4)}"
    if at < 0.8:
        return f"({digits(rng, 2, 3)}) {digits(rng, 3, 4)}-{digits(rng, 4, 4)}"
    return f"{digits(rng, 2, 3)}{pick(rng, '.- ')}{digits(rng, 3, 4)}{pick(rng, '.- ')}" + digits(
        rng, 3, 4
    )


def code(rng: Rng) -> str:
    """Return a product, document or registration code."""
    at = rng.random()
    if at < 0.25:
        return digits(rng, 5, 13)
    if at < 0.35:
        return f"({digits(rng, 5, 7)}-{pick(rng, 'TMUVXWKHAD')})"
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    parts = []
    for _ in range(whole(rng, 1, 3)):
        head = "".join(pick(rng, letters) for _ in range(whole(rng, 0, 3)))
        parts.append(head + digits(rng, 1, 5) if chance(rng, 0.8) else head + pick(rng, letters))
    text = pick(rng, ("-", "/", "", ".", "_", " ", "+", ":")).join(parts)
    return pick(rng, "#*№@") + text if chance(rng, 0.08) else text


def web(rng: Rng) -> str:
    """Return an e-mail or web address."""
    word = pick(rng, NAMES + GOODS).replace(" ", pick(rng, ("", "-", "_", "."))).replace("'", "")
    end = pick(rng, ("com", "com.my", "org", "net", "de", "cz", "co.uk", "fr", "eu", "my"))
    at = rng.random()
    if at < 0.4:
        text = f"{word}{digits(rng, 0, 3)}@{pick(rng, ('gmail', 'yahoo', 'hotmail', 'mail'))}.{end}"
    elif at < 0.8:
        text = f"www.{word}.{end}"
    else:
        text = f"http{pick(rng, ('', 's'))}://{word}.{end}/{digits(rng, 0, 3)}"
    return text.lower() if chance(rng, 0.75) else text.upper()


def address(rng: Rng) -> str:
    """Return a street, town or company line."""
    at = rng.random()
    if at < 0.35:
        return f"{whole(rng, 1, 199)}, {pick(rng, STREETS)} {pick(rng, NAMES)},"
    if at < 0.6:
        return f"{digits(rng, 4, 5)} {pick(rng, PLACES)}{pick(rng, ('', ',', '.', ', MALAYSIA'))}"
    if at < 0.75:
        tail = pick(
            rng, ("SDN BHD", "Sdn Bhd", "S/B", "& Co.", "Ltd.", "GmbH", "ENTERPRISE", "A.G.")
        )
        return f"{pick(rng, NAMES + GOODS)} {pick(rng, GOODS)} {tail}"
    if at < 0.9:
        return f"{pick(rng, FIRST)} {pick(rng, NAMES)}, {pick(rng, PLACES)} {whole(rng, 1, 99)}"
    return f"LOT {digits(rng, 2, 4)}-{pick(rng, 'ABCG')} & {digits(rng, 2, 4)}, " + pick(
        rng, PLACES
    )


def label(rng: Rng) -> str:
    """Return a label of a receipt or form, with or without its value."""
    text = recased(rng, pick(rng, LABELS))
    at = rng.random()
    if at < 0.45:
        return text + pick(rng, ("", "", "", ":", " :", ".", ".:"))
    sep = pick(rng, (": ", " : ", " ", ":", " = ", " #", " - ", ". ", ".: "))
    return text + sep + pick(rng, (amount, date, code, clock, phone, code, amount))(rng)


def item(rng: Rng) -> str:
    """Return an item line of a receipt."""
    goods = recased(rng, pick(rng, GOODS))
    at = rng.random()
    if at < 0.3:
        return f"{goods} {digits(rng, 1, 3)}{pick(rng, UNITS)}"
    if at < 0.5:
        return f"{whole(rng, 1, 12)} {pick(rng, ('x', 'X', '@', '*', '×'))} {amount(rng)}"
    if at < 0.65:
        return f"{whole(rng, 1, 9)} {goods} {amount(rng)}"
    if at < 0.8:
        return f"{code(rng)} {goods}"
    return goods + pick(rng, ("", " " + pick(rng, GOODS), f" ({digits(rng, 1, 2)} PCS)"))


def sentence(rng: Rng) -> str:
    """Return a set phrase as receipts print them."""
    text = recased(rng, pick(rng, PHRASES))
    return text + pick(rng, ("", "", ".", "!", "!!", " *", "***"))


def cell(rng: Rng) -> str:
    """Return the content of a narrow table cell: one to six signs."""
    at = rng.random()
    if at < 0.35:
        return amount(rng)
    if at < 0.5:
        return digits(rng, 1, 3)
    if at < 0.62:
        return pick(
            rng, ("SR", "S", "*S", "T", "ZR", "ZRL", "Z", "RM", "QTY", "Qty", "@", "X", "6%")
        )
    if at < 0.72:
        return (
            f"{whole(rng, 0, 25)}{pick(rng, ('%', '.', ')', ':', '.0', ' %', '*', '°', 'x', ' x'))}"
        )
    if at < 0.8:
        return pick(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    if at < 0.9:
        return pick(rng, UNITS).upper() if chance(rng, 0.5) else pick(rng, UNITS)
    return pick(
        rng, ("No.", "Nr.", "etc.", "p.", "pp.", "S.", "ff.", "—", "...", "*", "&", "§ 4", "-")
    )


def fraction(rng: Rng) -> str:
    """Return a mixed number."""
    made = pick(rng, ("½", "¼", "¾", "⅓", "⅔", "⅛", "⅜", "⅝", "⅞", "1/2", "3/4", "2⁄3", "5/8"))
    return f"{whole(rng, 1, 60)}{pick(rng, ('', '', ' '))}{made}{pick(rng, ('', '', ' in.', ' ″'))}"


def figures(rng: Rng) -> str:
    """Return a row of a table of figures."""
    kind = pick(rng, (amount, lambda r: digits(r, 1, 4), date, fraction))
    row = [kind(rng) for _ in range(whole(rng, 2, 8))]
    if chance(rng, 0.3):
        row.insert(0, pick(rng, NAMES + PLACES) + pick(rng, ("", ".....", " .....", ":")))
    return " ".join(row)


def heading(rng: Rng) -> str:
    """Return a chapter heading, a running head or a figure's title."""
    number = roman(whole(rng, 1, 60)) if chance(rng, 0.6) else str(whole(rng, 1, 300))
    text = f"{pick(rng, HEADS)} {number}{pick(rng, ('', '.', ':', '.—'))}"
    at = rng.random()
    if at < 0.2:
        return pick(rng, HEADS) + pick(rng, ("", "."))
    return f"{whole(rng, 1, 600)} {text}" if at < 0.35 else text


def folio(rng: Rng) -> str:
    """Return a page number as printed at the head or foot of a page, or a signature mark."""
    number = str(whole(rng, 1, 999)) if chance(rng, 0.75) else roman(whole(rng, 1, 120)).lower()
    around = pick(
        rng, ("{}", "{}", "{}", "— {} —", "[{}]", "({})", "- {} -", "{}.", "· {} ·", "A {}")
    )
    return around.format(number)


def reference(rng: Rng) -> str:
    """Return a footnote, section or source reference."""
    mark = pick(
        rng,
        ("*", "†", "‡", "§", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹", "⁰", "¶", "(1)", "1)"),
    )
    source = pick(
        rng, ("Ibid.", "Vol.", "p.", "pp.", "Cf.", "s.", "§", "Art.", "op. cit.", "cap.", "fol.")
    )
    more = pick(rng, (".", ", " + digits(rng, 1, 3), "–" + digits(rng, 2, 3)))
    tail = f"{source} {whole(rng, 1, 400)}{more}"
    return f"{mark} {tail}" if chance(rng, 0.6) else f"{pick(rng, NAMES)}, {tail}"


def person(rng: Rng) -> str:
    """Return a person's name, plain, in capitals or spaced as typists space names."""
    name = pick(rng, NAMES)
    at = rng.random()
    if at < 0.35:
        name = " ".join(name) if chance(rng, 0.6) else " ".join(name.upper())
    elif at < 0.5:
        name = name.upper()
    return (
        f"{whole(rng, 1, 99)}. {pick(rng, FIRST)} {name}"
        if chance(rng, 0.3)
        else (f"{pick(rng, FIRST)} {name}" if chance(rng, 0.5) else name)
    )


def record(rng: Rng) -> str:
    """Return a line of a register, a chronicle or a family's history: names, dates, dashes."""
    begin = f"{whole(rng, 1, 20)}." if chance(rng, 0.7) else f"{roman(whole(rng, 1, 20))}."
    events = ("born", "died", "né en", "†", "geb.", "gest.", "aged", "married", "in", "about", "—")
    parts = [f"{begin} {pick(rng, FIRST)}"]
    for _ in range(whole(rng, 1, 4)):
        day = f"{whole(rng, 1, 31)} {pick(rng, MONTHS)}, " if chance(rng, 0.5) else ""
        parts.append(f"{pick(rng, events)} {day}{whole(rng, 1500, 1990)}")
    name = f"{pick(rng, FIRST)} {pick(rng, NAMES)}"
    end = pick(rng, (".", f".—{name}", f"—{name}.", f".—(See p. {whole(rng, 1, 600)}.)", ""))
    return pick(rng, (", ", "; ", ", ")).join(parts) + end


def rule(rng: Rng) -> str:
    """Return a typed rule, as forms and receipts have them: signs that stand in a row."""
    return pick(rng, "-=*._-") * whole(rng, 3, 14)


Maker = Callable[[Rng], str]

RECEIPT: Weighted[Maker] = Weighted(
    [
        (label, 30),
        (item, 18),
        (amount, 14),
        (cell, 10),
        (address, 8),
        (sentence, 7),
        (code, 5),
        (date, 3),
        (clock, 1),
        (phone, 2),
        (web, 1.5),
        (figures, 1),
        (rule, 0.3),
    ]
)
TYPED: Weighted[Maker] = Weighted(
    [
        (person, 10),
        (address, 6),
        (date, 5),
        (amount, 3),
        (figures, 3),
        (reference, 1),
        (phone, 1),
        (heading, 1.5),
        (folio, 2),
        (rule, 0.7),
        (label, 2),
        (cell, 2),
        (code, 1),
        (fraction, 1),
    ]
)
PRINTED: Weighted[Maker] = Weighted(
    [
        (heading, 5),
        (folio, 4),
        (reference, 5),
        (figures, 4),
        (date, 2),
        (fraction, 2),
        (person, 1),
        (record, 6),
        (cell, 3),
        (amount, 2),
        (address, 1),
    ]
)
MODERN: Weighted[Maker] = Weighted(
    [
        (label, 6),
        (web, 4),
        (phone, 2),
        (address, 4),
        (date, 3),
        (clock, 1),
        (amount, 5),
        (code, 4),
        (cell, 4),
        (figures, 2),
        (person, 2),
        (sentence, 1),
        (item, 1),
        (fraction, 1),
        (heading, 1),
    ]
)
