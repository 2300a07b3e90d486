# SPDX-License-Identifier: Apache-2.0
"""A Kubernetes control plane, a join-service and machines with a software TPM, for tests that need a real cluster."""
