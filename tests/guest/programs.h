/* SPDX-License-Identifier: GPL-2.0 */
/* The programs of the multi-call binary; guest.c holds the table of names. */
#ifndef PROGRAMS_H
#define PROGRAMS_H

int init_main(int argc, char **argv);
int power_main(int argc, char **argv);
int mem_main(int argc, char **argv);
int storm_main(int argc, char **argv);
int storm_leaf_main(int argc, char **argv);
int disk_main(int argc, char **argv);
int tcp_main(int argc, char **argv);
int tcp_peer_main(int argc, char **argv);
int clock_main(int argc, char **argv);
int timers_main(int argc, char **argv);
int ask_main(int argc, char **argv);

#endif
