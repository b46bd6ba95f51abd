// The TEST-ONLY keys of testdata/keys, which everybody has.

#ifndef TSMEDIA_TOOLS_CRYPTO_TEST_KEYS_H_
#define TSMEDIA_TOOLS_CRYPTO_TEST_KEYS_H_

#include "tools/crypto/signify.h"

namespace tsmedia {

// IsTestKey returns whether `key` is one of the TEST-ONLY signing keys. They are known by their bytes, so that no path,
// label or comment can hide one.
bool IsTestKey(const SignifyPublicKey& key);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CRYPTO_TEST_KEYS_H_
