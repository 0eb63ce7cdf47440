import { SINGLE_OPENED } from './beginnings.ts'
import { define } from './define.ts'

export const unbindLastDevice = define({
  id: 'unbind-last-device',
  chapter: 'Calls that wait',
  summary:
    'No device fd was ever opened, and still the unbind hangs: the last vfio device waits for the group to leave its container.',
  script: `
    title Unbind waits for the container
    machine two-singletons
    kernel linux-5.10
    process qemu user=root

    ${SINGLE_OPENED}
    group_set_container g1 c1
    #: The device is not open. But it is the last one of its group on vfio-pci, and the group is in a container: the call hangs.
    unbind 01:00.0
    #: Somebody else who wants the device has to queue behind it, for the device lock.
    bind 01:00.0 e1000e
    #: The group leaves its container. Both calls return, and the card is back with the host.
    group_unset_container g1
    group_get_status g1
  `,
  expect: {
    6: 'blocked',
    7: 'blocked',
    8: 'releases:6 & releases:7',
    9: 'returned:viable=false & returned:container_set=false & !viable@4 & host@4',
  },
})
