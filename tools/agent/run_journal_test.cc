#include "tools/agent/run_journal.h"

#include <optional>
#include <string>

#include "gtest/gtest.h"
#include "tools/crypto/age_x25519.h"
#include "tools/journal/journal.pb.h"
#include "tools/plan/manifest.pb.h"

namespace tsmedia {
namespace {

TEST(KeptIdentityTest, OnlyThatOfTheMedium) {
  const MediaIdentity identity = MediaIdentity::Generate();
  Manifest manifest;
  const Recipient recipient = identity.recipient();
  manifest.set_recipient(std::string(recipient.key().begin(), recipient.key().end()));
  JournalHeader header;
  EXPECT_FALSE(KeptIdentity(header, manifest).has_value());
  header.set_identity("AGE-SECRET-KEY-1");
  EXPECT_FALSE(KeptIdentity(header, manifest).has_value());
  header.set_identity(std::string(MediaIdentity::Generate().ToString().text()));
  EXPECT_FALSE(KeptIdentity(header, manifest).has_value());
  header.set_identity(std::string(identity.ToString().text()));
  const std::optional<MediaIdentity> kept = KeptIdentity(header, manifest);
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->recipient(), recipient);
}

}  // namespace
}  // namespace tsmedia
