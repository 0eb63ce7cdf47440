import { shortBdf } from '../../explain/words.ts'
import type { Agreement, Cause, Difference } from '../../what-if/agreement.ts'

/** One line: how many reported groups form from the tree, and what that is worth. */
export function agreementWords({ groups, same, acsTold, acsGuessed, parentsGuessed }: Agreement): string {
  const forms =
    same === groups
      ? `All ${groups} groups of the listing also form from its tree.`
      : `${same} of the listing’s ${groups} groups also form from its tree.`
  if (acsTold === 0 && acsGuessed > 0) return `${forms} ACS is not listed, so it was chosen to fit them.`
  if (acsGuessed > 0) return `${forms} ACS is listed for ${acsTold} of ${acsTold + acsGuessed} ports and functions.`
  return parentsGuessed > 0 ? `${forms} Some bridges are guessed.` : forms
}

/** A difference, and what explains it. */
export function differenceWords({ reported, formed, cause, about }: Difference): string {
  const which = `${reported.length === 1 ? 'Group' : 'Groups'} ${listed(reported)}`
  const sets = formed.length
  const now = `${sets === 1 ? 'one group forms' : `${sets} groups form`} from the tree instead`
  return `${which}: ${now}. ${CAUSES[cause](names(about))}`
}

const CAUSES: Readonly<Record<Cause, (about: string) => string>> = {
  'port-quirk': (about) =>
    `Linux has a quirk for these ports (${about}): they isolate, though their ACS registers do not say so.`,
  override: (about) =>
    `As if the machine had been started with pcie_acs_override, which makes the kernel believe that ${about} isolate.`,
  quirk: (about) => `As if a quirk of the kernel took ${about} for isolating.`,
  'whole-slot': (about) =>
    `That kernel takes all functions of a slot for not isolating when one is (${about}); the kernels here ask function by function.`,
  'acs-off': (about) => `As if ACS had not been switched on in ${about}; the listing does not tell.`,
  'probe-order': (about) =>
    `Groups were made as drivers were probed, before the bridge (${about}) was there that holds them together.`,
  'not-listed': (about) => `The listing lacks the bridges above ${about}.`,
  alias: (about) => `As if ${about} used one requester ID: a DMA alias quirk.`,
  unknown: () => 'Nothing that this page knows explains it.',
}

const NAMED = 4

function names(about: readonly string[]): string {
  return about.length > NAMED ? `${about.length} functions` : listed(about.map(shortBdf))
}

function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`
}
