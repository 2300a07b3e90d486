// SPDX-License-Identifier: Apache-2.0
#include "common/json_decoder.hpp"

#include "common/bytes.hpp"

namespace asterism {
namespace {

std::unexpected<Error> wrong_type(const std::string& path, std::string_view wanted, const Json& found) {
  return fail(Errc::corrupt, "{}: expected {}, found {}", path, wanted, found.type_name());
}

}  // namespace

Result<JsonObjectDecoder> JsonObjectDecoder::make(const Json& value, std::string path) {
  const auto* object = value.get_if<Json::Object>();
  if (!object) return wrong_type(path, "object", value);
  return JsonObjectDecoder{*object, std::move(path)};
}

const Json* JsonObjectDecoder::optional(std::string_view key) {
  asked_.emplace(key);
  const auto found = object_->find(key);
  return found == object_->end() ? nullptr : &found->second;
}

Result<const Json*> JsonObjectDecoder::any(std::string_view key) {
  const Json* value = optional(key);
  if (!value) return fail(Errc::corrupt, "{}: the field is missing", path_of(key));
  return value;
}

Result<std::string> JsonObjectDecoder::string(std::string_view key) {
  ASTERISM_TRY(const Json* value, any(key));
  const auto* text = value->get_if<std::string>();
  if (!text) return wrong_type(path_of(key), "string", *value);
  return *text;
}

Result<bool> JsonObjectDecoder::boolean(std::string_view key) {
  ASTERISM_TRY(const Json* value, any(key));
  const auto* flag = value->get_if<bool>();
  if (!flag) return wrong_type(path_of(key), "boolean", *value);
  return *flag;
}

Result<std::uint64_t> JsonObjectDecoder::unsigned_integer(std::string_view key, std::uint64_t maximum) {
  ASTERISM_TRY(const Json* value, any(key));
  const auto* number = value->get_if<std::uint64_t>();
  if (!number) return wrong_type(path_of(key), "non-negative integer", *value);
  if (*number > maximum) return fail(Errc::corrupt, "{}: {} is larger than {}", path_of(key), *number, maximum);
  return *number;
}

Result<const Json::Array*> JsonObjectDecoder::array(std::string_view key) {
  ASTERISM_TRY(const Json* value, any(key));
  const auto* items = value->get_if<Json::Array>();
  if (!items) return wrong_type(path_of(key), "array", *value);
  return items;
}

Result<JsonObjectDecoder> JsonObjectDecoder::object(std::string_view key) {
  ASTERISM_TRY(const Json* value, any(key));
  return make(*value, path_of(key));
}

const Json::Object& JsonObjectDecoder::members() {
  for (const auto& [key, value] : *object_)
    asked_.emplace(key);
  return *object_;
}

Result<> JsonObjectDecoder::finish() const {
  for (const auto& [key, value] : *object_) {
    if (!asked_.contains(key)) return fail(Errc::unverified, "{}: unknown field", path_of(excerpt(key)));
  }
  return {};
}

}  // namespace asterism
