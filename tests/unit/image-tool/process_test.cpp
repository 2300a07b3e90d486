// SPDX-License-Identifier: Apache-2.0
#include "image-tool/process.hpp"

#include <boost/test/unit_test.hpp>

using namespace asterism;
using namespace asterism::image_tool;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(output_and_exit_code_arrive) {
  const auto outcome = run_process({"bash", "-c", "echo out; echo one >&2; echo two >&2; exit 3"}).value();
  BOOST_TEST(outcome.exit_code == 3);
  BOOST_TEST(outcome.output == "out\n");
  BOOST_TEST(outcome.errors == "one\ntwo\n");
  BOOST_TEST(describe_failure("bash", outcome) == "bash: exit code 3: one");
}

BOOST_AUTO_TEST_CASE(words_are_not_for_a_shell) {
  BOOST_TEST(run_checked({"printf", "%s", "$(id) *; \"'"}).value() == "$(id) *; \"'");
}

BOOST_AUTO_TEST_CASE(the_environment_is_fixed) {
  BOOST_TEST(run_checked({"env"}).value() == "PATH=/usr/sbin:/usr/bin:/sbin:/bin\nLC_ALL=C.UTF-8\nTZ=UTC\n");
}

BOOST_AUTO_TEST_CASE(failures_have_their_codes) {
  BOOST_TEST((run_process({}).error().code() == Errc::internal));
  BOOST_TEST((run_process({"no-such-program"}).error().code() == Errc::unavailable));
  BOOST_TEST((run_checked({"false"}).error().code() == Errc::io));
  BOOST_TEST((run_process({"bash", "-c", "kill -9 $$"}).error().code() == Errc::io));
}

BOOST_AUTO_TEST_CASE(limits_hold) {
  BOOST_TEST((run_process({"sleep", "60"}, {.time = 0s}).error().code() == Errc::unavailable));
  BOOST_TEST((run_process({"yes"}, {.output_bytes = 10'000}).error().code() == Errc::unsupported));
  const auto loud = run_process({"bash", "-c", "head -c 100000 /dev/zero >&2"}).value();
  BOOST_TEST(loud.errors.size() == 4096u);
}

BOOST_AUTO_TEST_CASE(a_sated_sink_ends_the_program) {
  std::size_t seen = 0;
  const auto sink = [&](Bytes piece) -> Result<Appetite> {
    seen += piece.size();
    return seen < 1000 ? Appetite::hungry : Appetite::sated;
  };
  BOOST_TEST(stream_process({"yes"}, sink).value().exit_code == 0);
  BOOST_TEST(seen >= 1000u);
}

BOOST_AUTO_TEST_CASE(an_error_of_the_sink_is_passed_on) {
  const auto sink = [](Bytes) -> Result<Appetite> { return fail(Errc::corrupt, "no"); };
  BOOST_TEST((stream_process({"yes"}, sink).error().code() == Errc::corrupt));
}
