#include "tools/seal/seal.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/sha256.h"
#include "tools/base/unnamed_file.h"
#include "tools/content/pack.pb.h"
#include "tools/content/pack_info.h"
#include "tools/crypto/age.h"
#include "tools/crypto/age_x25519.h"
#include "tools/crypto/secret.h"
#include "tools/seal/derivation.h"
#include "tools/seal/padding.h"
#include "tools/seal/seal_info.h"
#include "tools/seal/seal_secret.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;

// The scalar is 32 times the letter B.
constexpr char kIdentity[] = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
// The bytes 0 to 31.
constexpr char kSealSecret[] = "TSMEDIA-SEAL-SECRET-1QQQSYQCYQ5RQWZQFPG9SCRGWPUGPZYSNZS23V9CCRYDPK8QARC0SSWL0T6\n";

MediaIdentity TestIdentity() { return *MediaIdentity::Parse(kIdentity); }
SealKey TestKey() { return *ParseSealSecretFile(kSealSecret); }

std::string Numbers(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>((i * 2654435761u) >> 13);
  }
  return bytes;
}

PackInfo InfoFor(std::string_view pack) {
  BlockHasher hasher;
  hasher.Update(AsBytes(pack));
  hasher.Finish();
  PackInfo info;
  info.set_context(std::string(kPackInfoContext));
  info.set_package_id("LAB00001");
  info.set_version("1");
  info.set_kind("package");
  info.set_format(PackInfo::SINGLE_FILE);
  info.set_compression(PackInfo::NONE);
  info.set_stored_size(pack.size());
  info.set_unpacked_size(pack.size());
  for (const Sha256Digest& block : hasher.blocks()) {
    info.mutable_block_sha256()->append(DigestText(block));
  }
  info.set_pack_digest(std::string(DigestText(PackDigest(pack.size(), hasher.blocks()))));
  PackEntry* entry = info.add_entries();
  entry->set_path("file");
  entry->set_type(PackEntry::REGULAR);
  entry->set_mode(0644);
  entry->set_size(pack.size());
  entry->set_sha256(std::string(DigestText(Sha256(pack))));
  return info;
}

// A directory of its own for each test, in which nothing may be left.
class SealPackTest : public ::testing::Test {
 protected:
  SealPackTest() : directory_(absl::StrCat(::testing::TempDir(), "/seal_", getpid(), "_", ++count_)) {
    std::filesystem::create_directory(directory_);
  }

  std::string Path() const { return directory_ + "/sealed"; }
  long Entries() const {
    return std::distance(std::filesystem::directory_iterator(directory_), std::filesystem::directory_iterator());
  }

  // Seals and commits, as the action does.
  absl::StatusOr<SealInfo> Seal(const ByteSource& source, const PackInfo& info, int threads = 2) const {
    absl::StatusOr<std::unique_ptr<UnnamedFile>> file = UnnamedFile::Create(Path());
    if (!file.ok()) {
      return file.status();
    }
    absl::StatusOr<SealInfo> result =
        SealPack(source, info, TestKey(), TestIdentity().recipient(), threads, file->get());
    if (!result.ok()) {
      return result;
    }
    absl::Status committed = (*file)->Commit();
    return committed.ok() ? result : committed;
  }

 private:
  static int count_;
  std::string directory_;
};

int SealPackTest::count_ = 0;

