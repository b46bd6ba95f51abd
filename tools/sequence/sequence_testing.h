// What the tests of this folder share.

#ifndef TSMEDIA_TOOLS_SEQUENCE_SEQUENCE_TESTING_H_
#define TSMEDIA_TOOLS_SEQUENCE_SEQUENCE_TESTING_H_

#include <string>
#include <string_view>

namespace tsmedia {

// The two lines that every task sequence begins with.
inline constexpr std::string_view kTestHeader =
    "# proto-file: tools/sequence/sequence.proto\n"
    "# proto-message: tsmedia.TaskSequence\n";

// ReadTestFile returns a file of the source tree, by its path from the root; a missing one ends the test program.
std::string ReadTestFile(const std::string& path);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEQUENCE_SEQUENCE_TESTING_H_
