#include "tools/base/layout_source.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/extent.h"

namespace tsmedia {
namespace {

TEST(LayoutSourceTest, AnyPartIsRendered) {
  // The input's part is large enough to be read straight to where it belongs.
  const std::string input(2 * kMiB, 'i');
  const std::string expected = std::string(10, '\0') + "head" + input.substr(1) + std::string(20, '\0');
  const LayoutSource source(
      {expected.size(), {{10, 4, InlineBytes{"head"}, "head"}, {14, input.size() - 1, InputSlice{"in", 1}, "file"}}},
      [&input](const std::string& name) -> absl::StatusOr<std::shared_ptr<const ByteSource>> {
        EXPECT_EQ(name, "in");
        return std::make_shared<MemorySource>(input);
      },
      "image");
  EXPECT_EQ(source.size(), expected.size());
  for (uint64_t offset : {uint64_t{0}, uint64_t{11}, uint64_t{20}, kMiB, expected.size() - 5}) {
    absl::StatusOr<std::string> bytes = source.ReadString(offset, expected.size() - offset);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    EXPECT_TRUE(*bytes == expected.substr(offset)) << offset;
  }
  EXPECT_EQ(source.ReadString(12, 4).value(), "adii");
}

TEST(LayoutSourceTest, AMissingInputIsAnError) {
  const LayoutSource source(
      {10, {{0, 10, InputSlice{"in", 0}, "file"}}},
      [](const std::string& name) -> absl::StatusOr<std::shared_ptr<const ByteSource>> {
        return absl::NotFoundError(name);
      },
      "image");
  EXPECT_TRUE(absl::IsNotFound(source.ReadString(0, 1).status()));
}

}  // namespace
}  // namespace tsmedia