TEST_F(SealPackTest, MakesAgeFilesOfAnySize) {
  for (uint64_t size : {uint64_t{0}, uint64_t{1}, kAgeChunkSize, kBlockSize - 1, kBlockSize, kBlockSize + 1,
                        3 * kBlockSize + 5 * kAgeChunkSize + 7}) {
    const std::string pack = Numbers(size);
    const MemorySource source(pack, "pack");
    absl::StatusOr<SealInfo> info = Seal(source, InfoFor(pack));
    ASSERT_TRUE(info.ok()) << info.status();
    absl::StatusOr<std::unique_ptr<FileSource>> sealed = FileSource::Open(Path());
    ASSERT_TRUE(sealed.ok());
    EXPECT_EQ((*sealed)->size(), SealedSize(size));
    EXPECT_EQ(info->stored_size(), SealedSize(size));
    absl::StatusOr<std::unique_ptr<AgeSource>> opened = AgeSource::Open(sealed->get(), TestIdentity());
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_TRUE(*(*opened)->ReadString(0, (*opened)->size()) == pack) << size;
    // The digests are those of the file that is there.
    BlockHasher hasher;
    hasher.Update(AsBytes(*(*sealed)->ReadString(0, (*sealed)->size())));
    hasher.Finish();
    std::string digests;
    for (const Sha256Digest& block : hasher.blocks()) {
      absl::StrAppend(&digests, DigestText(block));
    }
    EXPECT_EQ(info->block_sha256(), digests);
    EXPECT_TRUE(WriteSealInfo(*info, Path() + ".info").ok());
    EXPECT_TRUE(ReadSealInfo(Path() + ".info").ok());
  }
}

TEST_F(SealPackTest, BytesDoNotDependOnThreads) {
  const std::string pack = Numbers(5 * kBlockSize + 1);
  const MemorySource source(pack, "pack");
  ASSERT_TRUE(Seal(source, InfoFor(pack), 1).ok());
  const std::string one = *ReadWholeFile(Path(), 100 * kMiB);
  for (int threads : {2, 3, 8}) {
    ASSERT_TRUE(Seal(source, InfoFor(pack), threads).ok());
    EXPECT_TRUE(*ReadWholeFile(Path(), 100 * kMiB) == one) << threads;
  }
  // Packs and small objects are sealed alike.
  EXPECT_TRUE(*SealSmall(pack, SealKind::kPack, kNoScope, TestKey(), TestIdentity().recipient()) == one);
}

TEST_F(SealPackTest, EqualPacksOfOtherNamesAreEqualSealed) {
  const std::string pack = Numbers(1000);
  const MemorySource source(pack, "pack");
  ASSERT_TRUE(Seal(source, InfoFor(pack)).ok());
  const std::string first = *ReadWholeFile(Path(), kMiB);
  PackInfo info = InfoFor(pack);
  info.set_package_id("LAB00002");
  info.set_version("2");
  ASSERT_TRUE(Seal(source, info).ok());
  EXPECT_EQ(*ReadWholeFile(Path(), kMiB), first);
}

TEST_F(SealPackTest, AWrongDigestOfABlockLeavesNothing) {
  const std::string pack = Numbers(4 * kBlockSize + 100);
  const PackInfo info = InfoFor(pack);
  for (uint64_t offset : {uint64_t{0}, kBlockSize + 5, 4 * kBlockSize + 99}) {
    std::string other = pack;
    other[offset] ^= 1;
    const MemorySource source(other, "pack");
    absl::Status status = Seal(source, info).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(status.message(), HasSubstr(absl::StrCat("block ", offset / kBlockSize, " at offset")));
    EXPECT_EQ(Entries(), 0);
  }
}

TEST_F(SealPackTest, AWrongLengthLeavesNothing) {
  const std::string pack = Numbers(kBlockSize + 100);
  for (std::string other : {pack + "x", pack.substr(1), pack.substr(0, kBlockSize), std::string()}) {
    const MemorySource source(other, "pack");
    EXPECT_THAT(Seal(source, InfoFor(pack)).status().message(), HasSubstr("bytes, not"));
    EXPECT_EQ(Entries(), 0);
  }
}

TEST_F(SealPackTest, AWrongPackDigestLeavesNothing) {
  const std::string pack = Numbers(kBlockSize + 100);
  const MemorySource source(pack, "pack");
  PackInfo info = InfoFor(pack);
  (*info.mutable_pack_digest())[5] ^= 1;
  EXPECT_THAT(Seal(source, info).status().message(), HasSubstr("pack_digest"));
  // D of another pack, whose keys would then meet this plaintext.
  info.set_pack_digest(InfoFor(Numbers(7)).pack_digest());
  EXPECT_THAT(Seal(source, info).status().message(), HasSubstr("pack_digest"));
  EXPECT_EQ(Entries(), 0);
}

