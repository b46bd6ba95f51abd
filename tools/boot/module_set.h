// Choosing kernel modules together with everything that they need.

#ifndef TSMEDIA_TOOLS_BOOT_MODULE_SET_H_
#define TSMEDIA_TOOLS_BOOT_MODULE_SET_H_

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/boot/module_info.h"

namespace tsmedia {

// KernelPackage holds the modules of one kernel, compressed as they come.
struct KernelPackage {
  struct File {
    std::string path;   // below the release's folder, without the compression's ending: "kernel/drivers/nvme/nvme.ko"
    std::string bytes;  // as in the package: an .xz, .zst or uncompressed module
  };
  std::string release;                  // "6.12.107+deb13-amd64"
  std::map<std::string, File> modules;  // by name: "usb_storage"
  std::set<std::string> builtin;        // names of modules that are part of the kernel itself
};

// ReadKernelPackage reads the Debian package of a kernel (linux-image-*) at `path`. Memory is O(its modules' compressed
// size), some 100 MiB: which ones are needed is known only when their dependencies have been read.
absl::StatusOr<KernelPackage> ReadKernelPackage(const std::string& path);

// A module that was chosen.
struct ChosenModule {
  std::string path;                 // as in KernelPackage::File
  std::string bytes;                // uncompressed
  std::vector<std::string> needed;  // paths of all modules that it needs; each comes before what it needs itself
  std::vector<std::string> aliases;
};

// ChooseModules returns the modules called `names` and what they need, by name. NotFound names a module that the kernel
// does not have. A name of a module that is built in is fine and gives nothing. FailedPrecondition for a cycle.
absl::StatusOr<std::map<std::string, ChosenModule>> ChooseModules(const KernelPackage& kernel,
                                                                  const std::vector<std::string>& names);

// ModulesDep and ModulesAlias are the text of the files that depmod(8) writes (modules.dep(5)): lines ascend by path or
// pattern.
std::string ModulesDep(const std::map<std::string, ChosenModule>& modules);
std::string ModulesAlias(const std::map<std::string, ChosenModule>& modules);

// ModuleNameOf returns the name of a module from its file: "kernel/drivers/usb/storage/usb-storage.ko.xz" is
// "usb_storage".
std::string ModuleNameOf(std::string_view path);

// CanonicalModuleName writes `name` as the kernel does: with '_' for '-'.
std::string CanonicalModuleName(std::string_view name);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BOOT_MODULE_SET_H_
