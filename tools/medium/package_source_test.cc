#include "tools/medium/package_source.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/ranges_source.h"
#include "tools/base/sha256.h"
#include "tools/content/pack_info.h"
#include "tools/medium/medium.h"
#include "tools/plan/manifest.pb.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;

// A file in memory that counts how often its bytes are read.
class CountedFile : public ByteSource {
 public:
  CountedFile(const std::string* bytes, std::string name, std::atomic<uint64_t>* read)
      : bytes_(*bytes), name_(std::move(name)), read_(*read) {}
  uint64_t size() const override { return bytes_.size(); }
  const std::string& name() const override { return name_; }

 private:
  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override {
    std::memcpy(out.data(), bytes_.data() + offset, out.size());
    read_ += out.size();
    return absl::OkStatus();
  }
  const std::string& bytes_;
  std::string name_;
  std::atomic<uint64_t>& read_;
};

// A medium with one package in two segments.
class FakeMedium : public Medium {
 public:
  explicit FakeMedium(const std::string& pack) {
    files_["payload.00000"] = pack.substr(0, 2 * kBlockSize);
    files_["payload.00001"] = pack.substr(2 * kBlockSize);
    package_.set_package_id("LAB00001");
    package_.set_version("1");
    package_.set_size(pack.size());
    BlockHasher hasher;
    hasher.Update(AsBytes(pack));
    hasher.Finish();
    for (const Sha256Digest& block : hasher.blocks()) {
      package_.mutable_block_sha256()->append(DigestText(block));
    }
    auto blocks = static_cast<uint32_t>(hasher.blocks().size());
    AddSegment("payload.00000", 0, 2);
    AddSegment("payload.00001", 2, blocks - 2);
  }

  const std::string& name() const override { return name_; }
  absl::StatusOr<std::unique_ptr<ByteSource>> OpenFile(std::string_view path) const override {
    const auto& file = *files_.find(path);
    return std::make_unique<CountedFile>(&file.second, file.first, &read_);
  }
  absl::StatusOr<std::vector<std::string>> ListFiles() const override { return std::vector<std::string>(); }
  const ByteSource* image() const override { return nullptr; }
  MediaFormat format() const override { return MEDIA_FORMAT_UNSPECIFIED; }
  bool ends_with_image() const override { return true; }
  absl::StatusOr<std::vector<ByteRange>> Locate(std::string_view) const override { return std::vector<ByteRange>(); }

  const PackageEntry& package() const { return package_; }
  std::string& file(const std::string& path) { return files_[path]; }
  uint64_t read() const { return read_; }

 private:
  void AddSegment(const std::string& path, uint32_t first, uint32_t count) {
    SegmentEntry* segment = package_.add_segments();
    segment->set_volume(1);
    segment->set_path(path);
    segment->set_first_block(first);
    segment->set_block_count(count);
  }

  std::string name_ = "medium";
  std::map<std::string, std::string, std::less<>> files_;
  PackageEntry package_;
  mutable std::atomic<uint64_t> read_ = 0;
};

std::string Sample(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>(i * 2654435761u >> 13);
  }
  return bytes;
}

// A source, and the one volume that it reads.
class OpenPackage {
 public:
  explicit OpenPackage(const FakeMedium& medium)
      // The medium outlives it.
      : volumes_(std::shared_ptr<const Medium>(std::shared_ptr<void>(), &medium)),
        source_(volumes_, medium.package()) {}
  const PackageSource* operator->() const { return &source_; }

 private:
  SingleVolume volumes_;
  PackageSource source_;
};

// Parts that do not line up with blocks, as those of a sealed pack.
constexpr uint64_t kPart = kBlockSize + 1024;

TEST(PackageSourceTest, ReadsEachBlockOnce) {
  const std::string pack = Sample(7 * kBlockSize + 12345);
  const FakeMedium medium(pack);
  const OpenPackage source(medium);
  for (uint64_t offset = 0; offset < pack.size(); offset += kPart) {
    absl::StatusOr<std::string> bytes = source->ReadString(offset, std::min<uint64_t>(kPart, pack.size() - offset));
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    EXPECT_TRUE(*bytes == pack.substr(offset, kPart));
  }
  EXPECT_EQ(medium.read(), pack.size());
}

TEST(PackageSourceTest, ThreadsReadSideBySide) {
  const std::string pack = Sample(7 * kBlockSize + 12345);
  const FakeMedium medium(pack);
  const OpenPackage source(medium);
  std::atomic<uint64_t> next = 0;
  std::atomic<bool> good = true;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (uint64_t offset = kPart * next++; offset < pack.size(); offset = kPart * next++) {
        absl::StatusOr<std::string> bytes = source->ReadString(offset, std::min<uint64_t>(kPart, pack.size() - offset));
        good = good && bytes.ok() && *bytes == pack.substr(offset, kPart);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_TRUE(good);
}

TEST(PackageSourceTest, MoreThreadsThanBlocksInMemory) {
  const std::string pack = Sample(12 * kBlockSize);
  const FakeMedium medium(pack);
  const OpenPackage source(medium);
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 12; ++i) {
    threads.emplace_back([&, i] {
      absl::StatusOr<std::string> bytes = source->ReadString(i * kBlockSize + i, 1000);
      good += bytes.ok() && *bytes == pack.substr(i * kBlockSize + i, 1000) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(good, 12);
}

TEST(PackageSourceTest, GivesOutNothingOfADamagedBlock) {
  const std::string pack = Sample(4 * kBlockSize);
  FakeMedium medium(pack);
  medium.file("payload.00001")[kBlockSize + 7] ^= 1;
  const OpenPackage source(medium);
  EXPECT_TRUE(source->ReadString(0, 3 * kBlockSize).ok());
  for (uint64_t offset : {3 * kBlockSize, 3 * kBlockSize + 100}) {
    absl::Status status = source->ReadString(offset, 1).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(status.message(),
                HasSubstr("package LAB00001 version 1: block 3 is damaged (file /payload.00001 of volume 1 at offset"));
  }
  // A drive that reads right the next time is taken at its word.
  medium.file("payload.00001")[kBlockSize + 7] ^= 1;
  EXPECT_EQ(*source->ReadString(3 * kBlockSize, 10), pack.substr(3 * kBlockSize, 10));
}

}  // namespace
}  // namespace tsmedia
