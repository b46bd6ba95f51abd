#include "tools/iso9660/iso_reader.h"

#include <cstdint>
#include <map>
#include <memory>
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
#include "tools/base/render.h"
#include "tools/iso9660/iso_layout.h"

namespace tsmedia {
namespace {

constexpr uint64_t kPrimary = 16 * 2048;

// An image with a directory, a long name (continuation area) and a boot catalog, to be damaged; the layout says where.
class IsoReaderTest : public testing::Test {
 protected:
  IsoReaderTest() {
    IsoOptions options;
    options.label = "DAMAGE";
    options.uefi_boot_image = Layout{2048, {{0, 4, InlineBytes{"boot"}, "boot", true}}};
    std::vector<IsoFile> files;
    for (const std::string& path :
         {std::string("/dir/sub/file"), std::string("/dir/other"), "/" + std::string(200, 'n')}) {
      files.push_back({path, 5, InlineBytes{"12345"}});
    }
    layout_ = *LayoutIso(options, files);
    StringSink sink;
    EXPECT_TRUE(Render(layout_, std::map<std::string, const ByteSource*>(), 0, layout_.size, &sink).ok());
    image_ = sink.TakeBytes();
  }

  uint64_t RegionStart(std::string_view region) const {
    for (const Extent& extent : layout_.extents) {
      if (extent.region == region) {
        return extent.offset;
      }
    }
    ADD_FAILURE() << region;
    return 0;
  }

  uint8_t* At(uint64_t offset) { return reinterpret_cast<uint8_t*>(image_.data()) + offset; }

  // Offset of the `index`-th record of a directory; 0 and 1 are "." and "..".
  uint64_t RecordStart(std::string_view region, int index) {
    uint64_t offset = RegionStart(region);
    for (; index > 0; --index) {
      offset += static_cast<uint8_t>(image_[offset]);
    }
    return offset;
  }

  void StoreBoth32(uint32_t value, uint64_t offset) {
    StoreLittle<uint32_t>(value, At(offset));
    StoreBig<uint32_t>(value, At(offset + 4));
  }

  // Reads everything; returns the first error.
  absl::Status ReadAll(IsoNames names = IsoNames::kBest) const {
    MemorySource source(image_, "image");
    absl::StatusOr<std::unique_ptr<IsoReader>> reader = IsoReader::Open(&source, names);
    if (!reader.ok()) {
      return reader.status();
    }
    return (*reader)->Walk([&](const IsoEntry& entry) {
      return (*reader)->OpenFile(entry).status().code() == absl::StatusCode::kInvalidArgument
                 ? absl::OkStatus()
                 : (*reader)->OpenFile(entry).status();
    });
  }

  void ExpectError(std::string_view message, IsoNames names = IsoNames::kBest) const {
    absl::Status status = ReadAll(names);
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), message)) << status;
  }

  Layout layout_;
  std::string image_;
};

