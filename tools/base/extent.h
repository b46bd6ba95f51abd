// Layouts: where every byte of an image comes from, before any is written.
//
// A format's writer (ISO 9660, FAT, cpio) does not write. It returns extents: its own structures as inline bytes, the
// files' content as slices of inputs that may not exist yet. What no extent covers is zero. One copier turns a layout
// into an image, and one reader of layouts tells which region an offset belongs to.

#ifndef TSMEDIA_TOOLS_BASE_EXTENT_H_
#define TSMEDIA_TOOLS_BASE_EXTENT_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace tsmedia {

// InputSlice is the bytes [offset, offset + length of the extent) of an input that the layout's user knows by name,
// for example "pack/LAB00001/1" or "manifest".
struct InputSlice {
  std::string input;
  uint64_t offset = 0;
};

// InlineBytes are bytes that the layout itself decides.
struct InlineBytes {
  std::string bytes;
};

// CountingWords are 32-bit little-endian numbers: `first`, `first` + 1, ... The chains of a file allocation table are
// such runs, of which the table of a large drive has hundreds of megabytes.
struct CountingWords {
  uint32_t first = 0;
};

// CountingBytes returns the bytes [offset, offset + length) of such a run. The caller bounds `length`.
std::string CountingBytes(CountingWords words, uint64_t offset, uint64_t length);

// Content is what a file or an extent holds. `length` is kept beside it.
using Content = std::variant<InlineBytes, InputSlice, CountingWords>;

// Extent says where `length` bytes at `offset` of an image come from. `region` names them for people, for example
// "ISO 9660 primary volume descriptor" or "file /boot/vmlinuz"; a region may have several extents.
struct Extent {
  uint64_t offset = 0;
  uint64_t length = 0;
  Content content;
  std::string region;
  // Whether these bytes are a structure of the image itself (as opposed to the content of a file in it).
  bool structure = false;
};

// Layout is an image: its size and its extents, ascending by offset and disjoint.
struct Layout {
  uint64_t size = 0;
  std::vector<Extent> extents;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_EXTENT_H_
