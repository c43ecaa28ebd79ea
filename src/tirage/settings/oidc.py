"""Signing in at the hospital's own provider (OpenID Connect)."""

from urllib.parse import urlsplit

from pydantic import Field, field_validator

from tirage.settings.forms import SecretReference, Section


class Group(Section):
    """Whoever the provider says is in this group has this role."""

    claim: str = Field(min_length=1, max_length=200, description="Name of the group, as the claim says it.")
    role: str = Field(
        pattern="^(operator|linker|reviewer|approver|auditor|admin)$", description="Role of its members."
    )
    project: str = Field(
        default="*", pattern=r"^(\*|[a-z0-9][a-z0-9-]{0,63})$", description="In this project; `*` for all."
    )


class Oidc(Section):
    """The hospital's provider of identities."""

    issuer: str = Field(description="Its address, `https://…`; what it says of itself must be the same.")
    client_id: str = Field(min_length=1, description="What it calls this node.")
    client_secret: SecretReference = Field(description="Reference to the secret this node shares with it.")
    redirect: str = Field(description="Address of this console's `/sign-in/back`, as registered there.")
    name_claim: str = Field(
        default="preferred_username", description="Claim that becomes the account's name."
    )
    groups_claim: str = Field(default="groups", description="Claim that lists groups.")
    groups: tuple[Group, ...] = Field(
        default=(), description="Which group has which role, each a table `[[console.oidc.groups]]`."
    )

    @field_validator("issuer", "redirect")
    @classmethod
    def _is_encrypted(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError("write an https:// address")
        return value.rstrip("/")
