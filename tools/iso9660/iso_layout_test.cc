#include "tools/iso9660/iso_layout.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/render.h"
#include "tools/fat/fat_layout.h"
#include "tools/gpt/gpt.h"
#include "tools/iso9660/iso_reader.h"

namespace tsmedia {
namespace {

using Inputs = std::map<std::string, const ByteSource*>;

IsoOptions TestOptions() {
  IsoOptions options;
  options.label = "Test Label";
  options.file_time = 315532800;           // 1980-01-01T00:00:00Z
  options.modification_time = 1234567890;  // 2009-02-13T23:31:30Z
  options.publisher = "A PUBLISHER";
  options.application = "AN APPLICATION";
  return options;
}

IsoFile InlineFile(std::string path, std::string bytes) {
  uint64_t length = bytes.size();
  return {std::move(path), length, InlineBytes{std::move(bytes)}};
}

std::string RenderAll(const Layout& layout, const Inputs& inputs = {}) {
  StringSink sink;
  absl::Status status = Render(layout, inputs, 0, layout.size, &sink);
  EXPECT_TRUE(status.ok()) << status;
  return sink.TakeBytes();
}

const uint8_t* Bytes(const std::string& image, uint64_t offset) {
  return reinterpret_cast<const uint8_t*>(image.data()) + offset;
}

TEST(IsoLayoutTest, VolumeDescriptors) {
  absl::StatusOr<Layout> layout = LayoutIso(TestOptions(), {InlineFile("/a", "x")});
  ASSERT_TRUE(layout.ok()) << layout.status();
  std::string image = RenderAll(*layout);
  EXPECT_EQ(image.substr(0, 32768), std::string(32768, '\0'));
  EXPECT_EQ(image.substr(32768, 7), "\1CD001\1");
  EXPECT_EQ(image.substr(32768 + 40, 32), "TEST_LABEL                      ");
  EXPECT_EQ(LoadLittle<uint32_t>(Bytes(image, 32768 + 80)), image.size() / 2048);
  EXPECT_EQ(LoadBig<uint32_t>(Bytes(image, 32768 + 84)), image.size() / 2048);
  EXPECT_EQ(image.substr(32768 + 318, 12), "A PUBLISHER ");
  EXPECT_EQ(image.substr(32768 + 574, 15), "AN APPLICATION ");
  EXPECT_EQ(image.substr(32768 + 813, 17), std::string("1980010100000000\0", 17));
  EXPECT_EQ(image.substr(32768 + 830, 17), std::string("2009021323313000\0", 17));
  EXPECT_EQ(image.substr(32768 + 847, 17), std::string("0000000000000000\0", 17));
  EXPECT_EQ(image.substr(34816, 7), "\2CD001\1");
  EXPECT_EQ(image.substr(34816 + 88, 3), "%/E");
  EXPECT_EQ(image.substr(34816 + 40, 8), std::string("\0T\0e\0s\0t", 8));
  EXPECT_EQ(image.substr(36864, 7),
            "\xff"
            "CD001\1");
  // 150 zero sectors at the end, counted in the capacity.
  EXPECT_EQ(image.substr(image.size() - 150 * 2048), std::string(150 * 2048, '\0'));
  EXPECT_EQ(image[image.size() - 151 * 2048], 'x');
}

TEST(IsoLayoutTest, EveryByteBelongsToARegion) {
  IsoOptions options = TestOptions();
  options.bios_boot = BiosBoot{std::string(5000, 'B'), std::string(512, 'H')};
  absl::StatusOr<Layout> fat = LayoutFat({.label = "BOOT"}, {{"/EFI/BOOT/BOOTX64.EFI", 3, InlineBytes{"efi"}}});
  ASSERT_TRUE(fat.ok()) << fat.status();
  options.uefi_boot_image = *fat;
  absl::StatusOr<Layout> layout =
      LayoutIso(options, {InlineFile("/boot/vmlinuz", std::string(3000, 'k')),
                          InlineFile("/boot/" + std::string(200, 'n'), "long"), InlineFile("/empty", "")});
  ASSERT_TRUE(layout.ok()) << layout.status();
  ASSERT_TRUE(CheckLayout(*layout).ok());
  std::vector<std::string> regions;
  for (const Extent& extent : layout->extents) {
    regions.push_back(extent.region);
    // No directory record locates what is in the UEFI boot image: to the ISO all of it is structure.
    EXPECT_EQ(extent.structure, !absl::StartsWith(extent.region, "file /")) << extent.region;
  }
  EXPECT_EQ(regions, (std::vector<std::string>{
                         "protective MBR",
                         "primary GPT",
                         "ISO 9660 primary volume descriptor",
                         "El Torito boot record descriptor",
                         "Joliet volume descriptor",
                         "ISO 9660 volume descriptor set terminator",
                         "ISO 9660 path table (little-endian)",
                         "ISO 9660 path table (big-endian)",
                         "Joliet path table (little-endian)",
                         "Joliet path table (big-endian)",
                         "ISO 9660 directory /",
                         "Rock Ridge continuation area of /",
                         "ISO 9660 directory /boot",
                         "Rock Ridge continuation area of /boot",
                         "Joliet directory /",
                         "Joliet directory /boot",
                         "El Torito boot catalog",
                         "BIOS boot image",
                         "UEFI boot image: FAT boot sector",
                         "UEFI boot image: file allocation table 1",
                         "UEFI boot image: file allocation table 2",
                         "UEFI boot image: FAT directory /",
                         "UEFI boot image: file /EFI/BOOT/BOOTX64.EFI",
                         "UEFI boot image: FAT directory /EFI",
                         "UEFI boot image: FAT directory /EFI/BOOT",
                         "file /boot/vmlinuz",
                         "file /boot/" + std::string(200, 'n'),
                         "backup GPT",
                     }));
}

TEST(IsoLayoutTest, BootImages) {
  IsoOptions options = TestOptions();
  std::string image_bytes(4098, '\0');
  for (size_t i = 0; i < image_bytes.size(); ++i) {
    image_bytes[i] = static_cast<char>(i * 7 + i / 256);
  }
  options.bios_boot = BiosBoot{image_bytes, std::string(512, 'H')};
  options.uefi_boot_image = Layout{6 * 512, {{0, 3, InlineBytes{"fat"}, "FAT boot sector", true}}};
  absl::StatusOr<Layout> layout = LayoutIso(options, {InlineFile("/a", "x")});
  ASSERT_TRUE(layout.ok()) << layout.status();
  std::string image = RenderAll(*layout);
  MemorySource source(image);
  absl::StatusOr<std::unique_ptr<IsoReader>> reader = IsoReader::Open(&source);
  ASSERT_TRUE(reader.ok()) << reader.status();
  ASSERT_TRUE((*reader)->el_torito().ok());
  const std::vector<ElToritoEntry>& entries = *(*reader)->el_torito();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].platform, 0);
  EXPECT_EQ(entries[0].sector_count, 4);
  EXPECT_EQ(entries[0].media_type, 0);
  EXPECT_TRUE(entries[0].bootable);
  EXPECT_EQ(entries[1].platform, 0xef);
  EXPECT_EQ(entries[1].sector_count, 6);
  EXPECT_TRUE(entries[1].bootable);
  EXPECT_EQ(image.substr(entries[1].offset, 3), "fat");
  uint64_t bios = entries[0].offset;
  EXPECT_EQ(LoadLittle<uint32_t>(Bytes(image, bios + 8)), 16u);
  EXPECT_EQ(LoadLittle<uint32_t>(Bytes(image, bios + 12)), bios / 2048);
  EXPECT_EQ(LoadLittle<uint32_t>(Bytes(image, bios + 16)), 4098u);
  EXPECT_EQ(image.substr(bios + 24, 40), std::string(40, '\0'));
  EXPECT_EQ(LoadLittle<uint64_t>(Bytes(image, bios + 2548)), bios / 2048 * 4 + 5);
  uint32_t sum = 0;
  for (size_t i = 64; i < 4100; i += 4) {  // the last word reaches into the padding, which is zero
    sum += LoadLittle<uint32_t>(Bytes(image, bios + i));
  }
  EXPECT_EQ(LoadLittle<uint32_t>(Bytes(image, bios + 20)), sum);
  // All else is as it was.
  std::string patched = image.substr(bios, image_bytes.size());
  patched.replace(8, 56, image_bytes, 8, 56);
  patched.replace(2548, 8, image_bytes, 2548, 8);
  EXPECT_TRUE(patched == image_bytes);
}

