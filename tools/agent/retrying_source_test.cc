#include "tools/agent/retrying_source.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"

namespace tsmedia {
namespace {

// Fails the first `failures` reads.
class FlakySource : public ByteSource {
 public:
  FlakySource(int failures, int* reads) : failures_(failures), reads_(reads) {}
  uint64_t size() const override { return 4; }
  const std::string& name() const override { return name_; }

 private:
  absl::Status DoReadAt(uint64_t, MutableByteSpan out) const override {
    if (++*reads_ <= failures_) {
      return absl::DataLossError("flaky: input/output error");
    }
    std::fill(out.begin(), out.end(), uint8_t{7});
    return absl::OkStatus();
  }

  int failures_;
  int* reads_;
  std::string name_ = "flaky";
};

TEST(RetryingSourceTest, TriesFiveTimes) {
  int reads = 0;
  absl::Duration waited;
  const RetryingSource source(std::make_unique<FlakySource>(4, &reads), [&](absl::Duration d) { waited += d; });
  const absl::StatusOr<std::string> bytes = source.ReadString(0, 4);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(*bytes, "\7\7\7\7");
  EXPECT_EQ(reads, 5);
  EXPECT_EQ(waited, absl::Milliseconds(100 + 200 + 400 + 800));
}

TEST(RetryingSourceTest, GivesUpWithTheLastError) {
  int reads = 0;
  const RetryingSource source(std::make_unique<FlakySource>(5, &reads), [](absl::Duration) {});
  EXPECT_EQ(source.ReadString(0, 4).status().message(), "flaky: input/output error");
  EXPECT_EQ(reads, 5);
}

TEST(RetryingSourceTest, ARangeOutsideIsNoReadAtAll) {
  int reads = 0;
  const RetryingSource source(std::make_unique<FlakySource>(0, &reads), [](absl::Duration) {});
  EXPECT_EQ(source.ReadString(3, 2).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(reads, 0);
}

}  // namespace
}  // namespace tsmedia
