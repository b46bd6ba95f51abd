#include "tools/journal/journal.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "openssl/rand.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

constexpr uint64_t kMaxRecordSize = kSegmentSize - kSegmentHeaderSize;

uint64_t OffsetOf(uint64_t generation) { return kJournalOffset + generation % kJournalSegments * kSegmentSize; }

std::string RandomSalt() {
  std::array<uint8_t, kJournalSaltSize> salt;
  RAND_bytes(salt.data(), salt.size());  // ends the process rather than fail
  return std::string(AsText(ByteSpan(salt)));
}

// On media that are not protected nothing on the disk would keep a hidden value secret.
void RemoveHidden(EngineState* state) {
  auto* variables = state->mutable_variables();
  variables->erase(std::remove_if(variables->begin(), variables->end(),
                                  [](const StateVariable& variable) { return variable.hidden(); }),
                   variables->end());
  state->clear_masked();
}

bool SameSystem(const JournalHeader& header, const std::optional<AppliedSystem>& system) {
  return header.has_system() == system.has_value() &&
         (!system.has_value() || google::protobuf::util::MessageDifferencer::Equals(header.system(), *system));
}

}  // namespace

absl::StatusOr<JournalHeader> ReadJournalHeader(const ByteSource& disk) {
  std::optional<JournalHeader> newest;
  for (uint64_t segment = 0; segment < kJournalSegments; ++segment) {
    const uint64_t offset = OffsetOf(segment);
    if (disk.size() < offset + kSegmentSize) {
      break;
    }
    TSM_ASSIGN_OR_RETURN(const std::string bytes, disk.ReadString(offset, kSegmentHeaderSize));
    absl::StatusOr<JournalHeader> header = ParseHeader(bytes);
    if (header.ok() && header->generation() % kJournalSegments == segment &&
        (!newest.has_value() || header->generation() > newest->generation())) {
      newest = *std::move(header);
    }
  }
  if (!newest.has_value()) {
    return absl::NotFoundError(absl::StrCat(disk.name(), " has no journal of a deployment"));
  }
  return *std::move(newest);
}

absl::StatusOr<JournalRecord> ReadLastRecord(const ByteSource& disk, const JournalHeader& header,
                                             const MediaIdentity* identity) {
  if (header.sealed() != (identity != nullptr)) {
    return absl::PermissionDeniedError(absl::StrCat("the journal on ", disk.name(), " is not one of this medium"));
  }
  TSM_ASSIGN_OR_RETURN(const std::string records,
                       disk.ReadString(OffsetOf(header.generation()) + kSegmentHeaderSize, kMaxRecordSize));
  std::string_view rest = records;
  RecordChain chain(header, identity);
  std::optional<JournalRecord> last;
  while (true) {
    uint64_t size = 0;
    absl::StatusOr<JournalRecord> record = chain.Open(rest, &size);
    if (!record.ok()) {
      break;
    }
    last = *std::move(record);
    rest.remove_prefix(size);
  }
  if (!last.has_value()) {
    return absl::DataLossError(absl::StrCat("the journal on ", disk.name(),
                                            " has no intact record: it was changed, or copied from another disk"));
  }
  return *std::move(last);
}

absl::Status RemoveRecords(BlockDisk& disk) {
  const absl::StatusOr<JournalHeader> header = ReadJournalHeader(disk);
  if (!header.ok() || header->phase() != JournalHeader::FINISHED) {
    return absl::IsNotFound(header.status()) ? absl::OkStatus() : header.status();
  }
  for (uint64_t segment = 0; segment < kJournalSegments; ++segment) {
    const bool finished = segment == header->generation() % kJournalSegments;
    const uint64_t kept = finished ? kSegmentHeaderSize : 0;
    const uint64_t offset = kJournalOffset + segment * kSegmentSize + kept;
    TSM_ASSIGN_OR_RETURN(const std::string bytes, disk.ReadString(offset, kSegmentSize - kept));
    // A disk that has been in use for years is not written to at each start.
    if (bytes.find_first_not_of('\0') != std::string::npos) {
      TSM_RETURN_IF_ERROR(disk.WriteZeros(offset, bytes.size()));
    }
  }
  return disk.Flush();
}

absl::Status EraseJournal(BlockDisk& disk) {
  TSM_RETURN_IF_ERROR(disk.WriteZeros(kJournalOffset, kJournalSegments * kSegmentSize));
  return disk.Flush();
}

Journal::Journal(std::unique_ptr<BlockDisk> disk, const Sha256Digest& manifest, std::string disk_identity,
                 const MediaIdentity* identity, bool keep_unlocked)
    : disk_(std::move(disk)), identity_(identity), keep_unlocked_(keep_unlocked && identity != nullptr) {
  header_.set_context(std::string(kJournalContext));
  header_.set_manifest_sha256(std::string(DigestText(manifest)));
  header_.set_disk_identity(std::move(disk_identity));
  header_.set_sealed(identity != nullptr);
}

absl::Status Journal::Begin(JournalHeader::Phase phase, const std::optional<AppliedSystem>& system) {
  const absl::StatusOr<JournalHeader> newest = ReadJournalHeader(*disk_);
  if (!newest.ok() && !absl::IsNotFound(newest.status())) {
    return newest.status();
  }
  header_.set_generation(newest.ok() ? newest->generation() + 1 : 1);
  header_.set_salt(RandomSalt());
  header_.set_phase(phase);
  header_.clear_identity();
  if (keep_unlocked_ && phase != JournalHeader::FINISHED) {
    header_.set_identity(std::string(identity_->ToString().text()));
  }
  header_.clear_system();
  if (system.has_value()) {
    *header_.mutable_system() = *system;
  }
  chain_ = std::make_unique<RecordChain>(header_, identity_);
  end_ = kSegmentHeaderSize;
  return absl::OkStatus();
}

absl::Status Journal::Commit() {
  TSM_ASSIGN_OR_RETURN(const std::string bytes, FormatHeader(header_));
  TSM_RETURN_IF_ERROR(disk_->WriteAt(OffsetOf(header_.generation()), AsBytes(bytes)));
  return disk_->Flush();
}

absl::Status Journal::WriteRecord(const std::string& bytes) {
  TSM_RETURN_IF_ERROR(disk_->WriteAt(OffsetOf(header_.generation()) + end_, AsBytes(bytes)));
  end_ += bytes.size();
  return disk_->Flush();
}

absl::Status Journal::Write(JournalHeader::Phase phase, const std::optional<AppliedSystem>& system,
                            JournalRecord record) {
  record.set_context(std::string(kJournalRecordContext));
  if (identity_ == nullptr) {
    RemoveHidden(record.mutable_state());
  }
  if (chain_ != nullptr && header_.phase() == phase && SameSystem(header_, system)) {
    const std::string bytes = chain_->Seal(record);
    if (bytes.size() <= kSegmentSize - end_) {
      return WriteRecord(bytes);
    }
  }
  TSM_RETURN_IF_ERROR(Begin(phase, system));
  const std::string first = chain_->Seal(record);
  if (first.size() > kMaxRecordSize) {
    chain_ = nullptr;
    return absl::ResourceExhaustedError("the variables of the task sequence are too large for the journal");
  }
  TSM_RETURN_IF_ERROR(WriteRecord(first));
  return Commit();
}

absl::Status Journal::Finish(const std::optional<AppliedSystem>& system) {
  TSM_RETURN_IF_ERROR(Begin(JournalHeader::FINISHED, system));
  chain_ = nullptr;
  TSM_RETURN_IF_ERROR(Commit());
  return RemoveRecords(*disk_);
}

}  // namespace tsmedia
