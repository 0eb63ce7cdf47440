/* Every operation of a script as the system call or sysfs write that it stands for. */
#define _GNU_SOURCE
#include "agent.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/iommufd.h>
#include <linux/kvm.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

const char *value_of(const struct call *call, const char *key) {
  for (int i = 0; i < call->keys; i++)
    if (!strcmp(call->key[i], key)) return call->value[i];
  return "";
}

static uint64_t number_of(const struct call *call, const char *key) {
  return strtoull(value_of(call, key), 0, 0);
}

/** Notes errno of a system call that returned `answer`; returns whether it succeeded. */
static int check(struct call *call, long answer) {
  call->error = answer < 0 ? errno : 0;
  return answer >= 0;
}

static void open_node(struct call *call, const char *path) {
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (check(call, fd)) call->opened = fd;
}

/* ---- Administrator ---- */

static void bind_driver(struct call *call) {
  char path[200];
  snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/driver_override", value_of(call, "device"));
  write_file(path, value_of(call, "driver"));
  snprintf(path, sizeof path, "/sys/bus/pci/drivers/%s/bind", value_of(call, "driver"));
  call->error = write_file(path, value_of(call, "device"));
}

static void unbind_driver(struct call *call) {
  char path[200], driver[32];
  driver_of(value_of(call, "device"), driver, sizeof driver);
  snprintf(path, sizeof path, "/sys/bus/pci/drivers/%s/unbind", driver);
  call->error = driver[0] ? write_file(path, value_of(call, "device")) : ENODEV;
}

static void override_driver(struct call *call) {
  char path[200], line[40];
  snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/driver_override", value_of(call, "device"));
  snprintf(line, sizeof line, "%.30s\n", value_of(call, "driver"));
  int error = write_file(path, line);
  call->error = error == ENOENT ? ENODEV : error;
}

static void probe_drivers(struct call *call) {
  call->error = write_file("/sys/bus/pci/drivers_probe", value_of(call, "device"));
}

/** Scans the bus of a function that was removed when the script began. */
static void hot_add(struct call *call) {
  char path[200];
  snprintf(path, sizeof path, "/sys/bus/pci/devices/%s", value_of(call, "device"));
  if (!access(path, F_OK)) {
    call->error = EEXIST;
    return;
  }
  call->error = write_file("/sys/bus/pci/rescan", "1");
  if (!call->error && access(path, F_OK)) call->error = ENODEV;
}

/** The device's own file, "" if it has none: sysfs names it also where the kernel was built without such files. */
static void find_cdev(const char *address, char *node, size_t size) {
  char path[200];
  snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/vfio-dev", address);
  DIR *folder = opendir(path);
  struct dirent *entry;
  node[0] = 0;
  while (folder && (entry = readdir(folder)))
    if (!strncmp(entry->d_name, "vfio", 4)) snprintf(node, size, "/dev/vfio/devices/%s", entry->d_name);
  if (folder) closedir(folder);
  if (access(node, F_OK)) node[0] = 0;
}

/** Gives the group's file to a user, and its devices' own files where there are some. */
static void chown_group(struct call *call) {
  char path[40], node[300];
  int uid = number_of(call, "uid");
  snprintf(path, sizeof path, "/dev/vfio/%s", value_of(call, "group"));
  if (!check(call, chown(path, uid, -1))) return;
  for (int i = 0; i < device_count; i++) {
    if (devices[i].group != atoi(value_of(call, "group"))) continue;
    find_cdev(devices[i].address, node, sizeof node);
    if (node[0] && !check(call, chown(node, uid, -1))) return;
  }
}

static void chown_iommu(struct call *call) {
  check(call, chown("/dev/iommu", number_of(call, "uid"), -1));
}

/* ---- VFIO groups and containers ---- */

static void open_group(struct call *call) {
  char path[80];
  snprintf(path, sizeof path, "/dev/vfio/%s", value_of(call, "group"));
  open_node(call, path);
}

static const char *const EXTENSIONS[] = {"",    "type1",        "spapr_tce",    "type1v2", "dma_cc",
                                         "eeh", "type1_nesting", "spapr_tce_v2", "noiommu", "unmap_all",
                                         "update_vaddr"};

static long extension(const char *name) {
  for (unsigned i = 1; i < sizeof EXTENSIONS / sizeof *EXTENSIONS; i++)
    if (!strcmp(EXTENSIONS[i], name)) return i;
  return strtol(name, 0, 0);
}

