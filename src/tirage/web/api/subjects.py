"""How requests name what notes and corrections are about: `study:17`, `patient:3`."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import Field

from tirage.web.api.holds import LONGEST_NUMBER, PLAIN

_FORM = r"^(study|patient):[1-9][0-9]{0,14}$"

Subject = Annotated[str, Field(max_length=32, pattern=_FORM)]
SubjectQuery = Annotated[str, Query(max_length=32, pattern=_FORM, description="`study:17` or `patient:3`")]
Number = Annotated[int, Path(ge=1, le=LONGEST_NUMBER)]
Why = Annotated[str, Field(min_length=3, max_length=1_000, pattern=PLAIN)]