TEST_F(IsoReaderTest, ReadsTheUndamagedImage) {
  for (IsoNames names : {IsoNames::kBest, IsoNames::kRockRidge, IsoNames::kJoliet, IsoNames::kPlain}) {
    EXPECT_TRUE(ReadAll(names).ok()) << ReadAll(names);
  }
  MemorySource source(image_);
  std::unique_ptr<IsoReader> reader = *IsoReader::Open(&source);
  std::vector<std::string> paths;
  ASSERT_TRUE(reader
                  ->ReadDirectory("/dir",
                                  [&](const IsoEntry& entry) {
                                    paths.push_back(entry.path);
                                    return absl::OkStatus();
                                  })
                  .ok());
  EXPECT_EQ(paths, (std::vector<std::string>{"/dir/other", "/dir/sub"}));
  EXPECT_TRUE(reader->Lookup("/")->is_directory);
  EXPECT_EQ(reader->Lookup("relative").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(reader->Lookup("/dir/").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(reader->ReadDirectory("/dir/other", [](const IsoEntry&) { return absl::OkStatus(); }).code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(reader->Walk([](const IsoEntry&) { return absl::AbortedError("enough"); }).message(), "enough");
}

TEST_F(IsoReaderTest, NotAnImage) {
  for (size_t size : {0u, 2048u, 40000u}) {
    MemorySource source(std::string(size, '\0'), "zeros");
    absl::StatusOr<std::unique_ptr<IsoReader>> reader = IsoReader::Open(&source);
    EXPECT_EQ(reader.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(reader.status().message(), "zeros: is not an ISO 9660 image: no volume descriptor at offset 32768");
  }
}

TEST_F(IsoReaderTest, Truncated) {
  image_.resize(image_.size() - 1);
  ExpectError("image: truncated: the volume has");
  image_.resize(kPrimary + 2048);
  ExpectError("truncated");
}

TEST_F(IsoReaderTest, ReadsWhatDamageElsewhereLeaves) {
  // A damaged byte, and the names with which the image can still be read.
  struct {
    uint64_t offset;
    bool rock_ridge;
    bool joliet;
  } cases[] = {
      {kPrimary, false, true},       // type
      {kPrimary + 2, false, true},   // "CD001"
      {kPrimary + 80, false, true},  // volume space size
      {kPrimary + 158, false, true},
      {RegionStart("Joliet volume descriptor") + 3, true, false},
      {RegionStart("Joliet volume descriptor") + 81, true, false},
      {RegionStart("Joliet volume descriptor") + 90, true, false},
      {RegionStart("Joliet volume descriptor") + 160, true, false},
      {RegionStart("ISO 9660 volume descriptor set terminator") + 1, true, true},
      {RegionStart("ISO 9660 volume descriptor set terminator"), true, true},
      {RegionStart("El Torito boot record descriptor") + 2, true, true},
      {RegionStart("El Torito boot record descriptor") + 0x48, true, true},
      {RegionStart("El Torito boot catalog") + 5, true, true},
      {RegionStart("Joliet directory /") + 32, true, false},
      {RegionStart("ISO 9660 directory /") + 32, false, true},
  };
  for (const auto& c : cases) {
    image_[c.offset] ^= 0x40;
    EXPECT_EQ(ReadAll(IsoNames::kRockRidge).ok(), c.rock_ridge) << c.offset << ReadAll(IsoNames::kRockRidge);
    EXPECT_EQ(ReadAll(IsoNames::kJoliet).ok(), c.joliet) << c.offset << ReadAll(IsoNames::kJoliet);
    image_[c.offset] ^= 0x40;
  }
}

TEST_F(IsoReaderTest, NoPrimaryDescriptor) {
  image_[kPrimary] = 3;
  ExpectError("has no primary volume descriptor");
  MemorySource source(image_);
  EXPECT_EQ((*IsoReader::Open(&source, IsoNames::kJoliet))->volume_label(), "");
}

TEST_F(IsoReaderTest, ByteOrdersDiffer) {
  struct {
    uint64_t offset;
    std::string message;
  } cases[] = {
      {kPrimary + 84, absl::StrCat("ISO 9660 primary volume descriptor: volume space size at offset ", kPrimary + 80)},
      {kPrimary + 122, absl::StrCat("volume set size at offset ", kPrimary + 120)},
      {kPrimary + 126, absl::StrCat("volume sequence number at offset ", kPrimary + 124)},
      {kPrimary + 130, absl::StrCat("logical block size at offset ", kPrimary + 128)},
      {kPrimary + 136, absl::StrCat("path table size at offset ", kPrimary + 132)},
      {kPrimary + 156 + 6, absl::StrCat("location at offset ", kPrimary + 158)},
      {RecordStart("ISO 9660 directory /dir", 2) + 10, "data length at offset "},
  };
  for (const auto& c : cases) {
    image_[c.offset] ^= 0x40;
    ExpectError(c.message);
    image_[c.offset] ^= 0x40;
  }
}

TEST_F(IsoReaderTest, ExtentOutsideOfTheVolume) {
  StoreBoth32(static_cast<uint32_t>(image_.size() / 2048), RecordStart("ISO 9660 directory /dir", 2) + 2);
  ExpectError("/dir/other: the extent at offset ");
}

TEST_F(IsoReaderTest, DirectoryOutsideOfTheVolume) {
  StoreBoth32(0xffffffff, RecordStart("ISO 9660 directory /dir", 3) + 10);
  ExpectError("/dir/sub: the extent at offset ");
}

TEST_F(IsoReaderTest, DirectoryLoop) {
  StoreBoth32(static_cast<uint32_t>(RegionStart("ISO 9660 directory /") / 2048),
              RecordStart("ISO 9660 directory /dir", 3) + 2);
  ExpectError("directory /dir/sub: its records at offset ");
}

TEST_F(IsoReaderTest, OverlappingDirectories) {
  // "/dir" reaches over "/dir/sub", which follows it.
  uint64_t record = RecordStart("ISO 9660 directory /", 2);
  StoreBoth32(4096, record + 10);
  ExpectError("belong to another directory as well");
}

TEST_F(IsoReaderTest, DirectoryThatReachesIntoAnEarlierOne) {
  // "/dir/sub" begins before "/dir" and reaches into it.
  uint64_t record = RecordStart("ISO 9660 directory /dir", 3);
  StoreBoth32(static_cast<uint32_t>(RegionStart("ISO 9660 directory /dir") / 2048 - 1), record + 2);
  StoreBoth32(4096, record + 10);
  ExpectError("directory /dir/sub: its records at offset ");
}

TEST_F(IsoReaderTest, RecordsAcrossSectors) {
  uint64_t record = RecordStart("ISO 9660 directory /dir", 2);
  char length = std::exchange(image_[record], '\x21');
  ExpectError(absl::StrCat("directory record at offset ", record, ": length 33: too short"));
  image_[record] = length;
  // A directory that ends within a record.
  StoreBoth32(static_cast<uint32_t>(record - RegionStart("ISO 9660 directory /dir") + 20),
              RecordStart("ISO 9660 directory /", 2) + 10);
  ExpectError(absl::StrCat("directory record at offset ", record, ": length 114: too short, or across the end"));
}

TEST_F(IsoReaderTest, IdentifierTooLong) {
  uint64_t record = RecordStart("ISO 9660 directory /dir", 2);
  image_[record + 32] = '\xff';
  ExpectError(absl::StrCat("identifier length at offset ", record + 32, ": 255 does not fit"));
}

TEST_F(IsoReaderTest, ContinuationLoop) {
  // The continuation area of the long name becomes a CE entry that leads to itself.
  uint64_t area = RegionStart("Rock Ridge continuation area of /") + 237;  // behind the ER entry
  ASSERT_EQ(image_.substr(area, 2), "NM");
  size_t length = static_cast<uint8_t>(image_[area + 2]);
  image_.replace(area, length, length, '\0');
  image_.replace(area, 4, "CE\x1c\1");
  StoreBoth32(static_cast<uint32_t>(area / 2048), area + 4);
  StoreBoth32(static_cast<uint32_t>(area % 2048), area + 12);
  StoreBoth32(28, area + 20);
  ExpectError("the continuation areas form a loop");
  StoreBoth32(static_cast<uint32_t>(image_.size() / 2048), area + 4);
  ExpectError("is outside of the volume or too long");
}

TEST_F(IsoReaderTest, SystemUseEntryTooLong) {
  uint64_t record = RecordStart("ISO 9660 directory /dir", 2);
  uint64_t entry = record + 33 + 8 + 1;  // "OTHER.;1" has an even length
  ASSERT_EQ(image_.substr(entry, 2), "PX");
  image_[entry + 2] = '\xff';
  ExpectError("a system use entry has an impossible length");
  image_[entry + 2] = 2;
  ExpectError("a system use entry has an impossible length");
}

TEST_F(IsoReaderTest, NamesThatLeadOut) {
  uint64_t record = RecordStart("ISO 9660 directory /dir", 2);
  size_t name = image_.find("other", record);
  for (const std::string& evil : {std::string("a/../"), std::string("../.."), std::string("ot\0er", 5)}) {
    image_.replace(name, 5, evil);
    ExpectError("the name is empty, \".\", \"..\" or holds '/' or NUL");
  }
}

TEST_F(IsoReaderTest, MissingFurtherExtent) {
  image_[RecordStart("ISO 9660 directory /dir", 2) + 25] = '\x80';
  ExpectError("announces a further extent that is not there");
}

TEST_F(IsoReaderTest, Interleaved) {
  image_[RecordStart("ISO 9660 directory /dir", 2) + 26] = 1;
  EXPECT_EQ(ReadAll().code(), absl::StatusCode::kUnimplemented);
}

TEST_F(IsoReaderTest, WrongBootCatalog) {
  image_[RegionStart("El Torito boot catalog") + 5] ^= 1;
  MemorySource source(image_);
  absl::Status status = (*IsoReader::Open(&source))->el_torito().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(absl::StrContains(status.message(), "El Torito boot catalog: validation entry at offset ")) << status;
}

TEST_F(IsoReaderTest, OtherBlockSize) {
  StoreLittle<uint16_t>(512, At(kPrimary + 128));
  StoreBig<uint16_t>(512, At(kPrimary + 130));
  EXPECT_EQ(ReadAll().code(), absl::StatusCode::kUnimplemented);
}

TEST_F(IsoReaderTest, AsksForNamesThatAreNotThere) {
  image_.replace(RegionStart("Joliet volume descriptor") + 88, 3, "%/X");
  MemorySource source(image_, "image");
  EXPECT_EQ(IsoReader::Open(&source, IsoNames::kJoliet).status().message(), "image: has no Joliet names");
}

}  // namespace
}  // namespace tsmedia
