"""What identifies by its form alone: UIDs, electronic and postal addresses, telephone and record numbers.

Patterns are matched on folded text. `starts` are the places where words begin; what was found before is
masked by characters that no pattern takes.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache

from tirage.policy.words import context, vocabulary

Edit = tuple[int, int, str]
"""Start and end in the text, and what stands there then."""

Start = tuple[int, str]
"""Where a word begins, and the word: a run of letters and digits."""

ROUND = 25
"""Numbers divisible by this are chosen by people: b-values, times, doses."""
SHORTEST_UID = 14

_DOTTED = re.compile(r"\d\.\d+\.\d")
# PS3.5 9.1: components without leading zeros. Fewer, or short ones, are versions and section numbers.
_UID = re.compile(r"[0-2](?:\.(?:0|[1-9]\d*)){4,40}(?![^\W_])|2\.25\.\d{5,39}(?![^\W_])")
_ADDRESS_OF_NET = re.compile(r"(?=[\d.]{9})(?:\d{1,3}\.){3}\d{1,3}(?![^\W_])(?!\.\d)")
_AT = re.compile(
    r"[^\s<>()\[\],;@]{0,64}@[^\s<>()\[\],;]*|[^\s<>:]{0,16}://[^\s<>]*|\\\\[\w$.-]+\\\S*|(?<!\w)[a-z]:\\\S*"
)
_DOMAIN = re.compile(
    r"(?<![^\W_])(?<!\.)(?:www\.\S+|(?:[a-z0-9-]{1,63}\.){1,9}"
    r"(?:com|org|net|edu|gov|mil|int|info|local|lan|nhs|uk|de|fr|nl|es|ch|eu|us|ca|au|example|internal)(?![^\W_])(?:/\S*)?)"
)
_MACHINE = re.compile(
    r"(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![^\W_])|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![^\W_])"
)
_DIGITS = re.compile(r"\d+")
_DECIMAL = re.compile(r"\d{1,5}\.\d+(?: *[a-z%µμ]+)?")
_THREES = re.compile(r"(?<!\d)\d{3}\.\d{3}\.\d{3}(?!\d)")
_SUBSCRIBER = re.compile(r"(?<!\d)\d{3}-\d{4}(?!\d)")
_NUMBER_AND_LETTERS = re.compile(r"\d{4} ?[a-z]{2}")
_LETTERED = re.compile(r"(?<![^\W_])[a-z]{1,3}\d{1,5}(?:[-./]\d{1,6}){1,4}(?![^\W_])")
_HASH = re.compile(r"(?<!\w)#\s?\d{3,}[\w-]*")


def uid_edits(folded: str, starts: Sequence[Start], map_uid: Callable[[str], str]) -> Iterator[Edit]:
    """UIDs by the project's own."""
    if not _DOTTED.search(folded):
        return
    end = 0
    for start, word in starts:
        if start >= end and word in "012" and (match := _UID.match(folded, start)):
            if len(match[0]) >= SHORTEST_UID:
                yield start, match.end(), map_uid(match[0])
            end = match.end()


def net_edits(folded: str, starts: Sequence[Start]) -> Iterator[Edit]:
    """Electronic addresses, of people and of machines, and paths."""
    if "@" in folded or "://" in folded or "\\" in folded:
        yield from ((match.start(), match.end(), "") for match in _AT.finditer(folded))
    if "." in folded:
        yield from ((match.start(), match.end(), "") for match in _DOMAIN.finditer(folded))
    is_dotted = _DOTTED.search(folded)
    for start, word in starts:
        pattern = _ADDRESS_OF_NET if is_dotted and word.isdigit() and len(word) < 4 else _MACHINE
        if (pattern is _ADDRESS_OF_NET or len(word) in (2, 8)) and (match := pattern.match(folded, start)):
            yield start, match.end(), ""


def place_edits(folded: str, starts: Sequence[Start]) -> Iterator[Edit]:
    """Postal addresses and codes."""
    number_first, street_first, codes = _places()
    first_words, endings = context("street first"), tuple(sorted(context("street ending")))
    for start, word in starts:
        if word[0].isdigit():
            match = number_first.match(folded, start)
        elif (
            word in first_words
            or word.endswith(endings)
            or word in ("po", "box", "p", "postfach", "postbus", "apt")
        ):
            match = street_first.match(folded, start)
        else:
            match = None
        if match is not None and not _is_place(match[0]):
            match = None
        if match is None and (len(word) < 3 or any(map(str.isdigit, word))):
            match = codes.match(folded, start)
            if match and _NUMBER_AND_LETTERS.fullmatch(match[0]) and match[0][-2:] in vocabulary().plain:
                match = None
        if match:
            yield start, match.end(), ""


