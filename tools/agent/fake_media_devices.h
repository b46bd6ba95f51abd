// Drives in memory, for tests.

#ifndef TSMEDIA_TOOLS_AGENT_FAKE_MEDIA_DEVICES_H_
#define TSMEDIA_TOOLS_AGENT_FAKE_MEDIA_DEVICES_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/agent/media_devices.h"
#include "tools/base/byte_source.h"

namespace tsmedia {

// FakeMediaDevices are devices whose content tests put in and take out. A drive that somebody reads from does not open,
// as its door is locked.
class FakeMediaDevices : public MediaDevices {
 public:
  // Insert replaces what a device holds.
  void Insert(const std::string& device, std::string bytes) {
    drives_[device] = {std::make_shared<const MemorySource>(std::move(bytes), device), /*changed=*/true};
  }
  void AddEmptyDrive(const std::string& device) { drives_[device]; }
  void Remove(const std::string& device) { drives_.erase(device); }

  // The drives that were opened, in order; "sr0 is locked" for one that would not.
  const std::vector<std::string>& ejected() const { return ejected_; }
  int opened(const std::string& device) { return opened_[device]; }

  std::vector<std::string> List() override {
    std::vector<std::string> names;
    for (const auto& [name, drive] : drives_) {
      names.push_back(name);
    }
    return names;
  }

  State Look(const std::string& device) override {
    const auto drive = drives_.find(device);
    if (drive == drives_.end() || drive->second.disc == nullptr) {
      return State::kEmpty;
    }
    return std::exchange(drive->second.changed, false) && IsOpticalDrive(device) ? State::kChanged : State::kUnchanged;
  }

  absl::StatusOr<std::unique_ptr<ByteSource>> Open(const std::string& device) override {
    const auto drive = drives_.find(device);
    if (drive == drives_.end() || drive->second.disc == nullptr) {
      return absl::UnavailableError(device + ": no medium found");
    }
    ++opened_[device];
    return std::make_unique<Reader>(drive->second.disc);
  }

  void Eject(const std::string& device) override {
    const auto drive = drives_.find(device);
    if (!IsOpticalDrive(device) || drive == drives_.end()) {
      return;
    }
    const bool is_locked = drive->second.disc.use_count() > 1;
    ejected_.push_back(is_locked ? device + " is locked" : device);
    if (!is_locked) {
      drive->second.disc = nullptr;
    }
  }

 private:
  struct Drive {
    std::shared_ptr<const MemorySource> disc;
    bool changed = false;
  };

  class Reader : public ByteSource {
   public:
    explicit Reader(std::shared_ptr<const MemorySource> disc) : disc_(std::move(disc)) {}
    uint64_t size() const override { return disc_->size(); }
    const std::string& name() const override { return disc_->name(); }

   private:
    absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override { return disc_->ReadAt(offset, out); }
    const std::shared_ptr<const MemorySource> disc_;
  };

  std::map<std::string, Drive> drives_;
  std::vector<std::string> ejected_;
  std::map<std::string, int> opened_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_FAKE_MEDIA_DEVICES_H_
