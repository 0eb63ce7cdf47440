#define _GNU_SOURCE
#include "agent.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/io.h>

enum { DEBUG_PORT = 0xe9 };

static char line[1 << 16];
static size_t length;

void put(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  length += vsnprintf(line + length, sizeof line - length, format, arguments);
  va_end(arguments);
  if (length >= sizeof line) length = sizeof line - 1;
}

void put_string(const char *text) {
  put("\"");
  for (; *text; text++) {
    unsigned char c = *text;
    if (c == '"' || c == '\\') put("\\%c", c);
    else put("%c", c < 32 || c > 126 ? '?' : c);
  }
  put("\"");
}

void send_line(void) {
  for (size_t i = 0; i < length; i++) outb((unsigned char)line[i], DEBUG_PORT);
  outb('\n', DEBUG_PORT);
  length = 0;
}

const char *errno_name(int error) {
  static char other[16];
  const char *name = strerrorname_np(error);
  if (name) return name;
  snprintf(other, sizeof other, "E%d", error);
  return other;
}
