#define _GNU_SOURCE
#include "agent.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/** Milliseconds of guest time, which passes at once when nothing runs: until a call counts as blocked; after each step;
 *  while calls wait, for those that the step released to come back; and for those that wait when a sequence ends. */
enum { BLOCKED_AFTER = 4000, SETTLE = 60, RELEASE = 1500, RESTORED_WITHIN = 20000 };

/* ---- Names ---- */

enum kind { CLOSED, FILE_NAME, OBJECT_NAME };
struct name {
  char name[64];
  enum kind kind;
  int process, fd;
  uint32_t object; /* number in its iommufd; of a device file: the number that BIND gave */
  int group; /* of a group file, else -1 */
  int opened_at; /* step */
};
static struct name names[MAX_NAMES];
static int name_count;

static struct name *find(const char *name) {
  for (int i = 0; i < name_count; i++)
    if (!strcmp(names[i].name, name)) return &names[i];
  return 0;
}

static struct name *find_or_add(const char *name) {
  struct name *known = find(name);
  if (known || name_count == MAX_NAMES) return known;
  struct name *added = &names[name_count++];
  *added = (struct name){.group = -1, .fd = -1};
  snprintf(added->name, sizeof added->name, "%.63s", name);
  return added;
}

static int file_in(const char *name, int process) {
  const struct name *known = find(name);
  return known && known->kind == FILE_NAME && known->process == process ? known->fd : -1;
}

static uint32_t object_of(const char *name) {
  const struct name *known = find(name);
  return known && known->kind != CLOSED && known->object ? known->object : NO_OBJECT;
}

/* ---- From a line to a call ---- */

/** Keys that name the file a call goes to, in the order in which they are looked for. */
static const char *const FILE_KEYS[] = {"device_fd", "group_fd", "container_fd", "iommufd", "fd"};
/** Operations that are no system calls of a process: sysfs is the administrator's, DMA is the device's. */
static const char *const ADMIN_OPS[] = {"bind", "unbind", "driver_override", "drivers_probe", "hot_add", "chown_group", "chown_iommu", "dma_probe"};

static int is_one_of(const char *word, const char *const *words, int count) {
  for (int i = 0; i < count; i++)
    if (!strcmp(words[i], word)) return 1;
  return 0;
}
#define IS_ONE_OF(word, words) is_one_of(word, words, sizeof(words) / sizeof *(words))

static const char *file_key(const struct call *call) {
  if (!strcmp(call->op, "hwpt_alloc")) return "iommufd"; /* its device_fd is an argument */
  for (unsigned i = 0; i < sizeof FILE_KEYS / sizeof *FILE_KEYS; i++)
    if (value_of(call, FILE_KEYS[i])[0]) return FILE_KEYS[i];
  return "";
}

static int process_named(const char *name) {
  for (int i = 1; i < process_count; i++)
    if (!strcmp(processes[i].name, name)) return i;
  return 1;
}

/** Finds who makes the call and what its names are there. A name that is not open, or open in another process, is -1. */
static void resolve(struct call *call, const char *by) {
  const char *key = file_key(call);
  const struct name *file = key[0] ? find(value_of(call, key)) : 0;
  call->process = by[0] ? process_named(by) : 1;
  if (file && file->kind == FILE_NAME) call->process = file->process;
  if (IS_ONE_OF(call->op, ADMIN_OPS)) call->process = 0;
  call->fd = key[0] ? file_in(value_of(call, key), call->process) : -1;
  for (unsigned i = 0; i < sizeof FILE_KEYS / sizeof *FILE_KEYS; i++)
    if (strcmp(FILE_KEYS[i], key) && value_of(call, FILE_KEYS[i])[0]) call->other = file_in(value_of(call, FILE_KEYS[i]), call->process);
  if (value_of(call, "ioas")[0]) call->object = object_of(value_of(call, "ioas"));
  if (value_of(call, "hwpt")[0]) call->object = object_of(value_of(call, "hwpt"));
  if (!strcmp(call->op, "hwpt_alloc")) call->device_object = object_of(value_of(call, "device_fd"));
  if (value_of(call, "as")[0]) call->replaces = file_in(value_of(call, "as"), call->process);
  if (!strcmp(call->op, "close")) {
    struct name *closed = find(value_of(call, "fd"));
    if (closed && closed->kind == FILE_NAME) closed->kind = CLOSED;
  }
}

