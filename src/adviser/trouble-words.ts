/** Trouble and doubts in sentences. */
import { code, plain, rich, sentences, shortBdf, type Words } from '../explain/words.ts'
import { COMPLETE_COMMAND } from '../import/missing.ts'
import type { Doubt } from './advice-types.ts'
import type { ParameterFault } from './command-line.ts'
import { LESSONS, switchOn } from './message-lessons.ts'
import { IOMMU_COMMAND } from './message-words.ts'
import { at, some } from './names.ts'
import type { Setting } from './setting.ts'
import type { Trouble, TroubleCode } from './troubles.ts'

export interface TroubleWords {
  /** Names it in a few words, as a title of the answer: `02:00.0 no longer answers`. */
  readonly title: string
  readonly words: Words
}

export function troubleWords(trouble: Trouble, setting: Setting): TroubleWords {
  const { message, fault, about } = trouble
  const who = about === undefined ? 'the device' : shortBdf(about.bdf)
  if (fault !== undefined) return { title: faultTitle(fault), words: faultWords(fault) }
  const own = OWN[trouble.code]
  if (own !== undefined) return { title: own.title, words: own.words(trouble) }
  if (message === undefined) return { title: trouble.code, words: [] }
  const lesson = LESSONS[message.code]
  const named =
    message.bdf === null ? lesson.title : `${about === undefined ? shortBdf(message.bdf) : who}: ${lesson.title}`
  return { title: named, words: lesson.meaning(message, setting) }
}

type Own = { readonly title: string; readonly words: (trouble: Trouble) => Words }

const OWN: Readonly<Partial<Record<TroubleCode, Own>>> = {
  removed: {
    title: 'the kernel gave its IOMMU up during boot',
    words: () =>
      rich`The log shows every device being put into a group and then taken out of it again: the kernel started the IOMMU, met something that it could not set up, and gave it up. There is no working IOMMU now, so nothing can be handed to a guest until that is mended: look at the lines before the first “Removing from iommu group”, update firmware and kernel, and report it.`,
  },
  'platform-groups': {
    title: 'no PCI device has an IOMMU group',
    words: () => [
      'The groups in the text hold devices of the platform only: PCI has none, so nothing confines the DMA of a PCI device here.',
    ],
  },
  xen: {
    title: 'the host runs under Xen',
    words: () => [
      'The hypervisor owns the IOMMU, not Linux: dom0 has no IOMMU groups, and vfio-pci has nothing to work with.',
    ],
  },
  'raspberry-pi-5': {
    title: 'the IOMMU of a Raspberry Pi 5 does not cover PCIe',
    words: () => [
      'Its IOMMUs serve display, camera and video decoder. Nothing confines the DMA of what hangs on PCIe, so vfio-pci has no group for it.',
    ],
  },
  power: {
    title: 'the host is a POWER machine',
    words: () => [
      'Groups are partitionable endpoints there, made by the firmware, and QEMU uses the sPAPR TCE backend of VFIO instead of type 1: the rule that a group has one owner is the same, what is simulated here is not.',
    ],
  },
  vmd: {
    title: 'Intel VMD stands between',
    words: ({ message }) =>
      sentences(
        [
          'Devices behind Intel VMD use the requester ID of the VMD controller, so the IOMMU cannot tell them from each other, and they have no group of their own.',
        ],
        message !== undefined &&
          rich`The kernel tried to put ${code(shortBdf(message.bdf ?? ''))} into group ${message.group ?? '?'} and failed.`,
      ),
  },
  'guest-view': {
    title: 'a part of the text was made inside a guest',
    words: ({ bdf = '' }) =>
      rich`${code(shortBdf(bdf))} is what a guest sees of the same card: on a root bus, where no card of a host is. It is another machine’s view, so it is left out.`,
  },
  'two-states': {
    title: 'the text shows two states of the machine',
    words: () => [
      'Its groups stand in the text twice, and differ: the later ones count here. If they are of two machines, paste one alone.',
    ],
  },
  scanned: {
    title: 'letters in addresses were read as digits',
    words: () =>
      rich`O was read as 0 and l or I as 1, as scanned text has them: compare addresses and ids with ${code('lspci -nn')} before you type a command.`,
  },
  'ids-catch-others': {
    title: 'the ids given to vfio-pci match more than one card',
    words: ({ about, others = [] }) =>
      rich`vfio-pci was told the ids of ${about === undefined ? 'the device' : at(about)}, and ${some(others)} ${others.length === 1 ? 'has' : 'have'} the same: it takes ${others.length === 1 ? 'both' : 'all'} at boot. Choose by address instead.`,
  },
  'ids-not-taken': {
    title: 'vfio-pci did not take it at boot',
    words: ({ about }) =>
      about === undefined
        ? []
        : about.driver === null
          ? rich`vfio-pci was told the ids of ${at(about)}, and nothing has it: the module is not loaded at boot, or its configuration is not in the initramfs. Load it early (${code('modules-load.d')}, or the initramfs), and rebuild the initramfs.`
          : rich`vfio-pci was told the ids of ${at(about)}, and ${{ kind: 'driver', text: about.driver ?? 'another driver' }} has it all the same: that driver was loaded first, often from the initramfs, or the initramfs was not rebuilt. Make it wait with a ${code('softdep')} line, and rebuild.`,
  },
}

