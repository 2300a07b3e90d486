# SPDX-License-Identifier: Apache-2.0
"""Boots node images in virtual machines with a software TPM, and looks at them from outside only."""
