/** Facts that the importers read from other forms of text, as the messages that the adviser knows. */
import type { FactKind, ImportedFact } from '../import/result.ts'
import type { Message, MessageCode } from './messages.ts'

const CODES: Readonly<Partial<Record<FactKind, MessageCode>>> = {
  'iommu-off': 'iommu-off',
  'iommu-given-up': 'iommu-failed',
  'no-groups': 'no-group',
  'remapping-off': 'interrupts',
  'group-failed': 'group-failed',
  d3cold: 'no-power',
  'bar-reserved': 'bar-held',
  'bar-unassigned': 'bar-space',
  'no-reset': 'no-reset',
  'reset-failed': 'not-ready',
  'probe-failed': 'probe',
  fault: 'fault',
}

/** Messages of the facts that `known` does not hold already; a function's state that a later line took back is none. */
export function messagesOfFacts(facts: readonly ImportedFact[], known: readonly Message[]): Message[] {
  return facts.flatMap((fact): Message[] => {
    const code = CODES[fact.kind]
    if (code === undefined) return []
    const { bdf = null, group = null, line, paste } = fact
    if (known.some((message) => message.code === code && (message.bdf === bdf || bdf === null))) return []
    const value = code === 'probe' ? /-\d{1,3}/.exec(fact.value ?? '')?.[0] : undefined
    return [
      { code, bdf, group, line, ...(paste === undefined ? {} : { paste }), ...(value === undefined ? {} : { value }) },
    ]
  })
}
