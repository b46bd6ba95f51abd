// The task sequence that fuzz targets run: a bit of everything that conditions, variables and facts decide about.

#ifndef TSMEDIA_TOOLS_ENGINE_FUZZ_SEQUENCE_H_
#define TSMEDIA_TOOLS_ENGINE_FUZZ_SEQUENCE_H_

#include <cstdlib>

#include "google/protobuf/text_format.h"
#include "tools/sequence/sequence.pb.h"

namespace tsmedia {

inline const TaskSequence& FuzzSequence() {
  static const TaskSequence* const sequence = [] {
    auto* made = new TaskSequence();
    if (!google::protobuf::TextFormat::ParseFromString(R"(
          name: "Fuzzed"
          steps { name: "Ready" check_readiness { min_memory_mb: 512 disk { min_size_mb: 100 } } }
          steps {
            name: "Disk"
            conditions { firmware { type: UEFI } }
            format_and_partition_disk {
              disk { min_size_mb: 100 }
              style: GPT
              partitions { type: EFI size_mb: 40 file_system: FAT32 label: "%Label%" }
              partitions { type: PRIMARY rest: true file_system: EXT4 device_variable: "Root" }
            }
          }
          steps {
            name: "Group"
            continue_on_error: true
            group {
              steps {
                name: "Kind"
                conditions { any { conditions { hardware { make: "A*" model: "?" } }
                                   conditions { network { default_gateway: "10.*" } } } }
                set_dynamic_variables {
                  rules { conditions { hardware { make: "A*" } } variables { variable: "Kind" value: "%Label%" } }
                }
              }
              steps {
                name: "Run"
                retry { count: 2 delay_seconds: 1 }
                timeout_seconds: 60
                run_command_line { command_line: "run '%Kind%' %Label%" output_variable: "Output" }
              }
              steps { name: "Restart" restart_computer { to: BOOT_IMAGE } }
            }
          }
          steps {
            name: "Image"
            conditions { file { path: "/etc/x" } }
            apply_operating_system_image { image: "LAB00001" destination { next_available: true } }
          }
          steps { name: "Data" apply_data_image { image: "LAB00002" destination { device_variable: "Root" } } }
        )",
                                                       made)) {
      std::abort();
    }
    return made;
  }();
  return *sequence;
}

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_FUZZ_SEQUENCE_H_
