"""The sample medium is built twice more, each time from nothing in a workspace of its own, and must not change.

Both workspaces are copies of what the medium is declared with. Their tools and the agent are those of the build that
runs this test, as prebuilt programs in the public toolchain rule: what is tested is that the same tools make the same
bytes, and compiling all libraries again would take a quarter of an hour. (That the agent is compiled in one way,
whatever flags its users have, is tested in //tests/starlark.)

Nothing comes from a cache. The second build differs from the first in everything that must not matter.
"""

import dataclasses
import json
import os
import pathlib
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

TREE = pathlib.Path("WORKSPACE").resolve().parent
FIRST = pathlib.Path("tests/repro/first").absolute()

# What a medium is declared with. Nothing of tools/ but the wrapper and its flags: a label that needs more is an error.
SOURCES = [
    ".bazelrc",
    "BUILD.bazel",
    "WORKSPACE",
    "media_defs",
    "rules",
    "testdata/keys",
    "tools/BUILD.bazel",
    "tools/bazel",
]

# The samples, in every form.
MEDIA = [
    "//media_defs:branch_office",
    "//media_defs:branch_office_cd_set",
    "//media_defs:branch_office_open",
    "//media_defs:branch_office_usb",
]

# The sample once more, with a clock in it.
PLANTED = """
genrule(
    name = "clock",
    outs = ["content/readme.txt"],
    cmd = "date +%s%N > $@",
)
"""

PREBUILT = """
load("//rules:toolchain.bzl", "tsmedia_toolchain")

tsmedia_toolchain(
    name = "tools",
{tools}
)

toolchain(
    name = "toolchain",
    exec_compatible_with = ["@platforms//cpu:x86_64", "@platforms//os:linux"],
    toolchain = ":tools",
    toolchain_type = "//rules:toolchain_type",
)
"""

AGENT = """
filegroup(
    name = "agent",
    srcs = ["agent.elf"],
    visibility = ["//visibility:public"],
)
"""

# Every kind of action that the sample medium has.
MNEMONICS = {
    "TsmBoot",
    "TsmGrubImage",
    "TsmManifest",
    "TsmPack",
    "TsmPlan",
    "TsmRootfs",
    "TsmSeal",
    "TsmSealMedia",
    "TsmSegment",
    "TsmSign",
    "TsmValidate",
    "TsmVolume",
}


@dataclasses.dataclass(frozen=True)
class Output:
    """A file that an action of a nested build wrote."""

    mnemonic: str
    label: str
    path: str  # below the workspace