static void get_status(struct call *call) {
  struct vfio_group_status status = {.argsz = sizeof status};
  if (check(call, ioctl(call->fd, VFIO_GROUP_GET_STATUS, &status)))
    snprintf(call->result, sizeof call->result, "{\"viable\":%s,\"container_set\":%s}",
             status.flags & VFIO_GROUP_FLAGS_VIABLE ? "true" : "false",
             status.flags & VFIO_GROUP_FLAGS_CONTAINER_SET ? "true" : "false");
}

static void number_result(struct call *call, long answer) {
  if (check(call, answer)) snprintf(call->result, sizeof call->result, "%ld", answer);
}

static void get_api_version(struct call *call) {
  number_result(call, ioctl(call->fd, VFIO_GET_API_VERSION));
}

static void check_extension(struct call *call) {
  number_result(call, ioctl(call->fd, VFIO_CHECK_EXTENSION, extension(value_of(call, "extension"))));
}

static void set_container(struct call *call) {
  check(call, ioctl(call->fd, VFIO_GROUP_SET_CONTAINER, &call->other));
}

static void unset_container(struct call *call) {
  check(call, ioctl(call->fd, VFIO_GROUP_UNSET_CONTAINER));
}

static void set_iommu(struct call *call) {
  check(call, ioctl(call->fd, VFIO_SET_IOMMU, extension(value_of(call, "type"))));
}

static void print_ranges(char *text, size_t size, const struct vfio_iommu_type1_info_cap_iova_range *cap) {
  size_t length = 0;
  for (uint32_t i = 0; i < cap->nr_iovas && length < size; i++)
    length += snprintf(text + length, size - length, "%s0x%llx-0x%llx", i ? "," : "", (unsigned long long)cap->iova_ranges[i].start,
                       (unsigned long long)cap->iova_ranges[i].end);
}

static void print_info(struct call *call, const struct vfio_iommu_type1_info *info) {
  char ranges[400] = "";
  long long available = -1;
  const char *start = (const char *)info;
  for (uint32_t at = info->flags & VFIO_IOMMU_INFO_CAPS ? info->cap_offset : 0; at;) {
    const struct vfio_info_cap_header *header = (const void *)(start + at);
    if (header->id == VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE) print_ranges(ranges, sizeof ranges, (const void *)header);
    if (header->id == VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL) available = ((const struct vfio_iommu_type1_info_dma_avail *)header)->avail;
    at = header->next;
  }
  int length = snprintf(call->result, sizeof call->result, "{\"flags\":%u,\"iova_pgsizes\":\"0x%llx\",\"iova_ranges\":\"%s\"", info->flags,
                        (unsigned long long)info->iova_pgsizes, ranges);
  if (available >= 0) length += snprintf(call->result + length, sizeof call->result - length, ",\"dma_avail\":%lld", available);
  snprintf(call->result + length, sizeof call->result - length, "}");
}

/** First without room for capabilities, to learn how much they need, as every user of the call does. */
static void get_iommu_info(struct call *call) {
  _Alignas(8) char room[4096] = {0};
  struct vfio_iommu_type1_info *info = (void *)room;
  info->argsz = sizeof *info;
  if (!check(call, ioctl(call->fd, VFIO_IOMMU_GET_INFO, info)) || info->argsz <= sizeof *info) return;
  info->argsz = sizeof room;
  if (check(call, ioctl(call->fd, VFIO_IOMMU_GET_INFO, info))) print_info(call, info);
}

static void map_dma(struct call *call) {
  struct vfio_iommu_type1_dma_map map = {
      .argsz = sizeof map, .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE, .vaddr = (uintptr_t)buffer,
      .iova = number_of(call, "iova"), .size = number_of(call, "size")};
  check(call, ioctl(call->fd, VFIO_IOMMU_MAP_DMA, &map));
}

static void unmap_dma(struct call *call) {
  struct vfio_iommu_type1_dma_unmap unmap = {
      .argsz = sizeof unmap, .iova = number_of(call, "iova"), .size = number_of(call, "size")};
  if (check(call, ioctl(call->fd, VFIO_IOMMU_UNMAP_DMA, &unmap)))
    snprintf(call->result, sizeof call->result, "{\"unmapped\":%llu}", (unsigned long long)unmap.size);
}