static void close_elsewhere(const struct name *old, int step) {
  struct call *call = new_call();
  snprintf(call->op, sizeof call->op, "close");
  call->process = old->process;
  call->fd = old->fd;
  call->step = step;
  start_call(call);
  wait_for(call, BLOCKED_AFTER);
}

/** Notes what the names stand for after a call that is done. */
static void note_names(const struct call *call) {
  if (!strcmp(call->op, "exit"))
    for (int i = 0; i < name_count; i++)
      if (names[i].process == call->process && names[i].kind == FILE_NAME) names[i].kind = CLOSED;
  if (call->error) return;
  if (!strcmp(call->op, "bind_iommufd")) {
    struct name *file = find(value_of(call, "device_fd"));
    if (file) file->object = call->made;
  }
  if (!strcmp(call->op, "ioas_destroy") || !strcmp(call->op, "hwpt_destroy")) {
    struct name *object = find(value_of(call, call->op[0] == 'i' ? "ioas" : "hwpt"));
    if (object) object->kind = CLOSED;
  }
  if (!value_of(call, "as")[0]) return;
  struct name *made = find_or_add(value_of(call, "as"));
  if (!made) return;
  if (made->kind == FILE_NAME && call->replaces < 0) close_elsewhere(made, call->step);
  made->kind = call->opened >= 0 ? FILE_NAME : OBJECT_NAME;
  made->process = call->process;
  made->fd = call->opened;
  made->object = call->opened >= 0 ? 0 : call->made;
  made->group = !strcmp(call->op, "open_group") ? atoi(value_of(call, "group")) : -1;
  made->opened_at = call->step;
}

/* ---- What can be seen after a step ---- */

static const struct name *oldest_group_file(int group) {
  const struct name *oldest = 0;
  for (int i = 0; i < name_count; i++)
    if (names[i].kind == FILE_NAME && names[i].group == group && (!oldest || names[i].opened_at < oldest->opened_at)) oldest = &names[i];
  return oldest;
}

static void put_group(int group, int step) {
  const struct name *file = oldest_group_file(group);
  put("\"%d\":", group);
  if (!file) {
    put("null");
    return;
  }
  struct call *call = new_call();
  snprintf(call->op, sizeof call->op, "group_get_status");
  call->process = file->process;
  call->fd = file->fd;
  call->step = step;
  start_call(call);
  if (!wait_for(call, BLOCKED_AFTER)) put("{\"blocked\":true}");
  else if (call->error) put("{\"errno\":\"%s\"}", errno_name(call->error));
  else put("%s", call->result);
}

static void put_after(int step) {
  put(",\"after\":{\"drivers\":{");
  for (int i = 0; i < device_count; i++) {
    char driver[32];
    driver_of(devices[i].address, driver, sizeof driver);
    put("%s\"%s\":", i ? "," : "", devices[i].address);
    if (driver[0]) put_string(driver);
    else put("null");
  }
  put("},\"groups\":{");
  int seen[MAX_DEVICES], count = 0;
  for (int i = 0; i < device_count; i++) {
    int known = devices[i].group < 0;
    for (int n = 0; n < count; n++) known |= seen[n] == devices[i].group;
    if (known) continue;
    if (count) put(",");
    seen[count++] = devices[i].group;
    put_group(devices[i].group, step);
  }
  put("}}");
}

/* ---- A step ---- */

static struct call *waiting[MAX_CALLS];
static int waiting_count, step_count, stopped;

