"""The archives a node may ask: where each is reached, and how much may be asked of it."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tirage.settings.forms import AeTitle, Port, SecretReference, Section

NAME = r"^[a-z][a-z0-9-]{0,38}[a-z0-9]$"
HOURS = r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"


class Archive(Section):
    """A PACS or VNA that projects fetch from, named in their `archives`. Asked by DICOM or by DICOMweb."""

    name: Annotated[str, Field(pattern=NAME)] = Field(description="What projects call it.")
    kind: Literal["dicom", "dicomweb"] = Field(
        default="dicom", description="`dicom`: C-FIND and C-MOVE or C-GET; `dicomweb`: QIDO-RS and WADO-RS."
    )
    host: str = Field(default="", description="Its address (`dicom`).")
    port: Port = Field(default=104, description="Its TCP port (`dicom`).")
    called_ae: AeTitle | Literal[""] = Field(default="", description="Its AE title (`dicom`).")
    calling_ae: AeTitle = Field(default="TIRAGE", description="What this node calls itself there (`dicom`).")
    retrieve: Literal["move", "get"] = Field(
        default="move",
        description="`move`: it sends to this node's listener; `get`: on the same association.",
    )
    move_to: AeTitle = Field(
        default="TIRAGE", description="AE title under which it knows this node's listener (`move`)."
    )
    url: str = Field(default="", description="Root of its DICOMweb services (`dicomweb`).")
    user: str = Field(default="", description="User name for DICOMweb, with `password`.")
    password: SecretReference | Literal[""] = Field(default="", description="Reference to the password.")
    token: SecretReference | Literal[""] = Field(
        default="", description="Reference to a bearer token for DICOMweb, in place of user and password."
    )
    ca_file: Path | None = Field(
        default=None, description="Certificates that DICOMweb is trusted by; default those of the system."
    )
    hours: Annotated[str, Field(pattern=HOURS)] | Literal[""] = Field(
        default="", description="When studies may be fetched, `19:00-07:00` in local time; empty for always."
    )
    at_a_time: int = Field(default=2, ge=1, le=32, description="Studies asked for at the same time.")
    per_minute: int = Field(default=0, ge=0, description="Most studies asked for in a minute; 0: any.")
    attempts: int = Field(
        default=5, ge=1, le=100, description="Requests without anything new before the next archive is asked."
    )
    answer_timeout_s: float = Field(default=120, gt=0, description="Longest silence of it, in seconds.")

    @model_validator(mode="after")
    def _is_reachable(self) -> Self:
        if self.kind == "dicom" and not (self.host and self.called_ae):
            raise ValueError("needs `host` and `called_ae`")
        if self.kind == "dicomweb" and not self.url.startswith(("https://", "http://")):
            raise ValueError("needs `url`, https://…")
        return self
