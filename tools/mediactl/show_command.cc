#include <algorithm>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/base/json_writer.h"
#include "tools/base/progress.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/age_x25519.h"
#include "tools/mediactl/commands.h"
#include "tools/mediactl/common.h"
#include "tools/medium/protected_content.h"
#include "tools/plan/definition.h"
#include "tools/plan/manifest.h"

namespace tsmedia {
namespace {

// "age1...", or nothing for a medium that is not protected.
std::string RecipientText(const Manifest& manifest) {
  if (!IsProtected(manifest)) {
    return "";
  }
  absl::StatusOr<Recipient> recipient = RecipientOf(manifest);
  return recipient.ok() ? recipient->ToString() : "a key that is not valid";
}

// What a machine loads from the medium before the agent runs: loaders, kernel and initial RAM disks.
uint64_t BootSize(const Manifest& manifest) {
  uint64_t size = 0;
  for (const FileEntry& file : manifest.files()) {
    if (absl::StartsWith(file.path(), "boot/") || absl::StartsWith(file.path(), "EFI/")) {
      size += file.size();
    }
  }
  return size;
}

std::string KeyboardText(const Manifest& manifest) {
  return manifest.boot().keyboard().empty() ? "us" : manifest.boot().keyboard();
}

// Where a volume was found; "" if it was not.
std::string PathOf(const MediumSet& set, uint32_t number) {
  const auto volume =
      std::ranges::find(set.volumes(), number, [](const MediumSet::Volume& one) { return one.info.number(); });
  return volume == set.volumes().end() ? "" : volume->path;
}

void WriteJson(const UserSet& medium, JsonWriter& json) {
  const Manifest& manifest = medium.manifest();
  json.BeginObject();
  json.String("media_id", MediaIdText(manifest));
  json.String("label", manifest.label());
  json.String("kind", MediaKindText(manifest.media_kind()));
  json.String("arch", manifest.arch());
  json.Bool("signature_checked", medium.is_signed);
  json.Bool("test_only", manifest.test_only());
  json.Bool("unattended", manifest.unattended());
  json.Bool("keep_unlocked", manifest.keep_unlocked());
  json.Bool("verify_first", manifest.verify_first());
  json.String("not_before", FormatTime(manifest.not_before()));
  json.String("not_after", FormatTime(manifest.not_after()));
  json.String("build_root", manifest.build_root());
  json.String("boot_image_id", ToHex(AsBytes(manifest.boot_image_id())));
  json.BeginObject("boot");
  json.Number("size", BootSize(manifest));
  json.Number("minimum_memory_mb", manifest.boot().minimum_memory_mb());
  json.String("keyboard", KeyboardText(manifest));
  json.Bool("debug_shell", manifest.boot().debug_shell());
  json.EndObject();
  json.String("recipient", RecipientText(manifest));
  json.BeginArray("packages");
  for (const PackageEntry& package : manifest.packages()) {
    json.BeginObject();
    json.String("package_id", package.package_id());
    json.String("version", package.version());
    json.Number("size", package.size());
    json.EndObject();
  }
  json.EndArray();
  json.BeginArray("files");
  for (const FileEntry& file : manifest.files()) {
    json.BeginObject();
    json.String("path", file.path());
    json.Number("size", file.size());
    json.String("sha256", ToHex(AsBytes(file.sha256())));
    json.EndObject();
  }
  json.EndArray();
  json.BeginArray("volumes");
  for (const VolumeEntry& volume : manifest.volumes()) {
    json.BeginObject();
    json.Number("number", volume.number());
    json.Number("size", volume.size());
    json.String("path", PathOf(*medium.set, volume.number()));
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

void WriteText(const UserSet& medium) {
  const Manifest& manifest = medium.manifest();
  auto or_none = [](const std::string& text) { return text.empty() ? std::string("no limit") : text; };
  std::cout << "label:       " << manifest.label() << (manifest.test_only() ? "   [TEST-ONLY key]" : "") << "\n"
            << "kind:        " << MediaKindText(manifest.media_kind()) << ", " << manifest.arch()
            << (manifest.unattended() ? ", unattended" : "")
            << (manifest.keep_unlocked() ? ", kept unlocked over restarts" : "")
            << (manifest.verify_first() ? ", verified first" : "") << "\n"
            << "media ID:    " << MediaIdText(manifest) << "\n"
            << "signature:   " << (medium.is_signed ? "valid" : "not checked") << "\n"
            << "not before:  " << or_none(FormatTime(manifest.not_before())) << "\n"
            << "not after:   " << or_none(FormatTime(manifest.not_after())) << "\n"
            << "boot image:  " << FormatBytes(BootSize(manifest)) << ", for machines with at least "
            << manifest.boot().minimum_memory_mb() << " MB of memory, keyboard " << KeyboardText(manifest)
            << (manifest.boot().debug_shell() ? "   [DEBUG SHELL: whoever is at the machine may do anything]" : "")
            << "\n"
            << "encryption:  "
            << (IsProtected(manifest) ? absl::StrCat("password-protected, sealed for ", RecipientText(manifest))
                                      : "none (media without a password are not encrypted)")
            << "\n";
  std::cout << "packages:\n";
  for (const PackageEntry& package : manifest.packages()) {
    std::cout << absl::StreamFormat("  %s  %-12s %12s\n", package.package_id(), package.version(),
                                    FormatBytes(package.size()));
  }
  std::cout << "files:\n";
  for (const FileEntry& file : manifest.files()) {
    std::cout << absl::StreamFormat("  %12s  /%s\n", FormatBytes(file.size()), file.path());
  }
  std::cout << "volumes:\n";
  for (const VolumeEntry& volume : manifest.volumes()) {
    const std::string path = PathOf(*medium.set, volume.number());
    std::cout << absl::StreamFormat("  %d of %d  %s  %s\n", volume.number(), manifest.volumes_size(),
                                    FormatBytes(volume.size()), path.empty() ? "not given" : path);
  }
}

absl::Status Show(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::vector<std::string> paths, PositionalList(args, {"MEDIUM"}));
  TSM_ASSIGN_OR_RETURN(bool wants_json, WantsJson(args));
  TSM_ASSIGN_OR_RETURN(const UserSet medium, OpenWithOptionalKey(args, paths));
  if (wants_json) {
    JsonWriter json;
    WriteJson(medium, json);
    std::cout << json.Finish();
  } else {
    WriteText(medium);
  }
  Failures failures;
  failures.AddProblems(*medium.set);
  return failures.Finish();
}

}  // namespace

const Command kShowCommand = {"show", "what a medium says about itself",
                              R"(usage: mediactl show [--format=text|json] [--public_key=FILE] MEDIUM...

Shows label, kind, media ID, validity, boot image, packages, files and volumes as the manifest lists them, and of a set
which volumes were given.

  --format=text|json  text for people (default), or JSON with digests
  --public_key=FILE   signify public key; without it the signature is not checked
)",
                              Show};

}  // namespace tsmedia
