// Tests of patterns, masking, variables, command lines and result codes.

#include <random>
#include <string>
#include <vector>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/engine/command_line.h"
#include "tools/engine/masker.h"
#include "tools/engine/pattern.h"
#include "tools/engine/result_code.h"
#include "tools/engine/variable_store.h"

namespace tsmedia {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(PatternTest, Matches) {
  struct Case {
    std::string pattern, text;
    bool matches;
  };
  for (const auto& [pattern, text, matches] : std::vector<Case>{
           {"", "", true},
           {"", "a", false},
           {"*", "", true},
           {"**", "anything", true},
           {"?", "", false},
           {"?", "\xc3\xa4", true},
           {"??", "\xc3\xa4", false},
           {"LENOVO", "Lenovo", true},
           {"\xc3\x84*", "\xc3\xa4x", true},
           {"20*", "20Y3", true},
           {"20*", "120Y3", false},
           {"*a*b", "xaabxb", true},
           {"*a*b", "xaabxbc", false},
           {"a?c*", "abc", true},
           {"192.0.2.*", "192.0.2.1", true},
           {"192.0.2.*", "192x0.2.1", false},
           {"*\xff", "a\xff", true},
       }) {
    EXPECT_EQ(MatchesPattern(pattern, text), matches) << pattern << " against " << text;
  }
}

TEST(PatternTest, StarsDoNotTakeForever) {
  EXPECT_FALSE(MatchesPattern(std::string(2000, '*') + "b", std::string(20000, 'a')));
  std::string alternating;
  for (int i = 0; i < 1000; ++i) {
    alternating += "*a";
  }
  EXPECT_FALSE(MatchesPattern(alternating + "b", std::string(4000, 'a')));
}

TEST(MaskerTest, CoversOverlappingValuesAndLeavesShortOnes) {
  Masker masker;
  masker.Add("abcd");
  masker.Add("cdef");
  masker.Add("xyz");  // too short
  EXPECT_EQ(masker.Mask("-abcdef-xyz-abcd"), "-***-xyz-***");
  EXPECT_EQ(masker.Mask(""), "");
}

TEST(MaskerTest, LinesOfAValueAreHiddenToo) {
  Masker masker;
  masker.Add("first line\nsecond");
  EXPECT_EQ(masker.Mask("got first line, then second."), "got ***, then ***.");
}

// Whatever the values and texts are, no value is in what comes out.
TEST(MaskerTest, NothingHiddenComesOut) {
  std::mt19937_64 random(1);
  auto text = [&random](size_t length) {
    std::string letters;
    for (size_t i = 0; i < length; ++i) {
      letters += absl::Bernoulli(random, 0.6) ? 'a' : 'b';
    }
    return letters;
  };
  for (int i = 0; i < 2000; ++i) {
    Masker masker;
    for (int k = absl::Uniform(random, 1, 4); k > 0; --k) {
      masker.Add(text(absl::Uniform(random, 4u, 9u)));
    }
    const std::string masked = masker.Mask(text(absl::Uniform(random, 0u, 40u)));
    for (const std::string& value : masker.values()) {
      EXPECT_EQ(masked.find(value), std::string::npos) << masked;
    }
  }
}

TEST(VariableStoreTest, NamesIgnoreCaseAndEmptyDeletes) {
  VariableStore variables;
  ASSERT_TRUE(variables.Set("Site", "North").ok());
  ASSERT_TRUE(variables.Set("SITE", "South").ok());
  EXPECT_EQ(variables.Get("site"), "South");
  EXPECT_EQ(variables.variables().size(), 1u);
  ASSERT_TRUE(variables.Set("sIte", "").ok());
  EXPECT_EQ(variables.Find("Site"), nullptr);
}

TEST(VariableStoreTest, RefusesWhatCannotBe) {
  VariableStore variables;
  EXPECT_TRUE(absl::IsPermissionDenied(variables.Set("_SMSTSInWinPE", "true")));
  EXPECT_TRUE(absl::IsInvalidArgument(variables.Set("1st", "x")));
  EXPECT_TRUE(absl::IsInvalidArgument(variables.Set("", "x")));
  EXPECT_TRUE(absl::IsInvalidArgument(variables.Set("a", "\xff")));
  EXPECT_TRUE(absl::IsInvalidArgument(variables.Set("a", std::string("x\0y", 3))));
  EXPECT_TRUE(variables.Set("a", std::string(4000, 'x')).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(variables.Set("b", std::string(4001, 'x'))));
  std::string characters;
  for (int i = 0; i < 4000; ++i) {
    characters += "\xc3\xa4";
  }
  EXPECT_TRUE(variables.Set("c", characters).ok());
  EXPECT_EQ(variables.Find("b"), nullptr);
}

TEST(VariableStoreTest, AllTogetherAreBounded) {
  VariableStore variables;
  const std::string value(4000, 'x');
  absl::Status status;
  int set = 0;
  for (; status.ok() && set < 10000; ++set) {
    status = variables.Set(absl::StrCat("v", set), value);
  }
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_GT(set, 8000);
  // Replacing needs no further room.
  EXPECT_TRUE(variables.Set("v1", value).ok());
}

TEST(VariableStoreTest, MachineMaySayAnything) {
  VariableStore variables;
  variables.SetReadOnly("_SMSTSModel", std::string("A\xff\0B", 4) + std::string(5000, 'x'));
  EXPECT_EQ(variables.Get("_SMSTSModel"), "A??B" + std::string(3996, 'x'));
}

TEST(VariableStoreTest, HiddenStaysHidden) {
  VariableStore variables;
  ASSERT_TRUE(variables.Set("Password", "first-secret", true).ok());
  ASSERT_TRUE(variables.Set("Password", "second-secret", false).ok());
  EXPECT_TRUE(variables.Find("Password")->hidden);
  ASSERT_TRUE(variables.Set("Password", "").ok());
  EXPECT_EQ(variables.masker().Mask("first-secret second-secret"), "*** ***");
}

TEST(VariableStoreTest, Expands) {
  VariableStore variables;
  ASSERT_TRUE(variables.Set("a", "1").ok());
  ASSERT_TRUE(variables.Set("b", "%a%").ok());
  ASSERT_TRUE(variables.Set("secret", "hunter22", true).ok());
  EXPECT_EQ(variables.Expand("x%A%y").text, "x1y");
  EXPECT_EQ(variables.Expand("%b%").text, "%a%");  // once
  EXPECT_EQ(variables.Expand("<%none%>").text, "<>");
  EXPECT_EQ(variables.Expand("100% of %a%%a%%").text, "100% of 11%");
  EXPECT_EQ(variables.Expand("%secret%").hidden_variable, "secret");
  EXPECT_EQ(variables.Expand("%a%").hidden_variable, "");
  EXPECT_TRUE(absl::IsFailedPrecondition(variables.ExpandShown("x %secret%").status()));
}

TEST(CommandLineTest, Splits) {
  struct Case {
    std::string line;
    std::vector<std::string> words;
  };
  for (const auto& [line, words] : std::vector<Case>{
           {"hostname", {"hostname"}},
           {"  a\tb \n c ", {"a", "b", "c"}},
           {"sh -c 'echo \"$0\" > /etc/site' %Site%", {"sh", "-c", "echo \"$0\" > /etc/site", "%Site%"}},
           {"a''b \"\" 'c d'e", {"ab", "", "c de"}},
           {R"("it's")", {"it's"}},
       }) {
    EXPECT_EQ(SplitCommandLine(line).value(), words) << line;
  }
  EXPECT_FALSE(SplitCommandLine("echo 'x").ok());
  EXPECT_FALSE(SplitCommandLine("   ").ok());
}

TEST(CommandLineTest, ValuesStayInTheirWord) {
  VariableStore variables;
  ASSERT_TRUE(variables.Set("Name", "a b'c\" %Name%").ok());
  EXPECT_THAT(ExpandCommandLine("echo %Name%x", variables).value(), ElementsAre("echo", "a b'c\" %Name%x"));
  EXPECT_THAT(ExpandCommandLine("echo %Nothing%", variables).value(), ElementsAre("echo", ""));
  ASSERT_TRUE(variables.Set("Secret", "hunter22", true).ok());
  EXPECT_THAT(ExpandCommandLine("echo %Secret%", variables).status().message(), HasSubstr("Secret is hidden"));
}

// What is shown splits into the same words.
TEST(CommandLineTest, ShownLinesSplitAgain) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 5000; ++i) {
    std::vector<std::string> words(absl::Uniform(random, 1u, 4u));
    for (std::string& word : words) {
      for (int k = absl::Uniform(random, 0, 6); k > 0; --k) {
        word += "a '\"\t%"[absl::Uniform(random, 0, 6)];
      }
    }
    EXPECT_EQ(SplitCommandLine(ShowCommandLine(words)).value(), words) << ShowCommandLine(words);
  }
}

TEST(ResultCodeTest, AreTheReferences) {
  EXPECT_EQ(ResultCode(absl::OkStatus()), 0);
  EXPECT_EQ(ResultCode(absl::UnknownError("x")), -2147467259);
  EXPECT_EQ(ResultCodeText(ResultCode(absl::DataLossError("x"))), "0x80091007");
  EXPECT_EQ(ResultCodeText(ResultCode(absl::DeadlineExceededError("x"))), "0x800705B4");
  EXPECT_EQ(ResultCodeText(3010), "3010");
}

}  // namespace
}  // namespace tsmedia
