"""What the sixty line images say and how they are set; the sentences are this project's own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from tests.accuracy.press import Scan


@dataclass(frozen=True)
class LineText:
    """One line image."""

    name: str
    face: str
    x_height: float
    text: str
    scan: Scan = field(default_factory=Scan)
    set_by: Literal["print", "type"] = "print"
    wear: float = 0.0
    spacing: float = 0.0  # between letters, in x-heights
    around: tuple[float, float] = (1.1, 0.9)  # room above the x and below the baseline, x-heights
    above: str = ""  # a line that looks in at the upper edge
    below: str = ""
    rule: bool = False  # a printed rule under the text
    light: bool = False  # light letters on a dark ground
    quarter_turns: int = 0  # counter-clockwise


_FINE = Scan(blur=0.5, noise=2)
_BIT = Scan(blur=0.7, noise=8, one_bit=True)
_SOFT = Scan(blur=1.2, noise=4, paper=225, ink=60)
_FAINT = Scan(blur=0.7, noise=3, paper=236, ink=170)
_THERMAL = Scan(blur=0.9, noise=6, paper=220, ink=95)

_MODERN = [
    LineText("en-sora", "sora", 14, "The night train to Bergen leaves from platform 7 at 22:45."),
    LineText("en-din", "din", 18, "Mind the gap between the train and the platform", _BIT),
    LineText("de-karmilla", "karmilla", 11, "Größere Mengen müssen früh genug bestellt werden."),
    LineText(
        "de-tymes", "tymes", 9, "„Schön“, sagte er, „dann fahren wir über Köln zurück.“", _FINE
    ),
    LineText(
        "fr-veranda", "veranda", 10, "L’été dernier, nous avons logé près d’un vieux château."
    ),
    LineText(
        "fr-serif", "serif", 16, "À côté du marché, le garçon vend des œufs et du pâté.", _SOFT
    ),
    LineText(
        "es-aerial", "aerial", 12, "¿Cuándo llegará el señor Núñez con las llaves del almacén?"
    ),
    LineText(
        "it-quicksand", "quicksand", 13, "Perché la città è così tranquilla di lunedì mattina?"
    ),
    LineText("pt-comic", "comic", 15, "As maçãs e o pão estão na mesa da cozinha, João."),
    LineText("nl-sans", "sans", 12, "De fietsen staan vanaf maandag achter het oude station."),
    LineText("da-veranda", "veranda-bold", 13, "Husk at låse døren, når du går på tur.", _BIT),
    LineText("sv-millimetre", "millimetre", 14, "Vägen över ön är stängd från och med på fredag."),
    LineText(
        "cs-serif", "serif", 12, "Příští zastávka je náměstí, vystupujte prosím vpředu.", _BIT
    ),
    LineText("pl-karmilla", "karmilla", 12, "Zażółć gęślą jaźń, powiedział żółw do łabędzia."),
    LineText("hu-sora", "sora", 10, "Az őrült fűtő műszerrel mérte a gőz hőfokát."),
    LineText(
        "ro-serif", "serif-italic", 13, "Școala începe în septembrie, iar țara așteaptă ploaia."
    ),
    LineText("fi-monofur", "monofur", 12, "Hyvää huomenta, sanoi mäyrä ja söi sienikeittoa."),
    LineText(
        "en-small",
        "aerial",
        6.5,
        "Subject to availability. Terms and conditions apply; see page 12.",
        _FINE,
    ),
    LineText("en-large", "veranda-bold", 30, "Winter opening hours"),
]

_TYPED = [
    LineText("en", "typewriter", 11, "I have the honour to report that the shipment arrived"),
    LineText(
        "en-carbon",
        "typewriter",
        12,
        "on the 14th of March in good order, except for two cases",
        _SOFT,
    ),
    LineText("de", "typo", 12, "Wir bestätigen den Empfang Ihres Schreibens vom 3. d.M."),
    LineText(
        "fr", "typewriter", 10, "Le directeur était absent; j'ai donc été reçu par son adjoint."
    ),
    LineText(
        "en-faint", "typewriter", 12, "Copies to: Mr. Hollis, Mrs. Tarrant, File 229/B", _FAINT
    ),
    LineText("de-bit", "worn-typewriter", 13, "Die Sitzung wurde um 17 Uhr 30 geschlossen.", _BIT),
    LineText("da", "worn-typewriter", 12, "Mødet blev hævet, og formanden takkede for fremmødet."),
    LineText("en-mono", "aerial-mono", 12, "NOTE: all figures are in thousands (see Table 4)."),
    LineText("cs", "worn-typewriter", 12, "Účet za měsíc červen byl zaplacen v hotovosti."),
]

_RECEIPTS = [
    LineText("item", "aerial-mono", 11, "2 x OAT MILK 1L            5.90", _THERMAL),
    LineText("total", "aerial-mono", 13, "TOTAL (INCL. TAX)  RM 48.35", _THERMAL),
    LineText("date", "monofur", 12, "DATE: 17/09/2018  TIME: 14:06:52", _THERMAL),
    LineText("company", "aerial", 12, "KEDAI BUKU SERI MAWAR SDN. BHD.", _THERMAL),
    LineText("number", "typo", 11, "INVOICE NO. : CS-0081427-A", _THERMAL),
    LineText("phone", "karmilla", 10, "TEL: 03-7781 2206   FAX: 03-7781 2207", _BIT),
    LineText("address", "aerial", 10, "NO. 18-G, JALAN TEMBAGA 5/2, 47400 PETALING JAYA", _THERMAL),
    LineText("change", "aerial-mono", 12, "CHANGE                 1.65", _BIT),
    LineText("thanks", "monofur", 11, "GOODS SOLD ARE NOT RETURNABLE. THANK YOU!", _THERMAL),
    LineText("price", "sora", 12, "19.90"),
]

_OLD = [
    LineText(
        "long-s",
        "essays",
        13,
        "of the ſame ſubſtance, which is to be ſeen in moſt of the houſes",
        wear=0.25,
    ),
    LineText(
        "long-s-italic",
        "essays-italic",
        13,
        "and therefore I ſhall not diſpute it any farther",
        wear=0.2,
    ),
    LineText("fr", "essays", 14, "Il n’y a rien de ſi beau que la vertu, ny de ſi rare.", wear=0.3),
    LineText(
        "en-museum",
        "museum",
        13,
        "The letters were cast in lead and set by hand, one after another.",
        wear=0.25,
    ),
    LineText("de", "essays", 12, "Vor dem Fenſter blühte ein alter Birnbaum.", _BIT, wear=0.25),
    LineText(
        "en-bible",
        "museum-bible",
        13,
        "In the third year the river rose above the bridge",
        wear=0.2,
    ),
    LineText(
        "en-bees",
        "museum",
        14,
        "A treatise upon the keeping of bees, with several plates.",
        wear=0.3,
    ),
]

_CROPS = [
    LineText(
        "neighbour-above",
        "serif",
        13,
        "and the gate was shut again.",
        above="grasping every pigeon, they",
    ),
    LineText(
        "neighbour-below",
        "tymes",
        13,
        "a cup of coffee near the window",
        below="HALF OF THE BILL IS DUE",
    ),
    LineText("half-empty", "karmilla", 13, "Queue here, please", around=(4.5, 1.0)),
    LineText("rule-below", "aerial", 13, "Reading room, second floor", rule=True),
    LineText("capitals-with-marks", "serif", 13, "ÉGLISE DE L’ÎLE ÀVRANCHE Å Ö", around=(1.9, 0.8)),
    LineText("hyphen", "aerial", 16, "-", around=(1.6, 1.2)),
    LineText("light-on-dark", "veranda", 13, "Emergency exit only", light=True),
    LineText("very-faint", "tymes", 14, "pencilled in the margin", Scan(0.7, 1.5, 240, 222)),
    LineText("letter-spaced", "tymes", 12, "CHAPTER THE NINTH", spacing=0.9),
    LineText("tight", "aerial", 13, "illumination million filling", spacing=-0.12),
]

_TURNED = [
    LineText("90", "karmilla", 13, "Height above sea level (m)", quarter_turns=1),
    LineText("180", "serif", 13, "the answer is printed upside down", quarter_turns=2),
    LineText("270", "sora", 12, "Fig. 12: yield per hectare", _BIT, quarter_turns=3),
    LineText("90-typed", "typewriter", 12, "Enclosure B, sheet 4", quarter_turns=1),
    LineText("180-number", "aerial-mono", 13, "17 064.25", quarter_turns=2),
]

LINES = [
    *(("modern", line) for line in _MODERN),
    *(("typescript", replace(line, set_by="type")) for line in _TYPED),
    *(("receipt", line) for line in _RECEIPTS),
    *(("old", line) for line in _OLD),
    *(("crop", line) for line in _CROPS),
    *(("turned", line) for line in _TURNED),
]
