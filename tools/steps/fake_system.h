// A running system whose devices are files and whose programs are recorded.

#ifndef TSMEDIA_TOOLS_STEPS_FAKE_SYSTEM_H_
#define TSMEDIA_TOOLS_STEPS_FAKE_SYSTEM_H_

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tools/base/bytes.h"
#include "tools/steps/block_disk.h"
#include "tools/steps/boot_effects.h"
#include "tools/steps/process.h"

namespace tsmedia {

inline constexpr uint64_t kFakeDiskMb = 200;

// FakeSystem has one disk, /dev/vda. What is mounted from /dev/X is the directory mounted/dev/X below `root`.
class FakeSystem : public BootSystem {
 public:
  explicit FakeSystem(std::string root) : root_(std::move(root)) {
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_ + "/dev");
    DiskFacts* disk = facts.add_disks();
    disk->set_device("/dev/vda");
    disk->set_size(kFakeDiskMb * kMiB);
    MakeDevice("vda", kFakeDiskMb);
  }

  void MakeDevice(const std::string& name, uint64_t mb) {
    std::ofstream(root_ + "/dev/" + name).close();
    std::filesystem::resize_file(root_ + "/dev/" + name, mb * kMiB);
  }

  const MachineFacts& Facts() override { return facts; }
  // Somebody may be asked for a disc while content is read ahead.
  absl::Duration Uptime() override {
    absl::MutexLock lock(&uptime_mutex_);
    return uptime;
  }
  void Sleep(absl::Duration duration) override {
    {
      absl::MutexLock lock(&uptime_mutex_);
      uptime += duration;
    }
    if (on_sleep != nullptr) {
      on_sleep();
    }
  }
  int64_t Now() override { return 1700000000; }
  std::array<uint8_t, 16> Random() override { return {++random, 1, 2, 3}; }

  std::string Path(std::string_view path) override {
    for (const auto& [directory, device] : mounts) {
      if (absl::StartsWith(path, directory) && absl::StartsWith(device, "/dev/")) {
        return absl::StrCat(root_, "/mounted", device, path.substr(directory.size()));
      }
    }
    return absl::StrCat(root_, path);
  }

  absl::Status Mount(const std::string& device, const std::string& directory, const std::string& type) override {
    log.push_back(absl::StrCat("mount ", device, " ", directory, " ", type));
    mounts[directory] = device == "/dev" ? "" : device;
    if (absl::StartsWith(device, "/dev/")) {
      std::filesystem::create_directories(root_ + "/mounted" + device + "/lost+found");
    }
    return absl::OkStatus();
  }

  absl::Status Unmount(const std::string& directory) override {
    log.push_back("unmount " + directory);
    mounts.erase(directory);
    return absl::OkStatus();
  }

  void Sync() override {
    if (on_sync != nullptr) {
      on_sync();
    }
  }

  absl::StatusOr<ProcessResult> Run(const ProcessRequest& request) override {
    log.push_back("run " + absl::StrJoin(request.arguments, " "));
    last = request;
    if (on_run != nullptr) {
      on_run(request);
    }
    if (request.arguments[0] == "mkfs.ext4") {
      const std::string superblock =
          std::string(0x38, '\0') + "\x53\xef" + std::string(0x68 - 0x3a, '\0') + "UUIDUUIDUUIDUUID";
      std::unique_ptr<BlockDisk> device = BlockDisk::Open(root_ + request.arguments.back()).value();
      EXPECT_TRUE(device->WriteAt(1024, AsBytes(superblock)).ok());
    }
    if (request.arguments[0] == fails) {
      return ProcessResult{.exit_code = 9, .output_tail = "", .settings = ""};
    }
    return result;
  }

  MachineFacts facts;
  std::function<void()> on_sleep;
  std::function<void()> on_sync;
  std::function<void(const ProcessRequest&)> on_run;
  absl::Duration uptime;
  uint8_t random = 0;
  std::map<std::string, std::string> mounts;
  std::vector<std::string> log;
  ProcessRequest last;
  ProcessResult result;
  std::string fails;  // a program that ends with exit code 9, whatever `result` is

 private:
  const std::string root_;
  absl::Mutex uptime_mutex_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_STEPS_FAKE_SYSTEM_H_
