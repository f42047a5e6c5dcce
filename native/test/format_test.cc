// SPDX-License-Identifier: Apache-2.0
/// Golden bytes. The records were decoded with Apache's decoder and the hashes compared with
/// Java's; the other vectors follow from the layouts (FORMAT.md).
#include <array>

#include "store/crc32.h"
#include "store/endian.h"
#include "store/index_file.h"
#include "store/java_hash.h"
#include "store/properties.h"
#include "store/record.h"
#include "store/recovery.h"
#include "test/store_fixture.h"
#include "test/test.h"

namespace apogee::test {
namespace {

using namespace store;

constexpr const char* kGoldenRecord =
    "000000afdaa320a777d189820000000200000000000000000000000700000000000003e8000000000000018bcfe568"
    "000a0000010000c3500000018bcfe5687b0a00000200002a9f0000000000000000000000000000000548656c6c6f09"
    "546f7069635465737400464b455953016b310254414753015461674102554e49515f4b455901304130303030303130"
    "30303031384234414143323030303030303030303030300257414954017472756502";

std::string GoldenProperties() {
  return Properties({{"KEYS", "k1"},
                     {"TAGS", "TagA"},
                     {"UNIQ_KEY", "0A000001000018B4AAC2000000000000"},
                     {"WAIT", "true"}});
}

HostAddress Host(uint8_t last, int32_t port) {
  HostAddress host;
  host.bytes[0] = 10;
  host.bytes[3] = last;
  host.port = port;
  return host;
}

std::string EncodeGolden(const RecordSpec& base) {
  RecordSpec spec = base;
  spec.size = static_cast<int32_t>(RecordBaseSize(spec.topic.size(), spec.magic == kMagicV2,
                                                  *spec.born_host, *spec.store_host)) +
              static_cast<int32_t>(spec.body.size() + spec.properties.size());
  std::string bytes(static_cast<size_t>(spec.size), '\0');
  EncodeRecord(reinterpret_cast<uint8_t*>(bytes.data()), spec);
  return bytes;
}

RecordSpec GoldenSpec(const HostAddress& born, const HostAddress& stored,
                      const std::string& properties) {
  RecordSpec spec;
  spec.queue_id = 2;
  spec.queue_offset = 7;
  spec.physical_offset = 1000;
  spec.born_timestamp = 1'700'000'000'000;
  spec.born_host = &born;
  spec.store_timestamp = 1'700'000'000'123;
  spec.store_host = &stored;
  spec.body = AsBytes("Hello");
  spec.topic = "TopicTest";
  spec.properties = AsBytes(properties);
  return spec;
}

std::string Golden() {
  const HostAddress born = Host(1, 50000);
  const HostAddress stored = Host(2, 10911);
  return EncodeGolden(GoldenSpec(born, stored, GoldenProperties()));
}

TEST(record_has_the_golden_bytes) { CHECK_EQ(Hex(AsBytes(Golden())), kGoldenRecord); }

TEST(record_parses_back) {
  const std::string bytes = Golden();
  RecordView record;
  const Verdict verdict = JudgeRecord(AsBytes(bytes), 300, 1000, CrcCheck::kVerify, &record);
  CHECK(verdict.kind == RecordKind::kRecord);
  CHECK_EQ(verdict.size, 175);
  CHECK_EQ(record.queue_id, 2);
  CHECK_EQ(record.queue_offset, 7);
  CHECK_EQ(record.physical_offset, 1000);
  CHECK_EQ(record.store_timestamp, 1'700'000'000'123);
  CHECK_EQ(std::string(record.topic), "TopicTest");
  CHECK(record.body.size() == 5);
  CHECK(record.properties.size() == 70);
}

TEST(record_with_ipv6_hosts_and_a_long_retry_topic_parses_back) {
  HostAddress born = Host(1, 1);
  HostAddress stored = Host(2, 2);
  born.length = stored.length = 16;
  const std::string topic = "%RETRY%" + std::string(248, 'g');
  for (const bool v2 : {false, true}) {
    RecordSpec spec = GoldenSpec(born, stored, "");
    spec.topic = v2 ? std::string_view(topic) : "T";
    spec.magic = v2 ? kMagicV2 : kMagicV1;
    spec.sys_flag = WithHostBits(0, born, stored);
    const std::string bytes = EncodeGolden(spec);
    RecordView record;
    const Verdict verdict = JudgeRecord(AsBytes(bytes), 9999, 1000, CrcCheck::kVerify, &record);
    CHECK(verdict.kind == RecordKind::kRecord);
    CHECK(record.topic == spec.topic);
    CHECK_EQ(record.store_timestamp, 1'700'000'000'123);
    CHECK_EQ(RecordStoreTimestamp(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()),
             1'700'000'000'123);
  }
}

TEST(every_cut_and_every_flipped_bit_of_a_record_is_noticed) {
  const std::string good = Golden();
  RecordView record;
  for (size_t cut = 0; cut < good.size(); ++cut) {
    const std::string_view part = std::string_view(good).substr(0, cut);
    // In memory: more bytes are asked for. At the end of a file: it is no record.
    const Verdict more = JudgeRecord(AsBytes(part), 9999, 1000, CrcCheck::kVerify, &record);
    CHECK(more.kind == RecordKind::kNeedMore);
    const Verdict verdict =
        JudgeRecord(AsBytes(part), static_cast<int64_t>(cut), 1000, CrcCheck::kVerify, &record);
    CHECK(verdict.kind == RecordKind::kInvalid);
  }
  int unnoticed = 0;
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const Verdict verdict = JudgeRecord(AsBytes(bad), 9999, 1000, CrcCheck::kVerify, &record);
    if (verdict.kind == RecordKind::kRecord) ++unnoticed;
  }
  // The format checks lengths, position and body only: 36 bytes of other fields, topic and
  // properties are not covered.
  CHECK(unnoticed <= static_cast<int>((4 + 4 + 8 + 4 + 8 + 8 + 8 + 8 + 4 + 8 + 9 + 70) * 8));
}

TEST(records_of_another_position_and_foreign_bytes_are_refused) {
  const std::string good = Golden();
  RecordView record;
  const auto kind = [&](Bytes bytes, int64_t remaining, PhysicalOffset position) {
    return JudgeRecord(bytes, remaining, position, CrcCheck::kVerify, &record).kind;
  };
  CHECK(kind(AsBytes(good), 9999, 1175) == RecordKind::kInvalid);
  CHECK(kind(AsBytes(std::string(200, '\0')), 200, 0) == RecordKind::kInvalid);
  std::array<uint8_t, 8> filler{};
  StoreI32(filler.data(), 300);
  StoreI32(filler.data() + 4, kMagicBlank);
  CHECK_EQ(Hex(filler), "0000012ccbd43194");
  CHECK(kind(filler, 300, 0) == RecordKind::kBlank);
  CHECK(kind(filler, 301, 0) == RecordKind::kInvalid);
}

TEST(hashes_are_those_of_java) {
  CHECK_EQ(JavaHash("TagA"), 2598919);
  CHECK_EQ(JavaHash("polygenelubricants"), INT32_MIN);
  CHECK_EQ(JavaHash("TopicTest#k1"), 2746024);
  CHECK_EQ(JavaHash("TopicTest#0A000001000018B4AAC2000000000000"), -483666980);
  CHECK_EQ(JavaHash("TopicTest"), -1902610879);
  CHECK_EQ(JavaHash("k1", JavaHash("TopicTest#")), 2746024);
  CHECK_EQ(NonNegativeHash(-483666980), 483666980);
  CHECK_EQ(NonNegativeHash(INT32_MIN), 0);
  // "中" is U+4E2D, "😀" is D83D DE00.
  CHECK_EQ(JavaHash("中"), 0x4E2D);
  CHECK_EQ(JavaHash("😀"), 31 * 0xD83D + 0xDE00);
  CHECK_EQ(Utf16Length("a中😀"), 4);
  // Malformed bytes become U+FFFD.
  CHECK_EQ(JavaHash("\xFF"), 0xFFFD);
  CHECK_EQ(JavaHash("\xE4\xB8"), 31 * 0xFFFD + 0xFFFD);
  std::string text;
  for (int length = 0; length < 60; ++length) {
    uint32_t expected = 0;
    for (const char c : text) expected = expected * 31 + static_cast<uint8_t>(c);
    CHECK_EQ(JavaHash(text), static_cast<int32_t>(expected));
    text.push_back(static_cast<char>('!' + length));
  }
}

TEST(crc_is_the_usual_one_at_every_length) {
  CHECK_EQ(Crc32(AsBytes("123456789")), 0xCBF43926U);
  CHECK_EQ(BodyCrc(AsBytes("Hello")), 0x77D18982);
  std::string data;
  for (uint32_t i = 0, x = 1; i < 1200; ++i, x = x * 1664525 + 1013904223) {
    data.push_back(static_cast<char>(x >> 24));
  }
  for (size_t size = 0; size < 1100; ++size) {
    for (size_t start : {size_t{0}, size_t{3}}) {
      const Bytes part = AsBytes(std::string_view(data).substr(start, size));
      CHECK(Crc32(part) == ~crc32_internal::UpdatePortable(~0U, part));
    }
  }
}

TEST(properties_follow_the_parser_of_java) {
  const auto scan = [](const std::string& text) { return ScanProperties(AsBytes(text)); };
  CHECK(scan(GoldenProperties()).tags == "TagA");
  CHECK(scan(GoldenProperties()).keys == "k1");
  CHECK(scan(GoldenProperties()).uniq_key == "0A000001000018B4AAC2000000000000");
  CHECK(scan("TAGS\x01"
             "A\x02TAGS\x01"
             "B\x02")
            .tags == "B");
  CHECK(scan("TAGS\x01"
             "A\x02TAGS\x01\x02")
            .tags == "A");
  CHECK(scan("TAGS\x01"
             "A")
            .tags == "A");
  CHECK(scan("TAGS\x02").tags.empty());
  CHECK(scan("TAGSX\x01"
             "A\x02")
            .tags.empty());
  CHECK(scan("XTAGS\x01"
             "A\x02")
            .tags.empty());
  CHECK(scan("TAGS\x01"
             "A\x01"
             "B\x02")
            .tags == std::string_view("A\x01"
                                      "B",
                                      3));
  CHECK(scan("\x02\x02TAGS\x01z\x02").tags == "z");
  std::vector<std::string> keys;
  ForEachKey(" a  b c ", [&](std::string_view key) { keys.emplace_back(key); });
  CHECK(keys == (std::vector<std::string>{"a", "b", "c"}));
}

TEST(index_entries_have_the_golden_bytes) {
  TempDir dir;
  const auto io = posix::CreatePosixIo();
  const IndexGeometry geometry{5'000'000, 1000};
  const std::string path = dir.path() + "/20231114221320123";
  Result<std::shared_ptr<IndexFile>> file = IndexFile::Create(io.get(), path, geometry, nullptr);
  REQUIRE_OK(file);
  file.value()->Put(2746024, 1000, 1'700'000'000'123);
  file.value()->Put(483666980, 1000, 1'700'000'000'123);
  file.value()->StoreHeader();
  const auto read = [&](int64_t offset, size_t size) {
    std::vector<uint8_t> bytes(size);
    const auto opened = io->Open(path, OpenMode::kReadOnly);
    CHECK(opened.value()->ReadAt(offset, bytes).ok());
    return Hex(bytes);
  };
  CHECK_EQ(read(20'000'060, 20), "0029e6a800000000000003e80000000000000000");
  CHECK_EQ(read(0, 40),
           "0000018bcfe5687b0000018bcfe5687b00000000000003e800000000000003e80000000200000003");
  CHECK_EQ(read(10'984'136, 4), "00000001");
}

}  // namespace
}  // namespace apogee::test