// Source that says when its second half is read.
class SlowSource : public ByteSource {
 public:
  SlowSource(std::string bytes, int* pipe) : bytes_(std::move(bytes)), pipe_(pipe) {}
  uint64_t size() const override { return bytes_.size(); }
  const std::string& name() const override { return name_; }

 private:
  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override {
    if (offset > bytes_.size() / 2) {
      (void)!write(pipe_[1], "x", 1);
      pause();
    }
    std::memcpy(out.data(), bytes_.data() + offset, out.size());
    return absl::OkStatus();
  }
  std::string bytes_;
  std::string name_ = "slow";
  int* pipe_;
};

TEST_F(SealPackTest, KilledInTheMiddleLeavesNothing) {
  const std::string pack = Numbers(8 * kBlockSize);
  int channel[2];
  ASSERT_EQ(pipe(channel), 0);
  pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const SlowSource source(pack, channel);
    (void)Seal(source, InfoFor(pack), 1);
    _exit(0);
  }
  char byte;
  ASSERT_EQ(read(channel[0], &byte, 1), 1);
  ASSERT_EQ(kill(child, SIGKILL), 0);
  int status;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(Entries(), 0);
}

// ---------------------------------------------------------------------------------------------------------- derivation

TEST(DerivationTest, EveryPartOfTheContextMatters) {
  const Recipient recipient = TestIdentity().recipient();
  const Sha256Digest digest = Sha256("digest");
  const Sha256Digest scope = Sha256("scope");
  std::vector<std::string> file_keys;
  auto add = [&file_keys](const AgeValues& values) {
    file_keys.push_back(ToHex(values.file_key.span()) + ToHex(values.nonce) + ToHex(values.ephemeral.span()));
  };
  const SealKey key = TestKey();
  add(key.Derive(SealKind::kPack, kNoScope, recipient, digest));
  add(key.Derive(SealKind::kSequence, kNoScope, recipient, digest));
  add(key.Derive(SealKind::kSequence, scope, recipient, digest));
  add(key.Derive(SealKind::kPack, kNoScope, MediaIdentity::Generate().recipient(), digest));
  add(key.Derive(SealKind::kPack, kNoScope, recipient, Sha256("other")));
  absl::StatusOr<SealKey> other = ParseSealSecretFile(NewSealSecretFile().text());
  ASSERT_TRUE(other.ok()) << other.status();
  add(other->Derive(SealKind::kPack, kNoScope, recipient, digest));
  std::ranges::sort(file_keys);
  EXPECT_EQ(std::ranges::adjacent_find(file_keys), file_keys.end());
}

TEST(DerivationTest, ScopesAreUnambiguous) {
  std::vector<std::string> digests;
  auto add = [&digests](const MediumScope& scope) { digests.push_back(ToHex(ScopeDigest(scope))); };
  MediumScope scope{"standalone", "LABEL", 1, 2, {{"LAB00001", "1"}, {"LAB00002", "2"}}};
  add(scope);
  MediumScope other = scope;
  other.media_kind = "bootable";
  add(other);
  other = scope;
  other.label = "LABEL2";
  add(other);
  other = scope;
  other.not_before = 2;
  other.not_after = 1;
  add(other);
  other = scope;
  other.packages.pop_back();
  add(other);
  other = scope;
  other.packages = {{"LAB00001", "1LAB00002"}, {"", "2"}};
  add(other);
  std::ranges::sort(digests);
  EXPECT_EQ(std::ranges::adjacent_find(digests), digests.end());
}

