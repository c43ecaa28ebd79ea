"""Which presentation contexts an acceptor takes, and in which transfer syntax.

Source: PS3.8 section 9.3.3.2, results Table 9-18.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tirage.network.upper_layer.associate import AnsweredContext, ProposedContext

VERIFICATION = "1.2.840.10008.1.1"
IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2"

ACCEPTED = 0
ABSTRACT_SYNTAX_NOT_SUPPORTED = 3
TRANSFER_SYNTAXES_NOT_SUPPORTED = 4


@dataclass(frozen=True, slots=True)
class Supported:
    """What can be received: storage SOP classes, and transfer syntaxes with their rank, lower is better.

    Of the syntaxes proposed in one context the best rank wins, then the requestor's order. Ranking lossy
    ones last keeps a sender that could do either from compressing for us.
    """

    storage_classes: frozenset[str]
    transfer_syntaxes: Mapping[str, int]

    def answer(self, proposed: Sequence[ProposedContext]) -> tuple[AnsweredContext, ...]:
        """The answer to every proposed context, in the same order."""
        return tuple(self._answer(context) for context in proposed)

    def _answer(self, context: ProposedContext) -> AnsweredContext:
        is_known = context.abstract_syntax == VERIFICATION or context.abstract_syntax in self.storage_classes
        known = [syntax for syntax in context.transfer_syntaxes if syntax in self.transfer_syntaxes]
        if is_known and known:
            best = min(known, key=self.transfer_syntaxes.__getitem__)
            return AnsweredContext(context.context_id, context.abstract_syntax, best, ACCEPTED)
        result = TRANSFER_SYNTAXES_NOT_SUPPORTED if is_known else ABSTRACT_SYNTAX_NOT_SUPPORTED
        # The transfer syntax of a refused context is not significant (PS3.8 9.3.3.2), but must be there.
        return AnsweredContext(context.context_id, context.abstract_syntax, IMPLICIT_VR_LITTLE_ENDIAN, result)
