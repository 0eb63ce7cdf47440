/* A program that the host sends: the agent runs it as root and passes on what it prints. */
#define _GNU_SOURCE
#include "agent.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/** Milliseconds of guest time without a word from the program, after which it counts as stuck. */
enum { SILENT_FOR = 60000 };

static const char PATH[] = "/program";

static int write_program(void) {
  char *bytes = 0;
  int size = read_firmware_item("opt/program", &bytes);
  int fd = size < 0 ? -1 : open(PATH, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
  int whole = fd >= 0 && write(fd, bytes, size) == size;
  if (fd >= 0) close(fd);
  free(bytes);
  return whole;
}

static void start_program(int output) {
  dup2(output, 1);
  dup2(output, 2);
  for (int fd = 3; fd < 900; fd++) close(fd);
  char *arguments[] = {(char *)PATH, 0};
  execv(PATH, arguments);
  _exit(127);
}

/** Passes on whole lines as `P TEXT` until the program has closed its output; returns whether it did. */
static int pass_on(int input) {
  char line[400];
  size_t length = 0;
  for (;;) {
    struct pollfd ready = {.fd = input, .events = POLLIN};
    char letter;
    if (poll(&ready, 1, SILENT_FOR) <= 0) return 0;
    if (read(input, &letter, 1) != 1) return 1;
    if (letter != '\n' && length < sizeof line - 1) line[length++] = letter;
    if (letter != '\n') continue;
    line[length] = 0;
    length = 0;
    put("P %s", line);
    send_line();
  }
}

static void put_report(void) {
  struct report report;
  read_log(&report);
  if (!report.bug) return;
  put("B {\"file\":");
  put_string(report.bug_file);
  put(",\"line\":%d,\"text\":", report.bug_line);
  put_string(report.bug_text);
  put("}");
  send_line();
}

void run_program(void) {
  struct report before;
  int ends[2], status = 0;
  read_log(&before);
  if (!write_program() || pipe2(ends, O_CLOEXEC)) {
    put("X no program");
    send_line();
    return;
  }
  pid_t pid = fork();
  if (pid == 0) start_program(ends[1]);
  close(ends[1]);
  int ended = pass_on(ends[0]);
  int gone = ended && waitpid(pid, &status, 0) == pid;
  put_report();
  if (gone && WIFEXITED(status)) put("E %d", WEXITSTATUS(status));
  else put("E stuck");
  send_line();
}
