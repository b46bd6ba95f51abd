"""What the media of the branch office have in common."""

load("//rules:defs.bzl", "standalone_media")

def branch_office_media(name, **kwargs):
    """A medium that deploys the machines of the branch office.

    Args:
        name: name of the target.
        **kwargs: what is special about it: its form, its key.
    """
    standalone_media(
        name = name,
        # Whatever trusts or uses the TEST-ONLY signing key is for tests only. Leave this out with a key of your own.
        testonly = True,
        boot_image = "//media_defs/boot:boot_x64",
        label = "BRANCH01",
        # Media that can be replayed by anybody who finds them should not live long.
        not_after = "2036-01-01T00:00:00Z",
        not_before = "2026-01-01T00:00:00Z",
        prestart = ":name_computer",
        signing_key = "//testdata/keys:test_release",
        task_sequence = ":deploy",
        unattended = False,
        variables = {
            "BranchOffice": "North",
            "OSDTimeZone": "UTC",
        },
        visibility = ["//tests:__subpackages__"],
        **kwargs
    )
