/** Advice in sentences. */
import { isBefore, type KernelId } from '../sim/kernels/list.ts'
import { code, rich, shortBdf, type Words } from '../explain/words.ts'
import type { Advice, Loss, Member, Verdict } from './advice-types.ts'
import { alternativeWords, type AlternativeWords } from './alternative-words.ts'
import { answerOf, type AnswerWords } from './answer-words.ts'
import { causeWords } from './cause-words.ts'
import { at, named, some } from './names.ts'
import { NO_SETTING, type Setting } from './setting.ts'
import { leavesWithoutGroup } from './troubles.ts'
import { doubtWords, troubleWords, type DoubtWords, type TroubleWords } from './trouble-words.ts'

export interface AdviceWords extends AnswerWords {
  readonly tone: 'ok' | 'warn' | 'bad'
  /** What is not known, and how to find out. */
  readonly doubts: readonly DoubtWords[]
  /** Trouble that is not about who is in the group; in the order of the advice. */
  readonly troubles: readonly TroubleWords[]
  /** Why the group is as it is. */
  readonly causes: readonly Words[]
  /** One for each member, in their order. */
  readonly members: readonly { readonly need: string; readonly why: Words }[]
  readonly losses: readonly Words[]
  readonly alternatives: readonly AlternativeWords[]
  /** What else is worth knowing before the commands are typed. */
  readonly notes: readonly Words[]
}

const TONES: Readonly<Record<Verdict, AdviceWords['tone']>> = {
  ready: 'ok',
  yes: 'ok',
  'with-others': 'warn',
  against: 'bad',
  no: 'bad',
  unknown: 'warn',
}

/** What the page and the command line say about advice. Notes on bridges are for a kernel. */
export function adviceWords(advice: Advice, kernel: KernelId, setting: Setting = NO_SETTING): AdviceWords {
  return {
    tone: TONES[advice.verdict],
    ...answerOf(advice, setting),
    doubts: advice.doubts.map((doubt) => doubtWords(doubt, advice.group, setting)),
    troubles: advice.troubles.map((trouble) => troubleWords(trouble, setting)),
    causes: advice.causes.map(causeWords),
    members: advice.members.map((member) => unboundWords(member, advice) ?? memberWords(member, kernel)),
    losses: advice.losses.map((loss) => lossWords(loss, advice)),
    alternatives: advice.alternatives.map((alternative) => alternativeWords(alternative, advice, setting)),
    notes: notesOf(advice).map(({ words }) => words),
  }
}

// ---- Members ----------------------------------------------------------------------------------------------------

/** What is said of a member where vfio-pci has no group to work with; null: the usual. */
function unboundWords({ need, role, f }: Member, { troubles }: Advice): AdviceWords['members'][number] | null {
  if ((need !== 'bind' && need !== 'release') || !troubles.some(leavesWithoutGroup)) return null
  if (role === 'passenger') return { need: 'nothing to do', why: ['Who would be in one group is not known here.'] }
  return troubles.some(({ code: what }) => what === 'xen')
    ? {
        need: 'give to pciback',
        why: rich`Under Xen: ${code(`xl pci-assignable-add ${shortBdf(f.bdf)}`)}, or ${code(`xen-pciback.hide=(${shortBdf(f.bdf)})`)} on the kernel’s command line of dom0.`,
      }
    : { need: 'not yet', why: ['vfio-pci takes a function only when it has an IOMMU group.'] }
}

function memberWords({ f, role, need, unknown, kind }: Member, kernel: KernelId): AdviceWords['members'][number] {
  const driver: Words = unknown
    ? ['whatever driver it has: the listing does not say']
    : f.driver === null
      ? ['nothing']
      : [{ kind: 'driver', text: f.driver }]
  switch (need) {
    case 'leave':
      return {
        need: 'leave alone',
        why: isBefore(kernel, '5.19')
          ? ['A bridge: kernels up to 5.18 pass any function with a bridge’s header, whatever its driver.']
          : [
              'A bridge: since Linux 5.19 the kernel asks its driver, and pcieport says that it makes no DMA of its own.',
            ],
      }
    case 'ask':
      return {
        need: 'look first',
        why: rich`The text does not say what it is: a port or a part of the chipset stays as it is. ${code('lspci -nnk')} tells.`,
      }
    case 'done':
      return { need: 'nothing to do', why: rich`It is on ${{ kind: 'driver', text: f.driver ?? '' }} already.` }
    case 'nothing':
      return {
        need: 'nothing to do',
        why:
          kind === 'host-bridge' || kind === 'isa'
            ? [
                'It has no driver, so it is not in the way. It is not exempt as a PCI bridge is, though: a driver on it would block the group.',
              ]
            : ['It has no driver, and the guest does not get it.'],
      }
    case 'release':
      if (role === 'port') {
        return {
          need: 'unbind',
          why: isBefore(kernel, '5.19')
            ? rich`A bridge with ${driver}: kernels up to 5.18 pass it all the same, later ones do not.`
            : rich`A bridge, but with ${driver} and not with pcieport: since Linux 5.19 that is in the way. Without a driver it is not.`,
        }
      }
      return {
        need: 'unbind',
        why: rich`From ${driver}. A part of the host that the guest does not get: without a driver it is not in the way.`,
      }
    case 'bind':
      if (!unknown && f.driver === null) {
        return { need: 'bind to vfio-pci', why: ['It has no driver; a guest gets it only from vfio-pci.'] }
      }
      return {
        need: 'bind to vfio-pci',
        why:
          role === 'passenger'
            ? rich`Away from ${driver}. Without a driver would do as well, but vfio-pci keeps others from taking it.`
            : rich`Away from ${driver}.`,
      }
  }
}

