/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM xen_suspend

#if !defined(_TRACE_XEN_SUSPEND_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_XEN_SUSPEND_H

#include <linux/tracepoint.h>

/*
 * Emitted after the walk, so the timestamps of the events are not the times of
 * the phases.  The field ns is the duration of the phase.
 */
TRACE_EVENT(xen_suspend_phase,
	TP_PROTO(const char *level, const char *phase, bool up, int err,
		 u64 ns),
	TP_ARGS(level, phase, up, err, ns),
	TP_STRUCT__entry(
		__string(level, level)
		__string(phase, phase)
		__field(bool, up)
		__field(int, err)
		__field(u64, ns)
	),
	TP_fast_assign(
		__assign_str(level);
		__assign_str(phase);
		__entry->up = up;
		__entry->err = err;
		__entry->ns = ns;
	),
	TP_printk("%s %s phase='%s' err=%d ns=%llu", __get_str(level),
		  __entry->up ? "up" : "down", __get_str(phase),
		  __entry->err, __entry->ns)
);

TRACE_EVENT(xen_suspend_done,
	TP_PROTO(const char *outcome, int err, const char *failed),
	TP_ARGS(outcome, err, failed),
	TP_STRUCT__entry(
		__string(outcome, outcome)
		__field(int, err)
		__string(failed, failed)
	),
	TP_fast_assign(
		__assign_str(outcome);
		__entry->err = err;
		__assign_str(failed);
	),
	TP_printk("%s err=%d failed='%s'", __get_str(outcome),
		  __entry->err, __get_str(failed))
);

#endif /* _TRACE_XEN_SUSPEND_H */

#include <trace/define_trace.h>
