// SPDX-License-Identifier: Apache-2.0
#include "firmware/lzma.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace asterism::firmware {
namespace {

constexpr std::uint64_t header_bytes = 13;
constexpr unsigned properties_max = 9 * 5 * 5;

constexpr unsigned probability_bits = 11;
constexpr unsigned adaptation_shift = 5;
constexpr std::uint32_t range_min = 1U << 24;

/// How likely the next bit is 0, in 1/2048. Starts at one half.
using Probability = std::uint16_t;
constexpr Probability even_odds = (1U << probability_bits) / 2;

/// Turns the packed bytes into bits. Past the end it reads zeros and remembers that it did.
class RangeDecoder {
 public:
  explicit RangeDecoder(Bytes input) : input_{input} {
    starts_well_ = next() == 0;
    for (int i = 0; i < 4; ++i)
      code_ = (code_ << 8) | next();
  }

  /// The first byte is always zero.
  [[nodiscard]] bool starts_well() const noexcept { return starts_well_; }
  [[nodiscard]] bool ended_early() const noexcept { return ended_early_; }

  unsigned bit(Probability& probability) {
    const std::uint32_t bound = (range_ >> probability_bits) * probability;
    const bool zero = code_ < bound;
    if (zero) {
      range_ = bound;
      probability =
          static_cast<Probability>(probability + (((1U << probability_bits) - probability) >> adaptation_shift));
    } else {
      range_ -= bound;
      code_ -= bound;
      probability = static_cast<Probability>(probability - (probability >> adaptation_shift));
    }
    normalise();
    return zero ? 0 : 1;
  }

  /// `count` bits of even odds, the highest first.
  std::uint32_t even_bits(unsigned count) {
    std::uint32_t value = 0;
    for (; count > 0; --count) {
      range_ >>= 1;
      const bool one = code_ >= range_;
      if (one) code_ -= range_;
      value = (value << 1) | (one ? 1U : 0U);
      normalise();
    }
    return value;
  }

 private:
  void normalise() {
    if (range_ >= range_min) return;
    range_ <<= 8;
    code_ = (code_ << 8) | next();
  }

  std::uint32_t next() {
    if (at_ < input_.size()) return std::to_integer<std::uint32_t>(input_[at_++]);
    ended_early_ = true;
    return 0;
  }

  Bytes input_;
  std::size_t at_ = 0;
  std::uint32_t range_ = 0xFFFFFFFF;
  std::uint32_t code_ = 0;
  bool starts_well_ = false;
  bool ended_early_ = false;
};

/// A number of `Bits` bits, each with odds that depend on the bits before it.
template <unsigned Bits>
class BitTree {
 public:
  BitTree() { probabilities_.fill(even_odds); }

  std::uint32_t decode(RangeDecoder& in) {
    std::uint32_t node = 1;
    for (unsigned i = 0; i < Bits; ++i)
      node = (node << 1) | in.bit(probabilities_.at(node));
    return node - (1U << Bits);
  }

 private:
  std::array<Probability, 1U << Bits> probabilities_{};
};

/// The same with the lowest bit first, for the last bits of a distance.
std::uint32_t decode_reversed(RangeDecoder& in, std::span<Probability> probabilities, unsigned bits) {
  std::uint32_t node = 1;
  std::uint32_t value = 0;
  for (unsigned i = 0; i < bits; ++i) {
    const unsigned bit = in.bit(probabilities[node]);
    node = (node << 1) | bit;
    value |= bit << i;
  }
  return value;
}

constexpr std::size_t position_states_max = 16;

/// Lengths of matches, less 2.
class LengthDecoder {
 public:
  std::uint32_t decode(RangeDecoder& in, std::size_t position_state) {
    if (in.bit(not_low_) == 0) return low_.at(position_state).decode(in);
    if (in.bit(not_middle_) == 0) return 8 + middle_.at(position_state).decode(in);
    return 16 + high_.decode(in);
  }

