"""Why a crosswalk is not opened, or not written."""

from tirage.errors import Permanent, Transient


class CrosswalkMissing(Permanent):
    """There is no crosswalk where one is expected."""

    code = "CROSSWALK_MISSING"
    exit_code = 78
    remedy = "Restore the crosswalk from its backup. Only for a new node: `tirage init`."


class CrosswalkExists(Permanent):
    """A crosswalk is already there; it is never overwritten."""

    code = "CROSSWALK_EXISTS"
    exit_code = 73
    remedy = "Use the existing crosswalk."


class CrosswalkVersion(Permanent):
    """The crosswalk was written by another version of Tirage."""

    code = "CROSSWALK_VERSION"
    exit_code = 78
    remedy = "Install the version of Tirage that last wrote this crosswalk, or a later one."


class WrongKey(Permanent):
    """The master key is not the one that opens this crosswalk."""

    code = "WRONG_KEY"
    exit_code = 78
    remedy = "Restore the key file whose id `tirage keys check` names."


class RotationUnfinished(Permanent):
    """The master key is being rotated, and one of the two key files that this takes is not there."""

    code = "ROTATION_UNFINISHED"
    exit_code = 78
    remedy = (
        "Put the key file of the id named above back beside master.key (the new one as master.key.new, the "
        "old one as master-ID.key.old), then run `tirage keys rotate`: it goes on where it stopped."
    )


class KeyRotated(Transient):
    """The master key was rotated while this process ran with the old one; nothing was written."""

    code = "KEY_ROTATED"
    remedy = "Give this machine the new key file and start the process again: it goes on by itself."
