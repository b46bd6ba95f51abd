#include "tools/agent/disc_volumes.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "tools/base/status_macros.h"
#include "tools/plan/medium_paths.h"

namespace tsmedia {
namespace {

// Between two looks at the devices.
constexpr absl::Duration kPollTime = absl::Seconds(1);

// "disc 2 of 3 (\"BRANCH01_2of3\")".
std::string DiscText(const Manifest& manifest, uint32_t number) {
  const auto count = static_cast<uint32_t>(manifest.volumes_size());
  return absl::StrCat("disc ", number, " of ", count, " (\"", manifest.label(), VolumeEnding(number, count), "\")");
}

}  // namespace

DiscVolumes::DiscVolumes(const AcceptedMedium& accepted, std::shared_ptr<const Medium> medium, std::string device,
                         MediaDevices& devices, Dialog& dialog, std::function<absl::Duration()> uptime)
    : accepted_(accepted),
      devices_(devices),
      dialog_(dialog),
      uptime_(std::move(uptime)),
      current_(Current{device, accepted.volume.number(), std::move(medium)}),
      last_device_(device) {
  devices_.Look(last_device_);  // what it says from now on is new
}

absl::StatusOr<std::shared_ptr<const Medium>> DiscVolumes::Open(uint32_t number) {
  absl::MutexLock lock(&mutex_);
  if (HasCurrent(number)) {
    return current_->medium;
  }
  current_.reset();  // a drive that is being read from is locked
  if (!FindOnDevices(number)) {
    TSM_RETURN_IF_ERROR(AskFor(number));
  }
  return current_->medium;
}

std::vector<uint32_t> DiscVolumes::AtHand() {
  absl::MutexLock lock(&mutex_);
  if (manifest().volumes_size() == 1) {
    return {1};
  }
  std::set<uint32_t> numbers;
  if (current_.has_value()) {
    numbers.insert(current_->number);
  }
  for (const std::string& device : devices_.List()) {
    if (current_.has_value() && device == current_->device) {
      continue;
    }
    if (absl::StatusOr<OpenedVolume> opened = OpenDevice(device); opened.ok()) {
      numbers.insert(opened->volume.number());
    }
  }
  return std::vector<uint32_t>(numbers.begin(), numbers.end());
}

absl::Duration DiscVolumes::Waited() const {
  absl::MutexLock lock(&wait_mutex_);
  return wait_began_.has_value() ? waited_ + (uptime_() - *wait_began_) : waited_;
}

void DiscVolumes::BeginWaiting() {
  absl::MutexLock lock(&wait_mutex_);
  wait_began_ = uptime_();
}

void DiscVolumes::EndWaiting() {
  absl::MutexLock lock(&wait_mutex_);
  waited_ += uptime_() - *wait_began_;
  wait_began_.reset();
}

// A disc that was taken out and put in again must be opened anew. A medium of one volume is never let go of: nobody is
// asked for another one.
bool DiscVolumes::HasCurrent(uint32_t number) {
  if (!current_.has_value() || current_->number != number) {
    return false;
  }
  return manifest().volumes_size() == 1 || devices_.Look(current_->device) == MediaDevices::State::kUnchanged;
}

absl::StatusOr<OpenedVolume> DiscVolumes::OpenDevice(const std::string& device) {
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, devices_.Open(device));
  TSM_ASSIGN_OR_RETURN(MediumViews views, OpenMediumImage(std::move(source), /*is_device=*/true));
  return OpenVolume(std::move(views), accepted_.manifest);
}

// Takes the volume if it is the right one.
bool DiscVolumes::Use(const std::string& device, uint32_t number, OpenedVolume opened) {
  if (opened.volume.number() != number) {
    return false;
  }
  current_ = Current{device, number, std::move(opened.medium)};
  last_device_ = device;
  return true;
}

// Looks at every device; says nothing.
bool DiscVolumes::FindOnDevices(uint32_t number) {
  examined_.clear();
  for (const std::string& device : devices_.List()) {
    devices_.Look(device);
    absl::StatusOr<OpenedVolume> opened = OpenDevice(device);
    if (opened.ok() && Use(device, number, *std::move(opened))) {
      return true;
    }
    NoteExamined(device, opened.status());
  }
  return false;
}

// An optical drive that fails is tried again: it may still be busy with its disc.
void DiscVolumes::NoteExamined(const std::string& device, const absl::Status& status) {
  const bool is_known =
      status.ok() || absl::IsNotFound(status) || absl::IsInvalidArgument(status) || absl::IsFailedPrecondition(status);
  if (is_known || (!IsOpticalDrive(device) && !absl::IsUnavailable(status))) {
    examined_.insert(device);
  }
}

absl::Status DiscVolumes::AskFor(uint32_t number) {
  BeginWaiting();
  said_.clear();
  devices_.Eject(last_device_);
  dialog_.Say(absl::StrCat("Insert ", DiscText(manifest(), number), " into a drive, or attach it."));
  dialog_.Say("  It is found by itself.     g Enter: give up");
  bool found = LookAtNewDiscs(number);
  bool given_up = false;
  while (!found && !given_up) {
    given_up = dialog_.WaitForAnswer({"g"}, kPollTime).has_value();
    found = LookAtNewDiscs(number);
  }
  EndWaiting();
  if (!found) {
    return absl::CancelledError(absl::StrCat(DiscText(manifest(), number), " was not inserted"));
  }
  dialog_.Say(absl::StrCat("Found ", DiscText(manifest(), number), " on ", last_device_, "."));
  return absl::OkStatus();
}

bool DiscVolumes::LookAtNewDiscs(uint32_t number) {
  const std::vector<std::string> devices = devices_.List();
  const std::set<std::string> present(devices.begin(), devices.end());
  std::erase_if(examined_, [&present](const std::string& device) { return !present.contains(device); });
  std::erase_if(said_, [&present](const auto& entry) { return !present.contains(entry.first); });
  for (const std::string& device : devices) {
    if (IsNew(device) && LookAt(device, number)) {
      return true;
    }
  }
  return false;
}

bool DiscVolumes::IsNew(const std::string& device) {
  switch (devices_.Look(device)) {
    case MediaDevices::State::kEmpty:
      examined_.erase(device);
      said_.erase(device);
      return false;
    case MediaDevices::State::kChanged:
      said_.erase(device);
      return true;
    case MediaDevices::State::kUnchanged:
      break;
  }
  return !examined_.contains(device);
}

// Examines one device, and names what is there instead of what is needed.
bool DiscVolumes::LookAt(const std::string& device, uint32_t number) {
  absl::StatusOr<OpenedVolume> opened = OpenDevice(device);
  NoteExamined(device, opened.status());
  if (opened.ok()) {
    const uint32_t other = opened->volume.number();
    if (Use(device, number, *std::move(opened))) {
      return true;
    }
    SayOnce(device, absl::StrCat("On ", device, " is disc ", other, " of this set; disc ", number, " is needed."));
  } else if (absl::IsFailedPrecondition(opened.status())) {
    SayOnce(device, absl::StrCat("On ", device, " is ", opened.status().message(), "; ", DiscText(manifest(), number),
                                 " is needed."));
  } else if (IsOpticalDrive(device) && !absl::IsUnavailable(opened.status())) {
    // A stick without a medium is none of our business.
    SayOnce(device, absl::StrCat("The disc in ", device, " cannot be used: ", opened.status().message(), "."));
  }
  return false;
}

void DiscVolumes::SayOnce(const std::string& device, const std::string& text) {
  if (std::exchange(said_[device], text) != text) {
    dialog_.Say(text);
  }
}

}  // namespace tsmedia
