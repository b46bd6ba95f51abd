#include "tools/crypto/test_keys.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "tools/base/sha256.h"

namespace tsmedia {
namespace {

// Ed25519 public keys of testdata/keys/*.pub; a test compares them with the files.
constexpr std::array<std::string_view, 2> kTestKeys = {
    "841794139a7ab3ea212aecbe0737771d20d8ec732bb80454d571160bfa2bfed0",  // test_release
    "afcc540d1bc69dadda96a5eb13d51adea5b9f5d202557143608d10877dd41574",  // test_other
};

// X25519 public key of testdata/keys/test.recipient.
constexpr std::string_view kTestRecipient = "525ffc61b2a158c0bba8f9f7110600acbb9d807dce9b6234e7ef2082d73e8c26";

// SHA-256 of secret files of testdata/keys.
constexpr std::array<std::string_view, 2> kTestSecrets = {
    "8e7558e47496feae068d51cf9ad3f4ef5338d2a80241311e5c3ce4cec88e111e",  // test.seal
    "c4002f36a4e36cdbfb4b5396208568e3f54db1849ede39bf9fa2d55d38d48fe7",  // test.password
};

}  // namespace

bool IsTestKey(const SignifyPublicKey& key) { return std::ranges::find(kTestKeys, ToHex(key.key)) != kTestKeys.end(); }

bool IsTestRecipient(const Recipient& recipient) { return ToHex(recipient.key()) == kTestRecipient; }

bool IsTestSecret(std::string_view content) {
  return std::ranges::find(kTestSecrets, ToHex(Sha256(content))) != kTestSecrets.end();
}

}  // namespace tsmedia