TEST(IsoLayoutTest, BootsAsADisk) {
  IsoOptions options = TestOptions();
  options.bios_boot = BiosBoot{std::string(5000, 'B'), std::string(512, 'H')};
  options.uefi_boot_image = Layout{6 * 512, {{0, 3, InlineBytes{"fat"}, "FAT boot sector", true}}};
  options.disk_id = DerivedGuid({1});
  options.efi_partition_id = DerivedGuid({2});
  absl::StatusOr<Layout> layout = LayoutIso(options, {InlineFile("/a", "x")});
  ASSERT_TRUE(layout.ok()) << layout.status();
  std::string image = RenderAll(*layout);
  MemorySource source(image);
  absl::StatusOr<Gpt> gpt = ReadGpt(source, 512);
  ASSERT_TRUE(gpt.ok()) << gpt.status();
  EXPECT_EQ(gpt->disk_id, options.disk_id);
  ASSERT_EQ(gpt->partitions.size(), 1u);
  const GptPartition& partition = gpt->partitions[0];
  EXPECT_EQ(partition.type, EfiSystemType());
  EXPECT_EQ(partition.id, options.efi_partition_id);
  EXPECT_EQ(partition.last_lba - partition.first_lba + 1, 6u);
  EXPECT_EQ(image.substr(partition.first_lba * 512, 3), "fat");
  // The backup is whole, and ends the image.
  EXPECT_EQ(image.substr(image.size() - 512, 8), "EFI PART");
  std::string no_primary = image;
  no_primary.replace(512, 512, 512, '\0');
  EXPECT_TRUE(ReadGpt(MemorySource(no_primary), 512).ok());
  // 150 zero sectors before it, as behind the content of every image.
  EXPECT_EQ(image.substr(image.size() - 159 * 2048, 150 * 2048), std::string(150 * 2048, '\0'));
  EXPECT_EQ(image[image.size() - 160 * 2048], 'x');
  // boot_hybrid.img, and where it finds the core image: behind the 2,048 bytes of cdboot.img.
  EXPECT_EQ(image.substr(0, 0x1b0), std::string(0x1b0, 'H'));
  const uint64_t core = image.find("BBBB") / 2048 * 4 + 4;
  EXPECT_EQ(LoadLittle<uint64_t>(Bytes(image, 0x1b0)), core);
  // The protective entry is not active, and an active one stands for nothing.
  EXPECT_EQ(image.substr(446, 5), std::string("\0\0\2\0\xee", 5));
  EXPECT_EQ(image.substr(462, 16), std::string("\x80\0\1\0\0\0\1\0\0\0\0\0\1\0\0\0", 16));
}

