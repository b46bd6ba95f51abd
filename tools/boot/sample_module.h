// A file that is a kernel module as far as ParseModuleInfo looks, for tests.

#ifndef TSMEDIA_TOOLS_BOOT_SAMPLE_MODULE_H_
#define TSMEDIA_TOOLS_BOOT_SAMPLE_MODULE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/base/bytes.h"

namespace tsmedia {

// SampleModule returns an ELF file with a section .modinfo of these "key=value" entries. Header, names, .modinfo and
// the section headers (nothing, names, .modinfo) follow each other without gaps.
inline std::string SampleModule(const std::vector<std::string>& entries) {
  const std::string names("\0.shstrtab\0.modinfo\0", 20);
  std::string info;
  for (const std::string& entry : entries) {
    info += entry;
    info.push_back('\0');
  }
  std::string file(64, '\0');
  file.replace(0, 6,
               std::string("\x7f"
                           "ELF\x02\x01",
                           6));
  const uint64_t names_offset = file.size();
  file += names;
  const uint64_t info_offset = file.size();
  file += info;
  const uint64_t table_offset = file.size();
  file.append(3 * 64, '\0');
  auto* bytes = reinterpret_cast<uint8_t*>(file.data());
  StoreLittle<uint64_t>(table_offset, bytes + 40);
  StoreLittle<uint16_t>(64, bytes + 58);
  StoreLittle<uint16_t>(3, bytes + 60);
  StoreLittle<uint16_t>(1, bytes + 62);
  const auto section = [&](size_t index, uint32_t name, uint64_t offset, uint64_t size) {
    uint8_t* header = bytes + table_offset + index * 64;
    StoreLittle<uint32_t>(name, header);
    StoreLittle<uint64_t>(offset, header + 24);
    StoreLittle<uint64_t>(size, header + 32);
  };
  section(1, 1, names_offset, names.size());
  section(2, 11, info_offset, info.size());
  return file;
}

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BOOT_SAMPLE_MODULE_H_
