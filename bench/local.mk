# SPDX-License-Identifier: GPL-3.0-or-later
# Measurements, built and run only by `make bench`.
