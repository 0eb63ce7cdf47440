#define _GNU_SOURCE
#include "agent.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int log_fd = -1;

void open_log(void) {
  log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
  lseek(log_fd, 0, SEEK_END);
}

/** Splits "file:line" or "file:line function+…" where the kernel names a place in its source. */
static void read_place(const char *text, char *file, int size, int *number) {
  const char *colon = strchr(text, ':');
  snprintf(file, size, "%.*s", (int)(colon ? colon - text : size - 1), text);
  *number = colon ? atoi(colon + 1) : 0;
}

static void note_bug(struct report *report, const char *message) {
  const char *place = strstr(message, "kernel BUG at ");
  if (report->bug) {
    if (!strncmp(message, "RIP: ", 5) && !report->bug_file[0])
      snprintf(report->bug_file, sizeof report->bug_file, "%.110s", message + 5);
    return;
  }
  report->bug = 1;
  snprintf(report->bug_text, sizeof report->bug_text, "%s", message);
  if (place) read_place(place + strlen("kernel BUG at "), report->bug_file, sizeof report->bug_file, &report->bug_line);
}

static void note_warning(struct report *report, const char *message) {
  if (report->warning) return;
  report->warning = 1;
  snprintf(report->warning_text, sizeof report->warning_text, "%s", message);
  const char *place = strstr(message, " at ");
  if (place) read_place(place + 4, report->warning_file, sizeof report->warning_file, &report->warning_line);
}

/** Lines of VFIO, iommufd, the IOMMU and PCI drivers that a call caused. */
static int is_of_interest(const char *message) {
  if (strstr(message, "enabling device") || strstr(message, "task \"")) return 0;
  return !strncmp(message, "vfio", 4) || strstr(message, "DMAR") || strstr(message, "iommu") || strstr(message, "RLIMIT_MEMLOCK");
}

static void note_line(struct report *report, const char *message) {
  if (report->line_count >= (int)(sizeof report->lines / sizeof *report->lines)) return;
  for (int i = 0; i < report->line_count; i++)
    if (!strcmp(report->lines[i], message)) return;
  snprintf(report->lines[report->line_count++], sizeof *report->lines, "%.198s", message);
}

void read_log(struct report *report) {
  char record[8192];
  memset(report, 0, sizeof *report);
  for (;;) {
    ssize_t count = read(log_fd, record, sizeof record - 1);
    if (count < 0 && errno == EPIPE) continue; /* records were overwritten; the next read goes on behind them */
    if (count < 0) return;
    record[count] = 0;
    char *message = strchr(record, ';');
    if (!message) continue;
    message++;
    message[strcspn(message, "\n")] = 0;
    if (strstr(message, "kernel BUG at ") || strstr(message, "BUG: ") || strstr(message, "general protection fault") ||
        strstr(message, "Oops") || strstr(message, "Kernel panic") || (report->bug && !strncmp(message, "RIP: ", 5)))
      note_bug(report, message);
    else if (!strncmp(message, "WARNING: ", 9)) note_warning(report, message);
    else if (!report->bug && !report->warning && is_of_interest(message)) note_line(report, message);
  }
}
