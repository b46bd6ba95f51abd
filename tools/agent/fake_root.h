// A directory that plays the root of a machine in tests.

#ifndef TSMEDIA_TOOLS_AGENT_FAKE_ROOT_H_
#define TSMEDIA_TOOLS_AGENT_FAKE_ROOT_H_

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace tsmedia {

// FakeRoot is an empty directory named `name` below the test's temporary directory.
class FakeRoot {
 public:
  explicit FakeRoot(const std::string& name) : path_(testing::TempDir() + "/" + name) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }

  const std::string& path() const { return path_; }

  // Write makes a file, and the directories above it.
  void Write(const std::string& name, std::string_view bytes) const {
    const std::filesystem::path file = path_ + "/" + name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
  }

  std::string Read(const std::string& name) const {
    std::ifstream file(path_ + "/" + name, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
  }

 private:
  std::string path_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_FAKE_ROOT_H_
