/* QEMU's "edu" device copies between memory and a buffer of its own: that shows where its DMA lands. */
#define _GNU_SOURCE
#include "agent.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Mappings may be larger than the guest's memory: the same pages stand there again and again. */
enum { PAGES_BYTES = 8 << 20, REPEATS = 128 };
unsigned char *buffer;

void make_buffer(void) {
  int fd = memfd_create("buffer", MFD_CLOEXEC);
  if (fd < 0 || ftruncate(fd, PAGES_BYTES)) return;
  unsigned char *span = mmap(0, (size_t)PAGES_BYTES * REPEATS, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  for (int i = 0; i < REPEATS; i++)
    mmap(span + (size_t)i * PAGES_BYTES, PAGES_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | (i ? 0 : MAP_POPULATE), fd, 0);
  close(fd);
  buffer = span;
}

/* Registers of the device (QEMU, docs/specs/edu). */
enum { EDU_ID = 0, EDU_SOURCE = 0x80, EDU_TARGET = 0x88, EDU_COUNT = 0x90, EDU_COMMAND = 0x98, EDU_BUFFER = 0x40000 };
enum { EDU_RUN = 1, EDU_TO_MEMORY = 2 };
enum { COMMAND = 4, COMMAND_MEMORY = 2, COMMAND_MASTER = 4 };

/** The device's registers, mapped once: a driver that claims the region keeps others from mapping it. */
static volatile unsigned char *registers_of(const char *address) {
  static struct { char address[16]; volatile unsigned char *registers; } known[4];
  int i;
  for (i = 0; i < 4 && known[i].address[0]; i++)
    if (!strcmp(known[i].address, address)) return known[i].registers;
  char path[200];
  snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/resource0", address);
  int fd = i < 4 ? open(path, O_RDWR | O_SYNC | O_CLOEXEC) : -1;
  if (fd < 0) return 0;
  void *registers = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (registers == MAP_FAILED) return 0;
  snprintf(known[i].address, sizeof known[i].address, "%.15s", address);
  return known[i].registers = registers;
}

static int copy(volatile unsigned char *registers, uint64_t source, uint64_t target, uint64_t command) {
  *(volatile uint64_t *)(registers + EDU_SOURCE) = source;
  *(volatile uint64_t *)(registers + EDU_TARGET) = target;
  *(volatile uint64_t *)(registers + EDU_COUNT) = 64;
  *(volatile uint64_t *)(registers + EDU_COMMAND) = command | EDU_RUN;
  for (int i = 0; i < 200; i++) {
    sleep_ms(10);
    if (!(*(volatile uint64_t *)(registers + EDU_COMMAND) & EDU_RUN)) return 0;
  }
  return -1;
}

/** Has the device read 64 bytes at an address and write them back; says in a word what became of the page. */
static const char *try_dma(volatile unsigned char *registers, uint64_t address) {
  static int salt;
  salt += 13;
  volatile unsigned char *page = buffer;
  int same = 1, untouched = 1;
  for (int i = 0; i < 64; i++) page[i] = (unsigned char)(i * 7 + salt);
  if (copy(registers, address, EDU_BUFFER, 0)) return "hung";
  for (int i = 0; i < 64; i++) page[i] = 0xee;
  if (copy(registers, EDU_BUFFER, address, EDU_TO_MEMORY)) return "hung";
  for (int i = 0; i < 64; i++) {
    if (page[i] != (unsigned char)(i * 7 + salt)) same = 0;
    if (page[i] != 0xee) untouched = 0;
  }
  return same ? "ok" : untouched ? "blocked" : "write-only";
}

static uint64_t physical_address(const void *address) {
  uint64_t entry = 0;
  int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  if (pread(fd, &entry, 8, (uintptr_t)address / 4096 * 8) != 8) entry = 0;
  close(fd);
  return entry >> 63 ? (entry & ((1ull << 55) - 1)) * 4096 : 0;
}

int dma_probe(const char *address, uint64_t iova, char *result, int size) {
  char path[200];
  unsigned short command = 0;
  snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/config", address);
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return errno;
  int had = pread(fd, &command, 2, COMMAND);
  unsigned short before = command;
  command |= COMMAND_MEMORY | COMMAND_MASTER;
  int set = pwrite(fd, &command, 2, COMMAND);
  close(fd);
  if (had != 2 || set != 2) return EIO;
  volatile unsigned char *registers = registers_of(address);
  if (!registers) return ENXIO;
  if ((*(volatile uint32_t *)(registers + EDU_ID) & 0xff) != 0xed) return EIO;
  uint64_t physical = physical_address(buffer);
  if (!physical) return EFAULT;
  const char *by_physical = try_dma(registers, physical), *by_iova = try_dma(registers, iova);
  snprintf(result, size, "{\"physical\":\"%s\",\"iova\":\"%s\",\"bus_master_before\":%s}", by_physical, by_iova,
           before & COMMAND_MASTER ? "true" : "false");
  return 0;
}
