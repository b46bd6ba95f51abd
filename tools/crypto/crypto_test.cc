#include <sys/stat.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/crypto/age.h"
#include "tools/crypto/age_x25519.h"
#include "tools/crypto/key_file.h"
#include "tools/crypto/password.h"
#include "tools/crypto/secret.h"
#include "tools/crypto/signify.h"
#include "tools/crypto/test_keys.h"

namespace tsmedia {
namespace {

using ::testing::HasSubstr;

constexpr char kPublicKey[] = "testdata/keys/test_release.pub";
constexpr char kSecretKey[] = "testdata/keys/test_release.sec";

TEST(SignifyTest, SignaturesOfASecretKeyVerifyWithItsPublicKey) {
  absl::StatusOr<SignifySecretKey> secret = ReadSigningKey(kSecretKey);
  ASSERT_TRUE(secret.ok()) << secret.status();
  absl::StatusOr<SignifyPublicKey> key = ReadPublicKey(kPublicKey);
  ASSERT_TRUE(key.ok()) << key.status();
  SignifySignature signature = secret->Sign(AsBytes("message"));
  EXPECT_EQ(signature.key_number, key->key_number);
  EXPECT_TRUE(VerifySignify(*key, signature, AsBytes("message")).ok());
  EXPECT_FALSE(VerifySignify(*key, signature, AsBytes("messagf")).ok());
  signature.signature[0] ^= 1;
  EXPECT_FALSE(VerifySignify(*key, signature, AsBytes("message")).ok());
  absl::StatusOr<SignifyPublicKey> other = ReadPublicKey("testdata/keys/test_other.pub");
  ASSERT_TRUE(other.ok());
  EXPECT_FALSE(VerifySignify(*other, secret->Sign(AsBytes("message")), AsBytes("message")).ok());
}

TEST(SignifyTest, SignatureFileHasOneForm) {
  absl::StatusOr<SignifySecretKey> secret = ReadSigningKey(kSecretKey);
  ASSERT_TRUE(secret.ok());
  std::string text = FormatSignifySignature(secret->Sign(AsBytes("message")));
  EXPECT_EQ(text.size(), kSignifySignatureFileSize);
  absl::StatusOr<SignifySignature> parsed = ParseSignifySignature(text);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(FormatSignifySignature(*parsed), text);
}

TEST(SignifyTest, RefusesEverythingButTwoCanonicalLines) {
  std::string good = *ReadWholeFile(kPublicKey, 4096);
  ASSERT_TRUE(ParseSignifyPublicKey(good).ok());
  std::string record = good.substr(good.find('\n') + 1);
  record.pop_back();
  const std::string comment = "untrusted comment: x\n";
  struct Case {
    const char* what;
    std::string text;
    const char* message;
  };
  const Case cases[] = {
      {"empty", "", "first line"},
      {"no comment", absl::StrCat(record, "\n"), "first line"},
      {"comment too long", absl::StrCat("untrusted comment: ", std::string(1025, 'x'), "\n", record, "\n"),
       "first line"},
      {"no final line feed", comment + record, "two lines"},
      {"something after", comment + record + "\nx", "two lines"},
      {"a third line", comment + record + "\n\n", "two lines"},
      {"carriage returns", "untrusted comment: x\r\n" + record + "\r\n", "canonical base64"},
      {"a blank in the record", comment + " " + record + "\n", "canonical base64"},
      {"short record", comment + record.substr(4) + "\n", "canonical base64"},
      {"long record", comment + record + "AAAA\n", "canonical base64"},
      {"no base64", comment + std::string(record.size(), '!') + "\n", "canonical base64"},
      {"other algorithm",
       comment + absl::StrReplaceAll(record.substr(0, 4), {{"RWR", "RXR"}}) + record.substr(4) + "\n", "algorithm"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(ParseSignifyPublicKey(c.text).status().message(), HasSubstr(c.message)) << c.what;
  }
}

TEST(SignifyTest, RefusesStrayLowBitsInPadding) {
  absl::StatusOr<SignifySecretKey> secret = ReadSigningKey(kSecretKey);
  ASSERT_TRUE(secret.ok());
  std::string text = FormatSignifySignature(secret->Sign(AsBytes("message")));
  // 74 bytes end in "=": the last digit before it has two unused bits.
  size_t last_digit = text.rfind('=') - 1;
  text[last_digit] = static_cast<char>(text[last_digit] + 1);
  EXPECT_THAT(ParseSignifySignature(text).status().message(), HasSubstr("canonical base64"));
}

TEST(SignifyTest, RefusesEncryptedAndDamagedSecretKeys) {
  std::string good = *ReadWholeFile(kSecretKey, 4096);
  size_t record = good.find('\n') + 1;
  // Base64 digits 5.. hold the KDF rounds (bytes 4 to 7 of the record).
  std::string encrypted = good;
  encrypted[record + 8] = 'B';
  EXPECT_THAT(SignifySecretKey::Parse(encrypted).status().message(), HasSubstr("use an external signer"));
  std::string damaged = good;
  damaged[record + 70] = damaged[record + 70] == 'A' ? 'B' : 'A';
  EXPECT_THAT(SignifySecretKey::Parse(damaged).status().message(), HasSubstr("checksum"));
}

TEST(KeyFileTest, SecretKeysMustBeClosedToOthers) {
  // The TEST-ONLY keys are exempt, so this key is one that the tools do not know.
  const std::string path = ::testing::TempDir() + "/open.sec";
  const std::string key = *ReadWholeFile("tools/crypto/testdata/private_form.sec", 4096);
  ASSERT_TRUE(WriteFileAtomically(path, key, 0644).ok());
  EXPECT_THAT(ReadSigningKey(path).status().message(), HasSubstr("chmod 600"));
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  EXPECT_TRUE(ReadSigningKey(path).ok());
}

TEST(TestKeysTest, KnowsTheKeysOfTestdataByTheirBytes) {
  for (const char* path : {kPublicKey, "testdata/keys/test_other.pub"}) {
    absl::StatusOr<SignifyPublicKey> key = ReadPublicKey(path);
    ASSERT_TRUE(key.ok());
    EXPECT_TRUE(IsTestKey(*key)) << path;
    key->key[31] ^= 1;
    EXPECT_FALSE(IsTestKey(*key)) << path;
  }
}

TEST(TestKeysTest, KnowsTheMediaKeyOfTestdata) {
  absl::StatusOr<Recipient> recipient = ReadRecipient("testdata/keys/test.recipient");
  ASSERT_TRUE(recipient.ok()) << recipient.status();
  EXPECT_TRUE(IsTestRecipient(*recipient));
  EXPECT_FALSE(IsTestRecipient(MediaIdentity::Generate().recipient()));
  for (const char* path : {"testdata/keys/test.seal", "testdata/keys/test.password"}) {
    std::string content = *ReadWholeFile(path, 4096);
    EXPECT_TRUE(IsTestSecret(content)) << path;
    EXPECT_FALSE(IsTestSecret(content + "\n")) << path;
  }
}

TEST(TestKeysTest, TheTestPasswordOpensTheTestIdentity) {
  PasswordSource source;
  source.file = "testdata/keys/test.password";
  absl::StatusOr<SecretString> password = ReadPassword(source, "");
  ASSERT_TRUE(password.ok()) << password.status();
  absl::StatusOr<SecretString> text =
      DecryptWithPassword(*ReadWholeFile("testdata/keys/test.identity.age", 4096), password->text());
  ASSERT_TRUE(text.ok()) << text.status();
  absl::StatusOr<MediaIdentity> identity = ParseIdentityFile(text->text());
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_TRUE(IsTestRecipient(identity->recipient()));
}

}  // namespace
}  // namespace tsmedia
