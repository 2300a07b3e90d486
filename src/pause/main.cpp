// SPDX-License-Identifier: Apache-2.0
// First process of every pod's sandbox: it holds the namespaces, reaps what is left to it, and ends when it is told to.
// Statically linked, the only file of its image.
#include <cerrno>
#include <csignal>
#include <initializer_list>

#include <sys/wait.h>
#include <unistd.h>

int main() {
  sigset_t awaited{};
  ::sigemptyset(&awaited);
  for (const int signal : {SIGINT, SIGTERM, SIGCHLD})
    ::sigaddset(&awaited, signal);
  if (::pthread_sigmask(SIG_BLOCK, &awaited, nullptr) != 0) return 1;
  for (;;) {
    const int signal = ::sigwaitinfo(&awaited, nullptr);
    if (signal == SIGINT || signal == SIGTERM) return 0;
    if (signal < 0 && errno != EINTR) return 1;
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
  }
}
