#include "tools/plan/grub_config.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;

GrubConfigOptions Options() {
  return {.id_path = "/tsmedia/id/00112233445566778899aabbccddeeff-1",
          .kernel = "/boot/vmlinuz",
          .initrds = {"/boot/initrd.0", "/boot/initrd.1"},
          .kernel_args = {"nomodeset"}};
}

TEST(GrubConfigTest, LoadsKernelAndInitrdsInOrder) {
  const absl::StatusOr<std::string> config = GrubConfig(Options());
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(*config, HasSubstr("linux '/boot/vmlinuz' 'nomodeset' quiet console=ttyS0,115200 console=tty0; then"));
  EXPECT_THAT(*config, HasSubstr("initrd '/boot/initrd.0' '/boot/initrd.1'; then"));
}

TEST(GrubConfigTest, FindsTheMediumOnlyByItsId) {
  const absl::StatusOr<std::string> config = SearchGrubConfig(Options().id_path);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(*config,
            "# Written by rules_tsmedia.\n"
            "if search --no-floppy --file --set=root '/tsmedia/id/00112233445566778899aabbccddeeff-1'; then\n"
            "  set prefix=($root)/boot/grub\n"
            "  configfile $prefix/grub.cfg\n"
            "else\n"
            "  echo 'The deployment medium that this boot loader belongs to is not attached.'\n"
            "fi\n");
}

TEST(GrubConfigTest, RefusesWhatGrubWouldInterpret) {
  for (const char* argument : {"a b", "a'b", "", "a\nreboot", "\xc3\xa4"}) {
    GrubConfigOptions options = Options();
    options.kernel_args = {argument};
    EXPECT_EQ(GrubConfig(options).status().code(), absl::StatusCode::kInvalidArgument) << argument;
  }
  EXPECT_FALSE(SearchGrubConfig("tsmedia/id/0-1").ok());
}

TEST(GrubConfigTest, RefusesArgumentsThatAreNotTheDefinitions) {
  for (const char* argument : {"console=ttyS1", "init=/bin/sh", "rdinit=/bin/sh"}) {
    GrubConfigOptions options = Options();
    options.kernel_args = {argument};
    EXPECT_THAT(GrubConfig(options).status().message(), HasSubstr("is set by the medium itself"));
  }
}

TEST(GrubConfigTest, NeedsAnInitrd) {
  GrubConfigOptions options = Options();
  options.initrds.clear();
  EXPECT_THAT(GrubConfig(options).status().message(), HasSubstr("at least one initrd"));
}

}  // namespace
}  // namespace tsmedia
