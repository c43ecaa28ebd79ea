"""Under which headings the columns of a list of requests are known; folded: letters and digits alone."""

import re
from collections.abc import Mapping
from functools import cache

from tirage.model.cohorts import Field

_HEADINGS: Mapping[Field, str] = {
    Field.PATIENT_ID: (
        "patientid mrn primarymrn patientmrn mrnnumber medicalrecordnumber hospitalnumber hospitalno"
        " hospitalid patientidentifier patid pid patientnumber localpatientidentifier localpatientid"
    ),
    Field.ISSUER: "issuer issuerofpatientid assigningauthority patientidissuer mrnissuer",
    Field.NATIONAL_ID: "nationalid nationalnumber nationalidentifier nationalpatientid otherpatientid",
    Field.NHS_NUMBER: "nhsnumber nhsno nhsid nhs nhsnum primarynhsnumber nhsnumberverified chinumber chi",
    Field.ACCESSION: (
        "accession accessionnumber accessionno accessionnum accessionid accno accnumber accessionnr acc"
    ),
    Field.STUDY: "study studyuid studyinstanceuid studyiuid siuid studyinstance",
    Field.SERIES: "series seriesuid seriesinstanceuid seriesiuid",
    Field.STUDY_DATE: (
        "studydate examdate examinationdate dateofstudy dateofexam scandate imagingdate proceduredate"
        " studydatetime proceduredatetime examdatetime"
    ),
    Field.PARTICIPANT: (
        "participant participantid subject subjectid studyparticipantid personid researchid trialid recordid"
        " pseudonym"
    ),
    Field.INDEX_DATE: "indexdate baselinedate enrolmentdate enrollmentdate dateofenrolment dayzero",
    Field.IS_DECEASED: "isdeceased deceased dead isdead died deceasedflag",
}


def folded(heading: str) -> str:
    """A heading for comparing: `Accession Number`, `accession_number` and `AccessionNumber` are one."""
    return re.sub(r"[\W_]+", "", heading.casefold())


@cache
def fields() -> Mapping[str, Field]:
    """The field of each folded heading."""
    return {heading: field for field, listed in _HEADINGS.items() for heading in listed.split()}
