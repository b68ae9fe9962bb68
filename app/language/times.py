"""Times of day and places with a time of their own."""

import re
import zoneinfo
from datetime import time
from functools import cache

from app.language.errors import AmbiguousError, ImpossibleError, NotUnderstoodError

# An hour alone is a time only with am or pm, or `o'clock`.
CLOCK = (
    r"(?:[0-9]{1,2}(?::[0-9]{2}(?::[0-9]{2})?)? ?(?:am|pm|a\.m\.|p\.m\.)|[0-9]{1,2}:[0-9"
    r"]{2}(?::[0-9]{2})?|[0-9]{1,2} o'clock|noon|midday|midnight)"
)
_CLOCK = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))?(?::([0-9]{2}))? ?(am|pm|a\.m\.|p\.m\.|o'clock)?", re.IGNORECASE)
_NAMED = {"noon": time(12), "midday": time(12), "midnight": time(0)}
LONGEST = 40

# Cities that the time zone database has under another name.
_CITIES = {
    "America/New_York": (
        "washington, washington dc, boston, miami, atlanta, philadelphia, new york city, ny"
        "c, et, eastern time"
    ),
    "America/Chicago": "houston, dallas, austin, new orleans, ct, central time",
    "America/Denver": "salt lake city, mt, mountain time",
    "America/Los_Angeles": "la, san francisco, seattle, san diego, las vegas, pt, pacific time, california",
    "America/Toronto": "ottawa, montreal, quebec",
    "America/Sao_Paulo": "rio, rio de janeiro, brasilia",
    "America/Argentina/Buenos_Aires": "buenos aires",
    "Europe/London": "uk, england, manchester, edinburgh, glasgow, liverpool, bristol, leeds, oxford",
    "Europe/Berlin": "germany, munich, hamburg, frankfurt, cologne, stuttgart, leipzig, dresden",
    "Europe/Paris": "france, lyon, marseille, nice, toulouse",
    "Europe/Madrid": "spain, barcelona, valencia, seville",
    "Europe/Rome": "italy, milan, naples, turin, florence, venice",
    "Europe/Zurich": "switzerland, geneva, basel, bern",
    "Europe/Amsterdam": "netherlands, rotterdam, the hague, utrecht",
    "Europe/Moscow": "saint petersburg, st petersburg",
    "Europe/Kyiv": "kiev",
    "Asia/Tokyo": "japan, osaka, kyoto, yokohama",
    "Asia/Shanghai": "china, beijing, shenzhen, guangzhou",
    "Asia/Kolkata": "india, delhi, new delhi, mumbai, bombay, bangalore, bengaluru, chennai, calcutta, hyderabad",
    "Asia/Dubai": "abu dhabi",
    "Asia/Jerusalem": "tel aviv, israel",
    "Asia/Ho_Chi_Minh": "saigon, hanoi",
    "Asia/Karachi": "islamabad, lahore",
    "Africa/Johannesburg": "cape town, pretoria, durban",
    "Australia/Sydney": "canberra",
    "Pacific/Auckland": "wellington",
    "UTC": "z, zulu, universal time",
    "Etc/GMT+8": "pst",
    "Etc/GMT+7": "pdt, mst",
    "Etc/GMT+6": "mdt",
    "Etc/GMT+5": "est, cdt",
    "Etc/GMT+4": "edt",
    "Etc/GMT-1": "cet",
    "Etc/GMT-2": "cest, eet",
    "Etc/GMT-3": "eest, msk",
}  # fmt: skip
_SEVERAL = {
    "birmingham": {"Birmingham, England": "Europe/London", "Birmingham, Alabama": "America/Chicago"},
    "portland": {"Portland, Oregon": "America/Los_Angeles", "Portland, Maine": "America/New_York"},
    "cambridge": {"Cambridge, England": "Europe/London", "Cambridge, Massachusetts": "America/New_York"},
    "san jose": {"San José, California": "America/Los_Angeles", "San José, Costa Rica": "America/Costa_Rica"},
    "georgetown": {"Georgetown, Guyana": "America/Guyana", "Georgetown, Texas": "America/Chicago"},
    "ist": {"India": "Asia/Kolkata", "Ireland": "Europe/Dublin", "Israel": "Asia/Jerusalem"},
    "cst": {"Central North America": "America/Chicago", "China": "Asia/Shanghai", "Cuba": "America/Havana"},
    "bst": {"Britain": "Europe/London", "Bangladesh": "Asia/Dhaka"},
    "usa": {"New York": "America/New_York", "Chicago": "America/Chicago", "Los Angeles": "America/Los_Angeles"},
    "australia": {"Sydney": "Australia/Sydney", "Brisbane": "Australia/Brisbane", "Perth": "Australia/Perth"},
}


def read_time(text: str) -> time:
    """The time of day in `text`: 9:00, 5 pm, noon. Raises NotUnderstoodError, or ImpossibleError for 25:00."""
    text = " ".join(text.lower().split())
    if text in _NAMED:
        return _NAMED[text]
    match = _CLOCK.fullmatch(text) if len(text) <= LONGEST else None
    if not match or (match[2] is None and match[4] is None):
        raise NotUnderstoodError(text)
    hour, minute, second = (int(part or 0) for part in match.groups()[:3])
    half = (match[4] or "").replace(".", "")
    if half in {"am", "pm"}:
        if not 1 <= hour <= 12:
            raise ImpossibleError(f"there is no time {text}")
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(hour, minute, second)
    except ValueError:
        raise ImpossibleError(f"there is no time {text}") from None


def read_zone(text: str) -> str:
    """The IANA name of the zone of a place. Raises NotUnderstoodError, or AmbiguousError where there are several."""
    name = " ".join(text.lower().replace("_", " ").split()).removesuffix(" time").strip(" '")
    if len(name) > LONGEST:
        raise NotUnderstoodError(text)
    if name in _SEVERAL:
        zones = _SEVERAL[name]
        raise AmbiguousError(f"Which {text.strip()} is meant?", text.strip(), dict(zones))
    zone = _places().get(name) or _offset(name)
    if zone is None:
        raise NotUnderstoodError(text)
    return zone


def place(zone: str) -> str:
    """A zone's name for a person: `New York`."""
    name = zone.rpartition("/")[2].replace("_", " ")
    if not zone.startswith("Etc/GMT"):
        return name
    return name.replace("GMT", "UTC").translate(str.maketrans("+-", "-+"))


def _offset(name: str) -> str | None:
    # The database has zones of whole hours, whose signs are turned round.
    match = re.fullmatch(r"(?:utc|gmt) ?([+-]) ?([0-9]{1,2})(?::?00)?", name.replace("\u2212", "-"))
    if not match or int(match[2]) > 12:
        return None
    return f"Etc/GMT{'-' if match[1] == '+' else '+'}{int(match[2])}"


@cache
def _places() -> dict[str, str]:
    found = {"utc": "UTC", "gmt": "UTC"}
    # In order, so that of two zones with one name always the same is found.
    for zone in sorted(zoneinfo.available_timezones()):
        if zone.startswith(("SystemV/", "posix", "right")) or "/" not in zone:
            continue
        if not zone.startswith("Etc/"):
            found.setdefault(place(zone).lower(), zone)
        found[zone.lower().replace("_", " ")] = zone
    for zone, names in _CITIES.items():
        found |= dict.fromkeys(names.split(", "), zone)
    return found
