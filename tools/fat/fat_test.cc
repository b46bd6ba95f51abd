// The FAT writer and reader together.

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/extent.h"
#include "tools/base/render.h"
#include "tools/fat/fat_layout.h"
#include "tools/fat/fat_reader.h"
#include "tools/fat/format.h"

namespace tsmedia {
namespace {

FatFile InlineFile(std::string path, std::string bytes) {
  uint64_t length = bytes.size();
  return {std::move(path), length, InlineBytes{std::move(bytes)}};
}

std::vector<FatFile> SampleFiles() {
  std::vector<FatFile> files = {InlineFile("/EFI/BOOT/BOOTX64.EFI", std::string(5000, 'e')),
                                InlineFile("/EFI/BOOT/grubx64.efi", std::string(70000, 'g')), InlineFile("/empty", ""),
                                InlineFile("/stra\u00dfe/\U0001f600 and a name of more than 26 units", "x")};
  for (int i = 0; i < 200; ++i) {
    files.push_back(InlineFile(absl::StrCat("/many/a file with a long name, number ", i, ".txt"), absl::StrCat(i)));
  }
  return files;
}

std::string RenderAll(const Layout& layout) {
  StringSink sink;
  absl::Status status = Render(layout, std::map<std::string, const ByteSource*>(), 0, layout.size, &sink);
  EXPECT_TRUE(status.ok()) << status;
  return sink.TakeBytes();
}

TEST(FatTest, ReadsBack) {
  struct {
    FatOptions options;
    FatType type;
  } cases[] = {
      {{.serial = 0xa1b2c3d4, .label = "MY LABEL-1"}, FatType::kFat12},
      {{.type = FatType::kFat16, .serial = 1}, FatType::kFat16},
      {{.type = FatType::kFat32, .size = 33 * kMiB, .label = "TSMEDIA"}, FatType::kFat32},
      {{.type = FatType::kFat12, .sector_size = 4096}, FatType::kFat12},
  };
  for (const auto& c : cases) {
    std::vector<FatFile> files = SampleFiles();
    absl::StatusOr<Layout> layout = LayoutFat(c.options, files);
    ASSERT_TRUE(layout.ok()) << layout.status();
    ASSERT_TRUE(CheckLayout(*layout).ok()) << CheckLayout(*layout);
    MemorySource source(RenderAll(*layout));
    absl::StatusOr<std::unique_ptr<FatReader>> reader = FatReader::Open(&source);
    ASSERT_TRUE(reader.ok()) << reader.status();
    EXPECT_EQ((*reader)->type(), c.type);
    EXPECT_EQ((*reader)->serial(), c.options.serial);
    EXPECT_EQ((*reader)->label(), c.options.label);
    EXPECT_EQ((*reader)->boot_sector_label(), c.options.label.empty() ? "NO NAME" : c.options.label);
    size_t entries = 0;
    ASSERT_TRUE((*reader)
                    ->Walk([&](const FatEntry&) {
                      ++entries;
                      return absl::OkStatus();
                    })
                    .ok());
    EXPECT_EQ(entries, files.size() + 4);
    for (const FatFile& file : files) {
      absl::StatusOr<FatEntry> entry = (*reader)->Lookup(file.path);
      ASSERT_TRUE(entry.ok()) << entry.status();
      EXPECT_EQ(entry->path, file.path);
      absl::StatusOr<std::unique_ptr<ByteSource>> content = (*reader)->OpenFile(*entry);
      ASSERT_TRUE(content.ok()) << content.status();
      absl::StatusOr<std::string> bytes = (*content)->ReadString(0, (*content)->size());
      ASSERT_TRUE(bytes.ok());
      EXPECT_TRUE(*bytes == std::get<InlineBytes>(file.content).bytes) << file.path;
    }
    EXPECT_TRUE((*reader)->Lookup("/efi/boot/bootx64.efi").ok());
    EXPECT_EQ((*reader)->Lookup("/efi/boot/none").status().code(), absl::StatusCode::kNotFound);
    EXPECT_EQ((*reader)->Lookup("/empty/none").status().code(), absl::StatusCode::kNotFound);
  }
}

TEST(FatTest, DirectoriesDoNotDependOnTheOrder) {
  std::vector<FatFile> files;
  for (int i = 0; i < 50; ++i) {
    files.push_back(InlineFile(absl::StrCat("/d", i % 3, "/a long name ", i), "same"));
  }
  auto paths = [](const std::vector<FatFile>& input) {
    MemorySource source(RenderAll(*LayoutFat({}, input)));
    std::vector<std::string> result;
    EXPECT_TRUE((*FatReader::Open(&source))
                    ->Walk([&](const FatEntry& entry) {
                      result.push_back(absl::StrCat(entry.path, " ", entry.short_name));
                      return absl::OkStatus();
                    })
                    .ok());
    return result;
  };
  std::vector<std::string> expected = paths(files);
  std::reverse(files.begin(), files.end());
  EXPECT_EQ(paths(files), expected);
}

TEST(FatTest, Refuses) {
  struct {
    FatOptions options;
    std::vector<FatFile> files;
    std::string message;
  } cases[] = {
      {{.label = "lower"}, {}, "label \"lower\": at most 11 of A-Z 0-9 _ - and space are allowed"},
      {{.label = "TWELVE CHARS"}, {}, "label \"TWELVE CHARS\""},
      {{.time = 0}, {}, "time: the year 1970 is outside of FAT's 1980 to 2107"},
      {{.time = 4354819200}, {}, "time: the year 2108 is outside of FAT's 1980 to 2107"},
      {{}, {InlineFile("/a/b:c", "")}, "directory /a: the name \"b:c\" holds"},
      {{},
       {InlineFile("/x/Readme", ""), InlineFile("/x/README", "")},
       "directory /x: the name \"Readme\" and the name"},
      {{}, {InlineFile("/Dir/a", ""), InlineFile("/dir/b", "")}, "directory /: the name \"dir\" and the name \"Dir\""},
      {{},
       {{"/big", uint64_t{1} << 32, InputSlice{"big", 0}}},
       "/big: has 4294967296 bytes; FAT files have less than 4 GiB"},
      {{}, {{"/a", 2, InlineBytes{"x"}}}, "/a: the length is given as 2, but 1 bytes are"},
      {{.size = kMiB}, {{"/a", 2 * kMiB, InputSlice{"a", 0}}}, "the files do not fit into 1048576 bytes"},
  };
  for (const auto& c : cases) {
    absl::Status status = LayoutFat(c.options, c.files).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.message;
    EXPECT_TRUE(absl::StrContains(status.message(), c.message)) << status;
  }
  std::vector<FatFile> many;
  for (int i = 0; i < 65535; ++i) {
    many.push_back(InlineFile(absl::StrCat("/d/", i), ""));
  }
  EXPECT_EQ(LayoutFat({.type = FatType::kFat32}, many).status().message(),
            "directory /d needs 65537 directory entries; FAT allows 65,536");
  many.pop_back();
  EXPECT_TRUE(LayoutFat({.type = FatType::kFat32}, many).ok());
}

TEST(FatTest, NearlyFullFat32HasNoFreeCluster) {
  std::vector<FatFile> files = {{"/a", uint64_t{65540} * 512, InputSlice{"a", 0}}};
  absl::StatusOr<Layout> layout = LayoutFat({.type = FatType::kFat32}, files);
  ASSERT_TRUE(layout.ok()) << layout.status();
  const std::string& information = std::get<InlineBytes>(layout->extents[1].content).bytes;
  const uint8_t* bytes = reinterpret_cast<const uint8_t*>(information.data());
  EXPECT_EQ(LoadLittle<uint32_t>(bytes + fat::kInformationFree), 0u);
  EXPECT_EQ(LoadLittle<uint32_t>(bytes + fat::kInformationNext), 0xffffffffu);
}

TEST(FatTest, SlotsAndFreeSpaceAreFreeClusters) {
  // 40 clusters of content, 10 of which the slots keep free; a chain that is long enough to be described.
  std::vector<FatFile> files = {{"/a", 20 * 512, InputSlice{"a", 0}, 25 * 512},
                                {"/b", 4000 * 512, InputSlice{"b", 0}, 4005 * 512},
                                {"/d/c", 20 * 512, InputSlice{"c", 0}}};
  const uint64_t free_space = 40 * kMiB;
  absl::StatusOr<Layout> layout = LayoutFat({.type = FatType::kFat32, .free_space = free_space}, files);
  ASSERT_TRUE(layout.ok()) << layout.status();
  const MemorySource zeros(std::string(4000 * 512, '\0'));
  StringSink sink;
  absl::Status rendered = Render(*layout, {{"a", &zeros}, {"b", &zeros}, {"c", &zeros}}, 0, layout->size, &sink);
  ASSERT_TRUE(rendered.ok()) << rendered;
  const MemorySource image(sink.TakeBytes());
  absl::StatusOr<std::unique_ptr<FatReader>> reader = FatReader::Open(&image);
  ASSERT_TRUE(reader.ok()) << reader.status();
  ASSERT_EQ((*reader)->cluster_size(), 512u);
  EXPECT_GE((*reader)->cluster_count() * 512, free_space + 4040 * 512);
  for (const auto& [path, first] :
       std::map<std::string, uint32_t>{{"/a", 3}, {"/b", 28}, {"/d/c", 4033}, {"/d", 4053}}) {
    absl::StatusOr<FatEntry> entry = (*reader)->Lookup(path);
    ASSERT_TRUE(entry.ok()) << entry.status();
    EXPECT_EQ(entry->first_cluster, first) << path;
    EXPECT_TRUE(entry->is_directory || (*reader)->OpenFile(*entry).ok()) << path;
  }
  const std::string& information = std::get<InlineBytes>(layout->extents[1].content).bytes;
  const uint8_t* bytes = reinterpret_cast<const uint8_t*>(information.data());
  EXPECT_EQ(LoadLittle<uint32_t>(bytes + fat::kInformationFree), (*reader)->cluster_count() - 4042);
  EXPECT_TRUE(std::ranges::any_of(
      layout->extents, [](const Extent& extent) { return std::holds_alternative<CountingWords>(extent.content); }));
}

TEST(FatTest, LayoutsOfLargeDrivesAreSmall) {
  // 3 TiB in files below 4 GiB, on a drive with sectors of 4 KiB.
  std::vector<FatFile> files;
  for (int i = 0; i < 1024; ++i) {
    files.push_back({absl::StrCat("/", i), 3 * kGiB, InputSlice{"x", 0}});
  }
  absl::StatusOr<Layout> layout = LayoutFat({.type = FatType::kFat32, .sector_size = 4096}, files);
  ASSERT_TRUE(layout.ok()) << layout.status();
  EXPECT_GT(layout->size, 3 * kTiB);
  uint64_t bytes = 0;
  for (const Extent& extent : layout->extents) {
    if (const auto* inlined = std::get_if<InlineBytes>(&extent.content)) {
      bytes += inlined->bytes.size();
    }
  }
  EXPECT_LT(bytes, kMiB);
  // Sectors of 512 bytes end at 2 TiB.
  EXPECT_FALSE(LayoutFat({.type = FatType::kFat32}, files).ok());
}

// A FAT16 image to be damaged.
class FatReaderTest : public testing::Test {
 protected:
  FatReaderTest() {
    layout_ = *LayoutFat({.type = FatType::kFat16, .label = "DAMAGE"},
                         {InlineFile("/dir/sub/file", std::string(10000, 'f')), InlineFile("/dir/long name", "x")});
    image_ = RenderAll(layout_);
  }

