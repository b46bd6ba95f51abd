#include "tools/agent/run_journal.h"

#include <algorithm>
#include <cstdint>
#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/base/byte_source.h"
#include "tools/base/status_macros.h"
#include "tools/engine/disks.h"
#include "tools/journal/disk_identity.h"
#include "tools/medium/protected_content.h"

namespace tsmedia {
namespace {

absl::StatusOr<std::string> IdentityOf(BootSystem& system, const DiskFacts& disk) {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<FileSource> file, FileSource::Open(system.Path(disk.device())));
  return DiskIdentity(*file, SectorSize(disk));
}

// Identity -> device of all fixed disks that have one.
std::map<std::string, std::string> DisksByIdentity(BootSystem& system) {
  std::map<std::string, std::string> disks;
  for (const NumberedDisk& disk : FixedDisks(system.Facts())) {
    absl::StatusOr<std::string> identity = IdentityOf(system, *disk.disk);
    if (identity.ok()) {
      disks[*std::move(identity)] = disk.disk->device();
    }
  }
  return disks;
}

absl::StatusOr<JournalHeader> HeaderOn(BootSystem& system, const DiskFacts& disk) {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<FileSource> file, FileSource::Open(system.Path(disk.device())));
  TSM_ASSIGN_OR_RETURN(JournalHeader header, ReadJournalHeader(*file));
  TSM_ASSIGN_OR_RETURN(const std::string identity, DiskIdentity(*file, SectorSize(disk)));
  if (header.disk_identity() != identity) {
    return absl::NotFoundError("the journal is one of another disk");
  }
  return header;
}

// Partitions of `was` become those of `is`.
void RenameDisk(const std::string& was, const std::string& is, const EngineState& state,
                std::map<std::string, std::string>* names) {
  for (const StatePartition& partition : state.partitions()) {
    if (partition.disk() == was) {
      names->emplace(partition.device(), PartitionDevice(is, partition.number()));
    }
  }
  names->emplace(was, is);
}

void Rename(const std::map<std::string, std::string>& names, std::string* device) {
  auto name = names.find(*device);
  if (name != names.end()) {
    *device = name->second;
  }
}

uint32_t PartitionNumber(const std::string& partition) {
  uint32_t number = 0;
  const size_t begin = partition.find_last_not_of("0123456789") + 1;
  return absl::SimpleAtoi(partition.substr(begin), &number) ? number : 0;
}

const DiskFacts* FactsOf(const MachineFacts& facts, const std::string& device) {
  for (const DiskFacts& disk : facts.disks()) {
    if (disk.device() == device) {
      return &disk;
    }
  }
  return nullptr;
}

}  // namespace

std::vector<FoundJournal> FindJournals(BootSystem& system, const Sha256Digest& manifest) {
  std::vector<FoundJournal> found;
  for (const NumberedDisk& disk : FixedDisks(system.Facts())) {
    absl::StatusOr<JournalHeader> header = HeaderOn(system, *disk.disk);
    if (header.ok() && header->manifest_sha256() == DigestText(manifest)) {
      found.push_back({disk.disk->device(), *std::move(header)});
    }
  }
  return found;
}

absl::StatusOr<EngineState> ReadRun(BootSystem& system, const FoundJournal& journal, const MediaIdentity* identity) {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<FileSource> file, FileSource::Open(system.Path(journal.disk)));
  TSM_ASSIGN_OR_RETURN(JournalRecord record, ReadLastRecord(*file, journal.header, identity));
  EngineState& state = *record.mutable_state();
  const std::map<std::string, std::string> disks = DisksByIdentity(system);
  std::map<std::string, std::string> names;
  for (const JournalDisk& disk : record.disks()) {
    auto now = disks.find(disk.identity());
    if (now == disks.end()) {
      return absl::NotFoundError(
          absl::StrCat("the disk that was ", disk.device(), " when it was formatted is not there any more"));
    }
    RenameDisk(disk.device(), now->second, state, &names);
  }
  for (StatePartition& partition : *state.mutable_partitions()) {
    Rename(names, partition.mutable_device());
    Rename(names, partition.mutable_disk());
  }
  for (StateVariable& variable : *state.mutable_variables()) {
    Rename(names, variable.mutable_value());
  }
  return state;
}