// testdata/seal/vectors.txt: blocks of "name = value" lines, an empty line behind each block.
TEST(DerivationTest, FixedVectors) {
  absl::StatusOr<std::string> text = ReadWholeFile("testdata/seal/vectors.txt", kMiB);
  ASSERT_TRUE(text.ok()) << text.status();
  int count = 0;
  for (std::string_view block : absl::StrSplit(*text, "\n\n", absl::SkipWhitespace())) {
    std::map<std::string, std::string> fields;
    for (std::string_view line : absl::StrSplit(block, '\n', absl::SkipWhitespace())) {
      if (!line.starts_with('#')) {
        std::pair<std::string, std::string> field = absl::StrSplit(line, absl::MaxSplits(" = ", 1));
        fields.insert(field);
      }
    }
    if (fields.empty()) {
      continue;
    }
    ++count;
    SCOPED_TRACE(fields["name"]);
    auto bytes = [&fields](const std::string& name) {
      std::string value;
      EXPECT_TRUE(absl::HexStringToBytes(fields[name], &value)) << name;
      return value;
    };
    SecretBytes<32> secret;
    std::memcpy(secret.data(), bytes("seal_secret").data(), secret.size());
    const SealKey key(secret);
    absl::StatusOr<Recipient> recipient = Recipient::Parse(fields["recipient"]);
    ASSERT_TRUE(recipient.ok()) << recipient.status();
    const std::string plaintext = bytes("plaintext");
    const std::string scope_text = bytes("scope");
    absl::StatusOr<Sha256Digest> scope = DigestFromText(scope_text);
    ASSERT_TRUE(scope.ok());
    const std::string kind_text = bytes("kind");
    const auto kind = static_cast<SealKind>(kind_text[0]);
    std::vector<Sha256Digest> blocks;
    if (!plaintext.empty()) {
      blocks.push_back(Sha256(plaintext));
    }
    const Sha256Digest digest = PackDigest(plaintext.size(), blocks);
    EXPECT_EQ(ToHex(digest), fields["digest"]);
    const AgeValues values = key.Derive(kind, *scope, *recipient, digest);
    EXPECT_EQ(ToHex(values.file_key.span()), fields["file_key"]);
    EXPECT_EQ(ToHex(values.nonce), fields["payload_nonce"]);
    EXPECT_EQ(ToHex(values.ephemeral.span()), fields["ephemeral_scalar"]);
    absl::StatusOr<std::string> sealed = SealSmall(plaintext, kind, *scope, key, *recipient);
    ASSERT_TRUE(sealed.ok());
    EXPECT_EQ(ToHex(AsBytes(*sealed)), fields["sealed"]);
  }
  EXPECT_EQ(count, 3);
}

// --------------------------------------------------------------------------------------------------------- seal secret

TEST(SealSecretTest, RefusesOtherFiles) {
  const std::string good = kSealSecret;
  EXPECT_TRUE(ParseSealSecretFile(good).ok());
  EXPECT_EQ(NewSealSecretFile().size(), kSealSecretFileSize);
  std::string damaged = good;
  damaged[40] = damaged[40] == 'Q' ? 'P' : 'Q';
  for (const std::string& bad :
       {damaged, good.substr(0, good.size() - 1), good + "\n", std::string(kIdentity) + "\n"}) {
    absl::Status status = ParseSealSecretFile(bad).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(status.message(), ::testing::Not(HasSubstr("QCYQ5")));
  }
}

TEST(SealSecretTest, TestOnlyBelongsToTestOnly) {
  absl::StatusOr<Recipient> test_recipient = ReadRecipient("testdata/keys/test.recipient");
  ASSERT_TRUE(test_recipient.ok());
  EXPECT_TRUE(ReadSealSecret("testdata/keys/test.seal", *test_recipient).ok());
  EXPECT_THAT(ReadSealSecret("testdata/keys/test.seal", TestIdentity().recipient()).status().message(),
              HasSubstr("a TEST-ONLY seal secret"));
  const std::string path = absl::StrCat(::testing::TempDir(), "/own.seal");
  ASSERT_TRUE(WriteFileAtomically(path, kSealSecret, 0600).ok());
  EXPECT_TRUE(ReadSealSecret(path, TestIdentity().recipient()).ok());
  EXPECT_THAT(ReadSealSecret(path, *test_recipient).status().message(), HasSubstr("TEST-ONLY recipient"));
  ASSERT_TRUE(WriteFileAtomically(path, kSealSecret, 0640).ok());
  EXPECT_THAT(ReadSealSecret(path, TestIdentity().recipient()).status().message(), HasSubstr("chmod 600"));
}

