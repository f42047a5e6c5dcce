// SPDX-License-Identifier: Apache-2.0
/// Frames and headers of both codecs: golden bytes of the specification, odd input, broken input.
#include <string>
#include <string_view>

#include "remoting/frame.h"
#include "remoting/header.h"
#include "remoting/text_scratch.h"
#include "store/endian.h"
#include "test/store_fixture.h"
#include "test/test.h"

namespace apogee::test {
namespace {

using remoting::Codec;
using remoting::Header;
using remoting::HeaderVerdict;

std::string Bin(std::string_view hex) {
  std::string bytes;
  int high = -1;
  for (const char c : hex) {
    if (c == ' ') continue;
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<char>(high * 16 + digit));
      high = -1;
    }
  }
  return bytes;
}

HeaderVerdict ReadJson(std::string_view text, Header* header) {
  const char* error = nullptr;
  return remoting::ReadJsonHeader(text, header, &error);
}

/// The field's text, decoded; "-" when there is none.
std::string Field(const Header& header, std::string_view name) {
  static remoting::TextScratch scratch;
  scratch.Reset(4096);
  for (size_t i = 0; i < header.field_count; i++) {
    std::string_view text;
    if (header.fields[i].name != name) continue;
    return scratch.Text(header.fields[i], &text) ? std::string(text) : "?";
  }
  return "-";
}

std::string Word(int32_t value) {
  uint8_t bytes[4];
  store::StoreI32(bytes, value);
  return {reinterpret_cast<const char*>(bytes), 4};
}

}  // namespace

TEST(RemotingReadsTheGoldenJsonHeader) {
  Header header;
  const std::string_view text =
      "{\"code\":11,\"extFields\":{\"queueId\":\"3\",\"maxMsgNums\":\"32\",\"sysFlag\":\"2\","
      "\"suspendTimeoutMillis\":\"15000\",\"commitOffset\":\"0\",\"topic\":\"T\","
      "\"queueOffset\":\"7\",\"subVersion\":\"0\",\"consumerGroup\":\"CG\"},\"flag\":0,"
      "\"language\":\"JAVA\",\"opaque\":5,\"serializeTypeCurrentRPC\":\"JSON\",\"version\":0}";
  REQUIRE(ReadJson(text, &header) == HeaderVerdict::kRead);
  CHECK_EQ(header.code, 11);
  CHECK_EQ(header.opaque, 5);
  CHECK_EQ(header.flag, 0);
  CHECK_EQ(header.field_count, size_t{9});
  CHECK_EQ(Field(header, "suspendTimeoutMillis"), "15000");
  CHECK_EQ(Field(header, "consumerGroup"), "CG");
}

TEST(RemotingReadsTheGoldenBinaryFrame) {
  const std::string frame =
      Bin("00000025 01000021 0069 00 0000 00000009 00000000 00000000 0000000c 0005 746f706963 "
          "00000001 54");
  const remoting::FrameStart start = remoting::JudgeFrameStart(AsBytes(frame));
  CHECK_EQ(start.size, int64_t{41});
  const remoting::FrameParts parts = remoting::SplitFrame(AsBytes(frame));
  CHECK(parts.codec == Codec::kRocketMq);
  CHECK(parts.body.empty());
  Header header;
  const char* error = nullptr;
  REQUIRE(remoting::ReadBinaryHeader(parts.header, &header, &error) == HeaderVerdict::kRead);
  CHECK_EQ(header.code, 105);
  CHECK_EQ(header.opaque, 9);
  CHECK_EQ(Field(header, "topic"), "T");
}

TEST(RemotingReadsWhatCppAndGoClientsWrite) {
  Header header;
  const std::string_view text =
      " {\n\t\"version\" : 333, \"opaque\" : -7 ,\"language\":\"CPP\",\"flag\":2,\"remark\":\"\","
      "\"extFields\" : { \"queueId\" : 3 , \"jstackEnable\":true, \"none\": null,"
      " \"Signature\":\"\" } , \"code\":\"310\" }\n";
  REQUIRE(ReadJson(text, &header) == HeaderVerdict::kRead);
  CHECK_EQ(header.code, 310);
  CHECK_EQ(header.opaque, -7);
  CHECK(header.IsOneway());
  CHECK_EQ(Field(header, "queueId"), "3");
  CHECK_EQ(Field(header, "jstackEnable"), "true");
  CHECK_EQ(Field(header, "none"), "-");
  CHECK_EQ(Field(header, "Signature"), "");
}

TEST(RemotingDecodesEscapes) {
  Header header;
  const std::string_view text =
      "{\"extFields\":{\"i\":\"a\\u0001\\\"q\\\"\\u0002\\\\\\u6807\\u7B7e\\uD83D\\ude00\\n\\/\","
      "\"lone\":\"x\\uD83Dy\",\"bad\":\"\\u00g0\",\"end\":\"tail\\\\\",\"after\":\"z\"}}";
  REQUIRE(ReadJson(text, &header) == HeaderVerdict::kRead);
  CHECK_EQ(Field(header, "i"), "a\x01\"q\"\x02\\标签😀\n/");
  CHECK_EQ(Field(header, "lone"), "x?y");
  CHECK_EQ(Field(header, "bad"), "?");
  CHECK_EQ(Field(header, "end"), "tail\\");
  CHECK_EQ(Field(header, "after"), "z");
}

