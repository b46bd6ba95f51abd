#include "tools/plan/media_content.h"

#include <algorithm>

#include "tools/base/canonical_proto.h"
#include "tools/plan/manifest.h"
#include "tools/plan/manifest.pb.h"
#include "tools/plan/media.pb.h"

namespace tsmedia {
namespace {

InventoryPackage InventoryEntry(const MediaContent& content, const ResolvedPackage& package) {
  InventoryPackage entry;
  const std::string& id = package.info.package_id();
  *entry.mutable_pack() = package.info;
  entry.set_reason(package.reason);
  if (auto needs = content.dependencies.find(id); needs != content.dependencies.end()) {
    entry.mutable_dependencies()->Assign(needs->second.begin(), needs->second.end());
  }
  if (auto command = content.install_commands.find(id); command != content.install_commands.end()) {
    entry.set_install_command(command->second);
  }
  if (content.definition.prestart.has_value() && content.definition.prestart->package_id == id) {
    entry.set_prestart_command(content.definition.prestart->command_line);
  }
  return entry;
}

}  // namespace

std::vector<const ResolvedPackage*> PackagesById(const std::vector<ResolvedPackage>& packages) {
  std::vector<const ResolvedPackage*> sorted;
  for (const ResolvedPackage& package : packages) {
    sorted.push_back(&package);
  }
  std::ranges::sort(sorted, {},
                    [](const ResolvedPackage* package) -> std::string_view { return package->info.package_id(); });
  return sorted;
}

std::string VariablesObject(const VariableMap& variables, const VariableNames& hidden) {
  MediaVariables message;
  message.set_context(std::string(kVariablesContext));
  for (const auto& [name, value] : variables) {
    MediaVariable* variable = message.add_variables();
    variable->set_name(name);
    variable->set_value(value);
    variable->set_hidden(hidden.contains(name));
  }
  return SerializeCanonical(message);
}

std::string InventoryObject(const MediaContent& content) {
  Inventory inventory;
  inventory.set_context(std::string(kInventoryContext));
  for (const ResolvedPackage* package : PackagesById(content.packages)) {
    *inventory.add_packages() = InventoryEntry(content, *package);
  }
  return SerializeCanonical(inventory);
}

MediumScope ScopeOf(const MediaContent& content) {
  MediumScope scope;
  scope.media_kind = MediaKindName(content.definition.kind);
  scope.label = content.definition.label;
  scope.not_before = content.definition.not_before;
  scope.not_after = content.definition.not_after;
  for (const ResolvedPackage* package : PackagesById(content.packages)) {
    scope.packages.push_back({package->info.package_id(), package->info.version()});
  }
  return scope;
}

}  // namespace tsmedia
