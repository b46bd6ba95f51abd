#include "tools/boot/keymap.h"

#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tsmedia {
namespace {

constexpr std::string_view kMagic = "bkeymap";

}  // namespace

absl::StatusOr<Keymap> ParseKeymap(ByteSpan bytes) {
  if (bytes.size() < kMagic.size() + kKeymapTables || AsText(bytes.first(kMagic.size())) != kMagic) {
    return absl::InvalidArgumentError("not a keymap: it does not begin with \"bkeymap\" and 256 marks");
  }
  const ByteSpan marks = bytes.subspan(kMagic.size(), kKeymapTables);
  ByteSpan values = bytes.subspan(kMagic.size() + kKeymapTables);
  Keymap keymap;
  for (size_t table = 0; table < kKeymapTables; ++table) {
    if (marks[table] > 1) {
      return absl::InvalidArgumentError(absl::StrCat("keymap: the mark of table ", table, " is ", marks[table]));
    }
    if (marks[table] == 0) {
      continue;
    }
    if (values.size() < kKeymapKeys * sizeof(uint16_t)) {
      return absl::InvalidArgumentError(absl::StrCat("keymap: it ends in table ", table));
    }
    std::array<uint16_t, kKeymapKeys>& keys = keymap.tables[static_cast<uint8_t>(table)];
    for (uint16_t& value : keys) {
      value = LoadLittle<uint16_t>(values.data());
      values.remove_prefix(sizeof(value));
    }
  }
  if (!values.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("keymap: ", values.size(), " bytes follow its last table"));
  }
  if (!keymap.tables.contains(0)) {
    return absl::InvalidArgumentError("keymap: it says nothing about keys without a modifier");
  }
  return keymap;
}

}  // namespace tsmedia
