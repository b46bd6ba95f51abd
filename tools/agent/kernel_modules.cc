#include "tools/agent/kernel_modules.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tools/base/kernel_file.h"
#include "tools/base/unique_fd.h"

namespace tsmedia {
namespace {

// A modalias is one line; the longest (input devices) have some hundred bytes.
constexpr uint64_t kMaxModaliasSize = 65536;

// Modaliases of the devices below `directory`, without duplicates.
std::set<std::string> Modaliases(const std::string& directory) {
  std::set<std::string> aliases;
  std::error_code error;
  // Devices come and go while we look: what cannot be read is not there.
  for (std::filesystem::recursive_directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().filename() != "modalias") {
      continue;
    }
    absl::StatusOr<std::string> alias = ReadKernelFile(it->path(), kMaxModaliasSize);
    if (alias.ok()) {
      aliases.emplace(absl::StripSuffix(*alias, "\n"));
    }
  }
  return aliases;
}

}  // namespace

std::string ModuleName(std::string_view path) {
  const size_t slash = path.rfind('/');
  std::string name(absl::StripSuffix(path.substr(slash == std::string_view::npos ? 0 : slash + 1), ".ko"));
  // The kernel takes '-' and '_' in module names for the same and writes the latter.
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

absl::StatusOr<ModuleIndex> ModuleIndex::Parse(std::string_view dep, std::string_view alias) {
  ModuleIndex index;
  for (std::string_view line : absl::StrSplit(dep, '\n', absl::SkipEmpty())) {
    const std::pair<std::string_view, std::string_view> parts = absl::StrSplit(line, absl::MaxSplits(": ", 1));
    const std::string_view file = absl::StripSuffix(parts.first, ":");
    if (file.size() == line.size()) {
      return absl::InvalidArgumentError(absl::StrCat("modules.dep: no colon in the line '", line, "'"));
    }
    std::vector<std::string>& files = index.files_[ModuleName(file)];
    files = {std::string(file)};
    for (std::string_view needed : absl::StrSplit(parts.second, ' ', absl::SkipEmpty())) {
      files.emplace_back(needed);
    }
  }
  for (std::string_view line : absl::StrSplit(alias, '\n', absl::SkipEmpty())) {
    if (absl::StartsWith(line, "#")) {
      continue;
    }
    const std::vector<std::string_view> words = absl::StrSplit(line, ' ');
    if (words.size() != 3 || words[0] != "alias") {
      return absl::InvalidArgumentError(absl::StrCat("modules.alias: not 'alias PATTERN MODULE': '", line, "'"));
    }
    index.aliases_.emplace_back(words[1], words[2]);
  }
  return index;
}

std::vector<std::string> ModuleIndex::Matching(const std::string& modalias) const {
  std::vector<std::string> names;
  for (const auto& [pattern, name] : aliases_) {
    if (std::find(names.begin(), names.end(), name) == names.end() &&
        fnmatch(pattern.c_str(), modalias.c_str(), 0) == 0) {
      names.push_back(name);
    }
  }
  return names;
}

absl::StatusOr<std::vector<std::string>> ModuleIndex::LoadOrder(const std::string& name) const {
  const auto found = files_.find(name);
  if (found == files_.end()) {
    return absl::NotFoundError(absl::StrCat("there is no kernel module '", name, "' in the initrd"));
  }
  // depmod writes what a module needs such that each comes before what it needs itself.
  return std::vector<std::string>(found->second.rbegin(), found->second.rend());
}

int ModuleLoader::LoadForDevices(const std::string& sys_devices) {
  int count = 0;
  for (const std::string& alias : Modaliases(sys_devices)) {
    if (seen_aliases_.insert(alias).second) {
      for (const std::string& name : index_.Matching(alias)) {
        count += Load(name);
      }
    }
  }
  return count;
}

int ModuleLoader::Load(const std::string& name) {
  const absl::StatusOr<std::vector<std::string>> files = index_.LoadOrder(name);
  if (!files.ok()) {
    failures_.emplace_back(files.status().message());
    return 0;
  }
  int count = 0;
  for (const std::string& file : *files) {
    if (!tried_files_.insert(file).second) {
      continue;
    }
    const absl::Status status = load_(absl::StrCat(module_directory_, "/", file));
    if (status.ok()) {
      ++count;
    } else if (!absl::IsNotFound(status)) {  // ENODEV: the driver found no hardware of its own
      failures_.emplace_back(status.message());
    }
  }
  return count;
}

absl::Status LoadModuleFile(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.ok()) {
    return absl::InternalError(absl::StrCat("cannot open the kernel module ", path));
  }
  // glibc has no wrapper. No parameters, no flags.
  if (syscall(SYS_finit_module, fd.get(), "", 0) == 0 || errno == EEXIST) {
    return absl::OkStatus();
  }
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot load the kernel module ", path));
}

}  // namespace tsmedia