static void put_place(const char *key, const char *file, int number, const char *text) {
  put("\"%s\":{\"file\":", key);
  put_string(file);
  put(",\"line\":%d,\"text\":", number);
  put_string(text);
  put("}");
}

static void put_answer(const struct call *call) {
  if (call->error) put("{\"ok\":false,\"errno\":\"%s\"", errno_name(call->error));
  else put("{\"ok\":true");
  if (call->result[0]) put(",\"value\":%s", call->result);
  if (call->made) put(",\"id\":%u", call->made);
}

static void put_result(struct call *call, const struct report *report) {
  put("S {\"result\":");
  if (call->done) put_answer(call);
  else if (report->bug) {
    put("{");
    put_place("bug", report->bug_file, report->bug_line, report->bug_text);
  } else {
    put("{\"blocked\":true");
    waiting[waiting_count++] = call;
  }
  if (report->bug && call->done) {
    put(",");
    put_place("bug_elsewhere", report->bug_file, report->bug_line, report->bug_text);
  }
  put("}");
  if (report->warning) {
    put(",");
    put_place("warning", report->warning_file, report->warning_line, report->warning_text);
  }
  stopped = report->bug;
}

static void put_log(const struct report *report) {
  if (!report->line_count) return;
  put(",\"log\":[");
  for (int i = 0; i < report->line_count; i++) {
    if (i) put(",");
    put_string(report->lines[i]);
  }
  put("]");
}

/** Calls of earlier steps that came back during this one. */
static void put_completed(void) {
  int kept = 0, count = 0;
  for (int i = 0; i < waiting_count; i++) {
    struct call *call = waiting[i];
    if (!call->done) {
      waiting[kept++] = call;
      continue;
    }
    put("%s{\"step\":%d,\"result\":", count++ ? "," : ",\"completes\":[", call->step);
    put_answer(call);
    put("}}");
    note_names(call);
  }
  waiting_count = kept;
  if (count) put("]");
}

static void do_step(struct call *call, const char *by) {
  struct report report;
  read_log(&report); /* what came before is not this step's */
  call->step = step_count++;
  resolve(call, by);
  start_call(call);
  if (wait_for(call, BLOCKED_AFTER)) note_names(call);
  sleep_ms(SETTLE);
  if (waiting_count || !call->done) sleep_ms(RELEASE);
  read_log(&report);
  int was_waiting = waiting_count;
  put_result(call, &report);
  put_log(&report);
  if (was_waiting) put_completed();
  put_after(call->step);
  put("}");
  send_line();
}

/* ---- Another sequence in the same boot ---- */

/** Ends all processes, waits for the calls that this lets go on, and gives every device its first driver again; returns
 *  whether the machine is as it was when it had booted. */
static int start_over(void) {
  end_processes();
  for (int i = 0; i < waiting_count; i++)
    if (waiting[i]->process == 0 && !wait_for(waiting[i], RESTORED_WITHIN)) return 0;
  waiting_count = name_count = step_count = 0;
  forget_calls();
  return restore_drivers();
}

/* ---- What the host sends ---- */

int read_firmware_item(const char *name, char **text) {
  enum { SELECT = 0x510, DATA = 0x511, DIRECTORY = 0x19 };
  outw(DIRECTORY, SELECT);
  uint32_t count = 0;
  for (int i = 0; i < 4; i++) count = count << 8 | inb(DATA);
  for (uint32_t i = 0; i < count && i < 200; i++) {
    unsigned char entry[64];
    for (int n = 0; n < 64; n++) entry[n] = inb(DATA);
    if (strcmp((char *)entry + 8, name)) continue;
    uint32_t size = (uint32_t)entry[0] << 24 | entry[1] << 16 | entry[2] << 8 | entry[3];
    *text = malloc(size + 1);
    outw(entry[4] << 8 | entry[5], SELECT);
    for (uint32_t n = 0; n < size; n++) (*text)[n] = inb(DATA);
    (*text)[size] = 0;
    return size;
  }
  return -1;
}