// ------------------------------------------------------------------------------------------------------------- padding

TEST(PaddingTest, IsTheSmallestMultipleAndComesOff) {
  for (uint64_t unit : {kSmallPadding, kInventoryPadding}) {
    for (uint64_t near : {uint64_t{0}, unit, 2 * unit}) {
      for (int64_t delta = -300; delta <= 300; ++delta) {
        if (static_cast<int64_t>(near) + delta < 0) {
          continue;
        }
        std::string message(near + static_cast<uint64_t>(delta), delta % 2 == 0 ? '\0' : 'm');
        std::string padded = PadMessage(message, unit);
        ASSERT_EQ(padded.size() % unit, 0u);
        // Tag, length and one zero are 4 bytes; a second byte of the length can take one unit more.
        ASSERT_LE(padded.size(),
                  RoundUp(message.size() + 5, unit) + (padded.size() > RoundUp(message.size() + 5, unit) ? unit : 0));
        absl::StatusOr<std::string_view> back = UnpadMessage(padded, unit);
        ASSERT_TRUE(back.ok()) << message.size() << ": " << back.status();
        ASSERT_EQ(*back, message);
      }
    }
  }
}

TEST(PaddingTest, IsAFieldThatProtocolBuffersSkip) {
  PackInfo info = InfoFor("pack");
  PackInfo back;
  ASSERT_TRUE(back.ParseFromString(PadMessage(info.SerializeAsString(), kSmallPadding)));
  EXPECT_EQ(back.package_id(), "LAB00001");
}

TEST(PaddingTest, RefusesOtherPadding) {
  const std::string padded = PadMessage("message", kSmallPadding);
  const std::string bad[] = {"",
                             "message",
                             std::string(kSmallPadding, '\0'),
                             padded + std::string(1, '\0'),
                             padded.substr(0, padded.size() - 1),
                             padded.substr(0, padded.size() - 1) + "x",
                             PadMessage("message", kInventoryPadding)};
  for (const std::string& bytes : bad) {
    EXPECT_EQ(UnpadMessage(bytes, kSmallPadding).status().code(), absl::StatusCode::kDataLoss) << bytes.size();
  }
}

// ------------------------------------------------------------------------------------------------------------ SealInfo

TEST(SealInfoTest, RefusesWhatDoesNotFit) {
  SealInfo good;
  good.set_context(std::string(kSealInfoContext));
  good.set_package_id("LAB00001");
  good.set_version("1");
  good.set_recipient_sha256(std::string(32, 'r'));
  good.set_stored_size(SealedSize(5 * kBlockSize));
  good.set_block_sha256(std::string(6 * 32, 'd'));
  const std::string path = absl::StrCat(::testing::TempDir(), "/info");
  ASSERT_TRUE(WriteSealInfo(good, path).ok());
  struct Case {
    const char* message;
    void (*change)(SealInfo&);
  };
  const Case cases[] = {
      {"context", [](SealInfo& info) { info.set_context("tsmedia/packinfo/v1"); }},
      {"package ID", [](SealInfo& info) { info.set_package_id("x"); }},
      {"version", [](SealInfo& info) { info.set_version(""); }},
      {"recipient_sha256", [](SealInfo& info) { info.set_recipient_sha256("short"); }},
      {"stored_size", [](SealInfo& info) { info.set_stored_size(SealedSize(0) - 1); }},
      {"block_sha256", [](SealInfo& info) { info.set_block_sha256(std::string(5 * 32, 'd')); }},
  };
  for (const Case& c : cases) {
    SealInfo bad = good;
    c.change(bad);
    EXPECT_THAT(WriteSealInfo(bad, path).message(), HasSubstr(c.message));
    EXPECT_FALSE(ParseSealInfo(bad.SerializeAsString()).ok()) << c.message;
  }
  EXPECT_FALSE(ParseSealInfo(good.SerializeAsString() + good.SerializeAsString()).ok());
}

}  // namespace
}  // namespace tsmedia
