"""The numbers people judge a proposed release by, as they stood when it was proposed."""

import json
from collections.abc import Sequence

from tirage.deliver.release import Member
from tirage.flow.context import Context, Rules


def gather(context: Context, rules: Rules, members: Sequence[Member]) -> str:
    """Everything that is shown of a candidate, as JSON."""
    return json.dumps({"objects": len(members)}, sort_keys=True)
