# SPDX-License-Identifier: GPL-2.0
#
# The base (Debian's kernel source, pinned by base.lock) and the series tool.
# Included by the top Makefile. Rules elsewhere may use:
#
#   $(LINE)           the line of kernels, as 6.12, which BASE=LINE selects
#   $(LINE_DIR)       build/LINE, for all that depends on the line
#   $(PRISTINE).version  depend on it where the pristine source in $(PRISTINE) is
#                     read: its date moves only when another version was
#                     unpacked, though the locked files are checked each time
#   $(SERIES)         the tool, for $(LINE) with $(OF_LINE); run it from the
#                     project's root
#   $(OVERLAY)        every overlay file that decides what the tree looks like
#
# $(TREE), which the series is put into, is made in kernel.mk.

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
# $(call overlay,DIR): the files of the overlay there
overlay = $(wildcard $(addprefix $1/,series/*.txt strip/*.cocci *.patch)) \
	$(shell cd $1 && find $$(sed -n 's/^directories //p' series.rules) -type f \
		2>/dev/null | sed 's|^|$1/|')
OVERLAY := $(call overlay,.) $(shell find bases/$(LINE) -type f 2>/dev/null)
# $(call placed,FILE): the file that stands for it in this line.
placed = $(or $(wildcard bases/$(LINE)/$1),$1)

# $(call listed,FILE,VARIABLE): write the words of VARIABLE to FILE, if they differ. So what
# depends on FILE is made again when one of these files is gone; make alone does not notice.
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

# Asked for every time, done only where something is missing or moved. Kept
# when the check fails right after unpacking: make lock is the way out of that.
.PRECIOUS: $(PRISTINE).version
.PHONY: base-always
$(PRISTINE).version: base-always | build/deps.stamp
	@tools/base fetch

base: $(PRISTINE).version

# Both want $(TREE) as "make tree" leaves it, and say so where it is not.
series: $(SERIES) tree
	@$(SERIES) $(OF_LINE) patches $(TREE) $(LINE_DIR)/series

# Not "tree": that would want to overwrite the very commits to write back.
refresh: $(SERIES) $(PRISTINE).version
	@$(SERIES) $(OF_LINE) refresh $(TREE) $(PRISTINE)

# To a new line: the commits of the overlay's line, or of the tree FROM.
export FROM
port: $(SERIES) $(TREE)/.copied
	@$(SERIES) $(OF_LINE) port $(TREE) $(PRISTINE) "$${FROM:-build/$$(BASE= tools/line)/tree}"

drift: | build/deps.stamp
	@tools/base drift $(VERSION)

# The one step that accepts a base that moved: whoever runs it has looked.
lock: $(SERIES)
	@test -s $(PRISTINE).version || { echo "lock: no base yet: run make base"; \
		exit 2; }
	@$(SERIES) $(OF_LINE) lock $(PRISTINE) "$$(cat $(PRISTINE).version)"

track: $(SERIES)
	@test -n "$(F)" || { echo "track: say which file: make track F=PATH"; \
		exit 2; }
	@$(SERIES) $(OF_LINE) track $(TREE) $(PRISTINE) "$(F)"
