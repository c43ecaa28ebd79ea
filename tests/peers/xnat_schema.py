"""The part of XNAT's data model that the double has objects of, as `/xapi/schemas/xnat` tells it.

Types and fields have XNAT's names, so that its public clients build the same classes from it; everything that
the double does not keep is left out.
"""

_TYPES: dict[str, tuple[str, tuple[str, ...]]] = {
    "projectData": ("", ("ID", "name", "resources/resource abstractResource")),
    "subjectData": ("", ("ID", "label", "project", "experiments/experiment subjectAssessorData")),
    "experimentData": ("", ("ID", "label", "project", "resources/resource abstractResource")),
    "subjectAssessorData": ("experimentData", ("subject_ID",)),
    "imageSessionData": ("subjectAssessorData", ("UID", "scans/scan imageScanData")),
    "mrSessionData": ("imageSessionData", ()),
    "ctSessionData": ("imageSessionData", ()),
    "otherDicomSessionData": ("imageSessionData", ()),
    "imageScanData": ("", ("ID", "type")),
    "mrScanData": ("imageScanData", ()),
    "ctScanData": ("imageScanData", ()),
    "otherDicomScanData": ("imageScanData", ()),
    "abstractResource": ("", ("label",)),
    "resourceCatalog": ("abstractResource", ()),
}
"""Each type with the one it extends and its own fields; `list/item TYPE` is a list of its own."""


def _type(name: str, base: str, fields: tuple[str, ...]) -> str:
    lists = "".join(_list(*field.replace("/", " ").split()) for field in fields if "/" in field)
    inside = f"<xs:sequence>{lists}</xs:sequence>" if lists else ""
    inside += "".join(f'<xs:attribute name="{each}" type="xs:string"/>' for each in fields if "/" not in each)
    if base:
        inside = f'<xs:extension base="xnat:{base}">{inside}</xs:extension>'
        inside = f"<xs:complexContent>{inside}</xs:complexContent>"
    return f'<xs:complexType name="{name}">{inside}</xs:complexType>'


def _list(name: str, item: str, kind: str) -> str:
    inside = f'<xs:element name="{item}" type="xnat:{kind}" minOccurs="0" maxOccurs="unbounded"/>'
    inside = f"<xs:complexType><xs:sequence>{inside}</xs:sequence></xs:complexType>"
    return f'<xs:element name="{name}" minOccurs="0">{inside}</xs:element>'


SCHEMA = (
    '<xs:schema targetNamespace="http://nrg.wustl.edu/xnat" xmlns:xnat="http://nrg.wustl.edu/xnat"'
    ' xmlns:xs="http://www.w3.org/2001/XMLSchema">'
    + "".join(_type(name, base, fields) for name, (base, fields) in _TYPES.items())
    + "</xs:schema>"
)
