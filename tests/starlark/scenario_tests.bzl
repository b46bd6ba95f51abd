"""Tests of what the program of a media_boot_test is given to play."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("//rules:defs.bzl", "attached_image", "expect", "inserted", "typed", "virtual_disk")

# buildifier: disable=bzl-visibility
load("//rules/private:media_boot_test.bzl", "declare_boot_scenario")

def _scenario_test_impl(ctx):
    env = analysistest.begin(ctx)
    [action] = [action for action in analysistest.target_actions(env) if action.mnemonic == "FileWrite"]
    scenario = json.decode(action.content)

    asserts.equals(env, "uefi", scenario["firmware"])
    asserts.equals(env, "tests/starlark/media.iso", scenario["medium"])
    asserts.equals(env, "tests/starlark/file.tar", scenario["attach"][0]["image"])
    asserts.equals(env, [4294967296, 314572800], [disk["size"] for disk in scenario["disks"]])
    asserts.equals(env, [None, "tests/starlark/file.txt"], [disk["image"] for disk in scenario["disks"]])
    asserts.equals(env, {"clock": "2026-07-01T12:00:00Z", "memory_mb": 2048}, {
        fact: scenario["facts"][fact]
        for fact in ["clock", "memory_mb"]
    }, "a default, and a fact")

    # A password is named by its file, and is not there itself.
    entry, disc = scenario["type"]
    asserts.equals(env, "testdata/keys/test.password", entry["password_file"])
    asserts.equals(env, "", entry["text"])

    asserts.equals(env, ("inserted", "tests/starlark/file.txt", 1), (disc["kind"], disc["image"], disc["volume"]))
    asserts.equals(env, "cdrom", scenario["medium_bus"], "an ISO is in an optical drive")

    text, again, partition = scenario["expect"]
    asserts.equals(env, ("says", "Hello"), (text["what"], text["text"]), "a string is a text that the console says")
    asserts.equals(env, "tests/starlark/file.txt", again["expect"][1]["file"], "labels inside of started_again")
    asserts.equals(env, True, again["medium"])
    asserts.equals(env, 104857600, partition["min_size"])

    runfiles = [file.short_path for file in analysistest.target_under_test(env)[DefaultInfo].default_runfiles.files.to_list()]
    for path in ["media.iso", "file.tar", "file.txt"]:
        asserts.true(env, "tests/starlark/" + path in runfiles, path + " is among the runfiles")
    return analysistest.end(env)

_scenario_test = analysistest.make(_scenario_test_impl)

def scenario_test(name):
    """Declares a scenario and its test.

    Args:
        name: name of the test.
    """
    declare_boot_scenario(
        name = "scenario",
        medium = ":media",
        firmware = "uefi",
        attach = [attached_image(":file.tar")],
        disks = [
            virtual_disk(size = "4GB"),
            virtual_disk(content = ":file.txt", size = "300MB"),
        ],
        facts = {"memory_mb": 2048},
        type = [
            typed("Password:", password_file = "//testdata/keys:test.password"),
            inserted("Insert disc 2", image = ":file.txt"),
        ],
        expect = [
            "Hello",
            expect.started_again(["Again", expect.trace(":file.txt")], medium = True),
            expect.partition(1, min_size = "100MB"),
        ],
        testonly = True,
        tags = ["manual"],
    )
    _scenario_test(name = name, target_under_test = ":scenario", size = "small")
