"""``-l deu``, as Tesseract and OCRmyPDF want it: not needed here, and what to say of it."""

from __future__ import annotations

import re

from gsaocr.errors import UsageError

# Tesseract's and ISO 639-1's codes of languages that are written in other scripts than Latin
_CODES = (
    "amh ara asm aze_cyrl bel ben bod bul chi_sim chi_sim_vert chi_tra chi_tra_vert chr div dzo ell"
    " fas grc guj heb hin iku jpn jpn_vert kan kat kat_old kaz khm kir kor kor_vert lao mal mar mkd"
    " mon mya nep ori pan pus rus san sin snd srp syr tam tat tel tgk tha tir uig ukr urd uzb_cyrl"
    " yid"
    " am ar as be bg bn bo dv dz el fa gu he hi iu ja ka kk km kn ko ky lo mk ml mn mr my ne or pa"
    " ps ru sa sd si sr ta te tg th ti tt ug uk ur yi zh"
)
_OTHER_SCRIPTS = frozenset(_CODES.split())
_FRAKTUR = re.compile(r"frk|.*frak.*|.*_latf", re.IGNORECASE)
_LATIN_SCRIPT = re.compile(r"script/(latin|fraktur|vietnamese)", re.IGNORECASE)


def note_on(languages: str, adapters: tuple[str, ...]) -> str:
    """What to say to someone who names languages, joined by + or commas.

    Raises:
        UsageError: one of them is written in another script than Latin.
    """
    for name in re.split(r"[+,\s]+", languages.strip()):
        other = name.lower() in _OTHER_SCRIPTS
        if other or (name.lower().startswith("script/") and not _LATIN_SCRIPT.fullmatch(name)):
            raise UsageError(f"-l {languages}", f"{name} is no Latin script, all that is read here")
        if _FRAKTUR.fullmatch(name.lower()) and not adapters:
            return f"-l {languages} is not needed; for Fraktur, add --adapter fraktur"
    return f"-l {languages} is not needed: one model reads every language in Latin script"