TEST(RemotingFindsQuotesAcrossBlocks) {
  // Runs of backslashes of each length end at each place of a block of 64 bytes.
  for (size_t pad = 0; pad < 70; pad++) {
    for (size_t slashes = 0; slashes < 6; slashes++) {
      std::string text =
          "{\"extFields\":{\"p\":\"" + std::string(pad, 'x') + std::string(slashes, '\\') + "\"";
      if (slashes % 2 != 0) text += "\"";
      text += ",\"q\":\"end\"}}";
      Header header;
      REQUIRE(ReadJson(text, &header) == HeaderVerdict::kRead);
      const std::string wanted =
          std::string(pad, 'x') + std::string(slashes / 2, '\\') + (slashes % 2 != 0 ? "\"" : "");
      REQUIRE(CHECK_EQ(Field(header, "p"), wanted));
      REQUIRE(CHECK_EQ(Field(header, "q"), "end"));
    }
  }
}

TEST(RemotingCallsEveryTruncatedJsonHeaderMalformed) {
  const std::string text =
      "{\"code\":310,\"extFields\":{\"a\":\"p\\u0001q\",\"e\":3,\"m\":true},\"flag\":0,"
      "\"opaque\":12}";
  Header header;
  for (size_t size = 0; size < text.size(); size++) {
    const bool malformed = ReadJson(text.substr(0, size), &header) == HeaderVerdict::kMalformed;
    if (!malformed) return Fail("not malformed at " + std::to_string(size));
  }
  CHECK(ReadJson(text, &header) == HeaderVerdict::kRead);
}

TEST(RemotingLeavesUnusualHeadersToTheSlowDecoder) {
  Header header;
  for (const std::string_view text :
       {"{'code':1}", "{code:1}", "{\"code\":1.5}", "{\"code\":1,}", "{\"code\":1} x",
        "{\"code\":99999999999}", "{\"extFields\":{\"a\":[1]}}", "{\"extFields\":[1]}",
        "{\"x\":{\"y\":1}}", "{\"a\\u0062\":1}", "{\"code\":1 /* c */}", "{\"code\":+1}"}) {
    if (ReadJson(text, &header) != HeaderVerdict::kUnusual) Fail(std::string(text));
  }
  std::string many = "{\"extFields\":{";
  for (size_t i = 0; i <= remoting::kMaxHeaderFields; i++) {
    many += (i == 0 ? "\"f" : ",\"f") + std::to_string(i) + "\":\"v\"";
  }
  CHECK(ReadJson(many + "}}", &header) == HeaderVerdict::kUnusual);
  many.erase(many.rfind(",\"f"));
  CHECK(ReadJson(many + "}}", &header) == HeaderVerdict::kRead);
  CHECK(ReadJson("{\"remark\":\"" + std::string(400, '\\') + "\"}", &header) ==
        HeaderVerdict::kRead);
  std::string quotes = "{\"code\":1,\"x\":[";
  for (int i = 0; i < 400; i++) quotes += "\"\",";
  CHECK(ReadJson(quotes + "1]}", &header) == HeaderVerdict::kUnusual);
}

TEST(RemotingCallsBrokenBinaryHeadersMalformed) {
  const std::string good =
      Bin("0069 00 0201 00000009 00000000 00000002 6869 0000000c 0005 746f706963 00000001 54");
  Header header;
  const char* error = nullptr;
  REQUIRE(remoting::ReadBinaryHeader(good, &header, &error) == HeaderVerdict::kRead);
  CHECK_EQ(Field(header, "topic"), "T");
  for (size_t size = 0; size < good.size(); size++) {
    error = nullptr;
    const auto verdict = remoting::ReadBinaryHeader(good.substr(0, size), &header, &error);
    if (verdict != HeaderVerdict::kMalformed || error == nullptr) {
      Fail("not malformed at " + std::to_string(size));
    }
  }
  // Lengths that lie: remark, ext fields, key, value.
  for (const size_t at : {size_t{13}, size_t{19}, size_t{23}, size_t{30}}) {
    for (const char lie : {'\x7f', '\xff'}) {
      std::string bad = good;
      bad[at] = lie;
      CHECK(remoting::ReadBinaryHeader(bad, &header, &error) == HeaderVerdict::kMalformed);
    }
  }
}

TEST(RemotingNamesWhatIsWrongWithAFrame) {
  const auto error = [](const std::string& bytes) {
    return remoting::JudgeFrameStart(AsBytes(bytes)).error;
  };
  CHECK_EQ(error(Word(0)), "a frame length of 0 is not between 4 and 16777212");
  CHECK_EQ(error(Word(3)), "a frame length of 3 is not between 4 and 16777212");
  CHECK_EQ(error(Word(INT32_MIN)), "a frame length of -2147483648 is not between 4 and 16777212");
  CHECK_EQ(error(Word(16'777'213)), "a frame length of 16777213 is not between 4 and 16777212");
  CHECK_EQ(error(Word(16'777'212)), "");
  CHECK_EQ(error(Word(4)), "");
  CHECK_EQ(error(Word(10) + Word(7)), "a header of 7 bytes does not fit a frame length of 10");
  CHECK_EQ(error(Word(10) + Word(6)), "");
  CHECK_EQ(error(Word(10) + Word(2 << 24)), "header encoding 2 is unknown");
  CHECK_EQ(error(Word(10) + Word(-1)), "header encoding -1 is unknown");
  CHECK_EQ(error("GET / HTTP/1.1\r\n"), "the peer speaks HTTP on a remoting port");
  CHECK_EQ(error(Bin("16030100f8010000f4")), "the peer speaks TLS on a remoting port");
  for (size_t size = 0; size < 4; size++) {
    CHECK_EQ(remoting::JudgeFrameStart(AsBytes(Word(5).substr(0, size))).size, int64_t{0});
  }
}

}  // namespace apogee::test
