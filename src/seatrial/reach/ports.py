"""Sets of ports: TCP and UDP side by side, as ranges of whole numbers.

Takes and gives tuples of `(low, high)`, sorted and apart. TCP's port p is the number p,
UDP's is 65536 + p, so that one set holds both. ICMP and other protocols without ports
are in no set.
"""

from collections.abc import Iterable

Ports = tuple[tuple[int, int], ...]

UDP = 65536
LAST = 65535
NONE: Ports = ()
TCP_ALL: Ports = ((0, LAST),)
UDP_ALL: Ports = ((UDP, UDP + LAST),)
ALL: Ports = ((0, UDP + LAST),)


def tcp(low: int, high: int | None = None) -> Ports:
    """Give TCP's ports from `low` to `high`, or the one port."""
    return ((low, low if high is None else high),)


def udp(low: int, high: int | None = None) -> Ports:
    """Give UDP's ports from `low` to `high`, or the one port."""
    return ((UDP + low, UDP + (low if high is None else high)),)


def union(sets: Iterable[Ports]) -> Ports:
    """Give what is in any of them."""
    ranges = sorted(each for ports in sets for each in ports)
    found: list[tuple[int, int]] = []
    for low, high in ranges:
        if found and low <= found[-1][1] + 1:
            if high > found[-1][1]:
                found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return tuple(found)


def both(one: Ports, other: Ports) -> Ports:
    """Give what is in both."""
    if one in (ALL, other):
        return other
    if other == ALL:
        return one
    found = []
    i = j = 0
    while i < len(one) and j < len(other):
        low, high = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if low <= high:
            found.append((low, high))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def without(one: Ports, other: Ports) -> Ports:
    """Give what is in the first and not in the second."""
    found = []
    for low, high in one:
        start = low
        for taken_low, taken_high in other:
            if taken_high < start or taken_low > high:
                continue
            if taken_low > start:
                found.append((start, taken_low - 1))
            start = taken_high + 1
        if start <= high:
            found.append((start, high))
    return tuple(found)


def holds(ports: Ports, port: int) -> bool:
    """Tell whether a number is in the set."""
    return any(low <= port <= high for low, high in ports)


def of(protocol: object, low: int | None, high: int | None) -> Ports:
    """Give a rule's ports from its protocol and range, as security groups and ACLs write them.

    No range, or -1, is every port; ICMP and other protocols have none.
    """
    name = str(protocol).lower()
    if name in ("-1", "all"):
        return ALL
    if name not in ("6", "tcp", "17", "udp"):
        return NONE
    if low is None or low < 0:
        low, high = 0, LAST
    if high is None or high < 0:
        high = low if high is None else LAST
    if low > high:
        return NONE
    return tcp(low, high) if name in ("6", "tcp") else udp(low, high)


def text(ports: Ports) -> str:
    """Write a set as people do: `443, 8000-8080, 53/udp`, or `any`."""
    if not ports:
        return "none"
    if ports == ALL:
        return "any"
    words = []
    for low, high in ports:
        if low < UDP <= high:  # a range that runs from TCP's last ports into UDP's first
            words += [_word(low, LAST, ""), _word(UDP, high, "/udp")]
        else:
            words.append(_word(low, high, "/udp" if low >= UDP else ""))
    return ", ".join(words)


def _word(low: int, high: int, suffix: str) -> str:
    low, high = low % UDP, high % UDP
    if (low, high) == (0, LAST):
        return "any tcp" if not suffix else "any udp"
    return f"{low}{suffix}" if low == high else f"{low}-{high}{suffix}"
