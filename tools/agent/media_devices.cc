#include "tools/agent/media_devices.h"

#include <fcntl.h>
#include <linux/cdrom.h>
#include <sys/ioctl.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/agent/block_devices.h"
#include "tools/agent/retrying_source.h"
#include "tools/base/unique_fd.h"

namespace tsmedia {
namespace {

// Not blocking: an open that waits for a disc closes the tray first (linux/drivers/cdrom/cdrom.c, open_for_data).
UniqueFd OpenDrive(const std::string& path) { return UniqueFd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)); }

// Whether a drive says that it has no disc to read. One that can say nothing is simply read.
bool SaysEmpty(int fd) {
  const int status = ioctl(fd, CDROM_DRIVE_STATUS, CDSL_CURRENT);
  return status == CDS_NO_DISC || status == CDS_TRAY_OPEN || status == CDS_DRIVE_NOT_READY;
}

}  // namespace

bool IsOpticalDrive(const std::string& device) { return device.starts_with("sr"); }

std::string LinuxMediaDevices::PathOf(const std::string& device) const { return absl::StrCat(root_, "/dev/", device); }

std::vector<std::string> LinuxMediaDevices::List() {
  find_drivers_();
  return BlockDevices(root_);
}

MediaDevices::State LinuxMediaDevices::Look(const std::string& device) {
  if (!IsOpticalDrive(device)) {
    return State::kUnchanged;
  }
  const UniqueFd fd = OpenDrive(PathOf(device));
  if (fd.get() < 0 || SaysEmpty(fd.get())) {
    return State::kEmpty;
  }
  return ioctl(fd.get(), CDROM_MEDIA_CHANGED, CDSL_CURRENT) > 0 ? State::kChanged : State::kUnchanged;
}

absl::StatusOr<std::unique_ptr<ByteSource>> LinuxMediaDevices::Open(const std::string& device) {
  if (IsOpticalDrive(device)) {
    const UniqueFd fd = OpenDrive(PathOf(device));
    if (fd.get() >= 0 && SaysEmpty(fd.get())) {
      return absl::UnavailableError(absl::StrCat("there is no disc in ", device));
    }
  }
  absl::StatusOr<std::unique_ptr<FileSource>> file = FileSource::Open(PathOf(device));
  if (!file.ok()) {
    return absl::UnavailableError(file.status().message());
  }
  return std::make_unique<RetryingSource>(*std::move(file), pause_);
}

void LinuxMediaDevices::Eject(const std::string& device) {
  if (!IsOpticalDrive(device)) {
    return;
  }
  const UniqueFd fd = OpenDrive(PathOf(device));
  if (fd.get() >= 0) {
    // A drive that cannot do either is opened by hand.
    ioctl(fd.get(), CDROM_LOCKDOOR, 0);
    ioctl(fd.get(), CDROMEJECT);
  }
}

}  // namespace tsmedia
