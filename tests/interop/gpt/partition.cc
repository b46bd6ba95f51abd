// Partitions a disk image as the agent partitions a disk, or lists the partitions of one.

#include <array>
#include <cstdint>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "google/protobuf/text_format.h"
#include "tools/base/byte_source.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/engine/partition_layout.h"
#include "tools/engine/variable_store.h"
#include "tools/gpt/gpt.h"
#include "tools/sequence/sequence.pb.h"
#include "tools/steps/block_disk.h"
#include "tools/steps/disk_format.h"

namespace tsmedia {
namespace {

constexpr std::string_view kHelp = R"(usage: partition --plan=TEXTPROTO [--sector_size=512] IMAGE
       partition --fat=LABEL [--sector_size=512] IMAGE
       partition --command=EXT4|NTFS --label=LABEL [--sector_size=512] IMAGE
       partition --list [--sector_size=512] IMAGE
)";

std::array<uint8_t, 16> Random() {
  static std::random_device device;
  std::array<uint8_t, 16> bytes;
  for (uint8_t& byte : bytes) {
    byte = static_cast<uint8_t>(device());
  }
  return bytes;
}

absl::Status MakePartitions(const std::string& plan, uint32_t sector_size, const std::string& path) {
  FormatAndPartitionDisk parsed;
  if (!google::protobuf::TextFormat::ParseFromString(plan, &parsed)) {
    return UsageError("--plan is no FormatAndPartitionDisk");
  }
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<BlockDisk> disk, BlockDisk::Open(path));
  FormatRequest request = {.style = parsed.style()};
  request.disk.set_device("/dev/vda");
  request.disk.set_size(disk->size());
  request.disk.set_sector_size(sector_size);
  TSM_ASSIGN_OR_RETURN(request.partitions, LayOutPartitions(parsed, request.disk, VariableStore()));
  return PartitionDisk(request, Random, *disk);
}

absl::Status FormatFat(const std::string& label, uint32_t sector_size, const std::string& path) {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<BlockDisk> device, BlockDisk::Open(path));
  return FormatFat32({.label = label,
                      .sector_size = sector_size,
                      .offset = 1 << 20,
                      .now = 1700000000,
                      .files = {{"/EFI/BOOT/BOOTX64.EFI", "a loader"}}},
                     Random, *device);
}

// Says what the agent runs to make a file system, an argument a line.
absl::Status SayCommand(const std::string& file_system, const std::string& label, uint32_t sector_size,
                        const std::string& path) {
  PlannedPartition partition = {.device = path, .offset = 1 << 20, .label = label};
  if (!Partition::FileSystem_Parse(file_system, &partition.file_system)) {
    return UsageError("--command is no file system");
  }
  for (const std::string& argument : FormatCommand(partition, sector_size)) {
    std::cout << argument << "\n";
  }
  return absl::OkStatus();
}

absl::Status List(uint32_t sector_size, const std::string& path) {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<FileSource> disk, FileSource::Open(path));
  TSM_ASSIGN_OR_RETURN(const Gpt gpt, ReadGpt(*disk, sector_size));
  for (const GptPartition& partition : gpt.partitions) {
    std::cout << partition.number << " " << partition.first_lba << " " << partition.last_lba << " "
              << FormatGuid(partition.type) << " " << FormatGuid(partition.id) << " " << partition.name << "\n";
  }
  return absl::OkStatus();
}

absl::Status Run(Args& args) {
  TSM_ASSIGN_OR_RETURN(const std::string plan, args.OptionalOr("plan", ""));
  TSM_ASSIGN_OR_RETURN(const std::string fat, args.OptionalOr("fat", ""));
  TSM_ASSIGN_OR_RETURN(const std::string command, args.OptionalOr("command", ""));
  TSM_ASSIGN_OR_RETURN(const std::string label, args.OptionalOr("label", ""));
  TSM_ASSIGN_OR_RETURN(const bool list, args.Bool("list"));
  TSM_ASSIGN_OR_RETURN(const std::string sector_text, args.OptionalOr("sector_size", "512"));
  TSM_RETURN_IF_ERROR(args.Finish());
  uint32_t sector_size = 0;
  if (args.positional().size() != 1 || !absl::SimpleAtoi(sector_text, &sector_size)) {
    return UsageError("see --help");
  }
  const std::string& path = args.positional()[0];
  if (list) {
    return List(sector_size, path);
  }
  if (!command.empty()) {
    return SayCommand(command, label, sector_size, path);
  }
  return fat.empty() ? MakePartitions(plan, sector_size, path) : FormatFat(fat, sector_size, path);
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) { return tsmedia::RunProgram(argc, argv, "partition", tsmedia::kHelp, tsmedia::Run); }