/** Waits until the host has put operations in place of the word WAIT: the snapshot is taken meanwhile. */
static char *read_operations(void) {
  char *text = 0;
  put("R");
  send_line();
  while (read_firmware_item("opt/operations", &text) >= 0 && !strncmp(text, "WAIT", 4)) {
    free(text);
    sleep_ms(20);
  }
  /* Once more: the snapshot may have been taken in the middle of the first reading. */
  return read_firmware_item("opt/operations", &text) < 0 ? 0 : text;
}

static void read_pairs(struct call *call, char *by, size_t size, char **rest) {
  for (char *word; (word = strtok_r(0, " ", rest));) {
    char *value = strchr(word, '=');
    if (!value) continue;
    *value++ = 0;
    if (!strcmp(word, "by")) snprintf(by, size, "%s", value);
    else if (call->keys < MAX_KEYS) {
      snprintf(call->key[call->keys], sizeof *call->key, "%.15s", word);
      snprintf(call->value[call->keys++], sizeof *call->value, "%.63s", value);
    }
  }
}

/**
 * `process NAME UID MEMLOCK`, `unplug ADDRESS`, `program`, an operation (`OP key=value…`, `by=NAME` for who does it), or `over`:
 * what follows begins on a machine as it was when it had booted. If it cannot be made so, the agent stops.
 */
static void do_line(char *line) {
  char *rest, *word = strtok_r(line, " ", &rest), by[32] = "", path[100];
  if (!word) return;
  if (!strcmp(word, "process")) {
    const char *name = strtok_r(0, " ", &rest), *uid = strtok_r(0, " ", &rest), *memlock = strtok_r(0, " ", &rest);
    if (name && uid && memlock) add_process(name, atoi(uid), atoll(memlock));
  } else if (!strcmp(word, "unplug")) {
    snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/remove", rest);
    write_file(path, "1");
  } else if (!strcmp(word, "program")) {
    run_program();
  } else if (!strcmp(word, "over")) {
    stopped = !start_over();
    if (!stopped) put("O"), send_line();
  } else {
    struct call *call = new_call();
    snprintf(call->op, sizeof call->op, "%.31s", word);
    read_pairs(call, by, sizeof by, &rest);
    do_step(call, by);
  }
}

/* ---- Start and end ---- */

static void load_modules(void) {
  FILE *list = fopen("/modules", "r");
  char name[300], path[400];
  while (list && fgets(name, sizeof name, list)) {
    name[strcspn(name, "\n")] = 0;
    snprintf(path, sizeof path, "/lib/modules/%s", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0) {
      put("N %s: %s", name, errno_name(errno));
      send_line();
    }
    close(fd);
  }
  if (list) fclose(list);
}

static void power_off(const char *word) {
  put("%s", word);
  send_line();
  sync();
  reboot(RB_POWER_OFF);
  for (;;) pause();
}

int main(void) {
  mount("none", "/proc", "proc", 0, 0);
  mount("none", "/sys", "sysfs", 0, 0);
  mount("none", "/dev", "devtmpfs", 0, 0);
  if (ioperm(0xe9, 1, 1) || ioperm(0x510, 2, 1)) perror("ioperm");
  int console = open("/dev/console", O_RDWR);
  for (int fd = 0; console >= 0 && fd < 3; fd++) dup2(console, fd);
  load_modules();
  chmod("/dev/kvm", 0666);
  open_log();
  make_buffer();
  start_sharing();
  sleep_ms(1500);
  read_machine();
  report_machine();
  char *text = read_operations(), *rest;
  if (!text) power_off("X no operations");
  for (char *line = strtok_r(text, "\n", &rest); line && !stopped; line = strtok_r(0, "\n", &rest)) do_line(line);
  power_off("Z");
}
