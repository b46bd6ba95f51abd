#include "tools/drive/file_target.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/bytes.h"
#include "tools/drive/aligned_buffer.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;

std::string NewPath(const std::string& name) {
  std::string path = testing::TempDir() + "/" + name;
  std::filesystem::remove(path);
  return path;
}

std::unique_ptr<FileTarget> NewTarget(const std::string& name, uint64_t size) {
  absl::StatusOr<std::unique_ptr<FileTarget>> target = FileTarget::Create(NewPath(name), size);
  EXPECT_TRUE(target.ok()) << target.status();
  return *std::move(target);
}

TEST(FileTargetTest, ANewFileHasItsSizeAndNoHoles) {
  std::unique_ptr<FileTarget> target = NewTarget("new", 3 * kMiB + 100);
  EXPECT_EQ(target->size(), 3 * kMiB + 100);
  EXPECT_EQ(std::filesystem::file_size(target->name()), 3 * kMiB + 100);
  EXPECT_EQ(target->sector_size(), 512u);
  EXPECT_FALSE(target->is_device());
  EXPECT_TRUE(target->RereadPartitions().ok());
  EXPECT_TRUE(absl::IsAlreadyExists(FileTarget::Create(target->name(), 1).status()));
}

TEST(FileTargetTest, WhatIsWrittenIsReadAtAnyOffset) {
  constexpr uint64_t kSize = 3 * kMiB + 100;
  std::unique_ptr<FileTarget> target = NewTarget("any", kSize);
  std::string expected(kSize, '\0');
  // Aligned and not, in memory and on the device, up to the very end.
  for (const auto& [offset, size, shift] : {std::tuple<uint64_t, size_t, size_t>{0, kMiB, 0},
                                            {kMiB, 512, 0},
                                            {kMiB + 512, 70000, 0},
                                            {2 * kMiB, 8192, 1},
                                            {kSize - 5000, 5000, 0},
                                            {3 * kMiB, 100, 0}}) {
    AlignedBuffer buffer(size + shift);
    MutableByteSpan bytes = buffer.bytes().subspan(shift);
    for (size_t i = 0; i < size; ++i) {
      bytes[i] = static_cast<uint8_t>(offset + i * 7);
    }
    ASSERT_TRUE(target->WriteAt(offset, bytes).ok());
    expected.replace(offset, size, AsText(bytes));
  }
  ASSERT_TRUE(target->Flush().ok());
  for (const auto& [offset, size] :
       {std::pair<uint64_t, uint64_t>{0, kSize}, {kMiB, 512}, {kMiB + 1, 100}, {kSize - 1, 1}, {4096, 4096}}) {
    absl::StatusOr<std::string> bytes = target->ReadString(offset, size);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    EXPECT_TRUE(*bytes == expected.substr(offset, size)) << offset;
  }
  AlignedBuffer whole(kSize);
  ASSERT_TRUE(target->ReadAt(0, whole.bytes()).ok());
  EXPECT_TRUE(AsText(whole.bytes()) == expected);
}

TEST(FileTargetTest, OutsideIsRefused) {
  std::unique_ptr<FileTarget> target = NewTarget("outside", 8192);
  AlignedBuffer buffer(4096);
  EXPECT_TRUE(absl::IsOutOfRange(target->WriteAt(8192 - 512, buffer.bytes())));
  EXPECT_TRUE(absl::IsOutOfRange(target->ReadAt(8192 - 512, buffer.bytes())));
  EXPECT_EQ(std::filesystem::file_size(target->name()), 8192u);
}

TEST(FileTargetTest, WhatCannotBeOpened) {
  EXPECT_TRUE(absl::IsNotFound(FileTarget::Open(NewPath("missing")).status()));
  absl::Status status = FileTarget::Open("/dev/null").status();
  EXPECT_THAT(status.message(), HasSubstr("/dev/null: neither a block device nor a regular file"));
}

TEST(FileTargetTest, AFileThatBecameShorterIsAnError) {
  std::unique_ptr<FileTarget> target = NewTarget("shorter", 16384);
  std::filesystem::resize_file(target->name(), 4096);
  AlignedBuffer buffer(4096);
  absl::Status status = target->ReadAt(8192, buffer.bytes());
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(status.message(), HasSubstr("offset 8192"));
}

}  // namespace
}  // namespace tsmedia
