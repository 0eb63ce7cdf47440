/** Shorthand for tests of the policies: the walk-through's machines, and what a run leaves behind. Nothing that ships imports this. */
import type { Context } from '../iommu/context.ts'
import { wireContext } from '../iommu/landing.ts'
import { judge } from '../isolation.ts'
import type { Kernel } from '../kernel.ts'
import type { Run } from '../replay.ts'
import type { PolicyOptions } from '../machine.ts'
import { answers, machine, play, type PlayOptions } from './play.test-helper.ts'

/** Setup 3: two conventional functions behind a bridge that takes their place on the wire. */
export const shared = machine('00:01.0rp+[01:00.0pcie2pci[02:01.0pci 02:01.1pci]]')
/** A, B and C: three functions of one card. */
export const triple = machine('00:01.0rp+[01:00.0ep- 01:00.1ep- 01:00.2ep-]')
/** X (01:00.0), whose DMA may also appear with Y's requester ID, and Y (01:00.1). */
export const alias = machine('00:01.0rp+[01:00.0ep- 01:00.1ep-]', (f) =>
  f.bdf.endsWith('01:00.0') ? { aliases: [1] } : {},
)

/** Two users with an iommu_fd each. */
export const TWO_USERS = [
  { name: 'u1', user: 'alice' },
  { name: 'u2', user: 'bob' },
] as const

export function options(policy: PolicyOptions, more: PlayOptions = {}): PlayOptions {
  return { ...more, boot: { iommu: more.boot?.iommu ?? 'nopt', policy } }
}

/** A translation in a word: `dd` the default domain, `id` identity, `block`, or the name of an address space. */
export function contextWord(run: Run, context: Context | undefined): string {
  switch (context?.kind) {
    case undefined:
      return '?'
    case 'dma':
      return 'dd'
    case 'identity':
      return 'id'
    case 'blocked':
      return 'block'
    case 'domain': {
      const { domain } = context
      const fd = run.snapshotAt(run.steps.length).fds.find(({ kind, object }) => kind === 'ioas' && object === domain)
      return fd === undefined ? `#${domain}` : (run.world.slots[fd.slot] ?? '')
    }
  }
}

const FUNCTIONS = ['0000:01:00.0', '0000:01:00.1', '0000:01:00.2']
const BEHIND = ['0000:02:01.0', '0000:02:01.1']

function functionsOf(run: Run): number[] {
  const names = run.world.deviceIndex.has('0000:02:01.0') ? BEHIND : FUNCTIONS
  return names.flatMap((bdf) => run.world.deviceIndex.get(bdf) ?? [])
}

/** What the hardware does with the DMA of the functions of the walk-through, f0 first; `!` where the kernel believes otherwise. */
export function contexts(run: Run): string {
  const snapshot = run.snapshotAt(run.steps.length)
  return functionsOf(run)
    .map((device) => {
      const hardware = contextWord(run, wireContext(run.world, snapshot, device))
      const record = contextWord(run, snapshot.devices[device]?.context)
      return hardware === record ? hardware : `${hardware}(!${record})`
    })
    .join(' ')
}

/** For each function whether a process can drive it: `+` or `-`. */
export function access(run: Run): string {
  const { fds } = run.snapshotAt(run.steps.length)
  return functionsOf(run)
    .map((device) =>
      fds.some(
        ({ kind, object, access: granted }) => (kind === 'cdev' || kind === 'device') && object === device && granted,
      )
        ? '+'
        : '-',
    )
    .join('')
}

/** Rules of isolation that the group of f0 breaks or that speak of a wrong belief, in order: `V1 V2 B`. */
export function broken(run: Run): string {
  const group = run.world.devices[functionsOf(run)[0] ?? -1]?.group
  const judgement = judge(run.world, run.snapshotAt(run.steps.length)).find((one) => one.group === group)
  const rules = judgement?.findings.map(({ rule }) => rule).filter((rule) => /^V|^B/.test(rule)) ?? []
  return [...new Set(rules)].sort().join(' ')
}

const SHORT: Readonly<Record<string, string>> = { f2: '01:00.2', p0: '02:01.0', p1: '02:01.1' }

/** Plays a script in which `f0`, `f1`, `f2` are the functions of a PCIe card, `p0` and `p1` those behind a bridge. */
export function run(kernel: Kernel, script: string, more: PlayOptions = {}): Run {
  return play(
    kernel,
    script.replaceAll(/\b[fp]\d\b/g, (name) => SHORT[name] ?? name),
    more,
  )
}

/**
 * Plays a script and tells its last answers, what the hardware does with each function (`!` what the kernel believes
 * instead), and who can be driven: `ok EPERM | block dd | -+`.
 */
export function toldBy(kernel: Kernel): (script: string, count: number, more?: PlayOptions) => string {
  return (script, count, more) => {
    const played = run(kernel, script, more)
    return `${answers(played, count)} | ${contexts(played)} | ${access(played)}`
  }
}

const CDEVS = {
  V: 'unbind f0; unbind f1; bind f0 V; bind f1 V',
  OPEN: 'i = open_iommufd; d0 = open_cdev f0; d1 = open_cdev f1',
  BIND: 'bind_iommufd d0 i; bind_iommufd d1 i',
  SPACES: 'a = ioas_alloc i; b = ioas_alloc i',
  ATTACH: 'attach d0 ioas=a; attach d1 ioas=a',
}
/** How both functions come into use by their device files: the steps, and `USED` all of them in order. */
export const CDEV_STEPS = { ...CDEVS, USED: Object.values(CDEVS).join('; ') }
