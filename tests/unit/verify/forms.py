"""Ways in which people and systems write one patient's identifiers; none of it from the gate's own code."""

import random
import re
import unicodedata
from collections.abc import Callable

from tirage.model.records import Identifiers

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October")
MONTHS += ("November", "December")
SCATTERED = ("spaced out", "hyphens between", "in threes", "in fours", "written out")
"""Forms, by a part of their name, that are not searched for among samples (`tirage.verify.bulk`)."""

Dice = random.Random


def draw(identifiers: Identifiers, dice: Dice) -> tuple[str, str]:
    kinds: list[Callable[[Identifiers, Dice], tuple[str, str]]] = [_of_name]
    kinds += [_of_name] * 4
    if any(_digits(code) for code in identifiers.codes):
        kinds += [_of_code] * 3
    if identifiers.dates:
        kinds += [_of_date] * 2
    if identifiers.uids:
        kinds.append(_of_uid)
    if identifiers.places | identifiers.institutions:
        kinds.append(_of_place)
    return dice.choice(kinds)(identifiers, dice)


def _digits(code: str) -> str:
    bare = re.sub(r"\W", "", code)
    return bare if len(bare.lstrip("0")) >= 6 else ""


def _of_name(identifiers: Identifiers, dice: Dice) -> tuple[str, str]:
    name = dice.choice(sorted(identifiers.words))
    parts = [part for part in name.split("=")[0].split("^")[:2] if part]
    family, given = parts[0], parts[-1]
    word = dice.choice([part for part in parts if len(part) > 3] or [f"{family}^{given}"])
    forms = {
        "name, DICOM": f"{family}^{given}",
        "name, given first": f"{given} {family}",
        "name, comma": f"{family}, {given}",
        "name, joined": family + given,
        "name, joined reversed": given + family,
        "name, underscore": f"{given}_{family}",
        "name, dots": f"{given}.{family}",
        "name, hyphen": f"{family}-{given}",
        "name, initial": f"{given[0]}. {family}",
        "name, initial last": f"{family} {given[0]}",
        "one name": word,
        "one name, spaced out": _spaced(word),
        "name, spaced out": " ".join(family + given),
        "name, hyphens between": "-".join(family + given),
        "name with number": f"{word}{dice.randrange(10, 99)}",
        "possessive": f"{word}'s",
    }
    form = dice.choice(list(forms))
    text = forms[form]
    case = dice.choice(("upper", "lower", "title", "as is", "plain", "split accents"))
    if case in ("upper", "lower", "title"):
        text = getattr(text, case)()
    elif case == "plain":
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    elif case == "split accents" and "spaced" not in form:
        text = unicodedata.normalize("NFD", text)
    return form, text


def _spaced(word: str) -> str:
    longest = max(word.split(), key=len)
    return " ".join(longest) if len(longest) > 3 else word


def _of_code(identifiers: Identifiers, dice: Dice) -> tuple[str, str]:
    code = dice.choice(sorted(code for code in identifiers.codes if _digits(code)))
    bare = _digits(code)
    mark = dice.choice("- ./_")
    forms = {
        "code": code,
        "code, bare": bare,
        "code, small": code.lower(),
        "code, without zeros": bare.lstrip("0"),
        "code, with zeros": f"00{bare}",
        "code, in threes": mark.join(bare[i : i + 3] for i in range(0, len(bare), 3)),
        "code, in fours": mark.join(bare[i : i + 4] for i in range(0, len(bare), 4)),
        "code, spaced out": " ".join(bare),
        "code, between letters": f"ID{bare}x" if bare.isdigit() else f"/{bare}/",
        "code, labelled": f"MRN:{bare}",
    }
    form = dice.choice(list(forms))
    return form, forms[form]


def _of_date(identifiers: Identifiers, dice: Dice) -> tuple[str, str]:
    date = dice.choice(sorted(identifiers.dates))
    y, m, d = date[:4], date[4:6], date[6:]
    full = MONTHS[int(m) - 1]
    month = full[:3]
    day = str(int(d))
    forms = [
        date, f"{d}{m}{y}", f"{m}{d}{y}", f"{y}-{m}-{d}", f"{d}.{m}.{y}", f"{d}/{m}/{y}", f"{m}/{d}/{y}",
        f"{d}-{m}-{y}", f"{m}-{d}-{y}", f"{y}/{m}/{d}", f"{y}.{m}.{d}", f"{y} {m} {d}", f"{y}_{m}_{d}",
        f"{d}_{m}_{y}", f"{y}:{m}:{d}", f"{date}120000", f"{y}-{m}-{d}T00:00:00", f"{int(m)}/{day}/{y}",
        f"{day}.{int(m)}.{y}", f"{d}.{m}.{y[2:]}", f"{m}/{d}/{y[2:]}",
        f"{d}-{month}-{y}", f"{d} {month} {y}", f"{month} {day}, {y}", f"{full} {day}, {y}",
        f"{day} {full} {y}", f"{d}{month.upper()}{y}", f"{y}{month.upper()}{d}", f"{d}th {full} {y}",
        f"{full} {day} {y}", f"{full} {day}th, {y}", f"{day}-{month}-{y[2:]}",
    ]  # fmt: skip
    number = dice.randrange(len(forms))
    return f"birth date {number}" if number < 17 else f"birth date {number}, written out", forms[number]


def _of_uid(identifiers: Identifiers, dice: Dice) -> tuple[str, str]:
    return "original UID", dice.choice(sorted(identifiers.uids))


def _of_place(identifiers: Identifiers, dice: Dice) -> tuple[str, str]:
    place = dice.choice(sorted(identifiers.places | identifiers.institutions))
    forms = {
        "place": place,
        "place, capitals": place.upper(),
        "place, joined": re.sub(r"\W", "", place),
        "place, underscores": place.replace(" ", "_"),
    }
    form = dice.choice(list(forms))
    return form, forms[form]
