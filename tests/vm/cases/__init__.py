# SPDX-License-Identifier: Apache-2.0
"""The boot tests: each module is one test and has a function run(case)."""
