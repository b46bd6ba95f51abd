// Media on drives with FAT.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/extent.h"
#include "tools/base/ranges_source.h"
#include "tools/base/sha256.h"
#include "tools/medium/acceptance.h"
#include "tools/medium/medium.h"
#include "tools/medium/sample_drive.h"
#include "tools/medium/verify.h"
#include "tools/plan/manifest.pb.h"
#include "tools/plan/medium_paths.h"

namespace tsmedia {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const DriveFiles kBootFiles = {{"EFI/BOOT/BOOTX64.EFI", std::string(3000, 'e')},
                               {"boot/vmlinuz", std::string(700, 'k')},
                               {"tsmedia/manifest.binpb", "the manifest"},
                               {"tsmedia/manifest.binpb.sig", "its signature"}};
const DriveFiles kDataFiles = {{"tsmedia/packages/LAB00001/1/payload.00000", std::string(5000, 'p')}};

absl::StatusOr<std::unique_ptr<Medium>> OpenBytes(std::string bytes, bool is_device = false) {
  absl::StatusOr<MediumViews> views =
      OpenMediumImage(std::make_shared<MemorySource>(std::move(bytes), "stick.img"), is_device);
  if (!views.ok()) {
    return views.status();
  }
  EXPECT_EQ(views->size(), 1);
  return std::move(views->front());
}

std::string ReadAll(const Medium& medium, const std::string& path) {
  absl::StatusOr<std::unique_ptr<ByteSource>> file = medium.OpenFile(path);
  return file.ok() ? (*file)->ReadString(0, (*file)->size()).value() : std::string(file.status().message());
}

class DriveMediumTest : public testing::TestWithParam<uint32_t> {};

INSTANTIATE_TEST_SUITE_P(SectorSizes, DriveMediumTest, testing::Values(512, 4096));

TEST_P(DriveMediumTest, IsTheUnionOfItsPartitions) {
  // The manifest need not be on the first one.
  for (bool manifest_first : {true, false}) {
    std::vector<DriveFiles> file_systems = {kBootFiles, kDataFiles};
    if (!manifest_first) {
      std::swap(file_systems[0], file_systems[1]);
    }
    const std::string bytes = SampleBytes(SampleDrive(file_systems, GetParam()));
    absl::StatusOr<std::unique_ptr<Medium>> medium = OpenBytes(bytes);
    ASSERT_TRUE(medium.ok()) << medium.status();
    EXPECT_EQ((*medium)->format(), USB);
    EXPECT_THAT(*(*medium)->ListFiles(),
                ElementsAre("EFI/BOOT/BOOTX64.EFI", "boot/vmlinuz", "tsmedia/manifest.binpb",
                            "tsmedia/manifest.binpb.sig", "tsmedia/packages/LAB00001/1/payload.00000"));
    EXPECT_EQ(ReadAll(**medium, "boot/vmlinuz"), std::string(700, 'k'));
    EXPECT_EQ(ReadAll(**medium, "tsmedia/packages/LAB00001/1/payload.00000"), std::string(5000, 'p'));
    EXPECT_EQ(ReadAll(**medium, "boot/initrd"), "stick.img: there is no file /boot/initrd");
    EXPECT_TRUE(absl::IsNotFound((*medium)->OpenFile("boot").status()));
    EXPECT_TRUE(absl::IsNotFound((*medium)->OpenFile("boot/vmlinuz/x").status()));
    // Locations are those of the drive.
    std::string located;
    const absl::StatusOr<std::vector<ByteRange>> ranges =
        (*medium)->Locate("tsmedia/packages/LAB00001/1/payload.00000");
    ASSERT_TRUE(ranges.ok()) << ranges.status();
    for (const ByteRange& range : *ranges) {
      located += bytes.substr(range.offset, range.length);
    }
    EXPECT_EQ(located, std::string(5000, 'p'));
  }
}

TEST_P(DriveMediumTest, TheFileSystemWithTheManifestHidesTheOthers) {
  DriveFiles others = {{"boot/vmlinuz", "another kernel"}};
  absl::StatusOr<std::unique_ptr<Medium>> medium =
      OpenBytes(SampleBytes(SampleDrive({others, kBootFiles, others}, GetParam())));
  ASSERT_TRUE(medium.ok()) << medium.status();
  EXPECT_EQ(ReadAll(**medium, "boot/vmlinuz"), std::string(700, 'k'));
}

TEST_P(DriveMediumTest, ABackupTableDoes) {
  std::string bytes = SampleBytes(SampleDrive({kBootFiles, kDataFiles}, GetParam()));
  bytes[GetParam() + 40] ^= 1;
  absl::StatusOr<std::unique_ptr<Medium>> medium = OpenBytes(bytes);
  ASSERT_TRUE(medium.ok()) << medium.status();
  EXPECT_EQ(ReadAll(**medium, "boot/vmlinuz"), std::string(700, 'k'));
  bytes[bytes.size() - GetParam() + 40] ^= 1;
  EXPECT_TRUE(absl::IsDataLoss(OpenBytes(bytes).status()));
}

TEST_P(DriveMediumTest, DevicesMayBeLarger) {
  std::string bytes = SampleBytes(SampleDrive({kBootFiles}, GetParam()));
  bytes.resize(bytes.size() + 100 * 4096);
  absl::StatusOr<std::unique_ptr<Medium>> medium = OpenBytes(bytes, /*is_device=*/true);
  ASSERT_TRUE(medium.ok()) << medium.status();
  EXPECT_EQ(ReadAll(**medium, "boot/vmlinuz"), std::string(700, 'k'));
  EXPECT_FALSE((*medium)->ends_with_image());
}

TEST_P(DriveMediumTest, PartitionsAndSticksWithoutATable) {
  absl::StatusOr<std::unique_ptr<Medium>> medium = OpenBytes(SampleBytes(SampleFat(kBootFiles, GetParam())));
  ASSERT_TRUE(medium.ok()) << medium.status();
  EXPECT_EQ((*medium)->format(), MEDIA_FORMAT_UNSPECIFIED);
  EXPECT_EQ(ReadAll(**medium, "boot/vmlinuz"), std::string(700, 'k'));
}

TEST_P(DriveMediumTest, WithoutManifestThereIsNoMedium) {
  const absl::Status drive = OpenBytes(SampleBytes(SampleDrive({kDataFiles}, GetParam()))).status();
  EXPECT_EQ(drive.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(drive.message(), "stick.img: there is no file /tsmedia/manifest.binpb");
  EXPECT_TRUE(absl::IsNotFound(OpenBytes(SampleBytes(SampleFat(kDataFiles, GetParam()))).status()));
}

TEST_P(DriveMediumTest, DamageThatHidesTheManifestIsDamage) {
  const Layout layout = SampleDrive({kBootFiles, kDataFiles}, GetParam());
  std::string bytes = SampleBytes(layout);
  // The number of sectors that the file system says it has (fatgen: BPB_TotSec16).
  const auto boot_sector = std::ranges::find(layout.extents, "partition 1: FAT boot sector", &Extent::region);
  ASSERT_NE(boot_sector, layout.extents.end()) << layout.extents[3].region;
  bytes[boot_sector->offset + 20] = '\xff';
  EXPECT_TRUE(absl::IsDataLoss(OpenBytes(bytes).status()));
}

TEST(DriveMediumTest, NothingOfTheKind) {
  const absl::Status status = OpenBytes(std::string(100000, 'x')).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "stick.img: is neither an ISO 9660 image nor a drive or partition with FAT");
}

TEST(DriveMediumTest, CaseDoesNotCountButLongNamesDo) {
  std::string bytes = SampleBytes(SampleFat(kBootFiles, 512));
  {
    absl::StatusOr<std::unique_ptr<Medium>> medium = OpenBytes(bytes);
    ASSERT_TRUE(medium.ok());
    EXPECT_EQ(ReadAll(**medium, "Boot/VMLINUZ"), std::string(700, 'k'));
    // "manifest.binpb.sig" is MANIFE~1.SIG for programs that know no long names.
    EXPECT_TRUE(absl::IsNotFound((*medium)->OpenFile("tsmedia/MANIFE~1.SIG").status()));
  }
  // A program that knows none has renamed it: the long name does not belong to the short one any more.
  const size_t entry = bytes.find("MANIFE~1SIG");
  ASSERT_NE(entry, std::string::npos);
  bytes[entry + 7] = '9';
  absl::StatusOr<std::unique_ptr<Medium>> medium = OpenBytes(bytes);
  ASSERT_TRUE(medium.ok()) << medium.status();
  EXPECT_TRUE(absl::IsNotFound((*medium)->OpenFile("tsmedia/manifest.binpb.sig").status()));
}

// ---- Verifying ------------------------------------------------------------------------------------------------------

// A manifest that says what `files` and `layout` are.
AcceptedMedium Describe(const std::vector<DriveFiles>& file_systems, const Layout& layout, const std::string& bytes) {
  AcceptedMedium accepted;
  accepted.volume.set_number(1);
  Manifest& manifest = accepted.manifest.manifest;
  manifest.mutable_form()->set_format(USB);
  for (const DriveFiles& files : file_systems) {
    for (const auto& [path, content] : files) {
      FileEntry* file = manifest.add_files();
      file->set_path(path);
      file->set_size(content.size());
      file->set_sha256(std::string(DigestText(Sha256(content))));
    }
  }
  VolumeEntry* volume = manifest.add_volumes();
  volume->set_number(1);
  volume->set_size(layout.size);
  for (const Extent& extent : layout.extents) {
    if (extent.structure) {
      RegionEntry* region = volume->add_structures();
      region->set_name(extent.region);
      region->set_offset(extent.offset);
      region->set_length(extent.length);
      region->set_sha256(std::string(DigestText(Sha256(bytes.substr(extent.offset, extent.length)))));
    }
  }
  return accepted;
}

std::vector<std::string> Findings(const Medium& medium, const AcceptedMedium& accepted) {
  absl::StatusOr<VerifyResult> result = VerifyMedium(medium, accepted, 1, nullptr);
  EXPECT_TRUE(result.ok()) << result.status();
  std::vector<std::string> findings;
  for (const Finding& finding : result->findings) {
    findings.push_back(absl::StrCat(finding.region, ": ", finding.problem));
  }
  return findings;
}

TEST_P(DriveMediumTest, EveryByteOfAnImageCounts) {
  const std::vector<DriveFiles> file_systems = {kBootFiles, kDataFiles};
  const Layout layout = SampleDrive(file_systems, GetParam());
  std::string bytes = SampleBytes(layout);
  const AcceptedMedium accepted = Describe(file_systems, layout, bytes);
  EXPECT_THAT(Findings(**OpenBytes(bytes), accepted), ElementsAre());
  int opened = 0;
  for (size_t i = 0; i < bytes.size(); i += 61) {
    bytes[i] ^= 0x10;
    if (absl::StatusOr<std::unique_ptr<Medium>> medium = OpenBytes(bytes); medium.ok()) {
      ++opened;
      EXPECT_FALSE(Findings(**medium, accepted).empty()) << "offset " << i;
    }
    bytes[i] ^= 0x10;
  }
  EXPECT_GT(opened, 100);
}

TEST(DriveMediumTest, CopiedFilesAreVerifiedOneByOne) {
  const Layout layout = SampleDrive({kBootFiles}, 512);
  const std::string drive = SampleBytes(layout);
  const AcceptedMedium accepted = Describe({kBootFiles}, layout, drive);
  // A stick with other structures, and names whose case some program changed.
  DriveFiles copied = {{"readme.txt", "mine"}};
  for (const auto& [path, content] : kBootFiles) {
    copied[path == "boot/vmlinuz" ? absl::AsciiStrToUpper(path) : path] = content;
  }
  absl::StatusOr<std::unique_ptr<Medium>> stick = OpenBytes(SampleBytes(SampleFat(copied, 512)));
  ASSERT_TRUE(stick.ok()) << stick.status();
  EXPECT_THAT(Findings(**stick, accepted), ElementsAre());
  copied["EFI/BOOT/BOOTX64.EFI"][5] = 'x';
  copied["EFI/BOOT/more.efi"] = "loaded by whom?";
  EXPECT_THAT(
      Findings(**OpenBytes(SampleBytes(SampleFat(copied, 512))), accepted),
      ElementsAre("file /EFI/BOOT/BOOTX64.EFI: damaged", "file /EFI/BOOT/more.efi: the manifest does not list it"));
}

}  // namespace
}  // namespace tsmedia
