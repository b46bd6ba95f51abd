#include "tools/engine/run_inputs.h"

#include "tools/base/status_macros.h"

namespace tsmedia {

Applications ApplicationsOf(const Inventory& inventory) {
  Applications applications;
  for (const InventoryPackage& package : inventory.packages()) {
    if (!package.install_command().empty()) {
      applications[package.pack().package_id()] = {
          .name = package.pack().display_name(),
          .install_command = package.install_command(),
          .dependencies = {package.dependencies().begin(), package.dependencies().end()}};
    }
  }
  return applications;
}

absl::StatusOr<VariableStore> VariablesOf(const MediaVariables& variables) {
  VariableStore store;
  for (const MediaVariable& variable : variables.variables()) {
    TSM_RETURN_IF_ERROR(store.Set(variable.name(), variable.value(), variable.hidden()));
  }
  return store;
}

}  // namespace tsmedia
