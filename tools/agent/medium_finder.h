// Which of the machine's devices hold a deployment medium, and whether it may be believed.

#ifndef TSMEDIA_TOOLS_AGENT_MEDIUM_FINDER_H_
#define TSMEDIA_TOOLS_AGENT_MEDIUM_FINDER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/medium/acceptance.h"
#include "tools/plan/boot.pb.h"

namespace tsmedia {

// MediumFinder examines devices as they appear: whole disks and partitions, optical drives. It reads them with our own
// readers of ISO 9660 and FAT; nothing is ever mounted.
class MediumFinder {
 public:
  // A device that holds a medium.
  struct Found {
    std::string device;                     // name below /dev
    absl::StatusOr<AcceptedMedium> medium;  // or why it is not to be believed
    // Whether the device is what the manifest describes, rather than a partition of it or a copy of the files.
    bool is_whole = false;
  };

  using Opener = std::function<absl::StatusOr<std::unique_ptr<ByteSource>>(const std::string& device)>;

  // `now` (seconds since 1970) decides whether an anchor has expired.
  MediumFinder(Anchors anchors, int64_t now, Opener open)
      : anchors_(std::move(anchors)), now_(now), open_(std::move(open)) {}

  // Examine looks at those of `devices` that it has not examined; what is not among them any more is forgotten, and
  // examined again when it comes back. A device that cannot be opened (a drive without disc) is tried again each time.
  void Examine(const std::vector<std::string>& devices);

  // The media that were found, in the order of their devices' discovery.
  const std::vector<Found>& found() const { return found_; }

  // The devices that could be opened but are damaged or cannot be read, each with the reason.
  const std::vector<std::pair<std::string, absl::Status>>& unreadable() const { return unreadable_; }

  // Candidates returns the media to choose from, by label, then the one that became valid last first, whatever their
  // devices are called; they live as long as found(). Devices with equal manifests (a disk and its partition, the discs
  // of a set) are one medium; the device that is whole stands for it, as the packages may lie on another partition, and
  // then that with the lowest volume. PermissionDenied: only media that are refused. NotFound: none at all.
  absl::StatusOr<std::vector<const Found*>> Candidates() const;

 private:
  void ExamineDevice(const std::string& device);

  Anchors anchors_;
  int64_t now_;
  Opener open_;
  std::set<std::string> examined_;
  std::vector<Found> found_;
  std::vector<std::pair<std::string, absl::Status>> unreadable_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_MEDIUM_FINDER_H_
