#!/usr/bin/bash
# SPDX-License-Identifier: Apache-2.0
# usage: run.sh fuzz|replay <harness> <seed script or -> <dictionary or ->
# Makes the seeds anew, then fuzzes for ASTERISM_FUZZ_SECONDS (default 60), ASTERISM_FUZZ_RUNS inputs
# at most if that is set, or replays them once. The folder kept/
# survives between runs and holds what the fuzzer found worth keeping.
set -euo pipefail

mode=$1 harness=$2 seeds=$3 dictionary=$4
rm -rf seeds
mkdir -p seeds kept
: > seeds/empty
if [ "$seeds" != - ]; then
  /usr/bin/python3 -B "$seeds" seeds
fi

if [ "$mode" = replay ]; then
  exec "$harness" seeds kept
fi
options=(-max_total_time="${ASTERISM_FUZZ_SECONDS:-60}" -rss_limit_mb=512 -malloc_limit_mb=256 -timeout=10
  -max_len=262144 -print_final_stats=1)
if [ -n "${ASTERISM_FUZZ_RUNS:-}" ]; then
  options+=("-runs=$ASTERISM_FUZZ_RUNS")
fi
if [ "$dictionary" != - ]; then
  options+=("-dict=$dictionary")
fi
exec "$harness" "${options[@]}" kept seeds