def _is_place(text: str) -> bool:
    """Whether words with a number are an address: "12 Elm Street", not "5 oblique view" nor "via stent 5"."""
    words = re.findall(r"[^\W\d_]+", text)
    plain = vocabulary().plain
    return any(word in context("certain street") or word not in plain for word in words)


@cache
def _places() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    streets, first = "|".join(sorted(context("street"))), "|".join(sorted(context("street first")))
    endings, areas = "|".join(sorted(context("street ending"))), "|".join(sorted(context("postcode area")))
    name = r"[^\W\d_](?:[^\W_]|['.-])*"
    return (
        re.compile(
            rf"\d{{1,5}}[a-z]?,? (?:{name} ){{1,3}}(?:{streets})(?![^\W_])(?![\s.]*\d)"
            rf"|\d{{1,4}},? (?:bis |ter )?(?:{first})(?: {name}){{1,4}}"
        ),
        re.compile(
            rf"(?:{first})(?: (?:de|du|des|la|le|les|del|della))*(?: {name}){{1,3}},? \d{{1,4}}(?![^\W_])"
            rf"|[^\W\d_]*(?:{endings})[.,]? \d{{1,4}}\s?[a-z]?(?![^\W_])"
            r"|(?:p\.? ?o\.? ?)?(?:box|postfach|postbus|apt)\.? ?#?\d{1,6}(?![^\W_])"
        ),
        re.compile(
            rf"(?:{areas})\d{{1,2}}[a-z]? ?\d[abd-hjlnp-uw-z]{{2}}(?![^\W_])"
            r"|[abceghj-nprstvxy]\d[abceghj-nprstv-z][ -]?\d[abceghj-nprstv-z]\d(?![^\W_])"
            r"|[a-z]{1,2}[- ]\d{5}(?:-\d{4})?(?![^\W_])"
            r"|\d{4} ?(?!ms|mm|hu|hz|mg|ml|gy|iu|mb|mr|ct|cm|sc|kv|pa|ap|to|of|or|in|no)[a-z]{2}"
            r"(?=,? [^\W\d_]{3,})"
        ),
    )


def number_edits(folded: str, starts: Sequence[Start]) -> Iterator[Edit]:
    """Numbers that count or measure nothing: labelled ones, telephone numbers, long ones."""
    labels, behind = context("number label"), _behind_label()
    for start, word in starts:
        if word in labels and folded[start - 1 : start] != "-":
            match = behind.match(folded, start + len(word))
            # `case 3`, `room 12` count; `case no. 3`, `room 412` name.
            if match and (match.start("v") - match.end("w") > 1 or len(match["v"]) > 2):
                yield (*match.span("v"), "")
    yield from ((match.start(), match.end(), "") for match in _HASH.finditer(folded))
    for match in _LETTERED.finditer(folded):
        groups = _DIGITS.findall(match[0])
        if sum(map(len, groups)) > 5 and not all(
            len(group) < 3 or int(group) % ROUND == 0 for group in groups
        ):
            yield match.start(), match.end(), ""
    run, long = _numbers()
    for match in run.finditer(folded):
        if _is_number_of_someone(match, folded):
            yield match.start(), match.end(), ""
    for match in long.finditer(folded):
        if match["u"] is None and not _is_measure(
            match[0], folded[max(0, match.start() - 12) : match.start()]
        ):
            yield match.start(), match.end(), ""


@cache
def _behind_label() -> re.Pattern[str]:
    words = "|".join(sorted(context("number word"), key=len, reverse=True))
    return re.compile(
        rf"(?P<w>)(?:[ .-]{{0,2}}(?:{words})\b)?[ .:#=°º]{{1,4}}"
        r"(?P<v>[a-z]{0,4}[-/]?\d[\w/-]*(?:[ ./-]\d[\w/-]*)*)"
    )


