/** The judge's verdict on a group's isolation, in words: who is harmed, by which device, and how. */
import type { Finding, Harmed, Judgement, Verdict } from '../sim/isolation.ts'
import type { World } from '../sim/world.ts'
import { deviceSpan, groupSpan, list, plain, processSpan, rich, sentences, type Span, type Words } from './words.ts'

export interface IsolationWords {
  /** `Isolated`, `Not isolated` or `In the host’s hands`. */
  readonly title: string
  readonly words: Words
  /** One text for each way in which the hardware fails, in the judgement’s order; whom it harms is named in it. */
  readonly findings: readonly Words[]
}

const TITLES: Readonly<Record<Verdict, string>> = {
  isolated: 'Isolated',
  'not-isolated': 'Not isolated',
  host: 'In the host’s hands',
}

/** A judgement of `judge` in words. */
export function isolationWords(world: World, judgement: Judgement): IsolationWords {
  const { verdict, findings, group } = judgement
  return {
    title: TITLES[verdict],
    words: summary(world, verdict, findings, group),
    findings: waysOf(findings).map((ways) => findingWords(world, ways)),
  }
}

function summary(world: World, verdict: Verdict, findings: readonly Finding[], group: number): Words {
  const name = groupSpan(world, group)
  switch (verdict) {
    case 'host':
      return sentences(
        rich`No device of ${name} is set aside for userspace. What its devices reach is the host’s own affair.`,
      )
    case 'isolated':
      return sentences(rich`The DMA of ${name} reaches only what its own context allows, and nobody else reaches in.`)
    case 'not-isolated': {
      const harmed = new Map<string, Span>()
      for (const finding of findings) {
        if (finding.harmed === null) continue
        const span = harmedSpan(world, finding.harmed)
        harmed.set(plain([span]), span)
      }
      return sentences(rich`The hardware does not keep ${name} apart from ${list([...harmed.values()])}.`)
    }
  }
}

function harmedSpan(world: World, harmed: Harmed): Span {
  switch (harmed.kind) {
    case 'host':
      return 'the host'
    case 'process':
      return processSpan(world, harmed.process)
    case 'group':
      return groupSpan(world, harmed.group)
  }
}

/** Findings that differ only in whom they harm, together. */
function waysOf(findings: readonly Finding[]): Finding[][] {
  const ways = new Map<string, Finding[]>()
  for (const finding of findings) {
    const key = `${finding.rule} ${finding.how} ${finding.device} ${finding.other ?? ''} ${finding.live}`
    ways.set(key, [...(ways.get(key) ?? []), finding])
  }
  return [...ways.values()]
}

/** What findings of one kind say, and whom they harm. */
function findingWords(world: World, ways: readonly Finding[]): Words {
  const [finding] = ways
  if (finding === undefined) return []
  const victims = ways.flatMap(({ harmed }) => (harmed === null ? [] : [harmedSpan(world, harmed)]))
  if (victims.length === 0) return sentences(how(world, finding))
  return sentences(
    how(world, finding),
    finding.rule === 'V1' && !finding.live
      ? rich`Whoever comes to drive it can harm ${list(victims)}.`
      : rich`This harms ${list(victims)}.`,
  )
}

function how(world: World, finding: Finding): Words {
  const device = deviceSpan(world, finding.device)
  const other = deviceSpan(world, finding.other ?? -1)
  switch (finding.how) {
    case 'reaches-host-memory':
      return rich`The DMA of ${device} passes untranslated: it reaches all of the host’s memory.`
    case 'reaches-host-buffers':
      return rich`${device} shares a domain with a device of the host: its DMA reaches the memory that the host’s driver has mapped there.`
    case 'reaches-other-process':
      return rich`${device} is driven by one process, and its DMA reaches memory of another.`
    case 'two-users':
      return rich`${device} and ${other} are in one group and driven by different processes: the IOMMU does not keep them apart.`
    case 'native-beside-user':
      return rich`The host drives ${device} while a process drives ${other} of the same group: the IOMMU does not keep them apart.`
    case 'native-in-user-domain':
      return rich`The host drives ${device}, but its DMA goes through the address space of a process: what the host wants from it goes astray.`
    case 'native-writes-user-memory':
      return rich`The host drives ${device}, and its DMA lands in memory that a process has mapped.`
    case 'stranger-in-user-domain':
      return rich`The address space of one process translates the DMA of ${device}, which another process drives.`
    case 'belief-differs':
      return rich`The kernel takes ${device} for being in another context than the one that the hardware applies to it.`
    case 'same-rid':
      return rich`${device} and ${other} reach the IOMMU under one requester ID: they can only have one context together.`
    case 'same-rid-other-group':
      return rich`${device} and ${other} reach the IOMMU under one requester ID, though they are in different groups: the context that is written last is for both.`
    case 'peer-to-peer':
      return rich`DMA of ${device} can reach ${other} without passing the IOMMU: the ports between them lack ACS.`
  }
}
