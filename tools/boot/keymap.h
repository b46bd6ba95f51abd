// Keyboard layouts of the Linux console, as the boot image carries them.
//
// The format is that of busybox' loadkmap, which `loadkeys --bkeymap` (kbd) writes: "bkeymap", a byte for each of 256
// key tables that says whether it follows, then of each that does 128 values of 16 bits, little-endian. A table
// belongs to a set of modifiers that are held down (linux/keyboard.h, KG_SHIFT and others: bit by bit), a value to a
// key code. With `--unicode` a character above U+00FF is its number with 0xf000 added to it modulo 2 (linux,
// drivers/tty/vt/keyboard.c, U()). Dead keys work; composing characters and strings of function keys are not in it.

#ifndef TSMEDIA_TOOLS_BOOT_KEYMAP_H_
#define TSMEDIA_TOOLS_BOOT_KEYMAP_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>

#include "absl/status/statusor.h"
#include "tools/base/bytes.h"

namespace tsmedia {

inline constexpr size_t kKeymapKeys = 128;
inline constexpr size_t kKeymapTables = 256;
// Of a file with every table.
inline constexpr size_t kMaxKeymapSize = 7 + kKeymapTables + kKeymapTables * kKeymapKeys * 2;

struct Keymap {
  std::map<uint8_t, std::array<uint16_t, kKeymapKeys>> tables;  // by modifiers
};

// ParseKeymap reads a keymap. InvalidArgument unless it has the table of no modifier, and is exactly as long as its
// tables say.
absl::StatusOr<Keymap> ParseKeymap(ByteSpan bytes);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BOOT_KEYMAP_H_
