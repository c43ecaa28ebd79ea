"""Transfer requests in a REDCap project: where it is, and what the fields of a request are called there."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from tirage.policy.destinations import Secret, Url
from tirage.policy.part import Part, Text
from tirage.policy.requests import ListPath, Zone

FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,99}$")]


def _api(url: str) -> str:
    if not url.endswith("/api"):
        raise ValueError("must be the address of the API, which ends in /api/")
    return url


class Names(Part):
    """The fields of a request and of its status; by default those of FIONA's transfer requests.

    Fields of the whole record are found beside those of its requests. What has no name is neither read nor
    written.
    """

    project: FieldName = "transfer_project_name"
    study: FieldName | None = "study_instance_uid"
    accession: FieldName | None = None
    patient: FieldName | None = None
    issuer: FieldName | None = None
    national: FieldName | None = None
    pseudonym: FieldName | None = "transfer_name"
    date: FieldName | None = "transfer_date"
    error: FieldName | None = "transfer_error"
    message: FieldName | None = "transfer_error_message"
    objects: FieldName | None = None
    mapped: FieldName | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not (self.study or self.accession or self.patient or self.national):
            raise ValueError("needs `study`, `accession`, `patient` or `national`: what is asked for")
        return self


class Redcap(Part):
    """A REDCap project; `project` is what its requests say when they are this project's.

    `instrument` is the form of the requests, one of which may stand for each of them. Days are written in the
    time zone `zone`.
    """

    url: Annotated[Url, AfterValidator(_api)]
    token: Secret
    ca: ListPath | None = None
    project: Text
    instrument: FieldName = "transfers"
    zone: Zone = "UTC"
    fields: Names = Names()
