#include "tools/agent/settings.h"

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/agent/fake_root.h"
#include "tools/base/canonical_proto.h"
#include "tools/plan/manifest.h"

namespace tsmedia {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(AgentSettingsTest, AreAFileOfTheBootImage) {
  const FakeRoot root("settings");
  EXPECT_FALSE(ReadAgentSettings(root.path()).ok());
  AgentSettings written;
  written.set_context(std::string(kAgentContext));
  written.set_debug_shell(true);
  written.add_keyboards("de");
  root.Write("etc/tsmedia/agent.binpb", SerializeCanonical(written));
  const absl::StatusOr<AgentSettings> read = ReadAgentSettings(root.path());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(read->debug_shell());
  EXPECT_THAT(read->keyboards(), ElementsAre("de"));
}

TEST(AgentSettingsTest, AnotherFileIsRefused) {
  const FakeRoot root("other_settings");
  AgentSettings other;
  other.set_context("tsmedia/other/v1");
  root.Write("etc/tsmedia/agent.binpb", SerializeCanonical(other));
  EXPECT_TRUE(absl::IsInvalidArgument(ReadAgentSettings(root.path()).status()));
}

TEST(CheckMemoryTest, ComparesWithTheManifest) {
  Manifest manifest;
  manifest.mutable_boot()->set_minimum_memory_mb(640);
  MachineFacts facts;
  facts.set_memory_mb(640);
  EXPECT_TRUE(CheckMemory(facts, manifest).ok());
  facts.set_memory_mb(576);
  const absl::Status status = CheckMemory(facts, manifest);
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_THAT(status.message(), HasSubstr("this machine has 576 MB of memory, and the medium needs 640 MB"));
}

}  // namespace
}  // namespace tsmedia
