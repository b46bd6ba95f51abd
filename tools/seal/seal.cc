#include "tools/seal/seal.h"

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/content/pack_info.h"
#include "tools/crypto/age.h"
#include "tools/crypto/age_stream.h"
#include "tools/seal/seal_info.h"

namespace tsmedia {
namespace {

constexpr uint64_t kChunksPerBlock = kBlockSize / kAgeChunkSize;
constexpr uint64_t kSealedBlockSize = kChunksPerBlock * kSealedAgeChunkSize;

// PackSealer seals the blocks of one pack. Workers take blocks in order, each its own, and encrypt them at once; the
// digests of the sealed file need its bytes in order, so a worker waits for its turn before it hashes what it sealed.
class PackSealer {
 public:
  PackSealer(const ByteSource& source, const PackInfo& info, const AgeValues& values, std::string prefix,
             UnnamedFile* out)
      : source_(source),
        info_(info),
        stream_(values.file_key, values.nonce),
        size_(info.stored_size()),
        chunk_count_(AgeChunkCount(size_)),
        block_count_((chunk_count_ - 1) / kChunksPerBlock + 1),
        prefix_(std::move(prefix)),
        out_(out) {
    sealed_hasher_.Update(AsBytes(prefix_));
  }

  absl::StatusOr<std::vector<Sha256Digest>> Run(int threads) {
    TSM_RETURN_IF_ERROR(out_->WriteAt(0, AsBytes(prefix_)));
    std::vector<std::thread> workers;
    // One more than work at a time: some wait for their turn or for the disk.
    for (int i = 0; i < threads + 1; ++i) {
      workers.emplace_back([this] { Work(); });
    }
    for (std::thread& worker : workers) {
      worker.join();
    }
    absl::MutexLock lock(&mutex_);
    TSM_RETURN_IF_ERROR(status_);
    sealed_hasher_.Finish();
    return sealed_hasher_.blocks();
  }

 private:
  void Work() {
    auto buffer = std::make_unique_for_overwrite<uint8_t[]>(kSealedBlockSize);
    while (true) {
      uint64_t block;
      {
        absl::MutexLock lock(&mutex_);
        if (next_block_ == block_count_ || !status_.ok()) {
          return;
        }
        block = next_block_++;
      }
      if (absl::Status status = SealBlock(block, buffer.get()); !status.ok()) {
        absl::MutexLock lock(&mutex_);
        status_.Update(status);
        return;
      }
    }
  }

  absl::Status SealBlock(uint64_t block, uint8_t* buffer) {
    uint64_t first = block * kChunksPerBlock;
    uint64_t end = std::min(first + kChunksPerBlock, chunk_count_);
    // Chunks lie where they will be encrypted, with room for the tag behind each.
    Sha256Hasher hasher;
    for (uint64_t chunk = first; chunk < end; ++chunk) {
      MutableByteSpan bytes = ChunkIn(buffer, chunk);
      TSM_RETURN_IF_ERROR(source_.ReadAt(chunk * kAgeChunkSize, bytes));
      hasher.Update(bytes);
    }
    if (size_ > 0 && hasher.Finish() != BlockDigest(info_, block)) {
      return absl::DataLossError(absl::StrCat(source_.name(), ": block ", block, " at offset ", block * kBlockSize,
                                              " is not the one that was packed; nothing of it was sealed"));
    }
    for (uint64_t chunk = first; chunk < end; ++chunk) {
      MutableByteSpan bytes = ChunkIn(buffer, chunk);
      stream_.SealChunk(chunk, chunk + 1 == chunk_count_, bytes, bytes.data() + bytes.size());
    }
    MutableByteSpan last = ChunkIn(buffer, end - 1);
    ByteSpan sealed(buffer, static_cast<size_t>(last.data() + last.size() + kAgeTagSize - buffer));
    if (!HashInTurn(block, sealed)) {
      return absl::OkStatus();
    }
    // The kernel lets one thread at a time write to a file; the others would spin for it.
    absl::MutexLock lock(&write_mutex_);
    return out_->WriteAt(prefix_.size() + block * kSealedBlockSize, sealed);
  }

  MutableByteSpan ChunkIn(uint8_t* buffer, uint64_t chunk) const {
    return MutableByteSpan(buffer + chunk % kChunksPerBlock * kSealedAgeChunkSize,
                           std::min(kAgeChunkSize, size_ - chunk * kAgeChunkSize));
  }

  // Returns false if another worker has failed: the turn will never come.
  bool HashInTurn(uint64_t block, ByteSpan sealed) {
    {
      absl::MutexLock lock(&mutex_);
      auto is_turn = [this, block]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return turn_ == block || !status_.ok(); };
      mutex_.Await(absl::Condition(&is_turn));
      if (!status_.ok()) {
        return false;
      }
    }
    sealed_hasher_.Update(sealed);
    absl::MutexLock lock(&mutex_);
    ++turn_;
    return true;
  }

  const ByteSource& source_;
  const PackInfo& info_;
  const AgeStream stream_;
  const uint64_t size_;
  const uint64_t chunk_count_;
  const uint64_t block_count_;  // at least one: an empty pack is one empty chunk
  const std::string prefix_;
  UnnamedFile* const out_;

  BlockHasher sealed_hasher_;  // of the worker whose turn it is
  absl::Mutex write_mutex_;    // of the worker that writes

  absl::Mutex mutex_;
  uint64_t next_block_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t turn_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

Sha256Digest DigestOf(std::string_view plaintext) {
  BlockHasher hasher;
  hasher.Update(AsBytes(plaintext));
  hasher.Finish();
  return PackDigest(hasher.size(), hasher.blocks());
}

}  // namespace

absl::StatusOr<SealInfo> SealPack(const ByteSource& source, const PackInfo& info, const SealKey& key,
                                  const Recipient& recipient, int threads, UnnamedFile* out) {
  // D follows from n and all P_i: keys that derive from D are those of exactly these blocks.
  TSM_RETURN_IF_ERROR(ValidatePackInfo(info));
  TSM_ASSIGN_OR_RETURN(Sha256Digest digest, DigestFromText(info.pack_digest()));
  if (source.size() != info.stored_size()) {
    return absl::DataLossError(absl::StrCat(source.name(), ": not the pack that was packed: it has ", source.size(),
                                            " bytes, not ", info.stored_size()));
  }
  AgeValues values = key.Derive(SealKind::kPack, kNoScope, recipient, digest);
  TSM_ASSIGN_OR_RETURN(std::string prefix, SealedPrefix(values, recipient));
  PackSealer sealer(source, info, values, std::move(prefix), out);
  TSM_ASSIGN_OR_RETURN(std::vector<Sha256Digest> blocks, sealer.Run(threads));
  SealInfo result;
  result.set_context(std::string(kSealInfoContext));
  result.set_package_id(info.package_id());
  result.set_version(info.version());
  result.set_recipient_sha256(std::string(DigestText(recipient.Digest())));
  result.set_stored_size(SealedSize(info.stored_size()));
  for (const Sha256Digest& block : blocks) {
    result.mutable_block_sha256()->append(DigestText(block));
  }
  return result;
}

absl::StatusOr<std::string> SealSmall(std::string_view plaintext, SealKind kind, const Sha256Digest& scope,
                                      const SealKey& key, const Recipient& recipient) {
  return SealBytes(plaintext, key.Derive(kind, scope, recipient, DigestOf(plaintext)), recipient);
}

}  // namespace tsmedia
