"""What identifies by its form alone: UIDs, addresses of all kinds, telephone and record numbers.

Every pattern is matched on folded text; what was found before is masked by characters that no pattern takes.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache

Edit = tuple[int, int, str]

ROUND = 25
"""Numbers divisible by this are chosen by people: b-values, times, doses."""

# PS3.5 9.1: components without leading zeros. Fewer than four, or short ones, are versions and section numbers.
_UID = re.compile(r"(?<![\w.])[0-2](?:\.(?:0|[1-9]\d*)){4,}(?![\w])|(?<![\w.])2\.25\.\d{5,39}(?!\w)")
SHORTEST_UID = 14

_NET = re.compile(
    r"[^\s<>()\[\],;]*@[^\s<>()\[\],;]*|\b(?:https?|s?ftps?|file|urn|dicom|smb)\s?:\s?/{0,2}[^\s<>]+|\bwww\.\S+"
    r"|(?<![\w.])(?:[a-z0-9-]+\.)+(?:com|org|net|edu|gov|mil|int|info|local|nhs|uk|de|fr|nl|es|ch|eu|us|ca|au|lan|internal)\b(?:/\S*)?"
    r"|(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])|(?<!\w)(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?!\w)"
    r"|(?<!\w)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?!\w)|\\\\[\w$.-]+\\\S*|\b[a-z]:\\\S*"
)
_STREETS = (
    r"street|st|str|road|rd|avenue|ave|lane|ln|drive|dr|court|ct|close|crescent|cres|way|place|pl|square|sq|terrace|boulevard|blvd|highway|hwy"
    r"|parkway|pkwy|gardens|grove|mews|row|walk|rise|gate|steps|hill|park|view"
)
_ADDRESS = re.compile(
    rf"(?<![\w.])\d{{1,5}}[a-z]?,? (?:[^\W\d_][\w'.-]* ){{1,3}}(?:{_STREETS})\b(?![\s.]*\d)"
    r"|\b(?:rue|avenue|boulevard|place|via|viale|piazza|calle|avenida|plaza|rua|chemin|quai)(?: (?:de|du|des|la|le|les|del|della|d'))*(?: [^\W\d_][\w'-]*){1,3},? \d{1,4}\b"
    r"|\b\d{1,4},? (?:bis |ter )?(?:rue|avenue|boulevard|place|chemin|quai)(?: [^\W\d_][\w'-]*){1,4}"
    r"|\b[^\W\d_]+(?:strasse|stra(?:s|ß)e|str\.|weg|gasse|platz|allee|straat|laan|plein|gracht|kade|vagen|gatan|vej)[.,]? \d{1,4}\s?[a-z]?\b"
    r"|\b(?:p\.? ?o\.? ?box|postfach|postbus|apt|apartment|suite|flat)\.? ?#?\d{1,6}\b"
)
_AREAS = (
    "ab|al|b|ba|bb|bd|bh|bl|bn|br|bs|bt|ca|cb|cf|ch|cm|co|cr|ct|cv|cw|da|dd|de|dg|dh|dl|dn|dt|dy|e|ec|eh|en|ex|fk|fy|g|gl|gu|gy|ha|hd|hg"
    "|hp|hr|hs|hu|hx|ig|im|ip|iv|je|ka|kt|kw|ky|l|la|ld|le|ll|ln|ls|lu|m|me|mk|ml|n|ne|ng|nn|np|nr|nw|ol|ox|pa|pe|ph|pl|po|pr|rg|rh|rm|s"
    "|sa|se|sg|sk|sl|sm|sn|so|sp|sr|ss|st|sw|sy|ta|td|tf|tn|tq|tr|ts|tw|ub|w|wa|wc|wd|wf|wn|wr|ws|wv|yo|ze"
)
_POSTCODE = re.compile(
    rf"(?<!\w)(?:{_AREAS})\d{{1,2}}[a-z]? ?\d[abd-hjlnp-uw-z]{{2}}(?!\w)"
    r"|(?<!\w)[abceghj-nprstvxy]\d[abceghj-nprstv-z][ -]?\d[abceghj-nprstv-z]\d(?!\w)"
    r"|(?<!\w)(?:d|a|ch|f|i|nl|b|dk|us|[a-z]{2})[- ]\d{5}(?:-\d{4})?(?!\w)|(?<!\w)\d{4} ?(?!ms|mm|hu|hz|mg|ml|gy|iu|mb|mr|ct|cm|sc|kv|pa|ap|to|of|or|in)[a-z]{2}(?=,? [^\W\d_]{3,})"
)
_LABELS = (
    r"mrn|mrno|urn|crn|nhs|nhi|hn|pid|pat(?:ient|ienten)?[ .-]?(?:id|no|nr|number|nummer)|id|ident|identifier|accession|accn?|acc|acsn|access|ssn|sin"
    r"|npi|gmc|dea|lic(?:en[cs]e)?|passport|policy|insurance|account|acct|chart|record|case|episode|encounter|visit|admission|order|req(?:uest|uisition)?"
    r"|ref(?:erence)?|specimen|hosp(?:ital)?[ .]?(?:no|nr|number|id)|tel(?:efon|ephone)?|ph(?:one)?|mob(?:ile)?|cell|fax|pager|bleep|beeper|ext|extension"
    r"|contact|call|room|rm|bed|zimmer|fall(?:nummer)?|auftrag|versicherung|krankenkasse|serial|s/n|sn|dossier|nip|ipp|nir|nss|nhc|bsn|cpr|dni|codice fiscale"
)
_LABELLED = re.compile(
    rf"(?<![^\W_])(?:{_LABELS})\b[ .]{{0,2}}(?:no|nr|num|number|nummer|num(?:ero)?|id|is|#|n)?[ .:#=°º]{{1,4}}"
    r"(?P<v>[a-z]{0,4}[-/ ]?\d[\w/-]*(?:[ ./-]\d[\w/-]*)*)|(?<!\w)#\s?(?P<h>\d{3,}[\w-]*)"
)
_UNIT = (
    r"ms|msecs?|s|secs?|seconds?|min|mins|minutes?|hrs?|h|hours?|hu|mm|cm|m|um|µm|μm|nm|mm2|mm3|cm2|cm3|ml|l|cc|dl|mg|g|kg|mcg|ug|iu|u|units?|gy|cgy|mgy|mu|hz|khz|mhz|ghz"
    r"|kv|kvp|kev|mev|ma|mas|mbq|kbq|bq|mci|uci|images?|slices?|frames?|cuts?|volumes?|voxels?|pixels?|cells?|px|cps|counts?|kcounts?|dpi|ppm|bpm|w|watts?|ng|pg|mmol|pmol|steps|k|t|years?|yrs?|days?|weeks?|months?|x|deg|degrees"
)
_RUN = re.compile(
    r"(?<![\w.,])(?:\+|00)?\(?\d{1,14}\)?(?:[ ./-]{1,3}\(?\d{1,12}\)?)+(?![\w]|[.,]\d)(?P<u> ?(?:"
    + _UNIT
    + r")\b)?"
)
_LONG = re.compile(r"(?<![\w.,])\d{4,}(?![\w]|[.,]\d)(?P<u>[ -]?(?:" + _UNIT + r")\b)?")
_MEASURED = re.compile(
    r"(?:b|tr|te|ti|td|bvalues?|b-values?|bvals?|b0|fov|matrix|nex|ima?ge?|images?|level|window|ww|wl|c|w|hu|mu|dose|thk|bw|freq)[ =:/,]{0,3}$"
)
_DIGITS = re.compile(r"\d+")
_DECIMAL = re.compile(r"\d{1,5}\.\d+(?: *[a-z%µ]+)?$")


def uid_edits(folded: str, map_uid: Callable[[str], str]) -> Iterator[Edit]:
    """UIDs by the project's own."""
    for match in _UID.finditer(folded):
        if len(match[0]) >= SHORTEST_UID:
            yield match.start(), match.end(), map_uid(match[0])


