#include "tools/iso9660/volume_label.h"

#include <string>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"

namespace tsmedia {
namespace {

// The table of rules/docs/iso9660_layout.md.
TEST(VolumeLabelTest, Maps) {
  struct {
    std::string label;
    std::string iso;
    std::u16string joliet;
    std::string fat;
  } cases[] = {
      {"BRANCH01", "BRANCH01", u"BRANCH01", "BRANCH01"},
      {"Configuration Manager", "CONFIGURATION_MANAGER", u"Configuration Ma", "CONFIGURATI"},
      {"Branch Office", "BRANCH_OFFICE", u"Branch Office", "BRANCH OFFI"},
      {"two-part", "TWO_PART", u"two-part", "TWO-PART"},
      {"10% off; a/b", "10__OFF__A_B", u"10% off_ a_b", "10_ OFF_ A_"},
      {"Z\u00fcrich", "Z_RICH", u"Z\u00fcrich", "Z_RICH"},
      {"\U0001f4bf disc", "__DISC", u"_ disc", "_ DISC"},
      {"NO NAME", "NO_NAME", u"NO NAME", "NO_NAME"},
      {"0123456789 123", "0123456789_123", u"0123456789 123", "0123456789"},
      {"a123456789b123456789c123456789d123456789", "A123456789B123456789C123456789D1", u"a123456789b12345",
       "A123456789B"},
  };
  for (const auto& c : cases) {
    absl::StatusOr<VolumeLabels> labels = MapVolumeLabel(c.label);
    ASSERT_TRUE(labels.ok()) << labels.status();
    EXPECT_EQ(labels->iso, c.iso);
    EXPECT_EQ(labels->joliet, c.joliet) << c.label;
    EXPECT_EQ(labels->fat, c.fat);
  }
}

TEST(VolumeLabelTest, EndingIsNeverCut) {
  absl::StatusOr<VolumeLabels> labels = MapVolumeLabel("Configuration Manager in Z\u00fcrich", "_12of34");
  ASSERT_TRUE(labels.ok()) << labels.status();
  EXPECT_EQ(labels->iso, "CONFIGURATION_MANAGER_IN__12OF34");
  EXPECT_EQ(labels->joliet, u"Configura_12of34");
  EXPECT_EQ(labels->fat, "CONFIGURATI");
}

TEST(VolumeLabelTest, Refuses) {
  for (const char* label : {"", " a", "a ", "a\tb", "a\x7f", "\xff", "a\n"}) {
    EXPECT_FALSE(MapVolumeLabel(label).ok()) << label;
  }
}

}  // namespace
}  // namespace tsmedia