function faultTitle({ fault, given }: ParameterFault): string {
  switch (fault) {
    case 'misspelt':
      return `“${given}” is misspelt`
    case 'value':
      return `“${given}” is no value that the kernel knows`
    case 'off':
      return `the kernel was started with ${given}`
    case 'other-vendor':
      return `“${given}” is for the other vendor’s processors`
    case 'not-applied':
      return `“${given}” is configured, and the running kernel was started without it`
  }
}

function faultWords({ fault, given, meant }: ParameterFault): Words {
  switch (fault) {
    case 'misspelt':
      return rich`No kernel knows ${code(given)}, and says nothing about it: ${code(meant ?? '')} was probably meant.`
    case 'value':
      return given.startsWith('amd_iommu')
        ? rich`${code(given)} does nothing: AMD’s IOMMU is on by itself where the firmware has it on. It does no harm.`
        : rich`The kernel does not know the value in ${code(given)} and leaves the IOMMU as it was built: write ${code(meant ?? '')}.`
    case 'off':
      return rich`${code(given)} switches the IOMMU off, so there are no groups. Take it away, and boot again.`
    case 'other-vendor':
      return meant === undefined
        ? rich`${code(given)} is for Intel; this machine has an AMD processor, whose IOMMU is on by itself where the firmware has it on. It does no harm.`
        : rich`${code(given)} does nothing on an Intel processor: write ${code(meant)}.`
    case 'not-applied':
      return rich`The boot loader’s configuration has ${code(given)}, and the command line of the running kernel has not: write the configuration out (${code('update-grub')}, ${code('grub-mkconfig')}, ${code('proxmox-boot-tool refresh')}), and boot again.`
  }
}

export interface DoubtWords {
  readonly title: string
  readonly words: Words
  /** What to run to find out; its output is pasted beside the rest. */
  readonly command: string
}

export function doubtWords({ code: what, about }: Doubt, group: string | null, setting: Setting): DoubtWords {
  switch (what) {
    case 'two-machines':
      return {
        title: 'the text shows two machines, or one before and after a change',
        words: [
          'The same addresses are described as different hardware, so a group of one may belong to the other. Paste one machine alone, or one state of it.',
        ],
        command: COMPLETE_COMMAND,
      }
    case 'guest-listing':
      return {
        title: 'the listing was made inside a virtual machine',
        words: [
          'What a guest sees are the devices that its host has given or emulated for it. Run the command on the host; only a guest with a virtual IOMMU has groups of its own.',
        ],
        command: `systemd-detect-virt; ${COMPLETE_COMMAND}`,
      }
    case 'kind':
      return {
        title: `the text does not tell what ${plain(some(about, at))} ${about.length === 1 ? 'is' : 'are'}`,
        words: ['It may be a port or a part of the chipset, which nobody should bind. The class tells it.'],
        command: 'lspci -nnk',
      }
    case 'iommu':
      return {
        title: 'nothing in the text shows that the IOMMU works',
        words: switchOn(setting),
        command: IOMMU_COMMAND,
      }
    case 'group':
      return {
        title: 'the text does not tell its group',
        words: ['Only the kernel’s own groups say what goes together.'],
        command: 'find /sys/kernel/iommu_groups/ -type l',
      }
    case 'members':
      return {
        title: `the text does not show who else is in ${group === null ? 'its group' : `group ${group}`}`,
        words: [
          'It names the group of some devices and says nothing of the others, so the group may hold more than is seen here.',
        ],
        command: 'find /sys/kernel/iommu_groups/ -type l',
      }
  }
}
