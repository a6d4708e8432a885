"""How far the estimates of tokens are off for each model, learned from what its upstream reports.

It lives as long as the process: after a restart the first answer of a model teaches it again.
"""

from collections import OrderedDict

# An answer says half: one odd report is soon forgotten.
WEIGHT = 0.5
# A report beyond these is about something else than the text, for example pictures or a cache that is not counted.
LEAST, MOST = 0.5, 3.0
# Shorter requests are mostly what an upstream puts around the text.
SHORTEST_TOKENS = 200
MOST_MODELS = 500


class Learned:
    """Reported tokens divided by estimated ones, by upstream and model."""

    def __init__(self) -> None:
        self._ratios: OrderedDict[tuple[str, str], float] = OrderedDict()

    def ratio(self, upstream: str, model: str) -> float:
        """What to multiply an estimate by."""
        return self._ratios.get((upstream, model), 1.0)

    def saw(self, upstream: str, model: str, *, estimated: int, reported: int | None) -> None:
        """An upstream has said how many tokens a request had that was estimated at `estimated` of them."""
        if reported is None or estimated < SHORTEST_TOKENS or not LEAST <= reported / estimated <= MOST:
            return
        key = (upstream, model)
        before = self._ratios.pop(key, reported / estimated)
        self._ratios[key] = before + WEIGHT * (reported / estimated - before)
        if len(self._ratios) > MOST_MODELS:
            self._ratios.popitem(last=False)


LEARNED = Learned()
