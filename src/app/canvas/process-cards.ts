/** What the cards of processes say: their open files, and where each leads. */
import { shortBdf } from '../../explain/words.ts'
import type { FdView, Snapshot } from '../../sim/snapshot.ts'
import type { World } from '../../sim/world.ts'
import { nodeId } from './ids.ts'
import type { ProcessCard } from './cards.ts'

/** Kinds of descriptor that a process's card shows; objects inside an iommufd stand in its card. */
const FD_KINDS = new Set<FdView['kind']>(['container', 'group', 'device', 'iommufd', 'cdev'])

/** All processes of the run. */
export function processCards(world: World, snapshot: Snapshot): ProcessCard[] {
  return world.setup.processes.map(({ name, user }, process) => {
    const fds = snapshot.fds
      .filter((fd) => fd.process === process && FD_KINDS.has(fd.kind))
      .map((fd) => ({ slot: fd.slot, name: world.slots[fd.slot] ?? '', ...targetOf(world, fd) }))
    const open = fds.map((fd) => `${fd.name} ${fd.text}`).join(', ')
    return {
      id: nodeId.process(process),
      key: `process ${name}`,
      label: `Process ${name}, user ${user}, ${fds.length === 0 ? 'nothing open' : `${fds.length} open: ${open}`}`,
      name,
      user,
      alive: snapshot.processes[process]?.alive !== false,
      fds,
    }
  })
}

function targetOf(world: World, fd: FdView): { text: string; to: string } {
  const bdf = shortBdf(world.devices[fd.object]?.spec.bdf ?? '?')
  switch (fd.kind) {
    case 'group':
      return {
        text: fd.dead === true ? 'dead file' : `group ${world.groups[fd.object]?.id ?? '?'}`,
        to: nodeId.group(fd.object),
      }
    case 'device':
    case 'cdev':
      return { text: bdf, to: nodeId.device(fd.object) }
    case 'iommufd':
      return { text: 'iommufd', to: nodeId.iommufd(fd.object) }
    default:
      return { text: 'container', to: nodeId.container(fd.object) }
  }
}
