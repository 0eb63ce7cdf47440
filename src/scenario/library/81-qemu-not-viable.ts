import { define } from './define.ts'

export const qemuNotViable = define({
  id: 'qemu-not-viable',
  chapter: 'How QEMU does it',
  summary: 'The message that most people meet first: “group 3 is not viable”, and where in QEMU it comes from.',
  script: `
    title QEMU says: group 3 is not viable
    machine dual-e1000e
    kernel linux-5.10
    process qemu user=root

    #: Somebody prepares the one function that the guest should get, and forgets its sibling.
    unbind 01:00.1
    bind 01:00.1 vfio-pci
    #: vfio_get_group opens the group without trouble.
    qemu: g3 = open_group 3
    #: The flag VIABLE is missing. "group 3 is not viable", says QEMU, and asks to bind all devices of the group to their vfio driver. The kernel itself would not have refused before GET_DEVICE_FD.
    group_get_status g3
    #: QEMU gives up and closes what it opened.
    qemu: close g3
    #: The sibling is freed ...
    unbind 01:00.0
    qemu: g3 = open_group 3
    #: ... and the second attempt gets past the check.
    group_get_status g3
  `,
  expect: {
    4: 'returned:viable=false & returned:container_set=false & !viable@3 & !isolated@3',
    8: 'returned:viable=true & returned:container_set=false & viable@3 & isolated@3',
  },
})
