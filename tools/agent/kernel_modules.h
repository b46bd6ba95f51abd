// Kernel modules: which of those in the initrd the machine's devices need, and loading them.
//
// Each device says what it is in a file `modalias` below /sys/devices; a module says in /lib/modules/<release>/
// modules.alias which of those it drives, and in modules.dep which modules it needs. Both files have the format of
// depmod(8) (modules.alias(5), modules.dep(5)), so that other programs read them as well. TsmModules writes them.

#ifndef TSMEDIA_TOOLS_AGENT_KERNEL_MODULES_H_
#define TSMEDIA_TOOLS_AGENT_KERNEL_MODULES_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tsmedia {

// ModuleIndex is the content of modules.dep and modules.alias.
class ModuleIndex {
 public:
  // Parse reads the two files' text.
  static absl::StatusOr<ModuleIndex> Parse(std::string_view dep, std::string_view alias);

  // Matching returns the names of the modules that drive a device with this modalias.
  std::vector<std::string> Matching(const std::string& modalias) const;

  // LoadOrder returns the files of module `name` and of what it needs, in the order in which they are loaded; paths as
  // in modules.dep. NotFound if there is no such module.
  absl::StatusOr<std::vector<std::string>> LoadOrder(const std::string& name) const;

 private:
  std::map<std::string, std::vector<std::string>> files_;     // name -> its file, then those it needs
  std::vector<std::pair<std::string, std::string>> aliases_;  // pattern, name
};

// ModuleName returns the name of a module from its file: "kernel/drivers/usb/storage/usb-storage.ko" is "usb_storage".
std::string ModuleName(std::string_view path);

// ModuleLoader loads the modules that devices ask for.
class ModuleLoader {
 public:
  // `load` gives a module's file (an absolute path) to the kernel; it is OK if the module is there already.
  ModuleLoader(ModuleIndex index, std::string module_directory, std::function<absl::Status(const std::string&)> load)
      : index_(std::move(index)), module_directory_(std::move(module_directory)), load_(std::move(load)) {}

  // LoadForDevices loads what the devices below `sys_devices` ("/sys/devices") need and was not tried before; returns
  // the number of modules that were loaded. New devices may appear by that: call again until it is 0. A module that
  // fails is not tried again; `failures` has one sentence for each.
  int LoadForDevices(const std::string& sys_devices);

  // LoadModule loads a module that no device asks for, like a file system, and what it needs.
  void LoadModule(const std::string& name) { Load(name); }

  const std::vector<std::string>& failures() const { return failures_; }

 private:
  // Loads the module `name` and what it needs; returns how many modules that were.
  int Load(const std::string& name);

  ModuleIndex index_;
  std::string module_directory_;
  std::function<absl::Status(const std::string&)> load_;
  std::set<std::string> seen_aliases_;
  std::set<std::string> tried_files_;
  std::vector<std::string> failures_;
};

// LoadModuleFile is finit_module(2) for an uncompressed module.
absl::Status LoadModuleFile(const std::string& path);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_KERNEL_MODULES_H_
