// SPDX-License-Identifier: Apache-2.0
#include "test/store_fixture.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "store/endian.h"
#include "store/recovery.h"
#include "test/test.h"

namespace apogee::test {

using namespace store;

TempDir::TempDir() {
  std::error_code error;
  std::string name = std::filesystem::temp_directory_path(error).string() + "/apogee-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

StoreOptions SmallOptions(const std::string& root) {
  StoreOptions options;
  options.root_dir = root;
  options.commit_log_file_size = 64 * 1024;
  options.consume_queue_file_size = 2000;
  options.max_hash_slot_num = 16;
  options.max_index_num = 100;
  options.max_message_size = 16 * 1024;
  options.flush_interval_commit_log_ms = 20;
  options.flush_interval_consume_queue_ms = 20;
  return options;
}

Bytes AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string Properties(std::initializer_list<std::pair<std::string_view, std::string_view>> pairs) {
  std::string text;
  for (const auto& [name, value] : pairs) {
    text.append(name).append(1, '\x01').append(value).append(1, '\x02');
  }
  return text;
}

std::string Hex(Bytes bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

std::string WireItem(std::string_view body, std::string_view properties) {
  const size_t size = 20 + body.size() + 2 + properties.size();
  std::string item(22, '\0');
  auto* const at = reinterpret_cast<uint8_t*>(item.data());
  StoreI32(at, static_cast<int32_t>(size));
  StoreI32(at + 12, 5);
  StoreI32(at + 16, static_cast<int32_t>(body.size()));
  StoreI16(at + 20, static_cast<int16_t>(properties.size()));
  item.insert(20, body);
  return item.append(properties);
}

StoreFixture::StoreFixture(StoreOptions options, Io* io)
    : own_io_(io == nullptr ? posix::CreatePosixIo() : nullptr),
      io_(io == nullptr ? own_io_.get() : io),
      options_(std::move(options)) {}

bool StoreFixture::Open() {
  Result<std::unique_ptr<MessageStore>> opened = MessageStore::Open(options_, io_, now);
  error_ = opened.status().message();
  if (!opened.ok()) return false;
  store_ = opened.take();
  return true;
}

Status StoreFixture::Close() {
  const Status status = store_->Close();
  store_.reset();
  return status;
}

AppendResult StoreFixture::Append(std::string_view topic, int32_t queue_id, std::string_view body,
                                  std::string_view properties) {
  AppendRequest request;
  request.queue = store_->ResolveQueue(topic, queue_id);
  request.body = AsBytes(body);
  request.properties = AsBytes(properties);
  request.born_timestamp = now;
  request.store_timestamp = now;
  return store_->Append(request);
}

AppendResult StoreFixture::Put(std::string_view topic, int32_t queue_id, std::string_view body,
                               std::string_view properties) {
  const AppendResult result = Append(topic, queue_id, body, properties);
  if (result.status != PutStatus::kOk) return result;
  if (Status status = store_->CommitStaged(); !status.ok()) return {PutStatus::kStoreFailed};
  if (options_.flush_disk_type == FlushDiskType::kSyncFlush) {
    if (!store_->WaitDurable(result.end_offset).ok()) return {PutStatus::kStoreFailed};
    store_->DispatchDurable();
  }
  return result;
}

std::vector<std::string> StoreFixture::Bodies(std::string_view topic, int32_t queue_id,
                                              QueueOffset offset) {
  std::vector<std::string> bodies;
  ReadRequest request;
  request.queue = store_->FindQueue(topic, queue_id);
  request.offset = offset;
  for (;;) {
    StringSink sink;
    const ReadOutcome outcome = store_->Read(request, &sink);
    if (outcome.status != GetStatus::kFound) return bodies;
    for (std::string& body : BodiesOf(sink.bytes())) bodies.push_back(std::move(body));
    request.offset = outcome.next_begin_offset;
  }
}

uint8_t* StringSink::Reserve(size_t size) {
  bytes_.resize(bytes_.size() + size);
  return reinterpret_cast<uint8_t*>(bytes_.data()) + bytes_.size() - size;
}

std::vector<std::string> BodiesOf(const std::string& records) {
  std::vector<std::string> bodies;
  Bytes rest = AsBytes(records);
  while (rest.size() >= static_cast<size_t>(record_layout::kMinimumSize)) {
    RecordView record;
    const PhysicalOffset position = LoadI64(rest.data() + record_layout::kPhysicalOffset);
    const Verdict verdict = JudgeRecord(rest, INT32_MAX, position, CrcCheck::kVerify, &record);
    if (verdict.kind != RecordKind::kRecord) {
      Fail(std::string("a read returned what is no record: ") + verdict.reason);
      return bodies;
    }
    bodies.emplace_back(reinterpret_cast<const char*>(record.body.data()), record.body.size());
    rest = rest.subspan(static_cast<size_t>(verdict.size));
  }
  if (!rest.empty()) Fail("a read ends in the middle of a record");
  return bodies;
}

}  // namespace apogee::test
