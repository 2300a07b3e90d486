// SPDX-License-Identifier: Apache-2.0
#include "common/json.hpp"

#include <boost/test/unit_test.hpp>

#include "common/json_decoder.hpp"

using namespace asterism;

namespace {

Errc code_of(std::string_view text, const JsonLimits& limits = {}) {
  const auto parsed = parse_json(text, limits);
  BOOST_REQUIRE_MESSAGE(!parsed, text);
  return parsed.error().code();
}

}  // namespace

BOOST_AUTO_TEST_CASE(text_is_sorted_and_parses_back) {
  const Json value =
      Json::Object{{"b", Json::Array{1, -2, "x", false, Json{}}}, {"a", Json::Object{}}, {"c", ~std::uint64_t{0}}};
  const std::string text = value.to_text();
  BOOST_TEST(text.find("\"a\"") < text.find("\"b\""));
  BOOST_TEST(text.ends_with("}\n"));
  BOOST_TEST((parse_json(text).value() == value));
  BOOST_TEST(parse_json(text).value().to_text() == text);
}

BOOST_AUTO_TEST_CASE(nested_arrays_keep_their_order) {
  const auto value = parse_json(R"([[1,[2,3]],[],[[4]],{"a":[5]}])").value();
  BOOST_TEST(parse_json(value.to_text()).value().to_text() == value.to_text());
  BOOST_TEST(value.get_if<Json::Array>()->size() == 4u);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_not_strict) {
  for (const auto* text : {"", "{", "[1,]", "{\"a\":1,}", "{'a':1}", "1 2", "// x\n1", "\"\xff\"", "nul", "1.5", "1e3",
                           "18446744073709551616", "NaN", "[1]]", "\"a\nb\""}) {
    BOOST_TEST((code_of(text) == Errc::corrupt), text);
  }
}

BOOST_AUTO_TEST_CASE(refuses_duplicate_keys_at_any_depth) {
  BOOST_TEST((code_of(R"({"a":1,"a":2})") == Errc::corrupt));
  BOOST_TEST((code_of(R"([{"x":{"a":1,"b":2,"a":1}}])") == Errc::corrupt));
  BOOST_TEST((code_of(R"({"a":1,"\u0061":2})") == Errc::corrupt));
  BOOST_TEST(parse_json(R"([{"a":1},{"a":1}])").has_value());
}

BOOST_AUTO_TEST_CASE(refuses_what_is_too_large) {
  BOOST_TEST((code_of("[[[1]]]", {.text_bytes = 100, .depth = 2, .values = 10}) == Errc::unsupported));
  BOOST_TEST((code_of("[1,2,3]", {.text_bytes = 100, .depth = 2, .values = 3}) == Errc::unsupported));
  BOOST_TEST((code_of("[1,2,3]", {.text_bytes = 6, .depth = 2, .values = 9}) == Errc::unsupported));
  BOOST_TEST((code_of(std::string(100'000, '[')) == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(errors_name_the_byte) {
  BOOST_TEST(parse_json("{\"a\":x}").error().message().contains("at byte 6"));
}

BOOST_AUTO_TEST_CASE(messages_stay_short_whatever_the_text) {
  const std::string key(100'000, 'k');
  const std::string twice = "{\"" + key + "\":1,\"" + key + "\":2}";
  BOOST_TEST(parse_json(twice).error().message().size() < 500u);
  const Json unknown = parse_json("{\"" + key + "\":1}").value();
  BOOST_TEST(JsonObjectDecoder::make(unknown, "$").value().finish().error().message().size() < 500u);
  BOOST_TEST(parse_json("[" + std::string(1000, '1') + "]").error().message().size() < 500u);
  BOOST_TEST(parse_json("\"" + std::string(1000, 'x')).error().message().size() < 500u);
}

BOOST_AUTO_TEST_CASE(decoder_takes_fields_and_refuses_the_rest) {
  const Json value = parse_json(R"({"s":"x","n":7,"f":true,"o":{"k":1},"l":[1]})").value();
  auto decoder = JsonObjectDecoder::make(value, "$").value();
  BOOST_TEST(decoder.string("s").value() == "x");
  BOOST_TEST(decoder.unsigned_integer("n").value() == 7u);
  BOOST_TEST(decoder.boolean("f").value());
  BOOST_TEST(decoder.array("l").value()->size() == 1u);
  const auto rest = decoder.finish();
  BOOST_REQUIRE(!rest);
  BOOST_TEST((rest.error().code() == Errc::unverified));
  BOOST_TEST(rest.error().message() == "$.o: unknown field");
  auto inner = decoder.object("o").value();
  BOOST_TEST(decoder.finish().has_value());
  BOOST_TEST(inner.members().size() == 1u);
  BOOST_TEST(inner.finish().has_value());
}

BOOST_AUTO_TEST_CASE(decoder_errors_name_the_path) {
  const Json value = parse_json(R"({"o":{"n":-1,"big":300}})").value();
  auto outer = JsonObjectDecoder::make(value, "$").value();
  auto inner = outer.object("o").value();
  BOOST_TEST(inner.string("n").error().message() == "$.o.n: expected string, found integer");
  BOOST_TEST(inner.unsigned_integer("n").error().message() == "$.o.n: expected non-negative integer, found integer");
  BOOST_TEST((inner.unsigned_integer("big", 255).error().code() == Errc::corrupt));
  BOOST_TEST(inner.boolean("absent").error().message() == "$.o.absent: the field is missing");
  BOOST_TEST((JsonObjectDecoder::make(Json{1}, "$").error().code() == Errc::corrupt));
  BOOST_TEST(inner.optional("absent") == nullptr);
}
