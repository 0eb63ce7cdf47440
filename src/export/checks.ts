/** What is the same for several targets: looking at the outcome, and freeing the screen before. */
import { shortBdf } from '../explain/words.ts'
import { kindOf } from '../adviser/kinds.ts'
import type { Plan } from '../adviser/plan.ts'
import { driverFamily } from '../sim/drivers.ts'
import type { PciFunction } from '../sim/machine.ts'
import { comment, commentOn } from './shell.ts'
import { block, type Block } from './sheet.ts'

/** Commands that show whether it worked, with what they should print. */
export function expectations(plan: Plan): Block {
  const { bind, release, group, told, guest } = plan
  const shown = bind.length > 0 ? bind : guest
  return block('Look whether it worked', [
    ...shown.flatMap(({ bdf }) => [`lspci -nnks ${shortBdf(bdf)}`, comment('Kernel driver in use: vfio-pci')]),
    ...release.flatMap(({ bdf }) => [
      `lspci -nnks ${shortBdf(bdf)}`,
      comment('no line “Kernel driver in use” any more'),
    ]),
    'ls /dev/vfio/',
    comment(told ? `${group}  vfio` : 'the number of its group, and vfio'),
  ])
}

/** The screen that the host has on a function of the plan must be free before a driver is taken from it. */
export function freeTheScreen({ bind, display }: Plan): Block[] {
  const held = bind.some((f) => kindOf(f) === 'graphics' && f.driver !== null && driverFamily(f.driver) !== 'vfio')
  if (!held) return []
  return [
    block('First, free the screen', [
      display
        ? comment('over ssh: the screen goes dark and nothing on this machine can be seen there')
        : comment('only if the host shows something on it; over ssh or on another screen'),
      'systemctl stop display-manager',
      'for c in /sys/class/vtconsole/vtcon*/bind; do echo 0 > "$c"; done',
    ]),
  ]
}

/** What takes each device of a plan from its driver, by a tool's own commands: one to bind, some to release only. */
export function bindBlock(
  { bind, release }: Plan,
  bound: (f: PciFunction) => string,
  released: (f: PciFunction) => readonly string[],
): Block {
  return block('Bind', [
    ...release.flatMap((f) => [commentOn(f), ...released(f)]),
    ...bind.flatMap((f) => [commentOn(f), bound(f)]),
    bind.length + release.length === 0 && comment('nothing to bind: all of it is as it should be'),
  ])
}
