#include "tools/base/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "tools/base/bytes.h"

namespace tsmedia {
namespace {

bool IsOpen(int fd) { return fcntl(fd, F_GETFD) >= 0; }

UniqueFd OpenNull() { return UniqueFd(open("/dev/null", O_WRONLY | O_CLOEXEC)); }

TEST(UniqueFdTest, ClosesAtTheEnd) {
  int number = -1;
  {
    const UniqueFd fd = OpenNull();
    number = fd.get();
    EXPECT_TRUE(fd.ok());
    EXPECT_TRUE(IsOpen(number));
  }
  EXPECT_FALSE(IsOpen(number));
}

TEST(UniqueFdTest, MovesAndReleases) {
  UniqueFd first = OpenNull();
  const int number = first.get();
  UniqueFd second(std::move(first));
  EXPECT_EQ(second.get(), number);
  UniqueFd third;
  EXPECT_FALSE(third.ok());
  third = std::move(second);
  EXPECT_EQ(third.Release(), number);
  EXPECT_FALSE(third.ok());
  EXPECT_TRUE(IsOpen(number));
  close(number);
}

TEST(UniqueFdTest, AnErrorOutlivesTheClosing) {
  UniqueFd fd(dup(1000));
  EXPECT_FALSE(fd.ok());
  fd = OpenNull();
  errno = ENOSPC;
  fd.Reset();
  EXPECT_EQ(errno, ENOSPC);
  EXPECT_FALSE(fd.ok());
}

// A pipe takes 64 KiB at once, so that this is many writes.
TEST(WriteAllTest, WritesEverything) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd out(ends[0]);
  UniqueFd in(ends[1]);
  const std::string text(300000, 'x');
  std::string got;
  std::thread reader([&] {
    std::array<char, 4096> buffer;
    for (ssize_t size = 1; size > 0;) {
      size = read(out.get(), buffer.data(), buffer.size());
      got.append(buffer.data(), size < 0 ? 0 : static_cast<size_t>(size));
    }
  });
  EXPECT_TRUE(WriteAll(in.get(), AsBytes(text)));
  in.Reset();
  reader.join();
  EXPECT_EQ(got, text);
}

TEST(WriteAllTest, SaysWhatIsWrong) {
  const UniqueFd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  EXPECT_FALSE(WriteAll(full.get(), AsBytes("x")));
  EXPECT_EQ(errno, ENOSPC);
}

}  // namespace
}  // namespace tsmedia
