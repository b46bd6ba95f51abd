#include "tools/boot/module_set.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/boot/deb_walk.h"
#include "tools/content/byte_stream.h"
#include "tools/content/decompress.h"

namespace tsmedia {
namespace {

// The largest module of Debian's kernel (amdgpu) has some 30 MiB; ours have at most 3 MiB.
constexpr uint64_t kMaxModuleSize = 64 * kMiB;

absl::StatusOr<std::string> Uncompress(const KernelPackage::File& file) {
  const MemorySource source(file.bytes, file.path);
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<ByteStream> stream, OpenDecompressed(&source));
  std::string bytes(kMaxModuleSize, '\0');
  TSM_ASSIGN_OR_RETURN(const size_t size,
                       ReadUpTo(*stream, MutableByteSpan(reinterpret_cast<uint8_t*>(bytes.data()), bytes.size())));
  if (size == bytes.size()) {
    return absl::ResourceExhaustedError(absl::StrCat(file.path, ": larger than ", kMaxModuleSize, " bytes"));
  }
  bytes.resize(size);
  bytes.shrink_to_fit();
  return bytes;
}

// Chooser walks the dependencies depth first.
class Chooser {
 public:
  explicit Chooser(const KernelPackage& kernel) : kernel_(kernel) {}

  // Adds `name` and all that it needs. `chain` holds the modules that led here, for messages and to find cycles.
  absl::Status Add(const std::string& name) {
    if (kernel_.builtin.contains(name) || chosen_.contains(name)) {
      return absl::OkStatus();
    }
    if (std::find(chain_.begin(), chain_.end(), name) != chain_.end()) {
      return absl::FailedPreconditionError(
          absl::StrCat("kernel modules need each other: ", absl::StrJoin(chain_, " -> "), " -> ", name));
    }
    const auto found = kernel_.modules.find(name);
    if (found == kernel_.modules.end()) {
      return absl::NotFoundError(
          absl::StrCat("kernel ", kernel_.release, " has no module '", name, "'",
                       chain_.empty() ? "" : absl::StrCat(", which '", chain_.back(), "' needs")));
    }
    ChosenModule module;
    module.path = found->second.path;
    TSM_ASSIGN_OR_RETURN(module.bytes, Uncompress(found->second));
    TSM_ASSIGN_OR_RETURN(ModuleInfo info, ParseModuleInfo(AsBytes(module.bytes)));
    module.aliases = std::move(info.aliases);
    for (std::string& soft : info.soft_depends) {
      // A soft dependency may name an alias of something built in; what is no module is not needed.
      if (kernel_.modules.contains(soft)) {
        info.depends.push_back(std::move(soft));
      }
    }
    chain_.push_back(name);
    for (const std::string& needed : info.depends) {
      TSM_RETURN_IF_ERROR(Add(needed));
    }
    chain_.pop_back();
    module.needed = Needed(info.depends);
    chosen_.emplace(name, std::move(module));
    return absl::OkStatus();
  }

  std::map<std::string, ChosenModule> Take() { return std::move(chosen_); }

 private:
  // Paths of `names` and what they need, such that every module comes before what it needs.
  std::vector<std::string> Needed(const std::vector<std::string>& names) const {
    std::vector<std::string> first_needed;  // the other way round
    const auto add = [&](const std::string& path) {
      if (std::find(first_needed.begin(), first_needed.end(), path) == first_needed.end()) {
        first_needed.push_back(path);
      }
    };
    for (const std::string& name : names) {
      const auto found = chosen_.find(name);
      if (found == chosen_.end()) {
        continue;  // built in
      }
      std::for_each(found->second.needed.rbegin(), found->second.needed.rend(), add);
      add(found->second.path);
    }
    return std::vector<std::string>(first_needed.rbegin(), first_needed.rend());
  }

  const KernelPackage& kernel_;
  std::map<std::string, ChosenModule> chosen_;
  std::vector<std::string> chain_;
};

std::string JoinSorted(std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  return absl::StrJoin(lines, "");
}

}  // namespace

std::string ModuleNameOf(std::string_view path) {
  const std::string_view file = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  return CanonicalModuleName(file.substr(0, file.find(".ko")));
}

std::string CanonicalModuleName(std::string_view name) {
  std::string canonical(name);
  std::replace(canonical.begin(), canonical.end(), '-', '_');
  return canonical;
}

absl::StatusOr<KernelPackage> ReadKernelPackage(const std::string& path) {
  KernelPackage kernel;
  TSM_RETURN_IF_ERROR(WalkDeb(path, [&](const DebEntry& entry, TarReader& reader) -> absl::Status {
    std::string_view rest = entry.path;
    absl::ConsumePrefix(&rest, "usr/");
    if (entry.type != DebEntry::Type::kFile || !absl::ConsumePrefix(&rest, "lib/modules/")) {
      return absl::OkStatus();
    }
    const size_t slash = rest.find('/');
    const std::string_view file = slash == std::string_view::npos ? "" : rest.substr(slash + 1);
    const size_t suffix = file.rfind(".ko");
    if (file == "modules.builtin") {
      kernel.release = rest.substr(0, slash);
      TSM_ASSIGN_OR_RETURN(const std::string text, ReadEntry(entry, reader, kMaxModuleSize));
      for (std::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
        kernel.builtin.insert(ModuleNameOf(line));
      }
    } else if (suffix != std::string_view::npos) {
      KernelPackage::File& module = kernel.modules[ModuleNameOf(file)];
      module.path = absl::StrCat(file.substr(0, suffix), ".ko");
      TSM_ASSIGN_OR_RETURN(module.bytes, ReadEntry(entry, reader, kMaxModuleSize));
    }
    return absl::OkStatus();
  }));
  if (kernel.release.empty() || kernel.modules.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": not the package of a kernel: no modules in lib/modules"));
  }
  return kernel;
}

absl::StatusOr<std::map<std::string, ChosenModule>> ChooseModules(const KernelPackage& kernel,
                                                                  const std::vector<std::string>& names) {
  Chooser chooser(kernel);
  for (const std::string& name : names) {
    TSM_RETURN_IF_ERROR(chooser.Add(CanonicalModuleName(name)));
  }
  return chooser.Take();
}

std::string ModulesDep(const std::map<std::string, ChosenModule>& modules) {
  std::vector<std::string> lines;
  for (const auto& [name, module] : modules) {
    lines.push_back(
        absl::StrCat(module.path, ":", module.needed.empty() ? "" : " ", absl::StrJoin(module.needed, " "), "\n"));
  }
  return JoinSorted(std::move(lines));
}

std::string ModulesAlias(const std::map<std::string, ChosenModule>& modules) {
  std::vector<std::string> lines;
  for (const auto& [name, module] : modules) {
    for (const std::string& alias : module.aliases) {
      lines.push_back(absl::StrCat("alias ", alias, " ", name, "\n"));
    }
  }
  return JoinSorted(std::move(lines));
}

}  // namespace tsmedia
