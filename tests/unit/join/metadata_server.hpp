// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "common/unique_fd.hpp"
#include "join/connect.hpp"

namespace asterism::testing {

/// "\r", "\n" and "{n}", as the tables have them.
inline std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto brace = text.find('}', i);
    if (text[i] == '\\' && i + 1 < text.size()) {
      out += text[++i] == 'r' ? '\r' : '\n';
    } else if (text[i] == '{' && brace != std::string::npos && brace > i + 1 &&
               text.find_first_not_of("0123456789", i + 1) == brace) {
      out.append(std::stoul(text.substr(i + 1, brace - i - 1)), 'x');
      i = brace;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// Answers connections on loopback one after the other with prepared bytes, whatever is asked.
class MetadataServer {
 public:
  /// @param answers as in user_data_answers.txt, without blanks around them.
  explicit MetadataServer(std::vector<std::string> answers)
      : answers_{std::move(answers)},
        listener_{join::listen_on({.host = "127.0.0.1", .port = "0"}).value()},
        thread_{[this](const std::stop_token& stop) { serve(stop); }} {}

  [[nodiscard]] join::Endpoint endpoint() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    static_cast<void>(::getsockname(listener_.get(), static_cast<sockaddr*>(static_cast<void*>(&address)), &size));
    return {.host = "127.0.0.1", .port = std::to_string(ntohs(address.sin_port))};
  }
  [[nodiscard]] std::size_t asked() const { return asked_; }

 private:
  void serve(const std::stop_token& stop) {
    std::vector<UniqueFd> silent;
    while (!stop.stop_requested()) {
      auto visitor = join::accept_from(listener_, std::chrono::milliseconds{5});
      if (!visitor) continue;
      const std::string answer = answers_[std::min(asked_++, answers_.size() - 1)];
      if (answer == "CLOSE") continue;
      if (answer != "HANG") reply(visitor->get(), answer);
      if (answer == "HANG" || answer.starts_with("OPEN ")) silent.push_back(*std::move(visitor));
    }
  }

  static void reply(int socket, const std::string& answer) {
    // The request first: who closes with bytes unread resets the connection.
    std::string request;
    while (!request.contains("\r\n\r\n")) {
      pollfd wait{.fd = socket, .events = POLLIN, .revents = 0};
      char piece[4096];
      if (::poll(&wait, 1, 1000) != 1) return;
      const ssize_t got = ::recv(socket, piece, sizeof piece, 0);
      if (got <= 0) return;
      request.append(piece, static_cast<std::size_t>(got));
    }
    std::string text = unescaped(answer.substr(answer.find(' ') + 1));
    if (!answer.starts_with("RAW ") && !answer.starts_with("OPEN ")) {
      const std::string body = answer.size() > 4 ? text : "";
      text = "HTTP/1.1 " + answer.substr(0, 3) + " Text\r\nContent-Length: " + std::to_string(body.size()) +
             "\r\n\r\n" + body;
    }
    for (std::size_t sent = 0; sent < text.size();) {
      pollfd wait{.fd = socket, .events = POLLOUT, .revents = 0};
      if (::poll(&wait, 1, 1000) != 1) return;
      const ssize_t n = ::send(socket, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return;
      sent += static_cast<std::size_t>(n);
    }
  }

  std::vector<std::string> answers_;
  UniqueFd listener_;
  std::atomic<std::size_t> asked_ = 0;
  std::jthread thread_;
};

}  // namespace asterism::testing
