#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/base/json_writer.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/mediactl/commands.h"
#include "tools/mediactl/common.h"
#include "tools/medium/acceptance.h"

namespace tsmedia {
namespace {

std::string_view TypeName(const PackEntry& entry) {
  switch (entry.type()) {
    case PackEntry::DIRECTORY:
      return "directory";
    case PackEntry::SYMLINK:
      return "symlink";
    default:
      return "file";
  }
}

void WriteJson(const InventoryPackage& package, JsonWriter& json) {
  const PackInfo& pack = package.pack();
  json.BeginObject();
  json.String("package_id", pack.package_id());
  json.String("version", pack.version());
  json.String("kind", pack.kind());
  json.String("display_name", pack.display_name());
  if (!package.install_command().empty()) {
    json.String("install_command", package.install_command());
  }
  if (!package.prestart_command().empty()) {
    json.String("prestart_command", package.prestart_command());
  }
  json.BeginArray("files");
  for (const PackEntry& entry : pack.entries()) {
    json.BeginObject();
    json.String("path", entry.path());
    json.String("type", TypeName(entry));
    json.String("mode", absl::StrFormat("%04o", entry.mode()));
    json.Number("size", entry.size());
    if (!entry.sha256().empty()) {
      json.String("sha256", ToHex(AsBytes(entry.sha256())));
    }
    if (entry.type() == PackEntry::SYMLINK) {
      json.String("link_target", entry.link_target());
    }
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

void WriteText(const InventoryPackage& package) {
  const PackInfo& pack = package.pack();
  std::cout << pack.package_id() << " version " << pack.version() << ", " << pack.kind()
            << (pack.display_name().empty() ? "" : absl::StrCat(", ", pack.display_name())) << "\n";
  if (!package.install_command().empty()) {
    std::cout << "  installed by: " << package.install_command() << "\n";
  }
  if (!package.prestart_command().empty()) {
    std::cout << "  runs before the task sequence: " << package.prestart_command() << "\n";
  }
  for (const PackEntry& entry : pack.entries()) {
    std::cout << absl::StreamFormat("  %04o %12d  %s", entry.mode(), entry.size(), entry.path())
              << (entry.type() == PackEntry::DIRECTORY ? "/" : "")
              << (entry.type() == PackEntry::SYMLINK ? absl::StrCat(" -> ", entry.link_target()) : "") << "\n";
  }
}

absl::Status Ls(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::vector<std::string> paths, PositionalList(args, {"MEDIUM"}));
  TSM_ASSIGN_OR_RETURN(std::string only, args.OptionalOr("package", ""));
  TSM_ASSIGN_OR_RETURN(bool wants_json, WantsJson(args));
  TSM_ASSIGN_OR_RETURN(PasswordOptions password, ReadPasswordOptions(args));
  TSM_ASSIGN_OR_RETURN(const UserSet medium, OpenWithOptionalKey(args, paths));
  TSM_ASSIGN_OR_RETURN(Inventory inventory, ReadInventoryWithPassword(medium, password));
  JsonWriter json;
  json.BeginArray();
  bool found = false;
  for (const InventoryPackage& package : inventory.packages()) {
    if (!only.empty() && package.pack().package_id() != only) {
      continue;
    }
    found = true;
    if (wants_json) {
      WriteJson(package, json);
    } else {
      WriteText(package);
    }
  }
  json.EndArray();
  if (!only.empty() && !found) {
    return absl::NotFoundError(absl::StrCat(paths[0], ": there is no package ", only, " on the medium"));
  }
  if (wants_json) {
    std::cout << json.Finish();
  }
  Failures failures;
  failures.AddProblems(*medium.set);
  return failures.Finish();
}

}  // namespace

const Command kLsCommand = {
    "ls", "list the packages of a medium and the files in them",
    R"(usage: mediactl ls [--package=ID] [--format=text|json] [--public_key=FILE] [--password-file=FILE]
       MEDIUM...

Lists every package with its files: mode, size in bytes, path. Of a set the first volume does.

  --package=ID          only this package
  --format=text|json    text for people (default), or JSON with digests
  --public_key=FILE     signify public key; without it the list is not authenticated
)",
    Ls, kPasswordHelp};

}  // namespace tsmedia