def net_edits(folded: str) -> Iterator[Edit]:
    """Electronic addresses and paths."""
    return ((match.start(), match.end(), "") for match in _NET.finditer(folded))


def place_edits(folded: str) -> Iterator[Edit]:
    """Postal addresses and codes."""
    for pattern in (_ADDRESS, _POSTCODE):
        yield from ((match.start(), match.end(), "") for match in pattern.finditer(folded))


def number_edits(folded: str) -> Iterator[Edit]:
    """Numbers that count or measure nothing: labelled ones, telephone numbers, long ones."""
    for match in _LABELLED.finditer(folded):
        yield (*match.span(match.lastgroup or "v"), "")
    for match in _RUN.finditer(folded):
        if _is_number_of_someone(match, folded):
            yield match.start(), match.end(), ""
    for match in _LONG.finditer(folded):
        if match["u"] is None and not _is_measure(int(match[0]), len(match[0]), folded[: match.start()]):
            yield match.start(), match.end(), ""


def _is_number_of_someone(match: re.Match[str], folded: str) -> bool:
    """Whether numbers in a row are one number with separators: of a telephone, an account, a record."""
    groups = _DIGITS.findall(match[0])
    digits = sum(map(len, groups))
    text = match[0].strip()
    if _DECIMAL.fullmatch(text):
        return False
    if text[0] in "+(" or (groups[0].startswith("0") and len(groups[0]) > 1 and digits > 6):
        return digits > 5
    if match["u"] is not None or _MEASURED.search(folded[max(0, match.start() - 12) : match.start()]):
        return any(len(group) > 5 for group in groups) or digits > 16
    if (
        all(len(group) < 3 or int(group) % ROUND == 0 for group in groups)
        and digits < 16
        and max(map(len, groups)) < 5
    ):
        return digits > 8 and max(map(len, groups)) < 3
    return digits >= 7 or (digits == 6 and "-" in text and max(map(len, groups)) > 3)


