// What a medium should hold, compared with what it holds: the work of media_contents_test.

#ifndef TSMEDIA_TOOLS_TESTING_CONTENTS_H_
#define TSMEDIA_TOOLS_TESTING_CONTENTS_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tools/content/pack.pb.h"
#include "tools/plan/manifest.pb.h"

namespace tsmedia {

// Paths are those of the medium ("boot/vmlinuz"), or begin with a package ID and go on inside that package as it is
// unpacked ("LAB00012/bin/inventory").
struct ContentsExpectations {
  // Package ID -> version. Unless empty: exactly these packages.
  std::map<std::string, std::string> packages = {};
  // Path of a regular file -> SHA-256 in hexadecimal digits, or empty for any content.
  std::map<std::string, std::string> files = {};
  // Paths of nothing at all.
  std::vector<std::string> absent = {};
  // The whole text that ListContents must return.
  std::optional<std::string> listing = std::nullopt;
};

// CompareContents returns one sentence for each expectation that is not met.
std::vector<std::string> CompareContents(const Manifest& manifest, const Inventory& inventory,
                                         const ContentsExpectations& expectations);

// ListContents lists the files of all packages, one a line, ascending by path:
//   0644 e3b0...b855 LAB00012/readme.txt
//   0755 directory LAB00012/bin
//   0777 symlink LAB00012/bin/inv -> inventory
std::string ListContents(const Inventory& inventory);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_TESTING_CONTENTS_H_
