// The journal of a deployment: where a run of a task sequence is, on the disk that is being deployed.
//
// It lies outside of every partition, in the second half of the disk's first MiB: partitions begin behind that, and a
// GPT or GRUB's core image for BIOS ends in the first half (UEFI 2.10, section 5.3.1; GRUB's is some 100 KiB). So it is
// found without mounting anything, outlives an image that is written over a partition, and is gone when the disk is
// partitioned anew.
//
// There are two places for segments. A new segment goes to the place of the older one, its first record before its
// header: whenever the power fails, one of them is whole. A segment holds records, each the whole state of the run
// (records.h); the last intact one counts. Steps are written when they begin and when they end. A record that was being
// written when the power failed, or was changed, is the end of the journal; the state before is safe to go on from.

#ifndef TSMEDIA_TOOLS_JOURNAL_JOURNAL_H_
#define TSMEDIA_TOOLS_JOURNAL_JOURNAL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/sha256.h"
#include "tools/crypto/age_x25519.h"
#include "tools/journal/journal.pb.h"
#include "tools/journal/records.h"
#include "tools/steps/block_disk.h"

namespace tsmedia {

// Where the journal lies on a disk, in bytes.
inline constexpr uint64_t kJournalOffset = 512 * kKiB;
inline constexpr int kJournalSegments = 2;

// ReadJournalHeader returns what the newest segment on a disk says in clear. NotFound if there is no journal.
absl::StatusOr<JournalHeader> ReadJournalHeader(const ByteSource& disk);

// ReadLastRecord returns the last intact record of the segment that `header` was read from. `identity` is the medium's;
// null if that is not protected. PermissionDenied if the journal is sealed and there is no identity, or the reverse;
// DataLoss if no record is intact: it is a journal of another disk, or was changed.
absl::StatusOr<JournalRecord> ReadLastRecord(const ByteSource& disk, const JournalHeader& header,
                                             const MediaIdentity* identity);

// RemoveRecords overwrites what a finished journal still has besides its header: the power failed when Finish was doing
// so. A journal that is not finished is left as it is.
absl::Status RemoveRecords(BlockDisk& disk);

// EraseJournal overwrites the journal with zeros.
absl::Status EraseJournal(BlockDisk& disk);

// Journal writes the journal of one disk.
class Journal {
 public:
  // `disk_identity` is DiskIdentity of the disk; `identity` is null if the medium is not protected, and must outlive
  // the journal; `keep_unlocked` has it written down in clear until the end. What is on the disk already counts until
  // the first record.
  Journal(std::unique_ptr<BlockDisk> disk, const Sha256Digest& manifest, std::string disk_identity,
          const MediaIdentity* identity, bool keep_unlocked);

  // Write writes a record, and returns when it is on the disk. A new phase or system begins a new segment, as does the
  // first record. Variables that are hidden are left out on media that are not protected. ResourceExhausted if the
  // record is too large.
  absl::Status Write(JournalHeader::Phase phase, const std::optional<AppliedSystem>& system, JournalRecord record);

  // Finish says that the sequence is at its end, and removes all records, and the identity.
  absl::Status Finish(const std::optional<AppliedSystem>& system);

 private:
  absl::Status Begin(JournalHeader::Phase phase, const std::optional<AppliedSystem>& system);
  absl::Status Commit();
  absl::Status WriteRecord(const std::string& bytes);

  const std::unique_ptr<BlockDisk> disk_;
  const MediaIdentity* const identity_;
  const bool keep_unlocked_;
  JournalHeader header_;
  std::unique_ptr<RecordChain> chain_;  // null before the first record
  uint64_t end_ = 0;                    // of the records, in the segment
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_JOURNAL_JOURNAL_H_
