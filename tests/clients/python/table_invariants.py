"""What holds in the table whatever happened: names lead to users, counts are right, and what stands twice agrees."""

from collections import Counter


def folded(attribute, value):
    return value if attribute == "phone_number" else value.lower()


def owned(profile, pool):
    """The aliases that a profile owns, by Cognito's rules."""
    values = profile["attributes"]
    found = set() if profile["username"] == profile["sub"] else {("sub", profile["sub"])}
    for attribute in pool.get("UsernameAttributes", []):
        if values.get(attribute):
            found.add((attribute, folded(attribute, values[attribute])))
    for attribute in pool.get("AliasAttributes", []):
        if attribute == "preferred_username":
            usable = profile["status"] != "UNCONFIRMED"
        else:
            usable = values.get(f"{attribute}_verified") == "true"
        if usable and values.get(attribute):
            found.add((attribute, folded(attribute, values[attribute])))
    return found


def searched(profile):
    """(attribute, value) by which a profile is found."""
    values = profile["attributes"] | {"sub": profile["sub"]}
    names = ("sub", "email", "phone_number", "preferred_username", "custom:team")
    return {(name, values[name].lower()) for name in names if name in values}


def items_of(table, pool):
    """Every item of a pool, by (family, rest of the partition, sort key)."""
    found = {}
    for page in table.meta.client.get_paginator("scan").paginate(TableName=table.name, ConsistentRead=True):
        for item in page["Items"]:
            family, _, rest = item["PK"].partition("#")
            identifier, _, rest = rest.partition("#")
            if identifier == pool["Id"]:
                found[family, rest, item["SK"]] = item
    return found


def stored(table, pool, items=None):
    """What the table holds of a pool: profiles, aliases, entries of the search, owners of codes."""
    profiles, aliases, entries, codes = {}, {}, set(), set()
    for (family, rest, sort), item in (items_of(table, pool) if items is None else items).items():
        if family == "USER" and sort == "PROFILE":
            assert item["key"] == rest
            profiles[rest] = item
        elif family == "USER" and sort.startswith("CODE#"):
            codes.add(rest)
        elif family == "ALIAS":
            kind, _, value = rest.partition("#")
            aliases[kind, value] = item["user"]
        elif family == "SEARCH":
            shard, _, attribute = rest.partition("#")
            value, _, user = item["SK"].rpartition("\x01")
            assert int(shard) == ord(value[0]) % 8
            entries.add((attribute, value, user))
    return profiles, aliases, entries, codes


def check(table, app):
    """Compares what leads to users with the users there are; returns both."""
    items = items_of(table, app.pool)
    profiles, aliases, entries, codes = stored(table, app.pool, items)
    owners = [(alias, key) for key, profile in profiles.items() for alias in owned(profile, app.pool)]
    twice = [alias for alias, count in Counter(alias for alias, _ in owners).items() if count > 1]
    assert not twice, f"two users own {twice}"
    linked = {alias: key for alias, key in aliases.items() if alias[0] == "identity"}
    assert set(linked.values()) <= set(profiles), "an identity of nobody"
    assert {alias: key for alias, key in aliases.items() if alias not in linked} == dict(owners)
    assert entries == {(*term, key) for key, profile in profiles.items() for term in searched(profile)}
    assert codes <= set(profiles), "a code of nobody"
    check_groups(items, profiles)
    check_counts(items)
    check_twins(items)
    return profiles, aliases


def check_groups(items, profiles):
    """A membership of a user and a group that are there stands on both sides."""
    groups = {sort.removeprefix("GROUP#") for family, _, sort in items if family == "POOL" and sort.startswith("GROUP#")}
    mine = {
        (rest, sort.removeprefix("GROUP#"))
        for family, rest, sort in items
        if family == "USER" and sort.startswith("GROUP#")
    }
    theirs = {(sort.removeprefix("USER#"), rest) for family, rest, sort in items if family == "GROUP"}
    # What a deletion leaves is only room.
    one_sided = {(user, group) for user, group in mine ^ theirs if user in profiles and group in groups}
    assert not one_sided, f"one side of {one_sided}"


def check_counts(items):
    for what, prefix in (("groups", "GROUP#"), ("identity_providers", "IDP#")):
        there = sum(family == "POOL" and sort.startswith(prefix) for family, _, sort in items)
        counter = items.get(("POOL", "", f"COUNT#{what}"), {"count": 0})
        assert counter["count"] == there, f"{counter['count']} {what} are counted, {there} are there"


def check_twins(items):
    """What is listed by its pool and what stands with its client are there together."""
    for listed, kept in (("TERMS#", "TERMS#"), ("BRANDING#", "BRANDING")):
        in_pool = sum(family == "POOL" and sort.startswith(listed) for family, _, sort in items)
        of_clients = sum(family == "LOOK" and sort.startswith(kept) for family, _, sort in items)
        assert in_pool == of_clients, f"{listed}: {in_pool} listed, {of_clients} kept"


POSSESSIONS = {"SESSION": "session", "TRACKED_DEVICE": "device", "PASSKEY": "passkey", "BEGUN": "registration"}


def check_possessions(table, app):
    """How many (kind, sub) there are of what belongs to users; nothing is left of anybody who is gone.

    What an interrupted deletion has not swept up counts for nothing, but is there: this is for tests that interrupt none.
    """
    items = items_of(table, app.pool)
    subs = {rest: item["sub"] for (family, rest, sort), item in items.items() if (family, sort) == ("USER", "PROFILE")}
    found = Counter()
    for (family, rest, sort), item in items.items():
        kind = POSSESSIONS.get(sort.split("#")[0]) if family == "USER" else None
        if kind:
            assert item["sub"] == subs.get(rest), f"a {kind} of somebody who is gone"
            found[kind, item["sub"]] += 1
    return found