TEST(IsoLayoutTest, UefiAlone) {
  IsoOptions options = TestOptions();
  options.uefi_boot_image = Layout{kMaxUefiBootImageSize, {}};
  absl::StatusOr<Layout> layout = LayoutIso(options, {InlineFile("/a", "x")});
  ASSERT_TRUE(layout.ok()) << layout.status();
  MemorySource source(RenderAll(*layout));
  absl::StatusOr<std::unique_ptr<IsoReader>> reader = IsoReader::Open(&source);
  ASSERT_TRUE(reader.ok()) << reader.status();
  ASSERT_TRUE((*reader)->el_torito().ok());
  ASSERT_EQ((*reader)->el_torito()->size(), 1u);
  EXPECT_EQ((*reader)->el_torito()->front().platform, 0xef);
  EXPECT_EQ((*reader)->el_torito()->front().sector_count, 65535);
}

TEST(IsoLayoutTest, StructuresDoNotDependOnTheOrderOfFiles) {
  std::vector<IsoFile> files;
  for (int i = 0; i < 300; ++i) {
    // Equal lengths, so that the content's places are those of the order alone.
    files.push_back(
        InlineFile(absl::StrCat("/dir", i % 7, "/a name that collides because it is long ", i), "0123456789"));
  }
  absl::StatusOr<Layout> layout = LayoutIso(TestOptions(), files);
  ASSERT_TRUE(layout.ok());
  std::string image = RenderAll(*layout);
  std::vector<std::string> names;
  auto list = [](const std::string& bytes) {
    MemorySource source(bytes);
    std::vector<std::string> paths;
    for (IsoNames kind : {IsoNames::kPlain, IsoNames::kJoliet, IsoNames::kRockRidge}) {
      absl::StatusOr<std::unique_ptr<IsoReader>> reader = IsoReader::Open(&source, kind);
      EXPECT_TRUE(reader.ok()) << reader.status();
      absl::Status status = (*reader)->Walk([&](const IsoEntry& entry) {
        paths.push_back(entry.path);
        return absl::OkStatus();
      });
      EXPECT_TRUE(status.ok()) << status;
    }
    return paths;
  };
  std::vector<std::string> expected = list(image);
  EXPECT_EQ(expected.size(), 3u * 307u);
  std::mt19937 random(1);
  for (int round = 0; round < 3; ++round) {
    std::shuffle(files.begin(), files.end(), random);
    absl::StatusOr<Layout> shuffled = LayoutIso(TestOptions(), files);
    ASSERT_TRUE(shuffled.ok());
    EXPECT_EQ(list(RenderAll(*shuffled)), expected);
    // The content lies in the order given.
    size_t i = files.size();
    for (auto extent = shuffled->extents.rbegin(); i > 0; ++extent) {
      EXPECT_EQ(extent->region, absl::StrCat("file ", files[--i].path));
    }
  }
  absl::StatusOr<Layout> again = LayoutIso(TestOptions(), files);
  absl::StatusOr<Layout> once_more = LayoutIso(TestOptions(), files);
  EXPECT_TRUE(RenderAll(*again) == RenderAll(*once_more));
}