// ---- Losses -----------------------------------------------------------------------------------------------------

function lossWords({ f, kind, last, used }: Loss, { wanted, hostDisplay }: Advice): Words {
  const own = f === wanted
  switch (kind) {
    case 'display':
      return displayLoss({ f, own, only: own && hostDisplay, boot: used !== undefined })
    case 'disk':
      if (used !== undefined) return rich`The host runs from a disk on ${named(f)}: its root file system is there.`
      return own
        ? rich`Make sure that the host does not run from ${named(f)}: look at the mounts with ${code('lsblk')} first.`
        : rich`The disks on ${named(f)} go: if the host runs from one of them, it stops.${last ? ' The listing shows no other disk controller.' : ''}`
    case 'network':
      return rich`The host’s network on ${named(f)} goes${used === undefined ? '' : ', and the host uses it now'}${last ? ', and the listing shows no other: over ssh you would cut yourself off' : ''}.`
    case 'usb':
      return rich`Everything plugged into ${named(f)} goes, keyboard and mouse perhaps${last ? ': the listing shows no other USB controller' : ''}.`
    case 'sound':
      return rich`The host’s sound on ${named(f)} goes.`
    case 'chipset':
      return rich`${named(f)} is a part of the chipset: sensors, firmware or power management of the host may stop.`
    case 'unknown':
      return own
        ? rich`What ${at(f)} is, the listing does not say: make sure with ${code('lspci -nnk')} that the host does not need it.`
        : rich`What ${at(f)} is, the listing does not say: it would leave the host, too.`
  }
}

function displayLoss(loss: { f: Loss['f']; own: boolean; only: boolean; boot: boolean }): Words {
  const { f, own, only, boot } = loss
  // No monitor hangs on a 3D controller: it computes, or renders for another one.
  if (f.class?.startsWith('0302') === true && !boot) {
    return rich`Nothing on the host can compute or render with ${named(f)} any more: stop what does now.`
  }
  if (only) {
    const why = boot ? 'is the boot display' : 'is the only graphics device in the listing'
    return rich`${named(f)} ${why}: the host goes dark. Stop the display manager first, take the console and the framebuffer off it, and keep a way in over the network.`
  }
  return own
    ? rich`The host can show nothing through ${named(f)} any more. If its console or desktop is there now, stop that first.`
    : rich`The host’s picture on ${named(f)} goes too.`
}

// ---- Notes ------------------------------------------------------------------------------------------------------

export type NoteCode = 'estimated' | 'driver-unknown' | 'same-ids' | 'overridden' | 'nothing-splits' | 'card-elsewhere'

export interface Note {
  readonly code: NoteCode
  readonly words: Words
}

/** What else is worth knowing. */
export function notesOf(advice: Advice): Note[] {
  const { estimated, twins, members, verdict, alternatives, nothingSplits, overridden, wanted, troubles, elsewhere } =
    advice
  const unknown = members.filter((member) => member.unknown && (member.need === 'bind' || member.need === 'release'))
  const notes: (Note | false)[] = [
    estimated &&
      !troubles.some(leavesWithoutGroup) && {
        code: 'estimated',
        words: [
          'The listing has no groups. Who might be in one is estimated from the tree, and the real ones may differ: check them before you act.',
        ],
      },
    overridden && {
      code: 'overridden',
      words: rich`The kernel runs with ${code('pcie_acs_override')}: groups are as small as it was told to take them for, not as the hardware isolates. A guest with ${at(wanted)} may still reach its former neighbours’ memory past the IOMMU, and they the guest’s.`,
    },
    unknown.length > 0 &&
      verdict !== 'no' && {
        code: 'driver-unknown',
        words: rich`The listing does not say which driver ${some(
          unknown.map(({ f }) => f),
          at,
        )} ${unknown.length === 1 ? 'has' : 'have'}. The commands below are right either way; say it above if you know it.`,
      },
    elsewhere.length > 0 &&
      (verdict === 'yes' || verdict === 'ready' || verdict === 'with-others') && {
        code: 'card-elsewhere',
        words: rich`${some(elsewhere)} of the same card ${elsewhere.length === 1 ? 'has a group of its own' : 'have groups of their own'}. The guest can do without ${elsewhere.length === 1 ? 'it' : 'them'}; to give ${elsewhere.length === 1 ? 'it' : 'them'} too, bind ${elsewhere.length === 1 ? 'it' : 'each'} to vfio-pci in the same way.`,
      },
    twins.length > 0 && {
      code: 'same-ids',
      words: rich`${some(twins)} ${twins.length === 1 ? 'has' : 'have'} the same ids: ${code('vfio-pci ids=')} would take ${twins.length === 1 ? 'it' : 'them'} too. Choose by address${members.some(({ need }) => need === 'bind') && verdict !== 'no' ? ', as the commands below do' : ''}.`,
    },
    verdict !== 'no' &&
      nothingSplits &&
      alternatives.length > 0 && {
        code: 'nothing-splits',
        words: ['Nothing makes this group smaller: what remains is to give all of it, or to do without.'],
      },
  ]
  return notes.filter((note) => note !== false)
}
