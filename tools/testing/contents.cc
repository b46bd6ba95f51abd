#include "tools/testing/contents.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "tools/base/bytes.h"
#include "tools/base/sha256.h"

namespace tsmedia {
namespace {

// What is at a path: the SHA-256 of a regular file in hexadecimal digits, else "directory" or "symlink".
std::string Describe(const PackEntry& entry) {
  switch (entry.type()) {
    case PackEntry::DIRECTORY:
      return "directory";
    case PackEntry::SYMLINK:
      return "symlink";
    default:
      return ToHex(AsBytes(entry.sha256()));
  }
}

std::map<std::string, std::string> AllPaths(const Manifest& manifest, const Inventory& inventory) {
  std::map<std::string, std::string> paths;
  for (const FileEntry& file : manifest.files()) {
    paths[file.path()] = ToHex(AsBytes(file.sha256()));
  }
  for (const InventoryPackage& package : inventory.packages()) {
    for (const PackEntry& entry : package.pack().entries()) {
      paths[absl::StrCat(package.pack().package_id(), "/", entry.path())] = Describe(entry);
    }
  }
  return paths;
}

void ComparePackages(const Manifest& manifest, const std::map<std::string, std::string>& expected,
                     std::vector<std::string>& problems) {
  std::map<std::string, std::string> missing = expected;
  for (const PackageEntry& package : manifest.packages()) {
    const auto found = missing.find(package.package_id());
    if (found == missing.end()) {
      problems.push_back(absl::StrCat("package ", package.package_id(), " version ", package.version(),
                                      " is on the medium and not expected"));
      continue;
    }
    if (found->second != package.version()) {
      problems.push_back(absl::StrCat("package ", package.package_id(), " has version ", package.version(),
                                      ", expected is ", found->second));
    }
    missing.erase(found);
  }
  for (const auto& [package_id, version] : missing) {
    problems.push_back(absl::StrCat("package ", package_id, " version ", version, " is not on the medium"));
  }
}

void CompareFile(const std::map<std::string, std::string>& paths, const std::string& path, const std::string& digest,
                 std::vector<std::string>& problems) {
  const auto found = paths.find(path);
  if (found == paths.end()) {
    problems.push_back(absl::StrCat(path, " is not on the medium"));
  } else if (found->second == "directory" || found->second == "symlink") {
    problems.push_back(absl::StrCat(path, " is a ", found->second, ", expected is a file"));
  } else if (!digest.empty() && digest != found->second) {
    problems.push_back(absl::StrCat(path, " has the SHA-256 ", found->second, ", expected is ", digest));
  }
}

// Only the first difference: after it everything may be shifted.
void CompareListing(const std::string& actual, const std::string& expected, std::vector<std::string>& problems) {
  if (actual == expected) {
    return;
  }
  const std::vector<std::string_view> actual_lines = absl::StrSplit(actual, '\n');
  const std::vector<std::string_view> expected_lines = absl::StrSplit(expected, '\n');
  size_t line = 0;
  while (line < actual_lines.size() && line < expected_lines.size() && actual_lines[line] == expected_lines[line]) {
    ++line;
  }
  const auto text = [line](const std::vector<std::string_view>& lines) {
    return line < lines.size() && !lines[line].empty() ? absl::StrCat("\"", lines[line], "\"") : std::string("the end");
  };
  problems.push_back(absl::StrCat("line ", line + 1, " of the listing is ", text(actual_lines), ", expected is ",
                                  text(expected_lines)));
}

}  // namespace

std::vector<std::string> CompareContents(const Manifest& manifest, const Inventory& inventory,
                                         const ContentsExpectations& expectations) {
  std::vector<std::string> problems;
  if (!expectations.packages.empty()) {
    ComparePackages(manifest, expectations.packages, problems);
  }
  const std::map<std::string, std::string> paths = AllPaths(manifest, inventory);
  for (const auto& [path, digest] : expectations.files) {
    CompareFile(paths, path, digest, problems);
  }
  for (const std::string& path : expectations.absent) {
    if (paths.contains(path)) {
      problems.push_back(absl::StrCat(path, " is on the medium and should be absent"));
    }
  }
  if (expectations.listing.has_value()) {
    CompareListing(ListContents(inventory), *expectations.listing, problems);
  }
  return problems;
}

std::string ListContents(const Inventory& inventory) {
  std::map<std::string, std::string> lines;
  for (const InventoryPackage& package : inventory.packages()) {
    for (const PackEntry& entry : package.pack().entries()) {
      const std::string path = absl::StrCat(package.pack().package_id(), "/", entry.path());
      std::string line = absl::StrFormat("%04o %s %s", entry.mode(), Describe(entry), path);
      if (entry.type() == PackEntry::SYMLINK) {
        absl::StrAppend(&line, " -> ", entry.link_target());
      }
      lines[path] = std::move(line);
    }
  }
  std::string text;
  for (const auto& [path, line] : lines) {
    absl::StrAppend(&text, line, "\n");
  }
  return text;
}

}  // namespace tsmedia