@cache
def _numbers() -> tuple[re.Pattern[str], re.Pattern[str]]:
    units = "|".join(sorted(context("unit"), key=len, reverse=True))
    alone = r"(?<![^\W_])(?<!\d[.,])"
    return (
        re.compile(
            alone
            + r"(?:\+|00)?\(?\d{1,14}\)?(?:(?:[ ./-]{1,3}\(?|\(|(?<=\)))\d{1,12}\)?){1,16}(?![^\W_]|[.,]\d)"
            rf"(?P<u> ?(?:{units})\b)?"
        ),
        re.compile(alone + rf"\d{{4,}}(?![^\W_]|[.,]\d)(?P<u>[ -]?(?:{units})\b)?"),
    )


@cache
def _measured() -> re.Pattern[str]:
    """What stands before the numbers of a measurement, at the end of a text."""
    words = "|".join(sorted(context("measured"), key=len, reverse=True))
    return re.compile(rf"(?<![^\W_])(?:{words})[ =:/,]{{0,3}}$")


def _is_number_of_someone(match: re.Match[str], folded: str) -> bool:
    """Whether numbers in a row are one number with separators: of a telephone, an account, a record."""
    text = match[0].strip()
    groups = _DIGITS.findall(text)
    digits, longest = sum(map(len, groups)), max(map(len, groups))
    if _DECIMAL.fullmatch(text):
        return False
    if _THREES.search(text):
        return True
    if text[0] in "+(" or (groups[0][0] == "0" and len(groups[0]) > 1 and digits > 6):
        return digits > 5
    if match["u"] is not None or _measured().search(folded[max(0, match.start() - 12) : match.start()]):
        if longest > 4 or digits > 18 or _SUBSCRIBER.search(text):
            return True
        return not _is_rising(groups) if len(groups) > 3 else digits > 8
    if longest < 5 and all(len(group) < 3 or int(group) % ROUND == 0 for group in groups):
        return digits > 8 and longest < 3
    return digits >= 7 or (digits == 6 and "-" in text and (longest > 3 or not _is_rising(groups)))


def _is_rising(groups: Sequence[str]) -> bool:
    """Whether numbers in a row are a series, as echo times are: without zeros in front, large ones round."""
    numbers = [int(group) for group in groups]
    is_plain = all(len(group) == len(str(int(group))) for group in groups)
    return is_plain and numbers == sorted(numbers) and all(one < 1000 or one % ROUND == 0 for one in numbers)


def _is_measure(digits: str, before: str) -> bool:
    """Whether a number of four or more digits without a unit is no identifier and no year."""
    number, length = int(digits), len(digits)
    if _measured().search(before[-12:]):
        return length < 6
    if length == 4:
        return not 1880 <= number <= 2060
    return length < 8 and number % 1000 == 0


@cache
def jargon() -> re.Pattern[str]:
    """Letters and digits in one word that are known forms: levels, techniques, units, kernels."""
    units = (
        "mm|cm|m|um|ms|s|sec|min|h|hr|hrs|d|wk|wks|mo|mos|y|yo|yr|yrs|t|x|ml|l|cc|mg|g|kg|mcg|iu|gy|cgy|mgy|mu|hz|khz"
        "|mhz|kv|kvp|kev|mev|ma|mas|mbq|kbq|bq|mci|deg|dir|dirs|ch|vol|vols|sl|phase|phases|ph|bh|nex|avg|fps|hu|bpm"
        "|mmhg|pct|f|fr"
    )
    return re.compile(
        r"[tclsd]\d{1,2}(?:[tcls]?\d{1,2})?|bw\d{2,4}|peres\d{2,3}"
        r"|t[12](?:w|w?i|star|fs|ir|map|rho|post|pre|flair|se|tse|fse|ffe|tra|ax|cor|sag)?"
        r"|[1-4]dt?i?|\d{1,3}(?:st|nd|rd|th)|\d{1,2}(?:am|pm)|b\d{1,5}[st]?(?:\d{1,4}){0,2}"
        r"|[pnrc]{0,2}t[0-4x]?[a-d]?n[0-3x]?[a-c]?m[01x]?[a-c]?"
        rf"|\d{{1,4}}(?:[pd]\d{{1,3}})?(?:{units})"
        r"|\d{1,4}x\d{1,4}(?:x\d{1,4})?(?:mm|cm|m)?|x\d{1,3}|[mf]\d{1,2}|r\d[a-d]?"
        r"|(?:ep|fl|se|tse|tfl|tfi|spc|gre|ir|tir|tof|fi|me|de|re|csi|svs|pc|psif|swi|dess|tgse|hs|qfl)[23]d[a-z]{0,5}"
    )