  uint8_t* At(uint64_t offset) { return reinterpret_cast<uint8_t*>(image_.data()) + offset; }

  uint64_t RegionStart(std::string_view region) const {
    for (const Extent& extent : layout_.extents) {
      if (extent.region == region) {
        return extent.offset;
      }
    }
    ADD_FAILURE() << region;
    return 0;
  }

  void SetTable(uint32_t cluster, uint16_t value) {
    StoreLittle<uint16_t>(value, At(RegionStart("file allocation table 1") + cluster * 2));
  }

  absl::Status ReadAll() const {
    MemorySource source(image_, "image");
    absl::StatusOr<std::unique_ptr<FatReader>> reader = FatReader::Open(&source);
    if (!reader.ok()) {
      return reader.status();
    }
    return (*reader)->Walk([&](const FatEntry& entry) {
      return entry.is_directory ? absl::OkStatus() : (*reader)->OpenFile(entry).status();
    });
  }

  void ExpectError(std::string_view message, absl::StatusCode code = absl::StatusCode::kDataLoss) const {
    absl::Status status = ReadAll();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), message)) << status;
  }

  Layout layout_;
  std::string image_;
};

// Clusters: 2 to 6 are the file, 7 the other one, 8 is /dir, 9 /dir/sub.
TEST_F(FatReaderTest, ChainsThatAreWrong) {
  EXPECT_TRUE(ReadAll().ok()) << ReadAll();
  struct {
    uint32_t cluster;
    uint16_t value;
    std::string message;
  } cases[] = {
      {4, 3, "/dir/sub/file: its cluster chain is a loop through cluster"},
      {4, 0, "its cluster chain leads to 0, which is no cluster"},
      {4, 1, "its cluster chain leads to 1, which is no cluster"},
      {4, 0xfff7, "its cluster chain leads to 65527, which is no cluster"},
      {4, 4103, "its cluster chain leads to 4103, which is no cluster of this file system (2 to 4102)"},
      {4, 0xffff, "its cluster chain ends after 6144 of 10000 bytes"},
      {8, 9, "its cluster 9 belongs to another directory as well"},
  };
  for (const auto& c : cases) {
    uint16_t old = LoadLittle<uint16_t>(At(RegionStart("file allocation table 1") + c.cluster * 2));
    SetTable(c.cluster, c.value);
    if (c.cluster == 8) {
      // The directory must be full to be read on.
      for (uint64_t i = RegionStart("FAT directory /dir"); i < RegionStart("FAT directory /dir") + 2048; i += 32) {
        if (*At(i) == 0) *At(i) = 0xe5;
      }
    }
    ExpectError(c.message);
    SetTable(c.cluster, old);
  }
}

