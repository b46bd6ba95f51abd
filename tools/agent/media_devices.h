// The devices that discs and sticks with a medium come on, as they come and go.

#ifndef TSMEDIA_TOOLS_AGENT_MEDIA_DEVICES_H_
#define TSMEDIA_TOOLS_AGENT_MEDIA_DEVICES_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tools/base/byte_source.h"

namespace tsmedia {

// MediaDevices looks at devices; names are those below /dev. Nothing that it does closes a drive's tray.
class MediaDevices {
 public:
  virtual ~MediaDevices() = default;

  enum class State {
    kEmpty,      // no disc, an open tray, or a drive that is still busy with its disc
    kUnchanged,  // what was there at the last look, as far as the device tells
    kChanged     // another disc, or the same one again
  };

  // List returns the devices that could hold a medium.
  virtual std::vector<std::string> List() = 0;

  // Look tells what is in a drive. What is no optical drive is kUnchanged as long as it is listed.
  virtual State Look(const std::string& device) = 0;

  // Open reads a device, several times if need be. Unavailable if it cannot be opened: there is
  // nothing in it, or it is gone.
  virtual absl::StatusOr<std::unique_ptr<ByteSource>> Open(const std::string& device) = 0;

  // Eject opens the tray of an optical drive, if it has one and nobody reads from it.
  virtual void Eject(const std::string& device) = 0;
};

// LinuxMediaDevices are those of the machine.
class LinuxMediaDevices : public MediaDevices {
 public:
  // `root` is "" on a machine, a directory in tests. `find_drivers` is called before devices are listed; `pause` waits
  // between two attempts to read.
  LinuxMediaDevices(std::string root, std::function<void()> find_drivers, std::function<void(absl::Duration)> pause)
      : root_(std::move(root)), find_drivers_(std::move(find_drivers)), pause_(std::move(pause)) {}

  std::vector<std::string> List() override;
  State Look(const std::string& device) override;
  absl::StatusOr<std::unique_ptr<ByteSource>> Open(const std::string& device) override;
  void Eject(const std::string& device) override;

 private:
  std::string PathOf(const std::string& device) const;

  const std::string root_;
  const std::function<void()> find_drivers_;
  const std::function<void(absl::Duration)> pause_;
};

// IsOpticalDrive tells by the name: sr0, sr1, ... (linux/drivers/scsi/sr.c).
bool IsOpticalDrive(const std::string& device);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_MEDIA_DEVICES_H_