std::optional<MediaIdentity> KeptIdentity(const JournalHeader& header, const Manifest& manifest) {
  absl::StatusOr<MediaIdentity> identity = MediaIdentity::Parse(header.identity());
  const absl::StatusOr<Recipient> recipient = RecipientOf(manifest);
  if (!identity.ok() || !recipient.ok() || identity->recipient() != *recipient) {
    return std::nullopt;
  }
  return *std::move(identity);
}

absl::Status RemoveRecords(BootSystem& system, const FoundJournal& journal) {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<BlockDisk> disk, BlockDisk::OpenShared(system.Path(journal.disk)));
  return RemoveRecords(*disk);
}

absl::StatusOr<std::string> DeviceOf(BootSystem& system, const AppliedSystem& applied) {
  const std::map<std::string, std::string> disks = DisksByIdentity(system);
  auto disk = disks.find(applied.disk_identity());
  if (disk == disks.end()) {
    return absl::NotFoundError("the disk with the deployed operating system is not there any more");
  }
  return PartitionDevice(disk->second, applied.partition());
}

absl::StatusOr<AppliedSystem> SystemOn(BootSystem& system, const std::string& partition,
                                       const std::string& kernel_arguments) {
  const DiskFacts* disk = FactsOf(system.Facts(), DiskOf(partition));
  if (disk == nullptr) {
    return absl::NotFoundError(absl::StrCat("the disk of ", partition, " is not there any more"));
  }
  AppliedSystem applied;
  applied.set_partition(PartitionNumber(partition));
  applied.set_kernel_arguments(kernel_arguments);
  TSM_ASSIGN_OR_RETURN(*applied.mutable_disk_identity(), IdentityOf(system, *disk));
  return applied;
}

absl::Status RunJournal::Open(const std::string& disk) {
  const DiskFacts* facts = FactsOf(system_.Facts(), disk);
  if (facts == nullptr) {
    return absl::NotFoundError(absl::StrCat(disk, " is not there any more"));
  }
  TSM_ASSIGN_OR_RETURN(std::string identity, IdentityOf(system_, *facts));
  // A disk that was partitioned anew is another one.
  if (journal_ == nullptr || identity != disk_identity_) {
    TSM_ASSIGN_OR_RETURN(std::unique_ptr<BlockDisk> device, BlockDisk::OpenShared(system_.Path(disk)));
    disk_identity_ = std::move(identity);
    journal_ = std::make_unique<Journal>(std::move(device), manifest_.digest, disk_identity_, identity_,
                                         manifest_.manifest.keep_unlocked());
  }
  return absl::OkStatus();
}

absl::Status RunJournal::Write(const EngineState& state) {
  if (state.partitions().empty()) {
    return absl::OkStatus();
  }
  TSM_RETURN_IF_ERROR(Open(state.partitions(0).disk()));
  JournalRecord record;
  *record.mutable_state() = state;
  for (const auto& [identity, device] : DisksByIdentity(system_)) {
    const bool formatted = std::any_of(state.partitions().begin(), state.partitions().end(),
                                       [&](const StatePartition& partition) { return partition.disk() == device; });
    if (formatted) {
      JournalDisk* disk = record.add_disks();
      disk->set_device(device);
      disk->set_identity(identity);
    }
  }
  system_.Sync();
  return journal_->Write(phase_, applied_(), std::move(record));
}

absl::Status RunJournal::Finish() {
  system_.Sync();
  return journal_ == nullptr ? absl::OkStatus() : journal_->Finish(applied_());
}

}  // namespace tsmedia
