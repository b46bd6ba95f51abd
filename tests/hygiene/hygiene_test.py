"""No secret is where it should not be, and nothing in clear tells what is sealed.

usage: hygiene_test.py TOOL... (the tools of the actions, and mediactl)
"""

import base64
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import scanner
import secret_workspace

TOOLS = {os.path.basename(path): os.path.abspath(path) for path in sys.argv[1:]}


def setUpModule():
    global workspace
    # Not below /tmp, where a nested sandbox sees nothing.
    workspace = secret_workspace.SecretWorkspace(pathlib.Path(tempfile.mkdtemp(dir=os.environ["TEST_TMPDIR"])), TOOLS)


def tearDownModule():
    workspace.close()


def build(*targets, **options):
    return workspace.bazel("build", *targets, **options)


class HygieneTest(unittest.TestCase):
    maxDiff = None

    def build_well(self, *targets, **options):
        result = build(*targets, **options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def test_1_no_secret_anywhere(self):
        places = workspace.places
        logs = [f"--execution_log_json_file={places['execution log']}",
                f"--execution_log_binary_file={places['binary execution log']}",
                f"--build_event_json_file={places['build events']}"]
        targets = ["//:protected", "//:without_variables", "//:open", "//:planted"]
        said = self.build_well(logs[0], *targets).stderr
        # Every action runs again for the other log; the build events name the planted command line.
        said += self.build_well(logs[1], logs[2], "--subcommands", "--noremote_accept_cached", "--disk_cache=",
                                "--build_event_json_file_path_conversion=false", "--experimental_build_event_expand_filesets",
                                "--build_event_publish_all_actions", "--action_env=AGAIN=1", *targets).stderr
        aquery = workspace.bazel("aquery", "--include_param_files", "--include_commandline",
                                 "deps({})".format(" + ".join(targets)))
        self.assertEqual(aquery.returncode, 0, aquery.stderr)
        places["action query"].write_text(aquery.stdout)

        # A failing TsmSeal must not tell either: the seal secret is cut short.
        seal = workspace.secrets_directory / "prod.seal"
        whole = seal.read_bytes()
        seal.write_bytes(whole[:-20] + b"\n")
        failed = build("--verbose_failures", "--sandbox_debug", "//:protected")
        seal.write_bytes(whole)
        self.assertNotEqual(failed.returncode, 0)
        self.assertIn("seal secret", failed.stderr)
        places["standard error"].write_text(said + failed.stderr)

        found = scanner.find(places, {"planted": workspace.planted})
        # The scanner works: it finds what is planted in every place, in every form that the place can hold.
        for place in places:
            forms = {form for where, _, form, _ in found if where == place}
            files = place in ("output base", "disk cache", "remote cache")
            expected = workspace.planted_forms() if files else workspace.printable_planted_forms()
            self.assertEqual(set(expected) - forms, set(), f"{place}: planted, but not found")

        secrets = {"password": workspace.password, "secret variable": workspace.variable} | workspace.secret_files()
        secrets["cut seal secret"] = whole[:-20]
        self.assertEqual(scanner.find(places, secrets), set())

    def test_2_who_asks_for_a_secret(self):
        self.build_well("//:over_the_label")
        self.assertEqual(workspace.output("over.txt").read_text(), "[]\n", "the label has no file")
        raw = build("//:raw_label")
        self.assertNotEqual(raw.returncode, 0)
        self.assertIn("is not visible from target '//:raw_label'", raw.stderr)
        self.assertIn("prod.seal", raw.stderr)
        by_path = build("//:by_path")
        self.assertNotEqual(by_path.returncode, 0)
        self.assertRegex(by_path.stderr, "prod.seal: (Permission denied|No such file or directory)")
        (workspace.directory / "loads").mkdir()
        (workspace.directory / "loads/BUILD.bazel").write_text(
            'load("@rules_tsmedia//rules/private:providers/media_secret_info.bzl", "MediaSecretInfo")\n')
        loads = build("//loads:all")
        self.assertNotEqual(loads.returncode, 0)
        self.assertIn("is not visible for loading", loads.stderr)

    def test_3_without_the_secrets(self):
        nowhere = dict(secrets_directory="")
        query = workspace.bazel("query", "deps(//:protected)", **nowhere)
        self.assertEqual(query.returncode, 0, query.stderr)
        self.build_well("//:tools", **nowhere)
        sealed = build("//:without_variables", **nowhere)
        self.assertNotEqual(sealed.returncode, 0)
        self.assertIn("@media_secrets//:prod.seal: TSMEDIA_SECRETS_DIR is not set: set it to the directory", sealed.stderr)
        empty = workspace.root / "empty"
        empty.mkdir()
        incomplete = build("//:without_variables", secrets_directory=empty)
        self.assertIn("there is no file prod.seal in the directory that TSMEDIA_SECRETS_DIR names", incomplete.stderr)
        # A secret that comes is found.
        for name in ("prod.seal", "release.sec"):
            shutil.copy2(workspace.secrets_directory / name, empty / name)
        self.build_well("//:without_variables", secrets_directory=empty)

    def test_4_secrets_that_others_can_read(self):
        seal = workspace.secrets_directory / "prod.seal"
        # Another plaintext, so that no cache helps.
        tool = workspace.directory / "tool.txt"
        tool.write_bytes(tool.read_bytes() + b"\n")
        seal.chmod(0o640)
        try:
            opened = build("//:without_variables")
        finally:
            seal.chmod(0o600)
        self.assertNotEqual(opened.returncode, 0)
        self.assertIn("chmod 600", opened.stderr)

    def test_5_equal_secrets_equal_bytes_and_a_new_secret_changes_every_ciphertext(self):
        def sealed():
            names = ["tools.tar.zst.age", "without_variables.variables.binpb.age", "without_variables.sequence.binpb.age",
                     "without_variables.inventory.binpb.age"]
            base = workspace.places["output base"]
            paths = {path.name: path for path in base.glob("*/execroot/__main__/bazel-out/*/bin/*.age")}
            return {name: paths[name].read_bytes() for name in names}

        fresh = ["--noremote_accept_cached", "--disk_cache="]
        self.build_well("//:without_variables", *fresh)
        first, image = sealed(), workspace.output("without_variables.iso").read_bytes()
        # Another machine: nothing is built, and the secrets lie in another directory.
        elsewhere = workspace.root / "elsewhere"
        shutil.copytree(workspace.secrets_directory, elsewhere)
        workspace.bazel("clean", "--expunge")
        self.build_well("//:without_variables", *fresh, secrets_directory=elsewhere)
        self.assertEqual(sealed(), first)
        self.assertEqual(workspace.output("without_variables.iso").read_bytes(), image)
        # The seal secret of another key: the actions run again, and no 32 bytes of ciphertext are what they were.
        other = subprocess.run([TOOLS["mediactl"], "key", "new", f"--out={workspace.root}/other", "--password-fd=0",
                                "--work-factor=14"], input=workspace.password + b"\n", capture_output=True, check=False)
        self.assertEqual(other.returncode, 0, other.stderr)
        shutil.copy2(workspace.root / "other.seal", elsewhere / "prod.seal")
        self.build_well("//:without_variables", secrets_directory=elsewhere)
        for name, second in sealed().items():
            self.assertEqual(len(second), len(first[name]))
            for offset in range(0, len(second) - 31, 32):
                # The first line of the header is the same in every age file.
                self.assertTrue(offset == 0 or second[offset:offset + 32] != first[name][offset:offset + 32], (name, offset))

    def test_7_a_new_password_seals_nothing_again(self):
        self.build_well("//:protected")
        identity = workspace.directory / "prod.identity.age"
        before = workspace.output("protected.iso").read_bytes(), identity.read_bytes()
        rewrapped = subprocess.run(
            [TOOLS["mediactl"], "key", "rewrap", "--password-fd=0", "--new-password-fd=0", "--work-factor=14", identity],
            input=workspace.password + b"\nanother password\n", capture_output=True, check=False)
        self.assertEqual(rewrapped.returncode, 0, rewrapped.stderr)
        log = workspace.root / "after_rewrapping.json"
        self.build_well("//:protected", f"--execution_log_json_file={log}")
        self.assertNotEqual(workspace.output("protected.iso").read_bytes(), before[0])
        ran = set(re.findall(r'"mnemonic": "(Tsm\w+)"', log.read_text()))
        self.assertEqual(ran, {"TsmPlan", "TsmManifest", "TsmSign", "TsmVolume"})
        identity.write_bytes(before[1])

    def test_8_the_identity_of_another_key(self):
        shutil.copy2(workspace.root / "other.identity.age", workspace.directory / "prod.identity.age")
        self.build_well("//:without_variables")
        listed = workspace.mediactl("ls", "--password-fd=0", workspace.output("without_variables.iso"))
        self.assertEqual(listed.returncode, 1)
        self.assertIn(b"file /tsmedia/identity.age: it is the identity of another media key: the content is sealed for age1",
                      listed.stderr)

    def test_6_the_clear_parts_tell_nothing(self):
        self.build_well("//:protected", "//:open")
        contents = {
            "content": workspace.tool_text, "display name": workspace.display_name, "variable": workspace.clear_variable,
            "secret variable": workspace.variable, "command": b"sh tool.txt"}
        digests = [hashlib.sha256((workspace.directory / "tool.txt").read_bytes()).digest()]
        info = next(workspace.places["output base"].glob("*/execroot/__main__/bazel-out/*/bin/tools.packinfo.binpb"))
        decoded = subprocess.run(["protoc", "-I.", "--decode=tsmedia.PackInfo", "tools/content/pack.proto"],
                                 input=info.read_bytes(), stdout=subprocess.PIPE, check=True, cwd=secret_workspace.TREE).stdout
        pack = next(workspace.places["output base"].glob("*/execroot/__main__/bazel-out/*/bin/tools.tar.zst")).read_bytes()
        block = hashlib.sha256(pack).digest()
        digests += [block, hashlib.sha256(b"tsmedia/v1/pack\0" + len(pack).to_bytes(8, "little") + block).digest()]
        self.assertIn(b"pack_digest", decoded)
        for number, digest in enumerate(digests):
            self.assertIn(digest, info.read_bytes(), "the digests are the right ones")
            contents |= {f"digest {number}": digest, f"digest {number} in hex": digest.hex().encode(),
                         f"digest {number} in base64": base64.b64encode(digest)[:-2]}
        for name in ("protected.iso", "protected.plan.binpb", "protected.manifest.binpb", "tools.sealinfo.binpb"):
            [path] = workspace.places["output base"].glob(f"*/execroot/__main__/bazel-out/*/bin/{name}")
            data = path.read_bytes()
            self.assertEqual([what for what, text in contents.items() if text in data], [], name)
        # In the open medium they are.
        open_image = workspace.output("open.iso").read_bytes()
        for what in ("display name", "variable", "command", "digest 0", "digest 1", "digest 2"):
            self.assertIn(contents[what], open_image, what)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
