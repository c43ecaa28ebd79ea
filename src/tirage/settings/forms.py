"""The forms of values that several settings have."""

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _ae_title(value: str) -> str:
    """An application entity title: 1 to 16 printable characters without a backslash (PS3.8 9.3.2)."""
    if not 1 <= len(value.strip()) <= 16 or "\\" in value or not value.isascii() or not value.isprintable():
        raise ValueError("an AE title has 1 to 16 printable ASCII characters and no backslash")
    return value.strip()


def _address(value: str) -> str:
    """An address or network, `10.1.0.0/16`."""
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError as error:
        raise ValueError("write an address or a network: 10.1.20.7 or 10.1.0.0/16") from error
    return value


def _secret(value: str) -> str:
    """A reference to a secret, never the secret."""
    if not value.startswith(("file:", "env:")):
        raise ValueError("write a secret as a reference: file:PATH or env:NAME")
    return value


def _database(value: str) -> str:
    """A database address without a password in it, or a reference to one."""
    if value.startswith(("file:", "env:")) or value == "":
        return value
    if urlsplit(value).password:
        raise ValueError("no password in this file: put the whole address behind file:PATH or env:NAME")
    if not value.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:")):
        raise ValueError("a database is postgresql://… or sqlite:///…; leave it out for the embedded one")
    return value


AeTitle = Annotated[str, AfterValidator(_ae_title)]
Address = Annotated[str, AfterValidator(_address)]
SecretReference = Annotated[str, AfterValidator(_secret)]
DatabaseAddress = Annotated[str, AfterValidator(_database)]
Port = Annotated[int, Field(ge=0, le=65535)]


class Section(BaseModel):
    """A table of `tirage.toml`; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)
