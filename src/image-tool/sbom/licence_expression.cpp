// SPDX-License-Identifier: Apache-2.0
#include "image-tool/sbom/licence_expression.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace asterism::image_tool {
namespace {

struct Word {
  std::string_view text;
  bool ends_with_comma = false;
};

bool is_word(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower,
                            [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

bool is_operator(std::string_view text) {
  return is_word(text, "and") || is_word(text, "or");
}

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view{"+-._~/"}.contains(c);
  });
}

std::vector<Word> words_of(std::string_view line) {
  std::vector<Word> words;
  for (std::size_t at = line.find_first_not_of(" \t"); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(" \t", at), line.size());
    Word word{.text = line.substr(at, end - at)};
    word.ends_with_comma = word.text.ends_with(',');
    if (word.ends_with_comma) word.text.remove_suffix(1);
    words.push_back(word);
    at = line.find_first_not_of(" \t", end);
  }
  return words;
}

/// An SPDX expression and whether it needs parentheses beside AND.
struct Part {
  std::string text;
  bool is_or = false;
};

/// Recursive descent over the words; every method gives none where they do not fit.
class Parser {
 public:
  Parser(std::span<const Word> words, const LicenceTerm& term) : words_{words}, term_{term} {}

  /// Groups between commas, joined from left to right.
  std::optional<Part> whole() {
    auto left = group();
    while (left && !at_end()) {
      const bool is_or = is_word(take().text, "or");  // group() stops before an operator only
      auto right = group();
      if (!right) return std::nullopt;
      left = join(*left, *right, is_or);
    }
    return left;
  }

 private:
  [[nodiscard]] bool at_end() const { return at_ == words_.size(); }
  const Word& take() { return words_[at_++]; }

  /// True before an operator, unless a comma stands there, which ends the group.
  [[nodiscard]] bool before(std::string_view word) const {
    return !at_end() && !words_[at_ - 1].ends_with_comma && !words_[at_].ends_with_comma &&
           is_word(words_[at_].text, word);
  }

  std::optional<Part> group() {
    auto left = conjunction();
    while (left && before("or")) {
      take();
      auto right = conjunction();
      if (!right) return std::nullopt;
      left = join(*left, *right, /*is_or=*/true);
    }
    if (!left || at_end()) return left;
    const bool joined =
        words_[at_ - 1].ends_with_comma && !words_[at_].ends_with_comma && is_operator(words_[at_].text);
    if (!joined) return std::nullopt;
    return left;
  }

  std::optional<Part> conjunction() {
    auto left = licence();
    while (left && before("and")) {
      take();
      auto right = licence();
      if (!right) return std::nullopt;
      left = join(*left, *right, /*is_or=*/false);
    }
    return left;
  }

  std::optional<Part> licence() {
    if (at_end() || is_operator(words_[at_].text)) return std::nullopt;
    const Word name = take();
    if (!is_name(name.text)) return std::nullopt;
    std::string exception;
    if (before("with")) {
      take();
      while (!at_end() && !is_word(words_[at_].text, "exception")) {
        if (is_operator(words_[at_].text) || words_[at_].ends_with_comma || !is_name(words_[at_].text))
          return std::nullopt;
        exception += (exception.empty() ? "" : " ") + std::string{take().text};
      }
      if (at_end() || exception.empty()) return std::nullopt;
      take();
    }
    return Part{.text = term_(name.text, exception)};
  }

  static Part join(const Part& left, const Part& right, bool is_or) {
    const auto in_and = [&](const Part& part) { return !is_or && part.is_or ? "(" + part.text + ")" : part.text; };
    return {.text = in_and(left) + (is_or ? " OR " : " AND ") + in_and(right), .is_or = is_or};
  }

  std::span<const Word> words_;
  const LicenceTerm& term_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::string> spdx_expression(std::string_view line, const LicenceTerm& term) {
  const auto words = words_of(line);
  if (words.empty() || words.size() > expression_maximum_words || words.back().ends_with_comma) return std::nullopt;
  auto part = Parser{words, term}.whole();
  if (!part) return std::nullopt;
  return std::move(part->text);
}

}  // namespace asterism::image_tool