static void get_device_fd(struct call *call) {
  int fd = ioctl(call->fd, VFIO_GROUP_GET_DEVICE_FD, value_of(call, "device"));
  if (check(call, fd)) call->opened = fd;
}

/* ---- KVM's list of VFIO files (since 6.2 called KVM_DEV_VFIO_FILE); a process has one virtual machine, made when first needed ---- */

static int kvm_device = -1;

static int open_kvm(struct call *call) {
  if (kvm_device >= 0) return 1;
  int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (!check(call, kvm)) return 0;
  int machine = ioctl(kvm, KVM_CREATE_VM, 0);
  if (!check(call, machine)) return 0;
  struct kvm_create_device request = {.type = KVM_DEV_TYPE_VFIO};
  if (!check(call, ioctl(machine, KVM_CREATE_DEVICE, &request))) return 0;
  kvm_device = request.fd;
  return 1;
}

static void change_kvm_files(struct call *call, uint64_t attribute) {
  int32_t fd = call->fd;
  struct kvm_device_attr request = {.group = KVM_DEV_VFIO_GROUP, .attr = attribute, .addr = (uintptr_t)&fd};
  if (open_kvm(call)) check(call, ioctl(kvm_device, KVM_SET_DEVICE_ATTR, &request));
}

static void kvm_add(struct call *call) { change_kvm_files(call, KVM_DEV_VFIO_GROUP_ADD); }
static void kvm_delete(struct call *call) { change_kvm_files(call, KVM_DEV_VFIO_GROUP_DEL); }

/* ---- The device file ---- */

static void get_device_info(struct call *call) {
  struct vfio_device_info info = {.argsz = offsetof(struct vfio_device_info, cap_offset)};
  if (check(call, ioctl(call->fd, VFIO_DEVICE_GET_INFO, &info)))
    snprintf(call->result, sizeof call->result, "{\"flags\":%u,\"num_regions\":%u,\"num_irqs\":%u}", info.flags, info.num_regions,
             info.num_irqs);
}

/** Reads the vendor ID through the region of configuration space (VFIO_PCI_INDEX_TO_OFFSET). */
static void access_device(struct call *call) {
  uint32_t ids;
  check(call, pread(call->fd, &ids, sizeof ids, (off_t)VFIO_PCI_CONFIG_REGION_INDEX << 40));
}

static void reset_device(struct call *call) {
  check(call, ioctl(call->fd, VFIO_DEVICE_RESET));
}

static void hot_reset_device(struct call *call) {
  _Alignas(8) char room[sizeof(struct vfio_pci_hot_reset) + sizeof(int32_t)] = {0};
  struct vfio_pci_hot_reset *reset = (void *)room;
  reset->argsz = sizeof room;
  reset->count = value_of(call, "group_fd")[0] ? 1 : 0;
  if (reset->count) reset->group_fds[0] = call->other;
  check(call, ioctl(call->fd, VFIO_DEVICE_PCI_HOT_RESET, reset));
}

/* ---- iommufd and the device cdev ---- */

static void open_cdev(struct call *call) {
  char node[300];
  find_cdev(value_of(call, "device"), node, sizeof node);
  if (node[0]) open_node(call, node);
  else call->error = ENOENT;
}

static void bind_iommufd(struct call *call) {
  struct vfio_device_bind_iommufd bind = {.argsz = offsetof(struct vfio_device_bind_iommufd, out_devid) + 4, .iommufd = call->other};
  if (check(call, ioctl(call->fd, VFIO_DEVICE_BIND_IOMMUFD, &bind))) call->made = bind.out_devid;
}

static void ioas_alloc(struct call *call) {
  struct iommu_ioas_alloc alloc = {.size = sizeof alloc};
  if (check(call, ioctl(call->fd, IOMMU_IOAS_ALLOC, &alloc))) call->made = alloc.out_ioas_id;
}

static void ioas_map(struct call *call) {
  struct iommu_ioas_map map = {.size = sizeof map,
                               .flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_WRITEABLE | IOMMU_IOAS_MAP_READABLE,
                               .ioas_id = call->object,
                               .user_va = (uintptr_t)buffer,
                               .iova = number_of(call, "iova"),
                               .length = number_of(call, "size")};
  check(call, ioctl(call->fd, IOMMU_IOAS_MAP, &map));
}

