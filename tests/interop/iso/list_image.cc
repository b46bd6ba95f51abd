// list_image: what our readers find in an image, one line an entry, for comparison with other programs:
//   d PATH      f SIZE SHA256 PATH      l PATH -> TARGET      (cpio also: c MAJOR:MINOR PATH, b MAJOR:MINOR PATH)
// For tests only.

#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/base/args.h"
#include "tools/base/byte_source.h"
#include "tools/base/program.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/cpio/cpio.h"
#include "tools/fat/fat_reader.h"
#include "tools/iso9660/iso_reader.h"

namespace tsmedia {
namespace {

constexpr char kHelp[] =
    "list_image --image=FILE --format=iso|fat|cpio [--names=best|rockridge|joliet|plain] [--info=true] "
    "[--extract=PATH]\n"
    "  --info     prints labels, type and boot entries instead\n"
    "  --extract  writes one file's content to standard output instead (iso and fat)\n";

absl::Status PrintFile(std::string_view path, const ByteSource& content) {
  TSM_ASSIGN_OR_RETURN(Sha256Digest digest, Sha256Of(content));
  std::cout << "f " << content.size() << " " << ToHex(digest) << " " << path << "\n";
  return absl::OkStatus();
}

absl::Status WriteOut(const ByteSource& content) {
  for (uint64_t done = 0; done < content.size(); done += kMiB) {
    TSM_ASSIGN_OR_RETURN(std::string part, content.ReadString(done, std::min(kMiB, content.size() - done)));
    std::cout.write(part.data(), static_cast<std::streamsize>(part.size()));
  }
  return absl::OkStatus();
}

absl::StatusOr<IsoNames> ParseNames(std::string_view text) {
  if (text == "best") return IsoNames::kBest;
  if (text == "rockridge") return IsoNames::kRockRidge;
  if (text == "joliet") return IsoNames::kJoliet;
  if (text == "plain") return IsoNames::kPlain;
  return UsageError(absl::StrCat("--names=", text));
}

absl::Status ListIso(const ByteSource& source, std::string_view names_text, bool info,
                     const std::optional<std::string>& extract) {
  TSM_ASSIGN_OR_RETURN(IsoNames names, ParseNames(names_text));
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<IsoReader> reader, IsoReader::Open(&source, names));
  if (extract.has_value()) {
    TSM_ASSIGN_OR_RETURN(IsoEntry entry, reader->Lookup(*extract));
    TSM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> content, reader->OpenFile(entry));
    return WriteOut(*content);
  }
  if (info) {
    std::cout << "label " << reader->volume_label() << "\njoliet " << reader->joliet_label() << "\nsectors "
              << reader->volume_space() << "\nmodified " << reader->modification_date() << "\n";
    TSM_RETURN_IF_ERROR(reader->el_torito().status());
    for (const ElToritoEntry& entry : *reader->el_torito()) {
      std::cout << absl::StrFormat("boot %02x sectors %d offset %d\n", entry.platform, entry.sector_count,
                                   entry.offset);
    }
    return absl::OkStatus();
  }
  return reader->Walk([&](const IsoEntry& entry) -> absl::Status {
    if (entry.is_directory) {
      std::cout << "d " << entry.path << "\n";
    } else if (!entry.symlink_target.empty()) {
      std::cout << "l " << entry.path << " -> " << entry.symlink_target << "\n";
    } else {
      TSM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> content, reader->OpenFile(entry));
      return PrintFile(entry.path, *content);
    }
    return absl::OkStatus();
  });
}

absl::Status ListFat(const ByteSource& source, bool info, const std::optional<std::string>& extract) {
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<FatReader> reader, FatReader::Open(&source));
  if (extract.has_value()) {
    TSM_ASSIGN_OR_RETURN(FatEntry entry, reader->Lookup(*extract));
    TSM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> content, reader->OpenFile(entry));
    return WriteOut(*content);
  }
  if (info) {
    static constexpr const char* kTypes[] = {"FAT12", "FAT16", "FAT32"};
    std::cout << "label " << reader->label() << "\ntype " << kTypes[static_cast<int>(reader->type())] << "\nserial "
              << absl::StrFormat("%08x", reader->serial()) << "\nclusters " << reader->cluster_count() << " of "
              << reader->cluster_size() << "\n";
    return absl::OkStatus();
  }
  return reader->Walk([&](const FatEntry& entry) -> absl::Status {
    if (entry.is_directory) {
      std::cout << "d " << entry.path << "\n";
      return absl::OkStatus();
    }
    TSM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> content, reader->OpenFile(entry));
    return PrintFile(entry.path, *content);
  });
}

absl::Status ListCpio(const ByteSource& source) {
  CpioReader reader(&source);
  while (true) {
    TSM_ASSIGN_OR_RETURN(std::optional<CpioHeader> header, reader.Next());
    if (!header.has_value()) {
      return absl::OkStatus();
    }
    uint32_t type = header->mode & 0170000;
    if (type == 0040000) {
      std::cout << "d /" << header->path << "\n";
    } else if (type == 0120000) {
      TSM_ASSIGN_OR_RETURN(std::string target, reader.ReadTarget(*header));
      std::cout << "l /" << header->path << " -> " << target << "\n";
    } else if (type == 0020000 || type == 0060000) {
      std::cout << (type == 0020000 ? "c " : "b ") << header->major << ":" << header->minor << " /" << header->path
                << "\n";
    } else {
      TSM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> content, reader.OpenFile(*header));
      TSM_RETURN_IF_ERROR(PrintFile(absl::StrCat("/", header->path), *content));
    }
  }
}

absl::Status Run(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::string image, args.Required("image"));
  TSM_ASSIGN_OR_RETURN(std::string format, args.Required("format"));
  TSM_ASSIGN_OR_RETURN(std::string names, args.OptionalOr("names", "best"));
  TSM_ASSIGN_OR_RETURN(bool info, args.Bool("info"));
  TSM_ASSIGN_OR_RETURN(std::optional<std::string> extract, args.Optional("extract"));
  TSM_RETURN_IF_ERROR(args.Finish());
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<FileSource> source, FileSource::Open(image));
  if (format == "iso") return ListIso(*source, names, info, extract);
  if (format == "fat") return ListFat(*source, info, extract);
  if (format == "cpio") return ListCpio(*source);
  return UsageError(absl::StrCat("--format=", format));
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) { return tsmedia::RunProgram(argc, argv, "list_image", tsmedia::kHelp, tsmedia::Run); }
