#include "tools/agent/console.h"

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/agent/fake_root.h"

namespace tsmedia {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ConsoleTest, WritesToEveryActiveConsole) {
  const FakeRoot root("console_all");
  root.Write("sys/class/tty/console/active", "ttyS0 tty0\n");
  root.Write("dev/ttyS0", "");
  root.Write("dev/tty0", "");
  const std::unique_ptr<Console> console = Console::Open(root.path());
  EXPECT_THAT(console->names(), ElementsAre("ttyS0", "tty0"));
  console->Say("hello");
  console->Say("again");
  EXPECT_EQ(root.Read("dev/ttyS0"), "hello\nagain\n");
  EXPECT_EQ(root.Read("dev/tty0"), "hello\nagain\n");
}

TEST(ConsoleTest, AConsoleThatFailsDoesNotStopTheOthers) {
  const FakeRoot root("console_fails");
  root.Write("sys/class/tty/console/active", "full tty0 missing\n");
  std::filesystem::create_directories(root.path() + "/dev");
  // Every write to /dev/full fails.
  std::filesystem::create_symlink("/dev/full", root.path() + "/dev/full");
  root.Write("dev/tty0", "");
  const std::unique_ptr<Console> console = Console::Open(root.path());
  EXPECT_THAT(console->names(), ElementsAre("full", "tty0"));
  console->Say("hello");
  EXPECT_EQ(root.Read("dev/tty0"), "hello\n");
}

TEST(ConsoleTest, WithoutAListUsesDevConsole) {
  const FakeRoot root("console_default");
  root.Write("dev/console", "");
  EXPECT_THAT(Console::Open(root.path())->names(), ElementsAre("console"));
}

TEST(ConsoleTest, WithoutAnyConsoleStaysSilent) {
  const FakeRoot root("console_none");
  root.Write("sys/class/tty/console/active", "\n");
  const std::unique_ptr<Console> console = Console::Open(root.path());
  EXPECT_THAT(console->names(), IsEmpty());
  console->Say("nobody hears this");
}

}  // namespace
}  // namespace tsmedia