static void ioas_unmap(struct call *call) {
  struct iommu_ioas_unmap unmap = {
      .size = sizeof unmap, .ioas_id = call->object, .iova = number_of(call, "iova"), .length = number_of(call, "size")};
  if (check(call, ioctl(call->fd, IOMMU_IOAS_UNMAP, &unmap)))
    snprintf(call->result, sizeof call->result, "{\"unmapped\":%llu}", (unsigned long long)unmap.length);
}

static void attach(struct call *call) {
  struct vfio_device_attach_iommufd_pt attach = {.argsz = offsetof(struct vfio_device_attach_iommufd_pt, pt_id) + 4, .pt_id = call->object};
  if (check(call, ioctl(call->fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))) call->made = attach.pt_id;
}

static void detach(struct call *call) {
  struct vfio_device_detach_iommufd_pt detach = {.argsz = offsetof(struct vfio_device_detach_iommufd_pt, flags) + 4};
  check(call, ioctl(call->fd, VFIO_DEVICE_DETACH_IOMMUFD_PT, &detach));
}

static void destroy(struct call *call) {
  struct iommu_destroy request = {.size = sizeof request, .id = call->object};
  check(call, ioctl(call->fd, IOMMU_DESTROY, &request));
}

static void hwpt_alloc(struct call *call) {
  struct iommu_hwpt_alloc alloc = {.size = offsetof(struct iommu_hwpt_alloc, data_type), .dev_id = call->device_object, .pt_id = call->object};
  if (check(call, ioctl(call->fd, IOMMU_HWPT_ALLOC, &alloc))) call->made = alloc.out_hwpt_id;
}

/* ---- Any process, and the hardware ---- */

static void open_container(struct call *call) { open_node(call, "/dev/vfio/vfio"); }
static void open_iommufd(struct call *call) { open_node(call, "/dev/iommu"); }
static void close_file(struct call *call) { check(call, close(call->fd)); }
static void exit_process(struct call *call) { syscall(SYS_exit_group, call->error); }
static void probe_dma(struct call *call) {
  call->error = dma_probe(value_of(call, "device"), number_of(call, "iova"), call->result, sizeof call->result);
}

static const struct {
  const char *op;
  void (*make)(struct call *);
} OPERATIONS[] = {
    {"bind", bind_driver},
    {"unbind", unbind_driver},
    {"driver_override", override_driver},
    {"drivers_probe", probe_drivers},
    {"hot_add", hot_add},
    {"chown_group", chown_group},
    {"chown_iommu", chown_iommu},
    {"open_container", open_container},
    {"open_group", open_group},
    {"get_api_version", get_api_version},
    {"check_extension", check_extension},
    {"group_get_status", get_status},
    {"group_set_container", set_container},
    {"group_unset_container", unset_container},
    {"set_iommu", set_iommu},
    {"iommu_get_info", get_iommu_info},
    {"map_dma", map_dma},
    {"unmap_dma", unmap_dma},
    {"group_get_device_fd", get_device_fd},
    {"kvm_group_add", kvm_add},
    {"kvm_group_del", kvm_delete},
    {"device_get_info", get_device_info},
    {"device_access", access_device},
    {"device_reset", reset_device},
    {"device_hot_reset", hot_reset_device},
    {"open_iommufd", open_iommufd},
    {"open_cdev", open_cdev},
    {"bind_iommufd", bind_iommufd},
    {"ioas_alloc", ioas_alloc},
    {"ioas_map", ioas_map},
    {"ioas_unmap", ioas_unmap},
    {"attach", attach},
    {"detach", detach},
    {"ioas_destroy", destroy},
    {"hwpt_alloc", hwpt_alloc},
    {"hwpt_destroy", destroy},
    {"close", close_file},
    {"exit", exit_process},
    {"dma_probe", probe_dma},
};

void make_call(struct call *call) {
  for (unsigned i = 0; i < sizeof OPERATIONS / sizeof *OPERATIONS; i++)
    if (!strcmp(OPERATIONS[i].op, call->op)) {
      OPERATIONS[i].make(call);
      break;
    }
  /* A name that was open already: the new file takes its number, and the old one is closed by that. */
  if (call->opened >= 0 && call->replaces >= 0) {
    dup3(call->opened, call->replaces, O_CLOEXEC);
    close(call->opened);
    call->opened = call->replaces;
  }
}
