"""Who may do what at a node: roles are granted to accounts, for one project or for all."""

from dataclasses import dataclass
from enum import StrEnum

EVERY_PROJECT = "*"
"""In place of a project's name in a grant. Names of projects are letters, digits and hyphens."""


class Role(StrEnum):
    """What a person is at a node; one person may be several, where no rule of the release forbids it."""

    OPERATOR = "operator"
    LINKER = "linker"
    REVIEWER = "reviewer"
    APPROVER = "approver"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Permission(StrEnum):
    """One thing that a page or a request may do."""

    SEE_NODE = "see-node"
    """Counts, jobs, archives and destinations; nothing that identifies anybody."""

    RUN_NODE = "run-node"
    """Retry, cancel, pause, test a connection."""

    SEE_PATIENTS = "see-patients"
    """Search, studies, timelines, notes: everything that identifies a patient."""

    RESOLVE_HOLDS = "resolve-holds"
    WRITE_NOTES = "write-notes"
    LINK_PATIENTS = "link-patients"
    """Merge, split, link and correct identities."""

    ERASE_STUDIES = "erase-studies"
    REVIEW = "review"
    """Look at pictures and texts before and after, judge them, draw boxes."""

    SEE_RELEASES = "see-releases"
    ASK_RELEASE = "ask-release"
    SIGN_RELEASE = "sign-release"
    SEE_AUDIT = "see-audit"
    MANAGE_PEOPLE = "manage-people"


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OPERATOR: frozenset(
        {
            Permission.SEE_NODE,
            Permission.RUN_NODE,
            Permission.SEE_PATIENTS,
            Permission.RESOLVE_HOLDS,
            Permission.WRITE_NOTES,
            Permission.ERASE_STUDIES,
            Permission.SEE_RELEASES,
            Permission.ASK_RELEASE,
        }
    ),
    Role.LINKER: frozenset(
        {
            Permission.SEE_NODE,
            Permission.SEE_PATIENTS,
            Permission.WRITE_NOTES,
            Permission.LINK_PATIENTS,
        }
    ),
    Role.REVIEWER: frozenset({Permission.SEE_NODE, Permission.REVIEW, Permission.SEE_RELEASES}),
    Role.APPROVER: frozenset({Permission.SEE_NODE, Permission.SEE_RELEASES, Permission.SIGN_RELEASE}),
    Role.AUDITOR: frozenset({Permission.SEE_NODE, Permission.SEE_RELEASES, Permission.SEE_AUDIT}),
    Role.ADMIN: frozenset({Permission.SEE_NODE, Permission.RUN_NODE, Permission.MANAGE_PEOPLE}),
}
"""What each role may do. Whoever manages people sees no patients: administrators grant and do not look."""


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A role in one project, or in `EVERY_PROJECT`."""

    role: Role
    project: str = EVERY_PROJECT


@dataclass(frozen=True, slots=True)
class Who:
    """A person who asks for something, as known at that moment."""

    account: str
    grants: frozenset[Grant]

    def may(self, permission: Permission, project: str | None = None) -> bool:
        """Whether the person may do it in the project; without one, whether in any at all."""
        return any(
            permission in PERMISSIONS[grant.role]
            and (project is None or grant.project in (EVERY_PROJECT, project))
            for grant in self.grants
        )

    def everywhere(self, permission: Permission) -> bool:
        """Whether the person may do it in every project, and for what belongs to none."""
        return self.may(permission, EVERY_PROJECT)

    def projects(self, permission: Permission) -> frozenset[str] | None:
        """The projects in which the person may do it; None stands for every one."""
        if self.everywhere(permission):
            return None
        return frozenset(grant.project for grant in self.grants if permission in PERMISSIONS[grant.role])
