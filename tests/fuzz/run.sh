#!/usr/bin/bash
# SPDX-License-Identifier: Apache-2.0
# usage: run.sh fuzz|replay <harness> <seed script or -> <dictionary or -> <longest input to make, in bytes>
# Makes the seeds anew, then fuzzes for ASTERISM_FUZZ_SECONDS (default 60), ASTERISM_FUZZ_RUNS inputs
# at most if that is set, or replays them once. The folder kept/
# survives between runs and holds what the fuzzer found worth keeping.
set -euo pipefail

mode=$1 harness=$2 seeds=$3 dictionary=$4 max_bytes=$5
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
  -max_len="$max_bytes" -print_final_stats=1)
# Freed memory is watched for as long as 16 MiB more are freed: with the usual 256 MiB most of the time goes into cache misses.
export ASAN_OPTIONS="quarantine_size_mb=16:${ASAN_OPTIONS:-}"
if [ -n "${ASTERISM_FUZZ_RUNS:-}" ]; then
  options+=("-runs=$ASTERISM_FUZZ_RUNS")
fi
if [ "$dictionary" != - ]; then
  options+=("-dict=$dictionary")
fi
exec "$harness" "${options[@]}" kept seeds
