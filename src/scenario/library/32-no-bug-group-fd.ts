import { ONE_OPENED } from './beginnings.ts'
import { define } from './define.ts'

export const noBugGroupFd = define({
  id: 'no-bug-group-fd',
  chapter: 'The kernel stops itself',
  summary:
    'With just a group fd open, or after UNSET_CONTAINER, the same bind is harmless: the group only stops being viable.',
  script: `
    title No BUG_ON with just a group fd
    machine dual-e1000e
    kernel linux-5.10
    process qemu user=root

    ${ONE_OPENED}
    #: Group and container are open, but not joined. The host may take the function back.
    bind 01:00.0 e1000e
    #: The price: the group is not viable.
    group_get_status g1
    unbind 01:00.0
    #: Now they are joined: the trap is armed ...
    group_set_container g1 c1
    #: ... and disarmed again.
    group_unset_container g1
    #: The same bind as before, with the same harmless end.
    bind 01:00.0 e1000e
    group_get_status g1
  `,
  expect: {
    7: 'returned:viable=false & returned:container_set=false',
    12: 'returned:viable=false & returned:container_set=false & !viable@3 & !isolated@3',
  },
})