 private:
  Probability not_low_ = even_odds;
  Probability not_middle_ = even_odds;
  std::array<BitTree<3>, position_states_max> low_{};
  std::array<BitTree<3>, position_states_max> middle_{};
  BitTree<8> high_{};
};

template <std::size_t Count>
std::array<Probability, Count> all_even() {
  std::array<Probability, Count> probabilities{};
  probabilities.fill(even_odds);
  return probabilities;
}

struct Properties {
  unsigned literal_context_bits = 0;   ///< lc
  unsigned literal_position_bits = 0;  ///< lp
  unsigned position_bits = 0;          ///< pb
};

/// What the decoder saw last: 0 to 6 after a literal, 7 and above after a match or repetition.
class State {
 public:
  [[nodiscard]] std::size_t value() const noexcept { return value_; }
  [[nodiscard]] bool after_literal() const noexcept { return value_ < first_match; }
  void literal() noexcept { value_ = value_ < 4 ? 0 : value_ < 10 ? value_ - 3 : value_ - 6; }
  void match() noexcept { value_ = after_literal() ? 7 : 10; }
  void repetition() noexcept { value_ = after_literal() ? 8 : 11; }
  void single_byte() noexcept { value_ = after_literal() ? 9 : 11; }

 private:
  static constexpr std::size_t first_match = 7;
  std::size_t value_ = 0;
};

constexpr std::size_t states = 12;
constexpr std::size_t literal_probabilities = 0x300;
constexpr std::size_t length_classes = 4;
constexpr unsigned align_bits = 4;
constexpr std::uint32_t slots_of_low_bits = 14;  ///< slots 4 to 13: all further bits have odds of their own
constexpr std::uint32_t length_min = 2;

/// Decodes one stream. The content is written as it grows; it is its own dictionary.
class Decoder {
 public:
  Decoder(Bytes input, Properties properties, std::vector<std::byte>& content)
      : in_{input}, properties_{properties}, content_{content} {
    literals_.assign(literal_probabilities << (properties.literal_context_bits + properties.literal_position_bits),
                     even_odds);
  }

  Result<> run() {
    if (!in_.starts_well()) return fail(Errc::corrupt, "LZMA stream: the first byte is not zero");
    while (at_ < content_.size()) {
      if (in_.ended_early()) break;
      const std::size_t position_state = at_ & ((1U << properties_.position_bits) - 1);
      if (in_.bit(is_match_.at(index(position_state))) == 0) {
        literal();
        continue;
      }
      ASTERISM_CHECK(copy(position_state));
    }
    if (in_.ended_early()) return fail(Errc::corrupt, "LZMA stream: it ends after {} bytes of content", at_);
    return {};
  }

 private:
  [[nodiscard]] std::size_t index(std::size_t position_state) const {
    return state_.value() * position_states_max + position_state;
  }

  void literal() {
    const unsigned previous = at_ == 0 ? 0 : std::to_integer<unsigned>(content_[at_ - 1]);
    const std::size_t low_position = at_ & ((1U << properties_.literal_position_bits) - 1);
    const std::size_t context =
        (low_position << properties_.literal_context_bits) + (previous >> (8 - properties_.literal_context_bits));
    const auto probabilities = std::span{literals_}.subspan(literal_probabilities * context, literal_probabilities);
    unsigned symbol = 1;
    if (!state_.after_literal()) {  // after a match, the byte that would have gone on with it changes the odds
      unsigned expected = std::to_integer<unsigned>(content_[at_ - 1 - distances_[0]]);
      while (symbol < 0x100) {
        const unsigned expected_bit = (expected >> 7) & 1;
        expected <<= 1;
        const unsigned bit = in_.bit(probabilities[((1 + expected_bit) << 8) + symbol]);
        symbol = (symbol << 1) | bit;
        if (bit != expected_bit) break;
      }
    }
    while (symbol < 0x100)
      symbol = (symbol << 1) | in_.bit(probabilities[symbol]);
    content_[at_++] = static_cast<std::byte>(symbol & 0xFF);
    state_.literal();
  }

