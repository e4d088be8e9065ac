# SPDX-License-Identifier: GPL-2.0
# What measures, and what reads that.

BENCH := build/bench/bin

# $(call bench_cc,FLAGS,LIBRARIES)
define bench_cc
@mkdir -p $(@D)
@echo "  CC      $@"
@gcc $(HOST_CFLAGS) $1 -o $@.tmp $(filter %.c,$^) $2
@mv $@.tmp $@
endef

$(BENCH)/meter: bench/meter.c | build/deps.stamp
	$(call bench_cc,,-lxenctrl -lxenguest -lxenstore -lxenevtchn)

$(BENCH)/first: bench/first.c | build/deps.stamp
	$(call bench_cc,,-lxenctrl)

# Static, since it runs in a guest.
$(BENCH)/ticker: bench/ticker.c | build/deps.stamp
	$(call bench_cc,-static)

$(BENCH)/samples: bench/samples.c build/hypervisor/include/.stamp | build/deps.stamp
	$(call bench_cc,-D__XEN_TOOLS__ -isystem build/hypervisor/include)

$(BENCH)/report: $(wildcard bench/report*.c) bench/report.h | build/deps.stamp
	$(call bench_cc)

# Said before minutes of building, not after.
.PHONY: bench bench-known
bench-known:
	@bench/run -l $${FACTOR:+"$$FACTOR"} >/dev/null
	@test -z "$$XEN" || { echo "XEN=$$XEN: it is our Xen that bench measures with" >&2; exit 2; }

bench: bench-known nest kernels build/kernel/stock $(addprefix $(BENCH)/,ticker first samples report)
	@bench/run $${FACTOR:+"$$FACTOR"}