TEST(IsoLayoutTest, ReadsBackInAllNames) {
  std::string long_name(255, 'l');
  std::vector<std::pair<std::string, std::string>> cases = {
      {"/" + long_name, "1"},
      {"/a/b/c/d/e/f/g/eighth", "2"},
      {"/stra\u00dfe/\u65e5\u672c.txt", "3"},
      {"/empty", ""},
      {"/" + std::string(126, 'x'), "126"},  // Rock Ridge names around the length where a continuation begins
      {"/" + std::string(125, 'x'), "125"},
      {"/" + std::string(127, 'x'), "127"},
      {"/tsmedia/packages/LAB00001/1.0-beta/payload.00000", std::string(70000, 'p')},
  };
  for (int i = 60; i < 255; ++i) {
    cases.emplace_back(absl::StrCat("/many/", std::string(i, 'm')), absl::StrCat(i));
  }
  std::vector<IsoFile> files;
  for (const auto& [path, bytes] : cases) {
    files.push_back(InlineFile(path, bytes));
  }
  absl::StatusOr<Layout> layout = LayoutIso(TestOptions(), files);
  ASSERT_TRUE(layout.ok()) << layout.status();
  MemorySource source(RenderAll(*layout));
  absl::StatusOr<std::unique_ptr<IsoReader>> reader = IsoReader::Open(&source);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ((*reader)->names(), IsoNames::kRockRidge);
  EXPECT_EQ((*reader)->volume_label(), "TEST_LABEL");
  EXPECT_EQ((*reader)->joliet_label(), "Test Label");
  EXPECT_EQ((*reader)->modification_date(), "2009021323313000");
  for (const auto& [path, bytes] : cases) {
    absl::StatusOr<IsoEntry> entry = (*reader)->Lookup(path);
    ASSERT_TRUE(entry.ok()) << entry.status();
    EXPECT_EQ(entry->mode, 0100644u);
    absl::StatusOr<std::unique_ptr<ByteSource>> content = (*reader)->OpenFile(*entry);
    ASSERT_TRUE(content.ok()) << content.status();
    absl::StatusOr<std::string> read = (*content)->ReadString(0, (*content)->size());
    ASSERT_TRUE(read.ok());
    EXPECT_TRUE(*read == bytes) << path;
  }
  EXPECT_EQ((*reader)->Lookup("/many/none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ((*reader)->Lookup("/none/x").status().code(), absl::StatusCode::kNotFound);
}

TEST(IsoLayoutTest, ContinuationsDoNotCrossSectors) {
  // Linux reads one block for a continuation.
  std::vector<IsoFile> files;
  for (int i = 120; i < 255; ++i) {
    files.push_back(InlineFile(absl::StrCat("/", std::string(i, 'm')), ""));
  }
  absl::StatusOr<Layout> layout = LayoutIso(TestOptions(), files);
  ASSERT_TRUE(layout.ok()) << layout.status();
  std::string image = RenderAll(*layout);
  int continuations = 0;
  for (const Extent& extent : layout->extents) {
    if (extent.region != "ISO 9660 directory /") {
      continue;
    }
    for (size_t at = image.find("CE\x1c\1", extent.offset); at < extent.offset + extent.length;
         at = image.find("CE\x1c\1", at + 1)) {
      ++continuations;
      EXPECT_LE(LoadLittle<uint32_t>(Bytes(image, at + 12)) + LoadLittle<uint32_t>(Bytes(image, at + 20)), 2048u);
    }
  }
  EXPECT_GT(continuations, 100);
}

// Bytes that take no memory: a pattern that says where they are, so that a wrong place shows.
class PatternSource : public ByteSource {
 public:
  explicit PatternSource(uint64_t size) : size_(size) {}
  uint64_t size() const override { return size_; }
  const std::string& name() const override { return name_; }
  static uint8_t At(uint64_t offset) { return static_cast<uint8_t>((offset * 2654435761u) >> 24 ^ (offset >> 31)); }

 private:
  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override {
    for (size_t i = 0; i < out.size(); ++i) {
      out[i] = At(offset + i);
    }
    return absl::OkStatus();
  }
  uint64_t size_;
  std::string name_ = "pattern";
};

// The image of a layout, rendered where it is read.
class LayoutSource : public ByteSource {
 public:
  LayoutSource(const Layout& layout, Inputs inputs) : layout_(layout), inputs_(std::move(inputs)) {}
  uint64_t size() const override { return layout_.size; }
  const std::string& name() const override { return name_; }

 private:
  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override {
    StringSink sink;
    absl::Status status = Render(layout_, inputs_, offset, offset + out.size(), &sink);
    std::copy(sink.bytes().begin(), sink.bytes().end(), out.begin());
    return status;
  }
  const Layout& layout_;
  Inputs inputs_;
  std::string name_ = "layout";
};

TEST(IsoLayoutTest, FilesOfSeveralExtents) {
  constexpr uint64_t kSection = 0xfffff800;
  for (uint64_t size : {kSection, kSection + 1, uint64_t{1} << 32, 3 * kSection - 5, (uint64_t{1} << 40) + 12345}) {
    PatternSource pattern(size);
    absl::StatusOr<Layout> layout =
        LayoutIso(TestOptions(), {{"/big.bin", size, InputSlice{"big", 0}}, InlineFile("/last", "last")});
    ASSERT_TRUE(layout.ok()) << layout.status();
    LayoutSource source(*layout, {{"big", &pattern}});
    for (IsoNames names : {IsoNames::kRockRidge, IsoNames::kJoliet}) {
      absl::StatusOr<std::unique_ptr<IsoReader>> reader = IsoReader::Open(&source, names);
      ASSERT_TRUE(reader.ok()) << reader.status();
      absl::StatusOr<IsoEntry> entry = (*reader)->Lookup("/big.bin");
      ASSERT_TRUE(entry.ok()) << entry.status();
      EXPECT_EQ(entry->size, size);
      EXPECT_EQ(entry->extents.size(), (size + kSection - 1) / kSection);
      absl::StatusOr<std::unique_ptr<ByteSource>> file = (*reader)->OpenFile(*entry);
      ASSERT_TRUE(file.ok()) << file.status();
      for (uint64_t offset : {uint64_t{0}, kSection - 3, size / 2, size - 6}) {
        uint64_t count = std::min<uint64_t>(6, size - offset);
        absl::StatusOr<std::string> bytes = (*file)->ReadString(offset, count);
        ASSERT_TRUE(bytes.ok()) << bytes.status();
        for (size_t i = 0; i < count; ++i) {
          EXPECT_EQ(static_cast<uint8_t>((*bytes)[i]), PatternSource::At(offset + i)) << offset + i;
        }
      }
      EXPECT_TRUE((*reader)->Lookup("/last").ok());
    }
  }
}

TEST(IsoLayoutTest, ManyFilesAndDirectories) {
  std::vector<IsoFile> files;
  for (int i = 0; i < 65534; ++i) {  // 65,534 directories and the root
    files.push_back(InlineFile(absl::StrCat("/directory ", i, "/f"), "x"));
  }
  absl::StatusOr<Layout> layout = LayoutIso(TestOptions(), files);
  ASSERT_TRUE(layout.ok()) << layout.status();
  LayoutSource source(*layout, {});
  absl::StatusOr<std::unique_ptr<IsoReader>> reader = IsoReader::Open(&source, IsoNames::kJoliet);
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_TRUE((*reader)->Lookup("/directory 65533/f").ok());
  files.push_back(InlineFile("/one more/f", "x"));
  EXPECT_EQ(LayoutIso(TestOptions(), files).status().message(),
            "the image has 65536 directories; ISO 9660 path tables can number 65,535");
}

TEST(IsoLayoutTest, RefusesWithTheReason) {
  auto with = [](auto change) {
    IsoOptions options = TestOptions();
    change(options);
    return options;
  };
  std::vector<IsoFile> one = {InlineFile("/a", "x")};
  std::string deep;
  for (int i = 0; i < 7; ++i) {
    deep += "/" + std::string(40, static_cast<char>('a' + i));
  }
  struct {
    IsoOptions options;
    std::vector<IsoFile> files;
    std::string message;
  } cases[] = {
      {TestOptions(), {InlineFile("/1/2/3/4/5/6/7/8/f", "")}, "directory /1/2/3/4/5/6/7/8 is more than 8 levels deep"},
      {TestOptions(), {InlineFile(deep + "/" + std::string(40, 'x'), "")}, "is too long for ISO 9660"},
      {TestOptions(), {InlineFile("/a", "x"), InlineFile("/a", "y")}, "path \"/a\": is there twice"},
      {TestOptions(), {{"/a", 2, InlineBytes{"x"}}}, "/a: the length is given as 2, but 1 bytes are"},
      {TestOptions(), {{"/a", uint64_t{1} << 42, InputSlice{"a", 0}}}, "the image would exceed 2^31 sectors (4 TiB)"},
      {TestOptions(), {{"/a", ~uint64_t{0}, InputSlice{"a", 0}}}, "the image would exceed 2^31 sectors (4 TiB)"},
      {TestOptions(),
       {{"/a", uint64_t{1} << 41, InputSlice{"a", 0}}, {"/b", uint64_t{1} << 41, InputSlice{"b", 0}}},
       "the image would exceed 2^31 sectors (4 TiB)"},
      {with([](IsoOptions& o) { o.label = ""; }), one, "the label \"\" is empty"},
      {with([](IsoOptions& o) { o.file_time = -3000000000; }), one,
       "file time: the year 1874 is outside of 1900 to 2155"},
      {with([](IsoOptions& o) { o.modification_time = 6000000000; }), one, "modification time: the year 2160"},
      {with([](IsoOptions& o) { o.publisher = "lower"; }), one, "publisher: \"lower\" has"},
      {with([](IsoOptions& o) { o.system = std::string(17, 'S'); }), one, "system: "},
      {with([](IsoOptions& o) { o.application = std::string(65, 'A'); }), one, "application: "},
      {with([](IsoOptions& o) { o.bios_boot = BiosBoot{std::string(2555, 'x'), ""}; }), one,
       "BIOS boot image: has 2555 bytes"},
      {with([](IsoOptions& o) { o.uefi_boot_image = Layout{kMaxUefiBootImageSize + 512, {}}; }), one,
       "UEFI boot image: has 33554432 bytes; El Torito can say 1 to 65,535 sectors"},
      {with([](IsoOptions& o) { o.uefi_boot_image = Layout{513, {}}; }), one, "UEFI boot image: has 513 bytes"},
      {with([](IsoOptions& o) { o.uefi_boot_image = Layout{0, {}}; }), one, "UEFI boot image: has 0 bytes"},
  };
  for (const auto& c : cases) {
    absl::StatusOr<Layout> layout = LayoutIso(c.options, c.files);
    EXPECT_EQ(layout.status().code(), absl::StatusCode::kInvalidArgument) << c.message;
    EXPECT_TRUE(absl::StrContains(layout.status().message(), c.message)) << layout.status();
  }
}

}  // namespace
}  // namespace tsmedia
