// The volumes of the medium, on whichever devices they are; somebody is asked for those that are on none.

#ifndef TSMEDIA_TOOLS_AGENT_DISC_VOLUMES_H_
#define TSMEDIA_TOOLS_AGENT_DISC_VOLUMES_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tools/agent/dialog.h"
#include "tools/agent/media_devices.h"
#include "tools/medium/acceptance.h"
#include "tools/medium/medium.h"
#include "tools/medium/volumes.h"
#include "tools/plan/manifest.h"

namespace tsmedia {

// DiscVolumes holds one volume open at a time. Its manifest is the only authority: a disc is accepted if its own
// manifest is the same byte for byte. To ask for a disc it ejects the one before, and goes on by itself when the right
// one appears on any device; other discs are named. Whoever stands there may give up instead: then Open is Cancelled.
class DiscVolumes : public VolumeProvider {
 public:
  // `medium` is the volume `accepted.volume` on `device`. `uptime` never goes back. Everything must outlive it.
  DiscVolumes(const AcceptedMedium& accepted, std::shared_ptr<const Medium> medium, std::string device,
              MediaDevices& devices, Dialog& dialog, std::function<absl::Duration()> uptime);

  absl::StatusOr<std::shared_ptr<const Medium>> Open(uint32_t number) override ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<uint32_t> AtHand() override ABSL_LOCKS_EXCLUDED(mutex_);

  // Waited returns how long people were waited for so far, which no step's time limit is to count.
  absl::Duration Waited() const ABSL_LOCKS_EXCLUDED(wait_mutex_);

 private:
  // The volume that is open.
  struct Current {
    std::string device;
    uint32_t number;
    std::shared_ptr<const Medium> medium;
  };

  const Manifest& manifest() const { return accepted_.manifest.manifest; }
  bool HasCurrent(uint32_t number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<OpenedVolume> OpenDevice(const std::string& device);
  bool Use(const std::string& device, uint32_t number, OpenedVolume opened) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool FindOnDevices(uint32_t number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status AskFor(uint32_t number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool LookAtNewDiscs(uint32_t number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool LookAt(const std::string& device, uint32_t number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsNew(const std::string& device) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteExamined(const std::string& device, const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SayOnce(const std::string& device, const std::string& text) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void BeginWaiting() ABSL_LOCKS_EXCLUDED(wait_mutex_);
  void EndWaiting() ABSL_LOCKS_EXCLUDED(wait_mutex_);

  const AcceptedMedium& accepted_;
  MediaDevices& devices_;
  Dialog& dialog_;
  const std::function<absl::Duration()> uptime_;
  absl::Mutex mutex_;
  std::optional<Current> current_ ABSL_GUARDED_BY(mutex_);
  std::string last_device_ ABSL_GUARDED_BY(mutex_);         // that the last volume was read from
  std::set<std::string> examined_ ABSL_GUARDED_BY(mutex_);  // devices whose content is known not to be what is needed
  std::map<std::string, std::string> said_ ABSL_GUARDED_BY(mutex_);  // of a device, since what is there has changed
  mutable absl::Mutex wait_mutex_;
  absl::Duration waited_ ABSL_GUARDED_BY(wait_mutex_);
  std::optional<absl::Duration> wait_began_ ABSL_GUARDED_BY(wait_mutex_);
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_DISC_VOLUMES_H_
