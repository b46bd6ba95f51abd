"""Expectations of deployments."""

load("//rules:defs.bzl", "expect")

def deploys(nonce, expectations):
    """What a deployment ends with, and what comes after it.

    Args:
        nonce: what the deployed operating system says after its name.
        expectations: more of the same run.

    Returns:
        Expectations: the deployed operating system is reached, and twice again.
    """
    deployed = "DEPLOYED pc-E2E42 " + nonce
    return [
        "The deployed operating system is started.",
        # The medium is still first in the boot order; the deployed system starts nevertheless.
        deployed,
    ] + expectations + [
        # On a machine whose firmware remembers nothing, with the medium still there: it deploys no second time.
        expect.started_again(
            [
                "This machine was deployed from this medium.",
                expect.never_says("Apply minilinux"),
                deployed,
            ],
            medium = True,
        ),
        # Without the medium, by its own boot loader.
        expect.started_again([deployed]),
    ]
