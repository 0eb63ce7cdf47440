import { BOTH_ON_VFIO } from './beginnings.ts'
import { define } from './define.ts'

export const unbindOpenDevice = define({
  id: 'unbind-open-device',
  chapter: 'Calls that wait',
  summary:
    'Taking vfio-pci from a device that a process has open: the write to sysfs does not return until the process lets go.',
  script: `
    title Unbind waits for the device fd
    machine dual-e1000e
    kernel linux-5.10
    process qemu user=root

    ${BOTH_ON_VFIO}
    g1 = open_group 3
    c1 = open_container
    group_set_container g1 c1
    set_iommu c1 type1v2
    d1 = group_get_device_fd g1 01:00.1
    #: The administrator wants the device back. The call hangs, and cannot be killed: it waits for the open device fd.
    unbind 01:00.1
    #: The process notices nothing.
    device_get_info d1
    #: Nor is it hindered from opening the leaving device once more, which makes the wait longer.
    d2 = group_get_device_fd g1 01:00.1
    #: The other function is not concerned: nobody has it open.
    unbind 01:00.0
    bind 01:00.0 vfio-pci
    close d1
    #: The last fd goes, and with it the unbind returns.
    close d2
  `,
  expect: {
    10: 'blocked & viable@3 & isolated@3',
    16: 'releases:10 & viable@3 & isolated@3',
  },
})
