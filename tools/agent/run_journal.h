// The journals of a run, on the machine's disks: finding the one to go on from, and writing it.

#ifndef TSMEDIA_TOOLS_AGENT_RUN_JOURNAL_H_
#define TSMEDIA_TOOLS_AGENT_RUN_JOURNAL_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/sha256.h"
#include "tools/crypto/age_x25519.h"
#include "tools/engine/state.pb.h"
#include "tools/journal/journal.h"
#include "tools/journal/journal.pb.h"
#include "tools/plan/manifest.h"
#include "tools/plan/manifest.pb.h"
#include "tools/steps/boot_effects.h"

namespace tsmedia {

// A journal of a run of this medium.
struct FoundJournal {
  std::string disk;  // device
  JournalHeader header;
};

// FindJournals looks at every fixed disk for journals of the medium with this manifest. Journals that were copied from
// another disk do not count.
std::vector<FoundJournal> FindJournals(BootSystem& system, const Sha256Digest& manifest);

// ReadRun returns the state in which the run of `journal` is. Disks and partitions, also those that variables name,
// have the names that the kernel gives them now. NotFound if a disk that the run had formatted is not there any more;
// other errors as ReadLastRecord.
absl::StatusOr<EngineState> ReadRun(BootSystem& system, const FoundJournal& journal, const MediaIdentity* identity);

// KeptIdentity returns the identity of the medium that a journal keeps; none if it keeps none, or not that of
// `manifest`.
std::optional<MediaIdentity> KeptIdentity(const JournalHeader& header, const Manifest& manifest);

// RemoveRecords finishes what the power interrupted when a run was at its end (tsmedia::RemoveRecords).
absl::Status RemoveRecords(BootSystem& system, const FoundJournal& journal);

// DeviceOf returns the partition of an operating system that was applied. NotFound if its disk is not there.
absl::StatusOr<std::string> DeviceOf(BootSystem& system, const AppliedSystem& applied);

// SystemOn describes the operating system on a partition; it is DeviceOf's inverse.
absl::StatusOr<AppliedSystem> SystemOn(BootSystem& system, const std::string& partition,
                                       const std::string& kernel_arguments);

// RunJournal writes the journal of a run. It is on the disk that the run formatted first; as long as there is none,
// nothing is written.
class RunJournal {
 public:
  // `applied` returns the operating system that the run has applied, if there is one. `identity` is null for a medium
  // that is not protected. Everything must outlive the journal.
  RunJournal(BootSystem& system, const VerifiedManifest& manifest, const MediaIdentity* identity,
             std::function<std::optional<AppliedSystem>()> applied)
      : system_(system), manifest_(manifest), identity_(identity), applied_(std::move(applied)) {}

  // Enter says where the run is from the next record on.
  void Enter(JournalHeader::Phase phase) { phase_ = phase; }

  // Write writes a state, and returns when it is on the disk. What the run has done is there before: a state that says
  // that a step has ended must not outlive what the step wrote.
  absl::Status Write(const EngineState& state);

  // Finish says that the run is at its end, when all that it did is on the disk.
  absl::Status Finish();

  // Whether there is a disk on which the run is written down.
  bool has_disk() const { return journal_ != nullptr; }

 private:
  absl::Status Open(const std::string& disk);

  BootSystem& system_;
  const VerifiedManifest& manifest_;
  const MediaIdentity* const identity_;
  const std::function<std::optional<AppliedSystem>()> applied_;
  JournalHeader::Phase phase_ = JournalHeader::IN_BOOT_IMAGE;
  std::string disk_identity_;  // of the disk that `journal_` is on
  std::unique_ptr<Journal> journal_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_RUN_JOURNAL_H_