TEST_F(FatReaderTest, DirectoryLoop) {
  // /dir/sub leads back to /dir.
  uint64_t entry = image_.find("SUB        ", RegionStart("FAT directory /dir"));
  StoreLittle<uint16_t>(8, At(entry + fat::kEntryClusterLow));
  ExpectError("directory /dir/sub: its cluster 8 belongs to another directory as well");
}

TEST_F(FatReaderTest, OrphanedLongNameGivesTheShortOne) {
  uint64_t entry = RegionStart("FAT directory /dir") + 64;
  ASSERT_EQ(*At(entry + 11), 0x0f);
  *At(entry + fat::kLongChecksum) ^= 1;
  MemorySource source(image_);
  EXPECT_TRUE((*FatReader::Open(&source))->Lookup("/dir/LONGNA~1").ok());
}

TEST_F(FatReaderTest, NamesThatLeadOut) {
  uint64_t entry = RegionStart("FAT directory /dir") + 64;
  StoreLittle<uint16_t>(u'/', At(entry + 3));
  ExpectError("directory /dir: a name is empty, \".\", \"..\" or holds '/' or NUL");
}

TEST_F(FatReaderTest, BootSectors) {
  struct {
    uint64_t offset;
    uint8_t value;
    std::string message;
    absl::StatusCode code;
  } cases[] = {
      {0, 0, "is not a FAT file system", absl::StatusCode::kInvalidArgument},
      {510, 0, "is not a FAT file system", absl::StatusCode::kInvalidArgument},
      {fat::kBpbSectorSize, 1, "is not a FAT file system", absl::StatusCode::kInvalidArgument},
      {fat::kBpbClusterSectors, 3, "is not a FAT file system", absl::StatusCode::kInvalidArgument},
      {fat::kBpbFats, 0, "is not a FAT file system", absl::StatusCode::kInvalidArgument},
      {fat::kBpbFatSectors16, 1, "FAT boot sector: FAT size: 1 sectors are too few for", absl::StatusCode::kDataLoss},
      {fat::kBpbTotalSectors16 + 1, 0xff, "image: truncated: the file system has", absl::StatusCode::kDataLoss},
      {fat::kBpbRootEntries + 1, 0xff, "FAT boot sector: ", absl::StatusCode::kDataLoss},
  };
  for (const auto& c : cases) {
    uint8_t old = *At(c.offset);
    *At(c.offset) = c.value;
    if (c.offset == fat::kBpbRootEntries + 1) {
      StoreLittle<uint16_t>(1000, At(fat::kBpbTotalSectors16));
    }
    ExpectError(c.message, c.code);
    *At(c.offset) = old;
  }
  image_.resize(100);
  ExpectError("is not a FAT file system", absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace tsmedia
