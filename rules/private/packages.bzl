"""Which packages come onto a medium, why, and what cannot be there together."""

load(":check.bzl", "label_text", "refuse")

def root(attribute, labels, via = []):
    """What one attribute asks for.

    Args:
        attribute: name of the attribute.
        labels: list or tuple of Label of packages.
        via: list of Label on the way to these packages.
    Returns:
        struct for `resolve`.
    """
    return struct(attribute = attribute, labels = labels, via = via)

def _chain(label, roots, entries, wanted):
    """The shortest chain of labels from the target `label` to the package `wanted`."""
    by_label = {entry.label: entry for entry in entries}
    front = [(r.via, to) for r in roots for to in r.labels]
    seen = {}
    for _ in range(len(entries) + 1):  # no chain is longer
        following = []
        for way, here in front:
            if here == wanted:
                return " -> ".join([label_text(step) for step in [label] + way + [here]])
            if here in seen or here not in by_label:
                continue
            seen[here] = True
            following += [(way + [here], to) for to in by_label[here].dependencies]
        front = following
    return label_text(wanted)

def _conflict(label, roots, entries, first, second):
    where = " and ".join([
        'version "%s" of %s (%s)' % (entry.version, label_text(entry.label), _chain(label, roots, entries, entry.label))
        for entry in (first, second)
    ])
    attributes = {r.attribute: True for r in roots if r.labels}
    refuse(
        label,
        ", ".join(attributes.keys()),
        "two packages have the package ID %s: %s: keep one of them, or give one another package ID" % (first.package_id, where),
    )

def resolve(label, roots, closure):
    """All packages of a target, each package ID once.

    Args:
        label: Label of the target that wants them.
        roots: list of structs made by `root`: what it asks for.
        closure: depset of entries as in ContentInfo.closure.
    Returns:
        list of entries, ascending by package ID.
    """
    entries = closure.to_list()
    by_id = {}
    for entry in entries:
        known = by_id.setdefault(entry.package_id, entry)
        if known.label != entry.label or known.pack != entry.pack:
            _conflict(label, roots, entries, known, entry)
    return [by_id[package_id] for package_id in sorted(by_id)]
