# SPDX-License-Identifier: GPL-2.0
#
# Rules for the base (Debian's kernel source, pinned by base.lock) and for the series tool. The top
# Makefile includes this file. Other rules may use these variables:
#
#   $(LINE)           the line of kernels, such as 6.12, which BASE=LINE selects
#   $(LINE_DIR)       build/LINE, for all files that depend on the line
#   $(PRISTINE).version  a rule that reads the pristine source in $(PRISTINE) must depend
#                     on it: its date changes only when another version was unpacked,
#                     but the locked files are checked each time
#   $(SERIES)         the series tool, for $(LINE) with $(OF_LINE); run it from the
#                     project's root
#   $(OVERLAY)        every overlay file that $(TREE) depends on
#
# kernel.mk makes $(TREE), in which the series is applied.

LINE := $(shell BASE='$(subst ','\'',$(BASE))' tools/line 2>&1)
ifneq ($(.SHELLSTATUS),0)
$(error $(LINE))
endif
LINE_DIR := build/$(LINE)
PRISTINE := $(LINE_DIR)/base
TREE := $(LINE_DIR)/tree
SERIES := build/bin/series
OF_LINE := -L $(LINE)

series-src := $(wildcard tools/series*.c tools/output*.c)
# $(call overlay,DIR): the files of the overlay in DIR
overlay = $(wildcard $(addprefix $1/,series/*.txt strip/*.cocci *.patch)) \
	$(shell cd $1 && find $$(sed -n 's/^directories //p' series.rules) -type f \
		2>/dev/null | sed 's|^|$1/|')
OVERLAY := $(call overlay,.) $(shell find bases/$(LINE) -type f 2>/dev/null)
# $(call placed,FILE): the file of this line: bases/LINE/FILE if it exists, or FILE.
placed = $(or $(wildcard bases/$(LINE)/$1),$1)

# $(call listed,FILE,VARIABLE): write the words of VARIABLE to FILE, if they differ. A rule that
# depends on FILE then runs again when one of these files is removed, which make itself does not
# notice.
define listed
$1: base-always
	@mkdir -p $$(@D)
	@printf '%s\n' $$($2) >$$@.new
	@if cmp -s $$@.new $$@; then rm $$@.new; else mv $$@.new $$@; fi
endef
$(eval $(call listed,$(LINE_DIR)/overlay.list,OVERLAY))

.PHONY: base series refresh drift lock track port

$(SERIES): $(series-src) tools/series.h $(wildcard tools/output*.h) | build/deps.stamp
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@gcc -std=gnu11 -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -o $@.tmp \
		$(series-src)
	@mv $@.tmp $@

# tools/base runs each time, but makes this file only if a file is missing or base.lock has changed.
# Keep the file if the check fails right after unpacking, because make lock needs it.
.PRECIOUS: $(PRISTINE).version
.PHONY: base-always
$(PRISTINE).version: base-always | build/deps.stamp
	@tools/base fetch

base: $(PRISTINE).version

# The series tool exits unless $(TREE) is as "make tree" leaves it.
series: $(SERIES) tree
	@$(SERIES) $(OF_LINE) patches $(TREE) $(LINE_DIR)/series

# refresh must not depend on "tree", which exits if $(TREE) has commits that are not in the overlay.
refresh: $(SERIES) $(PRISTINE).version
	@$(SERIES) $(OF_LINE) refresh $(TREE) $(PRISTINE)

# Apply the commits of the overlay's line, or of the tree FROM, to a new line.
export FROM
port: $(SERIES) $(TREE)/.copied
	@$(SERIES) $(OF_LINE) port $(TREE) $(PRISTINE) "$${FROM:-build/$$(BASE= tools/line)/tree}"

drift: | build/deps.stamp
	@tools/base drift $(VERSION)

# Accept a base that has changed. The user runs this after a review of the changes.
lock: $(SERIES)
	@test -s $(PRISTINE).version || { echo "lock: the base is not unpacked yet: run make base"; \
		exit 2; }
	@$(SERIES) $(OF_LINE) lock $(PRISTINE) "$$(cat $(PRISTINE).version)"

track: $(SERIES)
	@test -n "$(F)" || { echo "track: no file is named: run make track F=PATH"; \
		exit 2; }
	@$(SERIES) $(OF_LINE) track $(TREE) $(PRISTINE) "$(F)"
