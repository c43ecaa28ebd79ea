"""What a node takes in by C-STORE: every storage SOP class, every transfer syntax that carries its pixels."""

from functools import cache

from tirage.dicom.syntaxes import transfer_syntaxes
from tirage.network.upper_layer.presentation import Supported

_FAITHFUL, _SECOND, _LOSSY = range(3)


@cache
def storage_offer() -> Supported:
    """All storage SOP classes of the standard, retired ones too, and how their syntaxes rank.

    Where a requestor leaves the choice to us, Explicit VR wins over Implicit VR, which loses the types of
    private attributes, and anything wins over a lossy encoding.
    """
    ranks: dict[str, int] = {}
    for uid, syntax in transfer_syntaxes().items():
        if syntax.by_reference:
            continue
        if syntax.lossy:
            ranks[uid] = _LOSSY
        else:
            ranks[uid] = _FAITHFUL if syntax.explicit and not syntax.big_endian else _SECOND
    return Supported(storage_classes(), ranks)


@cache
def storage_classes() -> frozenset[str]:
    """Every SOP class of the storage service, as far as pydicom and pynetdicom know them."""
    from pydicom._uid_dict import UID_dictionary
    from pynetdicom import AllStoragePresentationContexts

    named = {
        uid
        for uid, (name, kind, *_) in UID_dictionary.items()
        if kind == "SOP Class"
        and "Storage" in name
        and not any(word in name for word in ("Commitment", "Stored Print", "Hardcopy", "Directory"))
    }
    return frozenset(named | {str(context.abstract_syntax) for context in AllStoragePresentationContexts})
