"""Points in time, as definitions write them: `2026-01-31T00:00:00Z`."""

_MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
_MIN_YEAR = 1980  # the first that FAT can say
_MAX_YEAR = 2099  # within what FAT and ISO 9660 can say
_LENGTH = len("2026-01-31T00:00:00Z")

def _is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)

def _number(text, first, last):
    """The decimal number `text` if it is in first..last, else None."""
    if not all([c in "0123456789" for c in text.elems()]):
        return None
    value = int(text, 10)
    return value if value >= first and value <= last else None

def parse_time(text):
    """Seconds since 1970 of a time in UTC.

    Args:
        text: exactly `YYYY-MM-DDThh:mm:ssZ`, from 1980 to 2099.
    Returns:
        int, or None if `text` is no such time.
    """
    if len(text) != _LENGTH or text[4] + text[7] + text[10] + text[13] + text[16] + text[19] != "--T::Z":
        return None
    year = _number(text[0:4], _MIN_YEAR, _MAX_YEAR)
    month = _number(text[5:7], 1, 12)
    if year == None or month == None:
        return None
    in_month = 29 if month == 2 and _is_leap(year) else _MONTH_DAYS[month - 1]
    day = _number(text[8:10], 1, in_month)
    hour = _number(text[11:13], 0, 23)
    minute = _number(text[14:16], 0, 59)
    second = _number(text[17:19], 0, 59)
    if None in (day, hour, minute, second):
        return None
    days = day - 1
    for y in range(1970, year):
        days += 366 if _is_leap(y) else 365
    for m in range(1, month):
        days += 29 if m == 2 and _is_leap(year) else _MONTH_DAYS[m - 1]
    return ((days * 24 + hour) * 60 + minute) * 60 + second