class Workspace:
    """A copy of the sources, and the Bazel that builds in it."""

    def __init__(self, directory, output_base, *, umask, environment, flags):
        self.output_base = output_base
        self._umask = umask
        self._environment = {
            "LC_ALL": "C.UTF-8",  # Bazel itself needs it for names of files that are not ASCII
            "PATH": os.environ["PATH"],
            "XDG_CACHE_HOME": str(cache_home()),
        } | {name: os.environ[name] for name in ["BAZEL_REAL", "HOME"] if name in os.environ} | environment
        self._flags = ["--disk_cache=", "--remote_cache=", "--extra_toolchains=//prebuilt:toolchain"] + flags
        self.directory = directory
        self._copy_sources()
        self._write_package("prebuilt", PREBUILT, FIRST / "tools")
        self._write_package("tools/agent", AGENT)
        self._plant()
        shutil.copy(FIRST / "agent", directory / "tools/agent/agent.elf")

    def _copy_sources(self):
        self.directory.mkdir(parents=True)
        for name in SOURCES:
            target = self.directory / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if (TREE / name).is_dir():
                shutil.copytree(TREE / name, target)
            else:
                shutil.copy(TREE / name, target)

    def _write_package(self, name, text, programs=None):
        package = self.directory / name
        if programs:
            shutil.copytree(programs, package)
            names = sorted(program.name for program in programs.iterdir())
            text = text.format(tools="\n".join(f'    {name} = "{name}",' for name in names))
        package.mkdir(exist_ok=True)
        (package / "BUILD.bazel").write_text(text)

    def _plant(self):
        package = self.directory / "planted"
        sample = self.directory / "media_defs"
        package.mkdir()
        for name in ("branch_office.bzl", "deploy.textproto"):
            shutil.copy(sample / name, package)
        shutil.copytree(sample / "content", package / "content")
        (package / "content/readme.txt").unlink()
        (package / "BUILD.bazel").write_text((sample / "BUILD.bazel").read_text() + PLANTED)

    def bazel(self, command, *arguments):
        result = subprocess.run(
            [
                self.directory / "tools/bazel",
                "--nohome_rc",
                "--host_jvm_args=-Xmx1g",
                "--max_idle_secs=300",  # should this test be killed
                f"--output_base={self.output_base}",
                command,
                *(self._flags if command != "shutdown" else []),
                *arguments,
            ],
            cwd=self.directory,
            env=self._environment,
            stdout=subprocess.PIPE,
            umask=self._umask,
            text=True,
        )
        if result.returncode != 0:
            raise AssertionError(f"bazel {command} in {self.directory} failed; see above")
        return result.stdout

    def build(self):
        """Builds all media; returns what each action did, as Bazel logs it, causes before effects."""
        log = self.directory.parent / (self.directory.name + ".log.json")
        self.bazel(
            "build",
            "--color=no",
            "--curses=no",
            "--show_progress_rate_limit=15",
            f"--execution_log_json_file={log}",
            *MEDIA,
            "//media_defs:deploy",  # its own check is no part of the medium, which checks the sequence for its kind
            "//planted:branch_office_open",
        )
        return json_objects(log.read_text())

    def actions(self):
        """What Bazel says of the Tsm actions that the sample consists of: list of (mnemonic, label, action)."""
        text = self.bazel(
            "aquery",
            "--output=jsonproto",
            "--include_artifacts=false",
            f'mnemonic("Tsm.*", deps({" + ".join(MEDIA)}))',
        )
        graph = json.loads(text)
        labels = {target["id"]: target["label"] for target in graph["targets"]}
        return [(action["mnemonic"], labels[action["targetId"]], action) for action in graph["actions"]]


def cache_home():
    """Where tools/bazel keeps downloads."""
    home = os.environ.get("HOME") or pwd.getpwuid(os.geteuid()).pw_dir
    return os.environ.get("XDG_CACHE_HOME") or pathlib.Path(home) / ".cache"


def json_objects(text):
    """The objects that are written one after another."""
    decoder, position, result = json.JSONDecoder(), 0, []
    while position < len(text.rstrip()):
        value, position = decoder.raw_decode(text, position)
        result.append(value)
        while position < len(text) and text[position].isspace():
            position += 1
    return result


def in_package(spawn, package):
    return spawn["targetLabel"].startswith((f"//{package}:", f"//{package}/"))


def outputs(spawns):
    return [
        Output(spawn["mnemonic"], spawn["targetLabel"], output["path"])
        for spawn in spawns
        for output in spawn["actualOutputs"]
    ]


def compare(files):
    """Compares pairs of files: list of (name, first, second)."""
    arguments = [f"--name={name}\n--first={first}\n--second={second}\n" for name, first, second in files]
    with tempfile.NamedTemporaryFile("w", dir=scratch) as file:
        file.writelines(arguments)
        file.flush()
        return subprocess.run([FIRST / "tools/compare", f"@{file.name}"], capture_output=True, text=True)


