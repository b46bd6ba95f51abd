#include "tools/journal/journal.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/gpt/gpt.h"
#include "tools/gpt/mbr.h"
#include "tools/journal/disk_identity.h"

namespace tsmedia {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kDiskIdentity[] = "disk of the test";
const Sha256Digest kManifest = Sha256("manifest");

JournalRecord Record(const std::string& value) {
  JournalRecord record;
  record.mutable_state()->set_context("tsmedia/enginestate/v1");
  StateVariable* variable = record.mutable_state()->add_variables();
  variable->set_name("Value");
  variable->set_value(value);
  return record;
}

class JournalTest : public testing::Test {
 protected:
  JournalTest() : path_(testing::TempDir() + "/disk.img"), identity_(MediaIdentity::Generate()) {
    std::filesystem::remove(path_);
    std::ofstream(path_).close();
    std::filesystem::resize_file(path_, 4 * kMiB);
  }

  std::unique_ptr<BlockDisk> Open() { return BlockDisk::Open(path_).value(); }

  std::unique_ptr<Journal> Writer(const MediaIdentity* identity, bool keep_unlocked = false) {
    return std::make_unique<Journal>(Open(), kManifest, kDiskIdentity, identity, keep_unlocked);
  }

  // The value in the last record, or what is wrong.
  std::string LastValue(const MediaIdentity* identity) {
    const std::unique_ptr<BlockDisk> disk = Open();
    const absl::StatusOr<JournalHeader> header = ReadJournalHeader(*disk);
    if (!header.ok()) {
      return std::string(header.status().message());
    }
    const absl::StatusOr<JournalRecord> record = ReadLastRecord(*disk, *header, identity);
    return record.ok() ? record->state().variables(0).value() : std::string(record.status().message());
  }

