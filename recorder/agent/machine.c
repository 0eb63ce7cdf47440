#define _GNU_SOURCE
#include "agent.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct device devices[MAX_DEVICES];
int device_count;

#define SYSFS "/sys/bus/pci/devices/"

void sleep_ms(long milliseconds) {
  struct timespec time = {milliseconds / 1000, (milliseconds % 1000) * 1000000L};
  nanosleep(&time, 0);
}

int read_file(const char *path, char *text, int size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  int count = read(fd, text, size - 1);
  close(fd);
  if (count < 0) count = 0;
  text[count] = 0;
  while (count && text[count - 1] == '\n') text[--count] = 0;
  return count;
}

int write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  int error = write(fd, text, strlen(text)) < 0 ? errno : 0;
  close(fd);
  return error;
}

/** The last part of a link's target; "" if there is no link. */
static void link_name(const char *path, char *name, int size) {
  char target[PATH_MAX];
  ssize_t count = readlink(path, target, sizeof target - 1);
  target[count < 0 ? 0 : count] = 0;
  const char *slash = strrchr(target, '/');
  snprintf(name, size, "%s", slash ? slash + 1 : target);
}

void driver_of(const char *address, char *name, int size) {
  char path[200];
  snprintf(path, sizeof path, SYSFS "%s/driver", address);
  link_name(path, name, size);
}

static unsigned hex_file(const char *address, const char *file) {
  char path[200], text[64];
  snprintf(path, sizeof path, SYSFS "%s/%s", address, file);
  return read_file(path, text, sizeof text) > 0 ? strtoul(text, 0, 16) : 0;
}

enum { CAPABILITY_LIST = 0x10, CAP_PCIE = 0x10, EXTENDED_CAP_ACS = 0x0d };

/** Header type, PCIe port type and ACS capability from configuration space. */
static void read_config(struct device *device) {
  unsigned char config[4096] = {0};
  char path[200];
  snprintf(path, sizeof path, SYSFS "%s/config", device->address);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  int count = fd < 0 ? 0 : read(fd, config, sizeof config);
  if (fd >= 0) close(fd);
  device->bridge = (config[0x0e] & 0x7f) == 1;
  device->pcie_type = -1;
  if (config[6] & CAPABILITY_LIST)
    for (int at = config[0x34] & ~3, n = 0; at && n < 48; at = config[at + 1] & ~3, n++)
      if (config[at] == CAP_PCIE) device->pcie_type = (config[at + 2] >> 4) & 15;
  if (count <= 256) return;
  for (unsigned at = 0x100, n = 0; at && n < 64; n++) {
    uint32_t header;
    memcpy(&header, config + at, 4);
    if (header == 0 || header == 0xffffffffu) break;
    if ((header & 0xffff) == EXTENDED_CAP_ACS) device->acs = 1;
    at = (header >> 20) & ~3;
  }
}

/** The function above, from the real path: …/0000:00:02.0/0000:01:00.0 */
static void read_parent(struct device *device) {
  char path[200], real[PATH_MAX];
  snprintf(path, sizeof path, SYSFS "%s", device->address);
  if (!realpath(path, real)) return;
  *strrchr(real, '/') = 0;
  const char *above = strrchr(real, '/') + 1;
  if (strlen(above) == 12 && above[4] == ':' && above[7] == ':') snprintf(device->parent, sizeof device->parent, "%s", above);
}

static void read_device(const char *name) {
  struct device *device = &devices[device_count++];
  char path[200], group[32];
  memset(device, 0, sizeof *device);
  snprintf(device->address, sizeof device->address, "%.15s", name);
  const char *address = device->address;
  device->vendor = hex_file(address, "vendor");
  device->id = hex_file(address, "device");
  device->class = hex_file(address, "class");
  driver_of(address, device->boot_driver, sizeof device->boot_driver);
  snprintf(path, sizeof path, SYSFS "%s/iommu_group", address);
  link_name(path, group, sizeof group);
  device->group = group[0] ? atoi(group) : -1;
  read_config(device);
  read_parent(device);
}

static int by_address(const void *a, const void *b) {
  return strcmp(((const struct device *)a)->address, ((const struct device *)b)->address);
}

void read_machine(void) {
  DIR *folder = opendir(SYSFS);
  struct dirent *entry;
  while (folder && (entry = readdir(folder)))
    if (entry->d_name[0] != '.' && device_count < MAX_DEVICES) read_device(entry->d_name);
  if (folder) closedir(folder);
  qsort(devices, device_count, sizeof *devices, by_address);
}

/** Writes a device's address to a file of a driver. */
static void tell_driver(const char *driver, const char *file, const char *address) {
  char path[200];
  snprintf(path, sizeof path, "/sys/bus/pci/drivers/%s/%s", driver, file);
  write_file(path, address);
}

static void restore_driver(const struct device *device) {
  char path[200], driver[32];
  driver_of(device->address, driver, sizeof driver);
  snprintf(path, sizeof path, SYSFS "%s/driver_override", device->address);
  write_file(path, "\n");
  if (!strcmp(driver, device->boot_driver)) return;
  if (driver[0]) tell_driver(driver, "unbind", device->address);
  if (device->boot_driver[0]) tell_driver(device->boot_driver, "bind", device->address);
}

/** Whether a group has a node, which somebody may own, or keeps one for somebody who has it open. */
static int has_node(int group) {
  char path[40];
  snprintf(path, sizeof path, "/dev/vfio/%d", group);
  return !access(path, F_OK);
}

int restore_drivers(void) {
  enum { NODE_GONE_WITHIN = 100 };
  /* Twice: in a group that VFIO holds a device takes its own driver only when the others are off vfio-pci. */
  for (int pass = 0; pass < 2; pass++)
    for (int i = 0; i < device_count; i++) restore_driver(&devices[i]);
  if (!access("/dev/iommu", F_OK) && chown("/dev/iommu", 0, -1)) return 0;
  sleep_ms(NODE_GONE_WITHIN);
  for (int i = 0; i < device_count; i++) {
    char driver[32];
    driver_of(devices[i].address, driver, sizeof driver);
    if (strcmp(driver, devices[i].boot_driver) || has_node(devices[i].group)) return 0;
  }
  return 1;
}

void report_machine(void) {
  char release[200], command_line[400];
  read_file("/proc/sys/kernel/osrelease", release, sizeof release);
  read_file("/proc/cmdline", command_line, sizeof command_line);
  put("H {\"release\":");
  put_string(release);
  put(",\"cmdline\":");
  put_string(command_line);
  put(",\"kvm\":%s,\"iommufd\":%s,\"devices\":[", access("/dev/kvm", F_OK) ? "false" : "true", access("/dev/iommu", F_OK) ? "false" : "true");
  for (int i = 0; i < device_count; i++) {
    const struct device *device = &devices[i];
    put("%s{\"bdf\":\"%s\",\"vendor\":\"%04x\",\"device\":\"%04x\",\"class\":\"%06x\",\"driver\":", i ? "," : "", device->address,
        device->vendor, device->id, device->class);
    if (device->boot_driver[0]) put_string(device->boot_driver);
    else put("null");
    put(",\"group\":%d,\"bridge\":%s,\"pcie_type\":%d,\"acs\":%s,\"parent\":", device->group, device->bridge ? "true" : "false",
        device->pcie_type, device->acs ? "true" : "false");
    if (device->parent[0]) put_string(device->parent);
    else put("null");
    put("}");
  }
  put("]}");
  send_line();
}
