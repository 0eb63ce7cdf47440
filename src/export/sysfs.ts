/** A plan as writes to sysfs: the simulated operations one for one. */
import { UNKNOWN_DRIVER } from '../sim/drivers.ts'
import type { Op } from '../sim/op.ts'
import { bindingOps, undoOps, type Plan } from '../adviser/plan.ts'
import { expectations, freeTheScreen } from './checks.ts'
import { comment, commentOn, quoted, sysfsDirectory } from './shell.ts'
import { block, type Sheet } from './sheet.ts'

/** An administrator's operation as the shell command that makes it; null for one that is no write to sysfs. */
export function sysfsCommand(op: Op, plan: Plan): string | null {
  switch (op.op) {
    case 'driver_override':
      // An empty line clears it.
      return `echo ${op.driver === '' ? '' : quoted(op.driver)} > ${sysfsDirectory(op.device)}/driver_override`
    case 'unbind': {
      const at = `${sysfsDirectory(op.device)}/driver`
      const f = plan.restore.find((known) => known.f.bdf === op.device)?.f
      const perhaps = f?.driver === UNKNOWN_DRIVER
      return `${perhaps ? `[ ! -e ${at} ] || ` : ''}echo ${quoted(op.device)} > ${at}/unbind`
    }
    case 'drivers_probe':
      return `echo ${quoted(op.device)} > /sys/bus/pci/drivers_probe`
    default:
      return null
  }
}

/** Operations as lines, with a comment before those of each function. */
function linesOf(ops: readonly Op[], plan: Plan): string[] {
  let last = ''
  return ops.flatMap((op) => {
    const command = sysfsCommand(op, plan)
    if (command === null) return []
    const bdf = 'device' in op ? op.device : ''
    const f = plan.restore.find((known) => known.f.bdf === bdf)?.f
    const head = bdf === last || f === undefined ? [] : [commentOn(f)]
    last = bdf
    return [...head, command]
  })
}

export function sysfsSheet(plan: Plan): Sheet {
  return {
    id: 'sysfs',
    title: 'sysfs',
    about: 'Nothing to install, and gone with the next boot: to try it out. As root (sudo -i).',
    blocks: [
      ...freeTheScreen(plan),
      block('Bind', [
        'modprobe vfio-pci',
        ...linesOf(bindingOps(plan), plan),
        plan.release.length > 0 && comment('what is only unbound stays so until something probes it again'),
      ]),
      expectations(plan),
      block('Back again', linesOf(undoOps(plan), plan)),
    ],
  }
}
