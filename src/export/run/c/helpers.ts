/** C functions that make one call each. A program holds those that it uses: `-Werror` refuses functions that nobody calls. */
import type { Part } from './uapi.ts'

/** Functions that the steps call. Each makes one call and notes in \`a\` what came of it. */
export const HELPERS: readonly Part[] = [
  {
    name: 'request',
    text: `/** Notes the errno of a system call that returned \`result\`; says whether it succeeded. */
static int request(struct answer *a, long result) {
  a->error = result < 0 ? errno : 0;
  return result >= 0;
}`,
  },
  {
    name: 'keep',
    text: `/** A name stands for a new file now; what was open under it is closed. */
static void keep(int *name, int fd) {
  if (*name >= 0) close(*name);
  *name = fd;
}`,
  },
  {
    name: 'open_file',
    text: `static void open_file(struct answer *a, int *name, const char *path) {
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (request(a, fd)) keep(name, fd);
}`,
  },
  {
    name: 'close_file',
    text: `static void close_file(struct answer *a, int *name) {
  request(a, close(*name));
  *name = -1;
}`,
  },
  {
    name: 'write_file',
    text: `/** Writes a string to a file in one write; returns 0 or an error number. */
static int write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  int error = write(fd, text, strlen(text)) < 0 ? errno : 0;
  close(fd);
  return error;
}`,
  },
  {
    name: 'bind_driver',
    text: `/** driver_override first, so that the driver takes a device that its table does not name. */
static void bind_driver(struct answer *a, const char *device, const char *driver) {
  char path[300];
  snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/driver_override", device);
  write_file(path, driver);
  snprintf(path, sizeof path, "/sys/bus/pci/drivers/%s/bind", driver);
  a->error = write_file(path, device);
}`,
  },
  {
    name: 'unbind_driver',
    text: `static void unbind_driver(struct answer *a, const char *device) {
  char path[400], driver[100];
  link_of(device, "driver", driver, sizeof driver);
  snprintf(path, sizeof path, "/sys/bus/pci/drivers/%s/unbind", driver);
  a->error = driver[0] ? write_file(path, device) : ENODEV;
}`,
  },
  {
    name: 'override_driver',
    text: `/** An empty line takes the override back. */
static void override_driver(struct answer *a, const char *device, const char *driver) {
  char path[300], line[120];
  snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/driver_override", device);
  snprintf(line, sizeof line, "%s\\n", driver);
  int error = write_file(path, line);
  a->error = error == ENOENT ? ENODEV : error;
}`,
  },
  {
    name: 'hot_add',
    text: `/** Looks on all buses for a function that was taken out when the program began. */
static void hot_add(struct answer *a, const char *device) {
  char path[300];
  snprintf(path, sizeof path, "/sys/bus/pci/devices/%s", device);
  if (!access(path, F_OK)) {
    a->error = EEXIST;
    return;
  }
  a->error = write_file("/sys/bus/pci/rescan", "1");
  if (!a->error && access(path, F_OK)) a->error = ENODEV;
}`,
  },
  {
    name: 'find_device_file',
    text: `/** Path of the device's own file, "" if it has none. */
static void find_device_file(const char *device, char *path, size_t size) {
  char folder_path[300];
  snprintf(folder_path, sizeof folder_path, "/sys/bus/pci/devices/%s/vfio-dev", device);
  path[0] = 0;
  DIR *folder = opendir(folder_path);
  for (struct dirent *entry; folder && (entry = readdir(folder));)
    if (!strncmp(entry->d_name, "vfio", 4)) snprintf(path, size, "/dev/vfio/devices/%s", entry->d_name);
  if (folder) closedir(folder);
  if (access(path, F_OK)) path[0] = 0;
}`,
  },
  {
    name: 'open_device_file',
    text: `static void open_device_file(struct answer *a, int *name, const char *device) {
  char path[400];
  find_device_file(device, path, sizeof path);
  if (path[0]) open_file(a, name, path);
  else a->error = ENOENT;
}`,
  },
  {
    name: 'give_device_file',
    text: `/** Beside the group's file: the device's own file, where it has one. */
static void give_device_file(struct answer *a, const char *device, uid_t user) {
  char path[400];
  if (a->error) return;
  find_device_file(device, path, sizeof path);
  if (path[0]) request(a, chown(path, user, -1));
}`,
  },
  {
    name: 'number',
    text: `/** For calls whose answer is the number that they return. */
static void number(struct answer *a, long result) {
  if (request(a, result)) snprintf(a->value, sizeof a->value, " %ld", result);
}`,
  },
  {
    name: 'get_status',
    text: `static void get_status(struct answer *a, int group) {
  struct vfio_group_status status = {.argsz = sizeof status};
  if (request(a, ioctl(group, VFIO_GROUP_GET_STATUS, &status)))
    snprintf(a->value, sizeof a->value, " viable=%d container_set=%d", !!(status.flags & VFIO_GROUP_FLAGS_VIABLE),
             !!(status.flags & VFIO_GROUP_FLAGS_CONTAINER_SET));
}`,
  },
  {
    name: 'get_iommu_info',
    text: `static void describe_iommu(struct answer *a, const struct vfio_iommu_type1_info *info) {
  int length = snprintf(a->value, sizeof a->value, " flags=%u iova_pgsizes=0x%llx", info->flags,
                        (unsigned long long)info->iova_pgsizes);
#ifdef VFIO_IOMMU_INFO_CAPS
  for (__u32 at = info->flags & VFIO_IOMMU_INFO_CAPS ? info->cap_offset : 0; at;) {
    const struct vfio_info_cap_header *header = (const void *)((const char *)info + at);
    if (header->id == VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL)
      snprintf(a->value + length, sizeof a->value - length, " dma_avail=%u",
               ((const struct vfio_iommu_type1_info_dma_avail *)(const void *)header)->avail);
    at = header->next;
  }
#endif
}

/** First without room for capabilities, to learn how much they need, as every user of the call does. */
static void get_iommu_info(struct answer *a, int container) {
  _Alignas(8) char room[4096] = {0};
  struct vfio_iommu_type1_info *info = (void *)room;
  info->argsz = sizeof *info;
  if (!request(a, ioctl(container, VFIO_IOMMU_GET_INFO, info))) return;
  info->argsz = sizeof room;
  if (request(a, ioctl(container, VFIO_IOMMU_GET_INFO, info))) describe_iommu(a, info);
}`,
  },
  {
    name: 'map_dma',
    text: `static void map_dma(struct answer *a, int container, __u64 iova, __u64 size) {
  struct vfio_iommu_type1_dma_map map = {.argsz = sizeof map,
                                         .flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
                                         .vaddr = (uintptr_t)memory,
                                         .iova = iova,
                                         .size = size};
  request(a, ioctl(container, VFIO_IOMMU_MAP_DMA, &map));
}`,
  },
  {
    name: 'unmap_dma',
    text: `static void unmap_dma(struct answer *a, int container, __u64 iova, __u64 size) {
  struct vfio_iommu_type1_dma_unmap unmap = {.argsz = sizeof unmap, .iova = iova, .size = size};
  if (request(a, ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap)))
    snprintf(a->value, sizeof a->value, " unmapped=%llu", (unsigned long long)unmap.size);
}`,
  },
  {
    name: 'get_device_fd',
    text: `static void get_device_fd(struct answer *a, int *name, int group, const char *device) {
  int fd = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, device);
  if (request(a, fd)) keep(name, fd);
}`,
  },
  {
    name: 'tell_kvm',
    text: `/** A process has one virtual machine, made when it is first needed. */
static int open_kvm(struct answer *a) {
  static int device = -1;
  if (device >= 0) return device;
  int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  if (!request(a, kvm)) return -1;
  int machine = ioctl(kvm, KVM_CREATE_VM, 0);
  if (!request(a, machine)) return -1;
  struct kvm_create_device create = {.type = KVM_DEV_TYPE_VFIO};
  if (!request(a, ioctl(machine, KVM_CREATE_DEVICE, &create))) return -1;
  return device = create.fd;
}

/** KVM's list of VFIO files; the constants are called KVM_DEV_VFIO_FILE… since Linux 6.2. */
static void tell_kvm(struct answer *a, __u64 attribute, __s32 fd) {
  struct kvm_device_attr change = {.group = KVM_DEV_VFIO_GROUP, .attr = attribute, .addr = (uintptr_t)&fd};
  int device = open_kvm(a);
  if (device >= 0) request(a, ioctl(device, KVM_SET_DEVICE_ATTR, &change));
}`,
  },
  {
    name: 'get_device_info',
    text: `static void get_device_info(struct answer *a, int device) {
  struct vfio_device_info info = {.argsz = offsetof(struct vfio_device_info, num_irqs) + sizeof info.num_irqs};
  if (request(a, ioctl(device, VFIO_DEVICE_GET_INFO, &info)))
    snprintf(a->value, sizeof a->value, " flags=%u num_regions=%u num_irqs=%u", info.flags, info.num_regions, info.num_irqs);
}`,
  },
  {
    name: 'access_device',
    text: `/** Reads vendor and device ID through the region of configuration space (VFIO_PCI_INDEX_TO_OFFSET). */
static void access_device(struct answer *a, int device) {
  __u32 ids;
  request(a, pread(device, &ids, sizeof ids, (off_t)VFIO_PCI_CONFIG_REGION_INDEX << 40));
}`,
  },
  {
    name: 'hot_reset',
    text: `/** @param group the file that proves who owns the group; null: none is shown */
static void hot_reset(struct answer *a, int device, const int *group) {
  _Alignas(8) char room[sizeof(struct vfio_pci_hot_reset) + sizeof(__s32)] = {0};
  struct vfio_pci_hot_reset *reset = (void *)room;
  reset->argsz = sizeof room;
  reset->count = group ? 1 : 0;
  if (group) memcpy(room + sizeof *reset, group, sizeof *group);
  request(a, ioctl(device, VFIO_DEVICE_PCI_HOT_RESET, reset));
}`,
  },
  {
    name: 'made',
    text: `/** An object of an iommufd, by the number that the kernel gave it. */
static void made(struct answer *a, __u32 *name, __u32 id) {
  *name = id;
  snprintf(a->value, sizeof a->value, " id=%u", id);
}`,
  },
  {
    name: 'bind_iommufd',
    text: `static void bind_iommufd(struct answer *a, __u32 *name, int device, int iommufd) {
  struct vfio_device_bind_iommufd bind = {.argsz = offsetof(struct vfio_device_bind_iommufd, out_devid) + 4, .iommufd = iommufd};
  if (request(a, ioctl(device, VFIO_DEVICE_BIND_IOMMUFD, &bind))) made(a, name, bind.out_devid);
}`,
  },
  {
    name: 'ioas_alloc',
    text: `static void ioas_alloc(struct answer *a, __u32 *name, int iommufd) {
  struct iommu_ioas_alloc alloc = {.size = sizeof alloc};
  if (request(a, ioctl(iommufd, IOMMU_IOAS_ALLOC, &alloc))) made(a, name, alloc.out_ioas_id);
}`,
  },
  {
    name: 'ioas_map',
    text: `static void ioas_map(struct answer *a, int iommufd, __u32 ioas, __u64 iova, __u64 size) {
  struct iommu_ioas_map map = {.size = sizeof map,
                               .flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_WRITEABLE | IOMMU_IOAS_MAP_READABLE,
                               .ioas_id = ioas,
                               .user_va = (uintptr_t)memory,
                               .iova = iova,
                               .length = size};
  request(a, ioctl(iommufd, IOMMU_IOAS_MAP, &map));
}`,
  },
  {
    name: 'ioas_unmap',
    text: `static void ioas_unmap(struct answer *a, int iommufd, __u32 ioas, __u64 iova, __u64 size) {
  struct iommu_ioas_unmap unmap = {.size = sizeof unmap, .ioas_id = ioas, .iova = iova, .length = size};
  if (request(a, ioctl(iommufd, IOMMU_IOAS_UNMAP, &unmap)))
    snprintf(a->value, sizeof a->value, " unmapped=%llu", (unsigned long long)unmap.length);
}`,
  },
  {
    name: 'attach',
    text: `static void attach(struct answer *a, int device, __u32 table) {
  struct vfio_device_attach_iommufd_pt attach = {.argsz = offsetof(struct vfio_device_attach_iommufd_pt, pt_id) + 4, .pt_id = table};
  if (request(a, ioctl(device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach)))
    snprintf(a->value, sizeof a->value, " id=%u", attach.pt_id);
}`,
  },
  {
    name: 'detach',
    text: `static void detach(struct answer *a, int device) {
  struct vfio_device_detach_iommufd_pt detach = {.argsz = offsetof(struct vfio_device_detach_iommufd_pt, flags) + 4};
  request(a, ioctl(device, VFIO_DEVICE_DETACH_IOMMUFD_PT, &detach));
}`,
  },
  {
    name: 'destroy',
    text: `static void destroy(struct answer *a, int iommufd, __u32 *name) {
  struct iommu_destroy destroy = {.size = sizeof destroy, .id = *name};
  if (request(a, ioctl(iommufd, IOMMU_DESTROY, &destroy))) *name = NO_OBJECT;
}`,
  },
  {
    name: 'hwpt_alloc',
    text: `static void hwpt_alloc(struct answer *a, __u32 *name, int iommufd, __u32 device, __u32 ioas) {
  struct iommu_hwpt_alloc alloc = {
      .size = offsetof(struct iommu_hwpt_alloc, __reserved) + 4, .dev_id = device, .pt_id = ioas};
  if (request(a, ioctl(iommufd, IOMMU_HWPT_ALLOC, &alloc))) made(a, name, alloc.out_hwpt_id);
}`,
  },
]
