# SPDX-License-Identifier: GPL-2.0
# Programs that measure, and programs that read their results.

BENCH := build/bench/bin

# $(call bench_cc,FLAGS,LIBRARIES,COMPILER): compile a program. The default of
# COMPILER is gcc.
define bench_cc
@mkdir -p $(@D)
@echo "  CC      $@"
@$(or $3,gcc) $(HOST_CFLAGS) $1 -o $@.tmp $(filter %.c,$^) $2
@mv $@.tmp $@
endef

$(BENCH)/meter: bench/meter.c $(SYSROOT).stamp
	$(call bench_cc,,-lxenctrl -lxenguest -lxenstore -lxenevtchn,$(DOM0_GCC))

$(BENCH)/first: bench/first.c $(SYSROOT).stamp
	$(call bench_cc,,-lxenctrl,$(DOM0_GCC))

# Link these programs statically, because they run in a guest.
$(BENCH)/ticker $(BENCH)/dirtier: $(BENCH)/%: bench/%.c | build/deps.stamp
	$(call bench_cc,-static)

$(BENCH)/samples: bench/samples.c build/hypervisor/include/.stamp | build/deps.stamp
	$(call bench_cc,-D__XEN_TOOLS__ -isystem build/hypervisor/include)

$(BENCH)/report: $(wildcard bench/report*.c) bench/report.h | build/deps.stamp
	$(call bench_cc)

# Reject a wrong FACTOR or XEN before minutes of building, not after.
.PHONY: bench bench-known
bench-known:
	@bench/run -l $${FACTOR:+"$$FACTOR"} >/dev/null
	@test -z "$$XEN" || { echo "XEN=$$XEN: make bench always uses our hypervisor: do not set XEN" >&2; exit 2; }

bench: bench-known nest kernels $(LINE_DIR)/kernel/stock build/cases/xen-checkpoint \
		$(addprefix $(BENCH)/,ticker dirtier first samples report)
	@exec bench/run $${FACTOR:+"$$FACTOR"}
