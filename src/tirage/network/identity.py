"""Who we are to a peer. Source: PS3.7 Annex D.3.3.2."""

from typing import Final

IMPLEMENTATION_CLASS: Final = "2.25.130078315689609478751890132781658602297"
"""Made once for Tirage from a random UUID (PS3.5 Annex B.2)."""

IMPLEMENTATION_VERSION: Final = "TIRAGE_0"
"""At most 16 characters; the major version only, so that peers' logs do not change with every release."""