def _is_measure(number: int, length: int, before: str) -> bool:
    """Whether a number of four or more digits without a unit is no identifier and no year."""
    if _MEASURED.search(before[-12:]):
        return length < 6
    if length == 4:
        return not 1880 <= number <= 2060
    return length < 8 and number % 1000 == 0


@cache
def jargon() -> re.Pattern[str]:
    """Letters and digits in one word that are known forms: levels, techniques, units, kernels."""
    return re.compile(
        r"[tclsd]\d{1,2}(?:[tcls]?\d{1,2})?|[tcls]\d{1,2}[tcls]\d{1,2}|t[12](?:w|w?i|star|fs|ir|map|rho|post|pre|flair|se|tse|fse|ffe|tra|ax|cor|sag)?"
        r"|[1-4]d|[1-4]dt?i?|\d{1,3}(?:st|nd|rd|th)|\d{1,2}(?:am|pm)|b\d{1,5}(?:s|t)?(?:\d{1,4}){0,2}|[a-z]{1,3}\d{1,4}|[pnrc]{0,2}t[0-4x]?[a-d]?n[0-3x]?[a-c]?m[01x]?[a-c]?"
        r"|\d{1,4}(?:[pd]\d{1,3})?(?:mm|cm|m|um|ms|s|sec|min|h|hr|hrs|d|wk|wks|mo|mos|y|yo|yr|yrs|t|x|ml|l|cc|mg|g|kg|mcg|iu|gy|cgy|mgy|mu|hz|khz|mhz|kv|kvp|kev|mev|ma|mas|mbq|kbq|bq|mci|deg|dir|dirs|ch|vol|vols|sl|phase|phases|ph|bh|nex|avg|fps|hu|bpm|mmhg|pct|f|fr|g)"
        r"|\d{1,4}x\d{1,4}(?:x\d{1,4})?(?:mm|cm|m)?|\d{1,2}x|x\d{1,3}|\d{1,3}[mf]|[mf]\d{1,2}|r\d[a-d]?"
        r"|(?:ep|fl|se|tse|tfl|tfi|spc|gre|ir|tir|tof|ep|fi|me|de|re|csi|svs|pc|psif|swi|dess|tgse|hs)2d\w{0,5}|(?:ep|fl|se|tse|tfl|tfi|spc|gre|tof|fi|swi|me|qfl)3d\w{0,5}"
    )
