/*
 * The agent is the first and only program of the guest. It reads operations from a QEMU firmware-configuration item,
 * has processes of the guest carry them out one after the other, and reports each as one line of JSON on QEMU's debug
 * port. ../README.md describes both forms.
 */
#ifndef AGENT_H
#define AGENT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
  MAX_DEVICES = 64,
  MAX_PROCESSES = 9, /* the agent itself, and eight of a script */
  MAX_NAMES = 300,
  MAX_CALLS = 2000,
  MAX_KEYS = 5,
};

/* ---- output.c: lines on the debug port ---- */

/** Appends to the line, as printf. */
void put(const char *format, ...) __attribute__((format(printf, 1, 2)));
/** Appends a JSON string; characters outside printable ASCII become '?'. */
void put_string(const char *text);
/** Ends the line and sends it. */
void send_line(void);
/** The symbolic name of an error number. */
const char *errno_name(int error);

/* ---- machine.c: what sysfs shows ---- */

struct device {
  char address[16];
  unsigned vendor, id, class;
  char boot_driver[32];
  int group; /* the kernel's number; -1: none */
  int bridge, pcie_type, acs;
  char parent[16]; /* "" on a root bus */
};
extern struct device devices[MAX_DEVICES];
extern int device_count;

void read_machine(void);
void report_machine(void);
/** Gives every device the driver that it had when the machine had booted; returns whether that succeeded. */
int restore_drivers(void);
/** Reads a file of sysfs without its last line break; returns the length or -errno. */
int read_file(const char *path, char *buffer, int size);
/** Writes a string to a file in one write; returns 0 or an error number. */
int write_file(const char *path, const char *text);
/** Name of the driver that a function's link in sysfs shows; "" for none. */
void driver_of(const char *address, char *name, int size);
void sleep_ms(long milliseconds);

/* ---- log.c: the kernel's log ---- */

struct report {
  int bug, warning;
  char bug_file[120], bug_text[240];
  int bug_line;
  char warning_file[120], warning_text[240];
  int warning_line;
  char lines[8][200];
  int line_count;
};
void open_log(void);
/** Reads what the kernel wrote since the last time. */
void read_log(struct report *report);

/* ---- operations.c: the system calls ---- */

/** A call in memory that all processes share. `key` and `value` are as the script gave them. */
struct call {
  char op[32];
  char key[MAX_KEYS][16], value[MAX_KEYS][64];
  int keys;
  int step;
  /* Resolved before it starts: numbers in the process that makes the call; -1: not open there. */
  int process, fd, other, third, replaces;
  uint32_t object, device_object;
  /* What came of it. */
  volatile int done;
  int error;
  int opened; /* new file, -1: none */
  uint32_t made; /* object number that an iommufd gave out; 0: none */
  char result[600]; /* JSON; "": no value */
};

/** The value of a key; "" if the call has none of it. */
const char *value_of(const struct call *call, const char *key);
/** Makes the system call; runs in a thread of the process that the call belongs to. */
void make_call(struct call *call);
/** An object number that no iommufd gives out. */
#define NO_OBJECT 0x7ffffff0u

/* ---- dma.c: DMA of QEMU's edu device ---- */

/** Where every mapping of the guest points, shared by all processes. */
extern unsigned char *buffer;
void make_buffer(void);
/** Lets the device read and write the first page; returns 0 or an error number. */
int dma_probe(const char *address, uint64_t iova, char *result, int size);

/* ---- processes.c: who makes the calls ---- */

/** Process 0 is the agent: the administrator and the hardware. */
struct process {
  char name[32];
  int uid;
  long long memlock; /* RLIMIT_MEMLOCK in bytes; -1: the kernel's default */
  pid_t pid; /* 0: not running */
  int pipe;
};
extern struct process processes[MAX_PROCESSES];
extern int process_count;

void start_sharing(void);
struct call *new_call(void);
/** Makes room for new calls. None is under way. */
void forget_calls(void);
void add_process(const char *name, int uid, long long memlock);
/** Starts a call in its process, which is started if it does not run. */
void start_call(struct call *call);
/** Kills all processes and waits until they are gone. */
void end_processes(void);
/** Waits until the call is done or the guest's clock has moved on by so much; returns whether it is done. */
int wait_for(struct call *call, long milliseconds);

/* ---- main.c ---- */

/** Reads an item of QEMU's firmware configuration (docs/specs/fw_cfg); returns its length, -1: there is none. */
int read_firmware_item(const char *name, char **text);

/* ---- program.c ---- */

/** Runs the program of the item `opt/program`; reports its lines, a BUG in the kernel's log, and how it ended. */
void run_program(void);

#endif
