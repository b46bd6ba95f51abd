#include "tools/base/render.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/ranges_source.h"

namespace tsmedia {
namespace {

// 20 bytes: "head" at 2, input "in" from 1 at 8, "tail" at 12.
Layout SmallLayout() {
  Layout layout;
  layout.size = 20;
  layout.extents = {{2, 4, InlineBytes{"head"}, "header", true},
                    {8, 4, InputSlice{"in", 1}, "file /a", false},
                    {12, 4, InlineBytes{"tail"}, "table", true}};
  return layout;
}

std::string SmallImage() {
  return std::string(2, '\0') + "head" + std::string(2, '\0') + "1234tail" + std::string(4, '\0');
}

TEST(RenderTest, RendersEveryRange) {
  MemorySource input("01234567");
  std::map<std::string, const ByteSource*> inputs = {{"in", &input}};
  for (uint64_t begin = 0; begin <= 20; ++begin) {
    for (uint64_t end = begin; end <= 20; ++end) {
      StringSink sink;
      ASSERT_TRUE(Render(SmallLayout(), inputs, begin, end, &sink).ok());
      EXPECT_EQ(sink.bytes(), SmallImage().substr(begin, end - begin)) << begin << " to " << end;
    }
  }
}

TEST(RenderTest, RendersManyParts) {
  // Inputs of odd sizes with odd gaps; the last ones are longer than a part.
  Layout layout;
  std::string expected;
  std::vector<std::unique_ptr<MemorySource>> sources;
  std::map<std::string, const ByteSource*> inputs;
  for (int i = 0; i < 40; ++i) {
    std::string bytes((i < 38 ? 200001 : 1500001) + i, static_cast<char>('a' + i % 26));
    std::string name = absl::StrCat("in", i);
    expected.append(i * 1000, '\0');
    layout.extents.push_back({expected.size(), bytes.size(), InputSlice{name, 0}, name, false});
    expected.append(bytes);
    sources.push_back(std::make_unique<MemorySource>(bytes));
    inputs[name] = sources.back().get();
  }
  layout.size = expected.size();
  StringSink sink;
  ASSERT_TRUE(Render(layout, inputs, 0, layout.size, &sink).ok());
  EXPECT_TRUE(sink.bytes() == expected);
  StringSink multiple;  // exactly a number of parts
  ASSERT_TRUE(Render(layout, inputs, kMiB, 4 * kMiB, &multiple).ok());
  EXPECT_TRUE(multiple.bytes() == expected.substr(kMiB, 3 * kMiB));
}

TEST(RenderTest, NamesTheInputThatIsWrong) {
  MemorySource input("0123");
  StringSink sink;
  absl::Status status = Render(SmallLayout(), {{"in", &input}}, 0, 20, &sink);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(),
            "input in (memory) has 4 bytes, but file /a needs its bytes 1 to 5: it is not the planned file");
  status = Render(SmallLayout(), std::map<std::string, const ByteSource*>(), 0, 20, &sink);
  EXPECT_EQ(status.message(), "input in is missing");
}

class FailingSink : public ByteSink {
 public:
  absl::Status Append(ByteSpan) override { return absl::ResourceExhaustedError("the disk is full"); }
};

TEST(RenderTest, StopsWhenTheSinkFails) {
  Layout layout;
  layout.size = 64 * kMiB;
  FailingSink sink;
  EXPECT_EQ(Render(layout, std::map<std::string, const ByteSource*>(), 0, layout.size, &sink).message(),
            "the disk is full");
}

TEST(RenderTest, OpensOneInputAtATime) {
  Layout layout;
  layout.size = 2 * kMiB;
  for (int i = 0; i < 100; ++i) {
    layout.extents.push_back(
        {static_cast<uint64_t>(i) * 1000, 500, InputSlice{absl::StrCat("in", i / 2), 0}, "x", false});
  }
  int opened = 0;
  std::weak_ptr<const ByteSource> previous;
  auto open = [&](const std::string&) -> absl::StatusOr<std::shared_ptr<const ByteSource>> {
    EXPECT_TRUE(previous.expired());
    ++opened;
    auto source = std::make_shared<MemorySource>(std::string(500, 'x'));
    previous = source;
    return source;
  };
  StringSink sink;
  ASSERT_TRUE(Render(layout, open, 0, layout.size, &sink).ok());
  EXPECT_EQ(opened, 50);
}

TEST(RenderTest, RefusesLayoutsThatAreWrong) {
  struct {
    Extent extent;
    const char* message;
  } cases[] = {
      {{19, 2, InputSlice{"in", 0}, "a", false}, "overlaps its predecessor or the end of the image"},
      {{21, 0, InputSlice{"in", 0}, "a", false}, "overlaps its predecessor or the end of the image"},
      {{5, 1, InputSlice{"in", 0}, "a", false}, "overlaps its predecessor or the end of the image"},
      {{16, ~uint64_t{0}, InputSlice{"in", 0}, "a", false}, "overlaps its predecessor or the end of the image"},
      {{16, 3, InlineBytes{"four"}, "a", false}, "is 3 bytes long but holds 4"},
  };
  for (const auto& c : cases) {
    Layout layout = SmallLayout();
    layout.extents.push_back(c.extent);
    EXPECT_TRUE(absl::StrContains(CheckLayout(layout).message(), c.message)) << CheckLayout(layout);
  }
  EXPECT_TRUE(CheckLayout(SmallLayout()).ok());
  StringSink sink;
  EXPECT_EQ(Render(SmallLayout(), std::map<std::string, const ByteSource*>(), 5, 21, &sink).code(),
            absl::StatusCode::kOutOfRange);
}

TEST(RegionAtTest, NamesExtentsAndGaps) {
  struct {
    uint64_t offset;
    Region region;
  } cases[] = {
      {0, {"zero padding", true, 0, 2}},
      {2, {"header", true, 2, 6}},
      {5, {"header", true, 2, 6}},
      {6, {"zero padding after header", true, 6, 8}},
      {8, {"file /a", false, 8, 12}},
      {12, {"table", true, 12, 16}},
      {19, {"zero padding after table", true, 16, 20}},
  };
  for (const auto& c : cases) {
    Region region = RegionAt(SmallLayout(), c.offset);
    EXPECT_EQ(region.name, c.region.name) << c.offset;
    EXPECT_EQ(region.structure, c.region.structure) << c.offset;
    EXPECT_EQ(region.begin, c.region.begin) << c.offset;
    EXPECT_EQ(region.end, c.region.end) << c.offset;
  }
}

TEST(RangesSourceTest, ReadsAcrossRanges) {
  MemorySource base("0123456789");
  RangesSource source(&base, {{8, 2}, {0, 3}, {5, 0}, {4, 1}}, "joined");
  EXPECT_EQ(source.size(), 6u);
  for (uint64_t begin = 0; begin <= 6; ++begin) {
    for (uint64_t end = begin; end <= 6; ++end) {
      absl::StatusOr<std::string> bytes = source.ReadString(begin, end - begin);
      ASSERT_TRUE(bytes.ok());
      EXPECT_EQ(*bytes, std::string("890124").substr(begin, end - begin));
    }
  }
}

}  // namespace
}  // namespace tsmedia