  Result<> copy(std::size_t position_state) {
    std::uint32_t length = 1;
    if (in_.bit(is_repetition_.at(state_.value())) == 0) {
      length = length_min + lengths_.decode(in_, position_state);
      std::ranges::rotate(distances_, distances_.end() - 1);
      distances_[0] = distance(length);
      state_.match();
    } else if (!repetition(position_state)) {
      state_.single_byte();
    } else {
      length = length_min + repeated_lengths_.decode(in_, position_state);
      state_.repetition();
    }
    if (distances_[0] >= at_) {
      return fail(Errc::corrupt, "LZMA stream: after {} bytes of content it refers to byte -{}", at_,
                  std::uint64_t{distances_[0]} + 1);
    }
    if (length > content_.size() - at_) {
      return fail(Errc::corrupt, "LZMA stream: more content than the {} bytes announced", content_.size());
    }
    for (; length > 0; --length, ++at_)
      content_[at_] = content_[at_ - 1 - distances_[0]];
    return {};
  }

  /// Brings one of the last four distances to the front. @returns false for a single byte of the last one.
  bool repetition(std::size_t position_state) {
    if (in_.bit(is_older_.at(state_.value())) == 0) return in_.bit(is_long_.at(index(position_state))) != 0;
    std::size_t which = 1;
    if (in_.bit(is_third_.at(state_.value())) != 0) which = 2 + in_.bit(is_fourth_.at(state_.value()));
    const auto newer = std::span{distances_}.first(which + 1);
    std::ranges::rotate(newer, newer.end() - 1);
    return true;
  }

  /// Less 1.
  std::uint32_t distance(std::uint32_t length) {
    const std::size_t length_class = std::min<std::size_t>(length - length_min, length_classes - 1);
    const std::uint32_t slot = slots_.at(length_class).decode(in_);
    if (slot < 4) return slot;
    const unsigned bits = (slot >> 1) - 1;
    const std::uint32_t start = (2 | (slot & 1)) << bits;
    if (slot < slots_of_low_bits) {
      return start + decode_reversed(in_, std::span{low_distances_}.subspan(start - slot), bits);
    }
    const std::uint32_t high = in_.even_bits(bits - align_bits) << align_bits;
    return start + high + decode_reversed(in_, aligned_, align_bits);
  }

  RangeDecoder in_;
  Properties properties_;
  std::vector<std::byte>& content_;
  std::size_t at_ = 0;
  State state_;
  std::array<std::uint32_t, 4> distances_{};  ///< the last four, less 1, the latest first
  std::vector<Probability> literals_;
  std::array<Probability, states * position_states_max> is_match_ = all_even<states * position_states_max>();
  std::array<Probability, states * position_states_max> is_long_ = all_even<states * position_states_max>();
  std::array<Probability, states> is_repetition_ = all_even<states>();
  std::array<Probability, states> is_older_ = all_even<states>();
  std::array<Probability, states> is_third_ = all_even<states>();
  std::array<Probability, states> is_fourth_ = all_even<states>();
  LengthDecoder lengths_;
  LengthDecoder repeated_lengths_;
  std::array<BitTree<6>, length_classes> slots_{};
  std::array<Probability, 128> low_distances_ = all_even<128>();
  std::array<Probability, 1U << align_bits> aligned_ = all_even<1U << align_bits>();
};

Result<Properties> parse_properties(unsigned value) {
  if (value >= properties_max) return fail(Errc::corrupt, "LZMA header: properties {:#x} do not exist", value);
  return Properties{
      .literal_context_bits = value % 9, .literal_position_bits = value / 9 % 5, .position_bits = value / 45};
}

}  // namespace

Result<std::vector<std::byte>> unpack_lzma(const ByteView& packed, std::uint64_t content_bytes_max) {
  ASTERISM_TRY(const auto property_byte, packed.u8(0, "LZMA properties"));
  ASTERISM_TRY(const auto properties, parse_properties(property_byte));
  ASTERISM_TRY(const auto size, packed.u64(5, "size of the LZMA content"));
  if (size > content_bytes_max) {
    return fail(Errc::unsupported, "LZMA header: {:#x} bytes of content (at most {:#x})", size, content_bytes_max);
  }
  std::vector<std::byte> content(size);
  Decoder decoder{packed.bytes().subspan(header_bytes), properties, content};
  ASTERISM_CHECK(decoder.run());
  return content;
}

}  // namespace asterism::firmware
