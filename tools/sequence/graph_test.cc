#include "tools/sequence/graph.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "tools/sequence/parse.h"
#include "tools/sequence/sequence_testing.h"

namespace tsmedia {
namespace {

constexpr std::string_view kFolder = "tools/sequence/testdata/graph/";

SequenceNode Graph() {
  Diagnostics diagnostics;
  std::unique_ptr<ParsedSequence> parsed =
      ParseSequenceText(ReadTestFile(absl::StrCat(kFolder, "all.textproto")), &diagnostics);
  EXPECT_EQ(diagnostics.ToText("all.textproto"), "");
  return BuildGraph(parsed->sequence);
}

TEST(GraphTest, Text) { EXPECT_EQ(GraphToText(Graph()), ReadTestFile(absl::StrCat(kFolder, "all.txt"))); }

TEST(GraphTest, Dot) { EXPECT_EQ(GraphToDot(Graph()), ReadTestFile(absl::StrCat(kFolder, "all.dot"))); }

TEST(GraphTest, Json) {
  absl::StatusOr<std::string> json = GraphToJson(Graph());
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(*json, ReadTestFile(absl::StrCat(kFolder, "all.json")));
  SequenceNode again;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(*json, &again).ok());
  EXPECT_EQ(again.SerializeAsString(), Graph().SerializeAsString());
}

}  // namespace
}  // namespace tsmedia
