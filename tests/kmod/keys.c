// SPDX-License-Identifier: GPL-2.0
/*
 * An input device without hardware, as the driver of the PC speaker and uinput make them.
 * Such a device has PM callbacks only by its device type.
 */
#include <linux/errno.h>
#include <linux/input.h>
#include <linux/module.h>

static struct input_dev *keys;

/* A real keyboard would set its LEDs here. */
static int event(struct input_dev *dev, unsigned int type, unsigned int code, int value)
{
	return 0;
}

static int __init keys_init(void)
{
	int err;

	keys = input_allocate_device();
	if (!keys)
		return -ENOMEM;
	keys->name = "keys";
	keys->event = event;
	input_set_capability(keys, EV_KEY, KEY_A);
	input_set_capability(keys, EV_LED, LED_CAPSL);
	err = input_register_device(keys);
	if (err)
		input_free_device(keys);
	return err;
}

static void __exit keys_exit(void)
{
	input_unregister_device(keys);
}

module_init(keys_init);
module_exit(keys_exit);
MODULE_DESCRIPTION("An input device without hardware");
MODULE_LICENSE("GPL");
