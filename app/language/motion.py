"""Stories of two who move: meeting, moving apart, catching up; boats with a current; trains that pass something."""

from app.language.quantity import Quantity
from app.language.story import LENGTH, SPEED, TIME, Story, read_story

_WORDS = """
train trains car cars bus buses truck trucks cyclist cyclists bike bikes bicycle bicycles person
persons people runner runners walker walkers ship ships boat boats plane planes friends motorbike
police thief leave leaves left start starts started set sets off station stations city cities town
towns village villages point points place places ends a b travel travels travelling traveling drive
drives driving go goes going move moves moving run runs running walk walks walking ride rides riding
fly flies swim swims sail sails row rows head heads heading towards toward opposite direction
directions apart speed speeds constant simultaneously meet meets far between distance both later
earlier before catch catches up overtake overtakes overtaken follow follows behind ahead upstream
downstream against current stream river still water flows flow back round trip return returning pass
passes passing cross crosses crossing completely pole bridge tunnel platform post tree tower man
signal past over through entire along as road line straight policeman officer him
"""


def read_motion(text: str) -> tuple[str, list[Quantity]] | None:
    """What is asked, as a kind of app.tools.motion, and the quantities that it needs; None for any other text."""
    story = read_story(text, _WORDS)
    if story is None:
        return None
    speeds, lengths, times = (story.of(kind) for kind in (SPEED, LENGTH, TIME))
    bare = [quantity for quantity in story.quantities if not quantity.units]
    # `2 trains` is the only number without a unit.
    if len(speeds) + len(lengths) + len(times) + len(bare) != len(story.quantities) or any(n.number != 2 for n in bare):
        return None
    shape = (len(speeds), len(lengths), len(times))
    for read in (_current, _catching, _apart, _passing):
        if found := read(story, shape, speeds, lengths, times):
            return found
    return None


Found = tuple[str, list[Quantity]] | None
Shape = tuple[int, int, int]


def _apart(story: Story, shape: Shape, speeds: list[Quantity], lengths: list[Quantity], times: list[Quantity]) -> Found:
    """Towards each other until they meet, or away from each other."""
    if story.says("far from", "back", "later", "earlier", "ahead", "behind", "same direction"):
        return None
    asks_time = story.says("when", "how long", "after how", "how many hours", "how many minutes")
    if shape == (2, 1, 0) and asks_time and story.says("meet", "meets", "towards", "toward", "apart"):
        return ("together", [*speeds, lengths[0]]) if story.says("towards", "toward", "opposite", "meet") else None
    if shape == (2, 0, 1) and story.says("far apart", "distance between them") and story.says("opposite"):
        return "apart", [*speeds, times[0]]
    return None


def _catching(
    story: Story, shape: Shape, speeds: list[Quantity], lengths: list[Quantity], times: list[Quantity]
) -> Found:
    """One with a head start, in time or in distance, and a faster one behind."""
    if (
        len(speeds) != 2
        or not story.says("catch", "catches", "overtake", "overtakes")
        or story.says("how far", "opposite", "towards")
    ):
        return None
    in_order = speeds[0].convert(speeds[1].units).number < speeds[1].number
    # Who starts first is told first, and is the slower one.
    if shape == (2, 0, 1) and in_order and story.says("later", "after", "earlier", "before", "head start"):
        return "after a time", [*speeds, times[0]]
    if shape == (2, 1, 0) and (in_order or story.says("behind")) and story.says("ahead", "behind", "head start"):
        return "after a distance", [*speeds, lengths[0]]
    return None


def _current(
    story: Story, shape: Shape, speeds: list[Quantity], lengths: list[Quantity], times: list[Quantity]
) -> Found:
    """A boat in still water, a current, and a way with or against it."""
    if not story.says("current", "stream", "upstream", "downstream", "river") or len(speeds) != 2 or times:
        return None
    if story.says("meet", "towards", "catch", "far"):
        return None
    against, along = story.says("upstream", "against"), story.says("downstream", "with the current", "with the stream")
    both = story.says("back", "round trip", "return", "returning") or (against and along)
    way = "both ways" if both else "against" if against else "along"
    if shape == (2, 1, 0) and (against or along or both) and story.says("how long", "how many hours", "time"):
        return way, [*speeds, lengths[0]]
    if shape == (2, 0, 0) and not both and (against or along) and story.says("what is", "how fast", "speed"):
        return f"speed {way}", speeds
    return None


def _passing(
    story: Story, shape: Shape, speeds: list[Quantity], lengths: list[Quantity], times: list[Quantity]
) -> Found:
    """A train of some length past a pole, or over a bridge that has a length too."""
    if len(speeds) != 1 or times or not story.says("train") or not story.says("long", "length"):
        return None
    if not story.says("pass", "passes", "cross", "crosses", "passing", "crossing") or not story.says(
        "how long", "time"
    ):
        return None
    wide = story.says("bridge", "tunnel", "platform")
    if shape == ((1, 2, 0) if wide else (1, 1, 0)):
        return "passing", [speeds[0], *lengths]
    return None
