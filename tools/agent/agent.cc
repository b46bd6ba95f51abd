#include "tools/agent/agent.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "tools/agent/block_devices.h"
#include "tools/agent/dialog.h"
#include "tools/agent/firmware.h"
#include "tools/agent/machine_facts.h"
#include "tools/agent/validity.h"
#include "tools/base/byte_source.h"
#include "tools/base/kernel_file.h"
#include "tools/base/status_macros.h"
#include "tools/plan/manifest.h"

namespace tsmedia {
namespace {

constexpr absl::Duration kPollTime = absl::Milliseconds(250);
constexpr uint64_t kMaxChallengeSize = 128;

// Prints the test's challenge, if there is one.
void SayChallenge(const Machine& machine, Console& console) {
  const absl::StatusOr<std::string> challenge =
      ReadKernelFile(absl::StrCat(machine.root, kChallengePath), kMaxChallengeSize);
  if (challenge.ok()) {
    console.Say(absl::StrCat("Challenge: ", absl::StripAsciiWhitespace(*challenge)));
  }
}

MediumFinder::Opener DeviceOpener(MediaDevices& devices) {
  return [&devices](const std::string& device) { return devices.Open(device); };
}

// Loads drivers and examines devices until a medium is there and nothing new appears, or kSearchTime is over. Returns
// the devices that there were at the end.
std::vector<std::string> Search(const Machine& machine, ModuleLoader& modules, MediumFinder& finder) {
  const absl::Duration start = machine.uptime();
  absl::Duration last_change = start;
  std::vector<std::string> known;
  while (true) {
    const int loaded = modules.LoadForDevices(machine.root + "/sys/devices");
    std::vector<std::string> devices = BlockDevices(machine.root);
    finder.Examine(devices);
    const absl::Duration now = machine.uptime();
    if (loaded > 0 || devices != known) {
      last_change = now;
      known = std::move(devices);
    }
    const bool settled = !finder.found().empty() && now - last_change >= kSettleTime;
    if (settled || now - start >= kSearchTime) {
      return known;
    }
    machine.sleep(kPollTime);
  }
}

void SayFound(const MediumFinder::Found& found, Console& console) {
  if (!found.medium.ok()) {
    console.Say(absl::StrCat("Refused: the medium on ", found.device, ": ", found.medium.status().message()));
    return;
  }
  const Manifest& manifest = found.medium->manifest.manifest;
  const VolumeInfo& volume = found.medium->volume;
  console.Say(absl::StrCat("Medium on ", found.device));
  console.Say(absl::StrCat("  Media ID: ", MediaIdText(manifest)));
  console.Say(absl::StrCat("  Label:    ", manifest.label()));
  console.Say(absl::StrCat("  Kind:     ", MediaKindText(manifest.media_kind()), " media"));
  console.Say(absl::StrCat("  Volume:   ", volume.number(), " of ", volume.count()));
  console.Say(absl::StrCat("  Valid:    ", ValidityText(manifest)));
}

// Why there is no medium: what was looked at.
std::string DevicesText(const std::vector<std::string>& devices) {
  return devices.empty() ? "this machine shows no disk and no optical drive"
                         : absl::StrCat("looked at ", absl::StrJoin(devices, ", "));
}

// Opens the chosen medium for good. What it says now must be what was accepted when it was found.
absl::StatusOr<AgentMedium> OpenAgain(const Machine& machine, const Anchors& anchors, MediaDevices& media,
                                      const MediumFinder::Found& chosen) {
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> device, media.Open(chosen.device));
  TSM_ASSIGN_OR_RETURN(MediumViews views, OpenMediumImage(std::move(device), /*is_device=*/true));
  TSM_ASSIGN_OR_RETURN(OpenedMedium opened, AcceptMedium(std::move(views), anchors, machine.now()));
  if (opened.accepted.manifest.digest != chosen.medium->manifest.digest) {
    return absl::DataLossError(absl::StrCat("the medium on ", chosen.device, " changed while it was looked at"));
  }
  return AgentMedium{.medium = std::move(opened.medium),
                     .accepted = std::move(opened.accepted),
                     .device = chosen.device,
                     .disks = {WholeDisk(machine.root, chosen.device)}};
}

bool IsUnattended(const MediumFinder::Found* found) { return found->medium->manifest.manifest.unattended(); }

// The one medium to work with. Of several, somebody chooses one.
absl::StatusOr<const MediumFinder::Found*> Choose(const MediumFinder& finder, const std::vector<std::string>& devices,
                                                  Dialog& dialog) {
  const auto candidates = finder.Candidates();
  if (absl::IsNotFound(candidates.status())) {
    return absl::NotFoundError(absl::StrCat(candidates.status().message(), " (", DevicesText(devices), ")"));
  }
  TSM_RETURN_IF_ERROR(candidates.status());
  if (candidates->size() == 1) {
    return candidates->front();
  }
  std::vector<std::string> texts;
  for (const MediumFinder::Found* found : *candidates) {
    const Manifest& manifest = found->medium->manifest.manifest;
    texts.push_back(absl::StrCat(manifest.label(), ", ", MediaIdText(manifest), " on ", found->device));
  }
  if (std::any_of(candidates->begin(), candidates->end(), IsUnattended)) {
    return absl::FailedPreconditionError(
        absl::StrCat("several deployment media are attached (", absl::StrJoin(texts, "; "), "); remove all but one"));
  }
  dialog.Say("Several deployment media are attached:");
  for (size_t i = 0; i < texts.size(); ++i) {
    dialog.Say(absl::StrCat("  ", i + 1, "  ", texts[i]));
  }
  dialog.Say("Type the number of the one to use, then Enter:");
  while (true) {
    size_t number = 0;
    if (absl::SimpleAtoi(*dialog.WaitForLine(absl::InfiniteDuration()), &number) && number >= 1 &&
        number <= candidates->size()) {
      return (*candidates)[number - 1];
    }
    dialog.Say(absl::StrCat("Type a number from 1 to ", candidates->size(), ":"));
  }
}

// A clock that says a time before the medium was made is wrong; a technician sets it.
absl::Status CheckClock(const Machine& machine, const Manifest& manifest, Dialog& dialog) {
  while (machine.now() < manifest.not_before() && !manifest.unattended()) {
    dialog.Say(absl::StrCat(CheckValidity(manifest, machine.now()).message(), "."));
    dialog.Say("Type date and time in UTC as 2026-12-31 23:59, then Enter; or p Enter: power off");
    const std::string line(absl::StripAsciiWhitespace(*dialog.WaitForLine(absl::InfiniteDuration())));
    if (line == "p") {
      break;
    }
    absl::Time time;
    std::string error;
    if (!absl::ParseTime("%Y-%m-%d %H:%M", line, &time, &error)) {
      dialog.Say(absl::StrCat("This is no date and time: ", error, "."));
    } else if (absl::ToUnixSeconds(time) >= manifest.not_before()) {
      TSM_RETURN_IF_ERROR(machine.set_clock(absl::ToUnixSeconds(time)));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<AgentMedium> CheckMedium(const Machine& machine, ModuleLoader& modules, MediaDevices& media,
                                        Console& console) {
  Dialog dialog(console, machine.uptime, machine.sleep);
  TSM_ASSIGN_OR_RETURN(const std::string bytes,
                       ReadWholeFile(absl::StrCat(machine.root, kAnchorsPath), kMaxAnchorsSize));
  TSM_ASSIGN_OR_RETURN(const Anchors anchors, ReadAnchors(bytes));
  MediumFinder finder(anchors, machine.now(), DeviceOpener(media));
  const std::vector<std::string> devices = Search(machine, modules, finder);

  for (const std::string& failure : modules.failures()) {
    console.Say(absl::StrCat("Warning: ", failure));
  }
  for (const auto& [device, status] : finder.unreadable()) {
    console.Say(absl::StrCat("Warning: ", device, " cannot be used: ", status.message()));
  }
  for (const MediumFinder::Found& found : finder.found()) {
    SayFound(found, console);
  }
  TSM_ASSIGN_OR_RETURN(const MediumFinder::Found* chosen, Choose(finder, devices, dialog));
  TSM_RETURN_IF_ERROR(CheckClock(machine, chosen->medium->manifest.manifest, dialog));
  TSM_RETURN_IF_ERROR(CheckValidity(chosen->medium->manifest.manifest, machine.now()));
  TSM_ASSIGN_OR_RETURN(AgentMedium medium, OpenAgain(machine, anchors, media, *chosen));
  // Somebody may have attached more while the questions were asked.
  finder.Examine(media.List());
  for (const MediumFinder::Found& found : finder.found()) {
    medium.disks.insert(WholeDisk(machine.root, found.device));
  }
  return medium;
}

}  // namespace

absl::StatusOr<AgentMedium> FindMedium(const Machine& machine, ModuleLoader& modules, MediaDevices& devices,
                                       Console& console) {
  console.Say(absl::StrCat("rules_tsmedia: started by ", FirmwareText(DetectFirmware(machine.root)),
                           "; looking for the deployment medium"));
  absl::StatusOr<AgentMedium> medium = CheckMedium(machine, modules, devices, console);
  if (medium.ok()) {
    console.Say("Verdict: accepted; the manifest is signed by a key that this boot image trusts.");
  } else {
    console.Say(absl::StrCat("Verdict: refused; ", medium.status().message(), "."));
  }
  SayChallenge(machine, console);
  return medium;
}

}  // namespace tsmedia
