// SPDX-License-Identifier: GPL-2.0
// grant_suspend.c unmaps and maps the table.
// files: drivers/xen/grant-table.c
// gone: gnttab_suspend gnttab_resume gnttab_unmap_frames_v1 gnttab_unmap_frames_v2 unmap_frames
@@ @@
- int gnttab_suspend(void)
- { ... }

@@ @@
- int gnttab_resume(void)
- { ... }

@@ @@
- static void gnttab_unmap_frames_v1(void)
- { ... }

@@ @@
- static void gnttab_unmap_frames_v2(void)
- { ... }

@@ @@
 struct gnttab_ops {
	...
-	void (*unmap_frames)(void);
	...
 };

@@ identifier ops, f; @@
 static const struct gnttab_ops ops = {
-	.unmap_frames = f,
 };
