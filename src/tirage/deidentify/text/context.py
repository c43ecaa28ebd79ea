"""What stands around a name in a text: titles, labels, "reported by", and the words that make a name a term."""

import re
from collections.abc import Sequence

TITLES = frozenset(
    (
        "dr dra drs dres prof professor professeur profesor mr mrs ms miss mx sir lord lady madam mme mlle monsieur madame herr frau fr hr"
        " dhr mevr meneer mevrouw heer senor senora srta sra sr sig signor signora dott dottor dottoressa dottssa doktor docteur doctor"
        " med oa ob pd priv doz ing sister nurse father mother brother wife husband son daughter aunt uncle cousin sgt capt col rev pan pani"
    ).split()
)
BEFORE_NAMES = frozenset(
    "by with from for to and von durch bei par avec por con da door met per cc attn via near".split()
)
_NAMED = re.compile(
    r"(?:patient(?:'?s)?(?: ?(?:full )?name)?|pat\.?(?: ?name)?|pt\.?(?: ?name)?|(?:sur|last|first|given|family|middle|maiden|full|christian)[ -]?name"
    r"|\bname|nachname|vorname|nom|prenom|apellidos?|nombre|cognome|nome|naam|voornaam|achternaam|a\.?k\.?a\.?|alias)\s{0,2}[:=]\s{0,3}"
    r"|\b(?:mother|father|wife|husband|son|daughter|spouse|next of kin|nok|guardian|carer|interpreter)[ ]?[:=]\s{0,3}"
    r"|\b(?:named|called)[ ]"
)
_STAFF = re.compile(
    r"\b(?:radiologist|physician|doctor|consultant|technologist|technician|radiographer|sonographer|operator|surgeon|registrar|resident|fellow|attending"
    r"|nurse|provider|clinician|referr?er|referring(?: physician| doctor)?|ordering(?: physician| provider)?|requesting(?: physician)?|author|reader|reporter|signed"
    r"|gp|cc|attn|contact|untersucher|befunder|arzt|oberarzt|assistenzarzt|zuweiser|medecin|radiologue|medico|arts|radioloog|aanvrager)\s{0,2}[:=]\s{0,3}"
    r"|\b(?:seen|dictated|reported|read|signed|verified|reviewed|performed|approved|interpreted|transcribed|referred|requested|ordered|authenticated|prepared"
    r"|checked|validated|finalized|finalised|entered|typed|written|scanned|supervised|staffed|attested|accompanied|brought|electronically signed|consented|examined|injected|cannulated) (?:and \w+ )?by[ :]{1,3}"
    r"|\b(?:discussed|communicated|spoken|spoke|talked|conveyed|relayed|told|phoned|notified|informed|d/w) (?:with|to|directly with|by phone with)[ ]"
    r"|\b(?:c/o|attention)[ :]{1,2}|\b(?:gez|unterschrieben|freigegeben|befundet|validiert|diktiert)\.?(?: von| durch)?[ :]{1,2}|\b(?:signe|valide|lu|realise) par[ :]{1,2}|\bfirmado por[ :]{1,2}"
)
MOST_PARTS = 5
"""Words a name has at most, after a label."""

_PARTNERS = frozenset(
    (
        "disease disease's syndrome cyst cysts node nodes nodule nodularity sign score scores grade classification type fracture fractures lesion lesions lymphoma"
        " lymphomas catheter line stent tumor tumour tumors tumours hernia hernias circle foramen foramina canal duct ducts ligament angle ring space criteria contracture"
        " deformity tendon thyroiditis procedure operation method formula index body bodies drain tube clip cage rod rods screw phenomenon malformation"
        " scale stage category category's point effect artery vein vein's valve muscle fascia pouch gland glands line lines layer sheath membrane plane view projection repair"
        " esophagus oesophagus palsy paralysis anomaly syrinx change changes neuroma granuloma granulomatosis nephropathy sarcoma contusion band bands area cells cell bundle"
        " chorea ataxia dementia arthropathy arthritis defect defects tetralogy transform test test's triangle triad units unit hounsfield filter technique maneuver"
        " manoeuvre reflex position bypass shunt pneumonia encephalopathy staging system grading diverticulum diverticula dysplasia process osteochondrosis"
        " ii iii iv i v vi iia iib disease, spots tubercle recess"
    ).split()
)
_BEFORE = frozenset(
    (
        "of circle foramen canal fossa ligament tetralogy tunnel ampulla sphincter islets loop node angle bundle crypts artery vein duct"
        " modified tendo ulcer hill adult color colour power spectral continuous pulsed transcranial"
    ).split()
)
_ALONE = frozenset(
    "doppler hounsfield gleason bosniak fazekas agatston down downs still little giardia simpson willis wirsung luschka monro vater achilles"
    " hodgkin hodgkins hoffa valsalva foley swan ganz alzheimer parkinson crohn crohns fleischner hashimoto hartmann nissen whipple billroth".split()
)


def is_eponym(words: Sequence[str], place: int) -> bool:
    """Whether a name at a place among folded words is a term of medicine there."""
    if words[place] in _ALONE:
        return True
    if any(word in _PARTNERS or word.isdigit() for word in words[place + 1 : place + 4]):
        return True
    return any(word in _BEFORE for word in words[max(0, place - 2) : place])


def names_after(tokens: Sequence[tuple[int, int, bool, str]], folded: str) -> set[int]:
    """Places among the tokens (start, end, has a capital, kind) of those that a label says are a name.

    After "name:" every capitalised word is one, after "reported by" those that people are called.
    """
    found: set[int] = set()
    for pattern, is_any in ((_NAMED, True), (_STAFF, False)):
        for match in pattern.finditer(folded):
            last = match.end()
            count = 0
            for place, (start, end, is_capital, kind) in enumerate(tokens):
                if start < match.end():
                    continue
                gap = folded[last:start]
                if count == MOST_PARTS or "\n" in gap or len(gap) > 3 or not is_capital:
                    break
                if kind != "stays" or is_any:
                    found.add(place)
                elif count:
                    break
                last, count = end, count + 1
    return found
