# SPDX-License-Identifier: GPL-2.0
# What measures, and what reads that.

BENCH := build/bench/bin

$(BENCH)/meter: bench/meter.c | build/deps.stamp
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@gcc $(HOST_CFLAGS) -o $@.tmp $< -lxenctrl -lxenguest -lxenstore -lxenevtchn
	@mv $@.tmp $@

# Static, since it runs in a guest.
$(BENCH)/ticker: bench/ticker.c | build/deps.stamp
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@gcc $(HOST_CFLAGS) -static -o $@.tmp $<
	@mv $@.tmp $@

$(BENCH)/samples: bench/samples.c build/hypervisor/include/.stamp | build/deps.stamp
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@gcc $(HOST_CFLAGS) -D__XEN_TOOLS__ -isystem build/hypervisor/include -o $@.tmp $<
	@mv $@.tmp $@

$(BENCH)/first: bench/first.c | build/deps.stamp
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@gcc $(HOST_CFLAGS) -o $@.tmp $< -lxenctrl
	@mv $@.tmp $@

REPORT := $(wildcard bench/report*.c)

$(BENCH)/report: $(REPORT) bench/report.h | build/deps.stamp
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@gcc $(HOST_CFLAGS) -o $@.tmp $(REPORT)
	@mv $@.tmp $@

.PHONY: bench
bench: nest kernels $(addprefix $(BENCH)/,ticker first samples report)
	@bench/run $(FACTOR)