  std::string Bytes() {
    std::ifstream file(path_, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  void SetBytes(const std::string& bytes) { std::ofstream(path_, std::ios::binary) << bytes; }

  const std::string path_;
  const MediaIdentity identity_;
};

TEST_F(JournalTest, LastRecordCounts) {
  for (const MediaIdentity* identity : {&identity_, static_cast<const MediaIdentity*>(nullptr)}) {
    const std::unique_ptr<Journal> journal = Writer(identity);
    ASSERT_TRUE(journal->Write(JournalHeader::IN_BOOT_IMAGE, std::nullopt, Record("one")).ok());
    EXPECT_EQ(LastValue(identity), "one");
    ASSERT_TRUE(journal->Write(JournalHeader::IN_BOOT_IMAGE, std::nullopt, Record("two")).ok());
    EXPECT_EQ(LastValue(identity), "two");
  }
}

TEST_F(JournalTest, NothingButTheJournalsPlaceIsWritten) {
  SetBytes(std::string(4 * kMiB, 'x'));
  ASSERT_TRUE(Writer(&identity_)->Write(JournalHeader::IN_BOOT_IMAGE, std::nullopt, Record("one")).ok());
  const std::string bytes = Bytes();
  EXPECT_EQ(bytes.substr(0, kJournalOffset), std::string(kJournalOffset, 'x'));
  EXPECT_EQ(bytes.substr(kMiB), std::string(3 * kMiB, 'x'));
}

TEST_F(JournalTest, SegmentsThatAreFullAreFollowedByOthers) {
  const std::unique_ptr<Journal> journal = Writer(&identity_);
  for (int i = 0; i < 300; ++i) {
    const std::string value = absl::StrCat(i, std::string(5000, '.'));
    ASSERT_TRUE(journal->Write(JournalHeader::IN_BOOT_IMAGE, std::nullopt, Record(value)).ok());
    ASSERT_EQ(LastValue(&identity_), value);
  }
}

TEST_F(JournalTest, RecordsThatAreTooLargeLeaveTheJournalAsItWas) {
  const std::unique_ptr<Journal> journal = Writer(&identity_);
  ASSERT_TRUE(journal->Write(JournalHeader::IN_BOOT_IMAGE, std::nullopt, Record("one")).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(
      journal->Write(JournalHeader::IN_BOOT_IMAGE, std::nullopt, Record(std::string(300'000, '.')))));
  EXPECT_EQ(LastValue(&identity_), "one");
  ASSERT_TRUE(journal->Write(JournalHeader::IN_BOOT_IMAGE, std::nullopt, Record("two")).ok());
  EXPECT_EQ(LastValue(&identity_), "two");
}

TEST_F(JournalTest, EveryStartHasASegmentAndAKeyOfItsOwn) {
  ASSERT_TRUE(Writer(&identity_)->Write(JournalHeader::IN_BOOT_IMAGE, std::nullopt, Record("same")).ok());
  const std::string first = Bytes().substr(kJournalOffset + kSegmentSize, kSegmentSize);
  ASSERT_TRUE(Writer(&identity_)->Write(JournalHeader::IN_BOOT_IMAGE, std::nullopt, Record("same")).ok());
  const std::string second = Bytes().substr(kJournalOffset, kSegmentSize);
  EXPECT_NE(first.substr(kSegmentHeaderSize, 100), second.substr(kSegmentHeaderSize, 100));
  EXPECT_EQ(LastValue(&identity_), "same");
}

TEST_F(JournalTest, PhaseAndSystemStandInTheHeader) {
  const std::unique_ptr<Journal> journal = Writer(&identity_);
  AppliedSystem system;
  system.set_partition(2);
  system.set_kernel_arguments("quiet");
  ASSERT_TRUE(journal->Write(JournalHeader::IN_BOOT_IMAGE, std::nullopt, Record("one")).ok());
  ASSERT_TRUE(journal->Write(JournalHeader::IN_TARGET, system, Record("two")).ok());
  JournalHeader header = ReadJournalHeader(*Open()).value();
  EXPECT_EQ(header.phase(), JournalHeader::IN_TARGET);
  EXPECT_EQ(header.system().partition(), 2u);
  EXPECT_EQ(LastValue(&identity_), "two");
  ASSERT_TRUE(journal->Finish(system).ok());
  header = ReadJournalHeader(*Open()).value();
  EXPECT_EQ(header.phase(), JournalHeader::FINISHED);
  EXPECT_EQ(header.system().kernel_arguments(), "quiet");
  EXPECT_THAT(LastValue(&identity_), HasSubstr("no intact record"));
}

TEST_F(JournalTest, SealedJournalsShowNothing) {
  ASSERT_TRUE(Writer(&identity_)->Write(JournalHeader::IN_BOOT_IMAGE, std::nullopt, Record("the secret value")).ok());
  EXPECT_THAT(Bytes(), Not(HasSubstr("the secret value")));
  EXPECT_THAT(Bytes(), Not(HasSubstr("enginestate")));
}

TEST_F(JournalTest, OpenJournalsLeaveHiddenVariablesOut) {
  JournalRecord record = Record("shown");
  StateVariable* hidden = record.mutable_state()->add_variables();
  hidden->set_name("Password");
  hidden->set_value("hunter22");
  hidden->set_hidden(true);
  record.mutable_state()->add_masked("hunter22");
  ASSERT_TRUE(Writer(nullptr)->Write(JournalHeader::IN_BOOT_IMAGE, std::nullopt, record).ok());
  EXPECT_THAT(Bytes(), HasSubstr("shown"));
  EXPECT_THAT(Bytes(), Not(HasSubstr("hunter22")));
}

// A record that was cut off while it was written is the end of the journal.
TEST_F(JournalTest, TornRecordsAreTheEnd) {
  const std::unique_ptr<Journal> journal = Writer(&identity_);
  ASSERT_TRUE(journal->Write(JournalHeader::IN_BOOT_IMAGE, std::nullopt, Record("one")).ok());
  const std::string before = Bytes();
  ASSERT_TRUE(journal->Write(JournalHeader::IN_BOOT_IMAGE, std::nullopt, Record("two" + std::string(6000, '.'))).ok());
  const std::string after = Bytes();
  const uint64_t record = kJournalOffset + kSegmentSize + kSegmentHeaderSize + kRecordAlignment;
  for (uint64_t written = 0; written < 6000; written += 500) {
    std::string torn = before;
    torn.replace(record, written, after.substr(record, written));
    SetBytes(torn);
    EXPECT_EQ(LastValue(&identity_), "one") << written;
  }
}

// A segment that was cut off while it was begun does not count.
TEST_F(JournalTest, TornSegmentsDoNotCount) {
  const std::unique_ptr<Journal> journal = Writer(&identity_);
  ASSERT_TRUE(journal->Write(JournalHeader::IN_BOOT_IMAGE, std::nullopt, Record("one")).ok());
  const std::string before = Bytes();
  ASSERT_TRUE(journal->Write(JournalHeader::IN_TARGET, std::nullopt, Record("two")).ok());
  const std::string after = Bytes();
  EXPECT_EQ(LastValue(&identity_), "two");
  for (uint64_t written = 0; written < 200; written += 7) {
    std::string torn = after;
    torn.replace(kJournalOffset + written, kSegmentHeaderSize - written,
                 before.substr(kJournalOffset + written, kSegmentHeaderSize - written));
    SetBytes(torn);
    // What was not written may be equal by chance.
    EXPECT_EQ(LastValue(&identity_), torn == after ? "two" : "one") << written;
  }
}

TEST_F(JournalTest, ChangedJournalsAreRefused) {
  const MediaIdentity other = MediaIdentity::Generate();
  const uint64_t segment = kJournalOffset + kSegmentSize;
  struct Case {
    const char* name;
    std::function<void(std::string*, JournalHeader*)> change;
  };
  const std::vector<Case> cases = {
      {"ciphertext", [&](std::string* b, JournalHeader*) { (*b)[segment + kSegmentHeaderSize + 10] ^= 1; }},
      {"length", [&](std::string* b, JournalHeader*) { (*b)[segment + kSegmentHeaderSize] ^= 1; }},
      {"huge length", [&](std::string* b, JournalHeader*) { b->replace(segment + kSegmentHeaderSize, 4, 4, '\xff'); }},
      {"first record missing",
       [&](std::string* b, JournalHeader*) {
         const uint64_t first = segment + kSegmentHeaderSize;
         b->replace(first, kRecordAlignment, b->substr(first + kRecordAlignment, kRecordAlignment));
       }},
      {"another disk", [](std::string*, JournalHeader* h) { h->set_disk_identity("another disk"); }},
      {"another medium", [](std::string*, JournalHeader* h) { h->mutable_manifest_sha256()->front() ^= 1; }},
      {"another phase", [](std::string*, JournalHeader* h) { h->set_phase(JournalHeader::IN_TARGET); }},
      {"another salt", [](std::string*, JournalHeader* h) { h->mutable_salt()->front() ^= 1; }},
      {"another system", [](std::string*, JournalHeader* h) { h->mutable_system()->set_partition(7); }},
  };
  for (const MediaIdentity* identity : {&identity_, static_cast<const MediaIdentity*>(nullptr)}) {
    SetBytes(std::string(4 * kMiB, '\0'));
    const std::unique_ptr<Journal> journal = Writer(identity);
    ASSERT_TRUE(journal->Write(JournalHeader::IN_BOOT_IMAGE, std::nullopt, Record("one")).ok());
    ASSERT_TRUE(journal->Write(JournalHeader::IN_BOOT_IMAGE, std::nullopt, Record("two")).ok());
    const std::string good = Bytes();
    for (const Case& test : cases) {
      std::string bytes = good;
      JournalHeader header = ReadJournalHeader(*Open()).value();
      test.change(&bytes, &header);
      bytes.replace(segment, kSegmentHeaderSize, FormatHeader(header).value());
      SetBytes(bytes);
      EXPECT_THAT(LastValue(identity), HasSubstr("no intact record")) << test.name;
      SetBytes(good);
    }
    EXPECT_EQ(LastValue(identity), "two");
    EXPECT_THAT(LastValue(identity == nullptr ? &identity_ : nullptr), HasSubstr("not one of this medium"));
  }
  SetBytes(std::string(4 * kMiB, '\0'));
  ASSERT_TRUE(Writer(&identity_)->Write(JournalHeader::IN_BOOT_IMAGE, std::nullopt, Record("one")).ok());
  EXPECT_THAT(LastValue(&other), HasSubstr("no intact record"));
}

TEST_F(JournalTest, KeepsTheIdentityUntilTheEndOrNotAtAll) {
  const std::string text(identity_.ToString().text());
  for (const bool keep : {true, false}) {
    SetBytes(std::string(4 * kMiB, '\0'));
    const std::unique_ptr<Journal> journal = Writer(&identity_, keep);
    for (const auto phase : {JournalHeader::IN_BOOT_IMAGE, JournalHeader::IN_TARGET}) {
      ASSERT_TRUE(journal->Write(phase, std::nullopt, Record("one")).ok());
      EXPECT_EQ(ReadJournalHeader(*Open())->identity(), keep ? text : "");
      EXPECT_EQ(LastValue(&identity_), "one");
    }
    ASSERT_TRUE(journal->Finish(std::nullopt).ok());
    EXPECT_EQ(ReadJournalHeader(*Open())->phase(), JournalHeader::FINISHED);
    EXPECT_FALSE(absl::StrContains(Bytes(), text));
  }
  ASSERT_TRUE(Writer(nullptr, true)->Write(JournalHeader::IN_BOOT_IMAGE, std::nullopt, Record("one")).ok());
  EXPECT_EQ(ReadJournalHeader(*Open())->identity(), "");
}

TEST_F(JournalTest, ErasedJournalsAreGone) {
  ASSERT_TRUE(Writer(nullptr)->Write(JournalHeader::IN_BOOT_IMAGE, std::nullopt, Record("one")).ok());
  ASSERT_TRUE(EraseJournal(*Open()).ok());
  EXPECT_TRUE(absl::IsNotFound(ReadJournalHeader(*Open()).status()));
}

TEST(ReadJournalHeaderTest, SmallDisksHaveNone) {
  EXPECT_TRUE(absl::IsNotFound(ReadJournalHeader(MemorySource(std::string(600 * kKiB, 'x'))).status()));
}

TEST(DiskIdentityTest, IsThatOfThePartitionTable) {
  std::string disk(kMiB, '\0');
  EXPECT_FALSE(DiskIdentity(MemorySource(disk), 512).ok());
  const std::string mbr = WriteMbr({.boot_code = "", .signature = 0x04030201, .partitions = {}}).value();
  disk.replace(0, mbr.size(), mbr);
  EXPECT_EQ(DiskIdentity(MemorySource(disk), 512).value(), std::string(12, '\0') + "\x01\x02\x03\x04");
  Gpt gpt = {.sector_size = 512, .sectors = disk.size() / 512};
  std::fill(gpt.disk_id.begin(), gpt.disk_id.end(), 'G');
  const GptBytes bytes = WriteGpt(gpt).value();
  disk.replace(0, bytes.primary.size(), bytes.primary);
  disk.replace(disk.size() - bytes.backup.size(), bytes.backup.size(), bytes.backup);
  EXPECT_EQ(DiskIdentity(MemorySource(disk), 512).value(), std::string(16, 'G'));
}

}  // namespace
}  // namespace tsmedia
