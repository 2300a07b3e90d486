// SPDX-License-Identifier: Apache-2.0
#include "common/json.hpp"

#include <optional>

#include <nlohmann/json.hpp>

#include "common/bytes.hpp"

namespace asterism {
namespace {

using nlohmann::ordered_json;

/// Builds a Json from parser events. nlohmann's own builder keeps the last of two equal keys silently; this one
/// refuses.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Builder(const JsonLimits& limits) : limits_{limits} {}

  bool null() override { return put(Json{}); }
  bool boolean(bool value) override { return put(Json{value}); }
  bool number_integer(number_integer_t value) override { return put(Json{value}); }
  bool number_unsigned(number_unsigned_t value) override { return put(Json{value}); }
  bool number_float(number_float_t /*value*/, const string_t& text) override {
    return refuse(Errc::corrupt, std::format("the number {} is not a 64-bit integer", excerpt(text)));
  }
  bool string(string_t& value) override { return put(Json{std::move(value)}); }
  bool binary(binary_t& /*value*/) override { return refuse(Errc::internal, "binary value in text"); }
  bool start_object(std::size_t /*elements*/) override { return open(Json{Json::Object{}}); }
  bool start_array(std::size_t /*elements*/) override { return open(Json{Json::Array{}}); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& value) override {
    if (open_.back()->get_if<Json::Object>()->contains(value)) {
      return refuse(Errc::corrupt, std::format("the key \"{}\" stands twice in one object", excerpt(value)));
    }
    key_ = std::move(value);
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    // The library's text starts with its own tag in brackets; what follows the last colon says what was expected.
    const std::string text = error.what();
    const auto colon = text.find(": ");
    return refuse(Errc::corrupt, std::format("no valid JSON at byte {}: {}", position,
                                             excerpt(colon == std::string::npos ? text : text.substr(colon + 2))));
  }

  Result<Json> take() && {
    if (failure_) return std::unexpected{*std::move(failure_)};
    return std::move(root_);
  }

 private:
  bool refuse(Errc code, std::string message) {
    if (!failure_) failure_.emplace(code, std::move(message));
    return false;
  }

  /// Stores the value where the parser stands and points `placed_` at it.
  bool put(Json value) {
    if (++values_ > limits_.values) {
      return refuse(Errc::unsupported, std::format("more than {} values", limits_.values));
    }
    if (open_.empty()) {
      root_ = std::move(value);
      placed_ = &root_;
    } else if (auto* object = open_.back()->get_if<Json::Object>()) {
      placed_ = &object->emplace(std::move(key_), std::move(value)).first->second;
    } else {
      placed_ = &open_.back()->get_if<Json::Array>()->emplace_back(std::move(value));
    }
    return true;
  }

  bool open(Json container) {
    if (open_.size() >= limits_.depth) {
      return refuse(Errc::unsupported, std::format("nested deeper than {} levels", limits_.depth));
    }
    if (!put(std::move(container))) return false;
    // Elements of an outer array do not move while an inner container is open, so the pointers stay valid.
    open_.push_back(placed_);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  const JsonLimits& limits_;
  Json root_;
  Json* placed_ = nullptr;
  std::vector<Json*> open_;
  std::string key_;
  std::size_t values_ = 0;
  std::optional<Error> failure_;
};

ordered_json to_library(const Json& value) {
  if (const auto* flag = value.get_if<bool>()) return *flag;
  if (const auto* number = value.get_if<std::uint64_t>()) return *number;
  if (const auto* negative = value.get_if<std::int64_t>()) return *negative;
  if (const auto* text = value.get_if<std::string>()) return *text;
  if (const auto* array = value.get_if<Json::Array>()) {
    ordered_json out = ordered_json::array();
    for (const Json& item : *array)
      out.push_back(to_library(item));
    return out;
  }
  if (const auto* object = value.get_if<Json::Object>()) {
    ordered_json out = ordered_json::object();
    for (const auto& [key, item] : *object)
      out[key] = to_library(item);
    return out;
  }
  return nullptr;
}

}  // namespace

std::string_view Json::type_name() const noexcept {
  static constexpr std::string_view names[] = {"null", "boolean", "integer", "integer", "string", "array", "object"};
  return names[value_.index()];
}

std::string Json::to_text() const {
  // Bytes that are not UTF-8 are replaced, so that dump() has nothing to throw for.
  return to_library(*this).dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.text_bytes) {
    return fail(Errc::unsupported, "JSON text of {} bytes is larger than the limit of {}", text.size(),
                limits.text_bytes);
  }
  Builder builder{limits};
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return std::move(builder).take();
}

}  // namespace asterism
