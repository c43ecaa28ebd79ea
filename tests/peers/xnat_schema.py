"""The part of XNAT's data model that the double has objects of, as `/xapi/schemas/xnat` tells it.

Types and fields have XNAT's names, so that its public clients build the same classes from it; everything that the
double does not keep is left out.
"""

_TYPES = {
    "projectData": ("", ("ID", "name")),
    "subjectData": ("", ("ID", "label", "project")),
    "experimentData": ("", ("ID", "label", "project")),
    "subjectAssessorData": ("experimentData", ("subject_ID",)),
    "imageSessionData": ("subjectAssessorData", ("UID",)),
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
"""Each type with the one it extends and its own fields."""


def _type(name: str, base: str, fields: tuple[str, ...]) -> str:
    attributes = "".join(f'<xs:attribute name="{field}" type="xs:string"/>' for field in fields)
    if base:
        attributes = f'<xs:complexContent><xs:extension base="xnat:{base}">{attributes}</xs:extension></xs:complexContent>'
    return f'<xs:complexType name="{name}">{attributes}</xs:complexType>'


SCHEMA = (
    '<xs:schema targetNamespace="http://nrg.wustl.edu/xnat" xmlns:xnat="http://nrg.wustl.edu/xnat"'
    ' xmlns:xs="http://www.w3.org/2001/XMLSchema">'
    + "".join(_type(name, base, fields) for name, (base, fields) in _TYPES.items())
    + "</xs:schema>"
)
