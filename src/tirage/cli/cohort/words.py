"""What each code of a list means, in a few words for the screen."""

from tirage.model.cohorts import Fault, Hint

FAULTS = {
    Fault.BAD_ID: "no identifier: a wrong check digit, or one that stands for nobody",
    Fault.BAD_UID: "no UID",
    Fault.BAD_DATE: "no day of the calendar",
    Fault.AMBIGUOUS_DATE: "day or month first? no row of the column tells",
    Fault.BAD_FLAG: "neither yes nor no",
    Fault.SCIENTIFIC: "a spreadsheet rounded it (1.2E+09)",
    Fault.FRACTION: "a number with a decimal point",
    Fault.FORMULA: "a formula",
    Fault.CONTROL: "characters that cannot be seen",
    Fault.WILDCARD: "one of * ? \\",
    Fault.TOO_LONG: "more than 64 characters",
    Fault.TOO_MANY_CELLS: "more cells than the heading",
    Fault.INCOMPLETE: "no patient ID, accession or study to ask for",
    Fault.CONTRADICTION: "another patient or number than elsewhere",
    Fault.NO_LINK: "no link to a patient",
    Fault.AMBIGUOUS_LINK: "linked with more than one",
    Fault.DUPLICATE_KEY: "this key comes twice",
    Fault.NO_ROWS: "the list has no row that asks for anything",
}
HINTS = {
    Hint.TRIMMED: "white space around it left out",
    Hint.NUMERIC: "kept as a number: leading zeros may be lost",
    Hint.UNWRAPPED: 'written ="…" and taken as the text in it',
    Hint.READ_AS_EMPTY: "NULL, NaN and the like taken as nothing",
    Hint.TIME_DROPPED: "time of day left out",
    Hint.LONG_ACCESSION: "longer than the 16 characters of the standard",
    Hint.DUPLICATE: "said before, asked for once",
    Hint.EMPTY_ROW: "empty, left out",
    Hint.NOT_LINKED: "no link found",
    Hint.NOT_ASKED: "a procedure without a study, not asked for",
}