def setUpModule():
    global one, two, spawns_one, spawns_two, scratch
    # Not below /tmp, where a nested sandbox sees nothing.
    scratch = pathlib.Path(tempfile.mkdtemp(dir=os.environ["TEST_TMPDIR"]))
    unittest.addModuleCleanup(remove, scratch)
    elsewhere = scratch / "a folder/far away"
    (elsewhere / "home").mkdir(parents=True)
    one = Workspace(scratch / "one", scratch / "one.output", umask=0o022, environment={}, flags=[])
    unittest.addModuleCleanup(one.bazel, "shutdown")
    two = Workspace(
        elsewhere / "two",
        scratch / "another/output/base",
        umask=0o077,
        environment={
            "HOME": str(elsewhere / "home"),
            "LANG": "tr_TR.UTF-8",
            "LANGUAGE": "tr",
            "SOURCE_DATE_EPOCH": "1000000000",
            "TZ": "Pacific/Kiritimati",
            "USER": "somebody",
        },
        flags=[
            "--jobs=1",
            "--sandbox_fake_hostname",
            "--sandbox_fake_username",
            # It finds all downloads where the first build has them.
            "--repo_env=TSMEDIA_DEBIAN_MIRROR=file:///nonexistent",
        ],
    )
    unittest.addModuleCleanup(two.bazel, "shutdown")
    spawns_one = one.build()
    spawns_two = two.build()


def remove(directory):
    # Bazel writes directories without permission to write.
    for path, _, _ in os.walk(directory):
        os.chmod(path, stat.S_IRWXU)
    shutil.rmtree(directory)


class ReproTest(unittest.TestCase):
    def pairs(self, package):
        first = outputs(spawn for spawn in spawns_one if in_package(spawn, package))
        second = outputs(spawn for spawn in spawns_two if in_package(spawn, package))
        self.assertCountEqual(first, second)
        return [
            (f"{file.mnemonic} {file.label} {file.path}", one.directory / file.path, two.directory / file.path)
            for file in first
        ]

    def test_every_action_ran_in_both_builds(self):
        actions = {(mnemonic, label) for mnemonic, label, _ in one.actions()}
        self.assertEqual({mnemonic for mnemonic, _ in actions}, MNEMONICS)
        for spawns in [spawns_one, spawns_two]:
            ran = {
                (spawn["mnemonic"], spawn["targetLabel"])
                for spawn in spawns
                if not spawn.get("cacheHit") and spawn["runner"] in ("linux-sandbox", "local")
            }
            self.assertFalse(actions - ran)
            self.assertFalse([spawn["targetLabel"] for spawn in spawns if spawn.get("cacheHit")])

    def test_both_builds_are_equal(self):
        result = compare(self.pairs("media_defs"))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_both_are_equal_to_the_build_of_this_test(self):
        expected = FIRST / "outputs"
        files = [path.relative_to(expected) for path in expected.rglob("*") if path.is_file()]
        suffixes = {"".join(path.suffixes) for path in files}
        self.assertLessEqual({".iso", ".plan.binpb", ".manifest.binpb", ".manifest.binpb.sig"}, suffixes)
        for workspace in [one, two]:
            built = workspace.directory / "bazel-bin"
            result = compare([(path, expected / path, built / path) for path in files])
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_clock_in_the_content_is_found(self):
        result = compare(self.pairs("planted"))
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        different = {line.split()[1] for line in result.stdout.splitlines() if line.startswith("DIFFERENT: ")}
        self.assertEqual(different, {"Genrule", "TsmPack", "TsmPlan", "TsmManifest", "TsmSign", "TsmVolume"})

    def test_actions_see_no_network_and_no_environment(self):
        actions = two.actions()
        self.assertTrue(actions)
        for mnemonic, label, action in actions:
            with self.subTest(mnemonic=mnemonic, label=label):
                self.assertIn({"key": "block-network", "value": "1"}, action.get("executionInfo", []))
                self.assertFalse(action.get("environmentVariables"))

    def test_second_build_has_its_umask(self):
        self.assertEqual(stat.S_IMODE(two.output_base.joinpath("execroot").stat().st_mode), 0o700)

    def test_logged_environment_is_empty(self):
        for spawn in spawns_one + spawns_two:
            if spawn["mnemonic"].startswith("Tsm"):
                self.assertFalse(spawn.get("environmentVariables"), spawn["targetLabel"])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
