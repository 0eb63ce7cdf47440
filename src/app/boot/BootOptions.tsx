import { Popover } from '@base-ui/react/popover'
import type { ReactNode } from 'react'
import { policyOptionsOf } from '../../explain/ioasid-open-points.ts'
import { withPolicy } from '../../scenario/document/boot.ts'
import type { Boot } from '../../sim/machine.ts'
import { bootWith } from '../commands/boot.ts'
import { recordOf } from '../../sim/kernels/list.ts'
import { useApp } from '../store/store.ts'
import type { PopoverDialogProps } from '../ui/PopoverButton.tsx'
import { PopoverDialog } from '../ui/PopoverDialog.tsx'
import { MemoryLimit } from './MemoryLimit.tsx'
import { OptionSwitch, PolicySwitches } from './PolicySwitches.tsx'

/** What the machine is started with: options of the kernel and, for a proposal, what its authors left open. */
export function BootOptions({ anchor, onClose }: PopoverDialogProps): ReactNode {
  return (
    <PopoverDialog
      title="Boot options"
      anchor={anchor}
      onClose={onClose}
      className="max-h-[min(78vh,var(--available-height))] w-[420px]"
    >
      <Popover.Description className="-mt-2 text-[12.5px] text-dim">
        A change boots the machine anew and does all steps again. Undo takes it back, and the link holds it.
      </Popover.Description>
      <Options />
    </PopoverDialog>
  )
}

function Options(): ReactNode {
  const kernel = useApp((s) => s.kernel.id)
  const boot = useApp((s) => s.doc.scenario.boot)
  const remapping = useApp((s) => s.machine.interruptRemapping !== false)
  const { policy = {} } = boot
  const open = policyOptionsOf(kernel, policy)
  return (
    <>
      {open.length > 0 && (
        <section aria-label="What the mails leave open" className="grid gap-2">
          <h3 className="section-title">{recordOf(kernel).title}: what the mails leave open</h3>
          <PolicySwitches options={open} policy={policy} onChange={(next) => bootWith(withPolicy(boot, next))} />
        </section>
      )}
      <section aria-label="Kernel command line" className="grid gap-2">
        {open.length > 0 && <h3 className="section-title">Kernel command line</h3>}
        <OptionSwitch
          label="iommu=pt"
          on={boot.iommu === 'pt'}
          onToggle={() => bootWith({ ...boot, iommu: boot.iommu === 'pt' ? 'nopt' : 'pt' })}
        >
          Default domains do not translate: a device in the host’s hands reaches all memory.
        </OptionSwitch>
        <OptionSwitch
          label="allow_unsafe_interrupts"
          on={boot.allowUnsafeInterrupts === true}
          onToggle={() => bootWith(toggledInterrupts(boot))}
        >
          VFIO takes an IOMMU that cannot remap interrupts.{' '}
          {remapping ? 'This machine can remap them, so nothing depends on it.' : 'This machine cannot remap them.'}
        </OptionSwitch>
      </section>
      <Processes />
    </>
  )
}

/** What each process may pin. */
function Processes(): ReactNode {
  const processes = useApp((s) => s.doc.scenario.processes)
  return (
    <section aria-label="Memory that processes may pin" className="grid gap-2">
      <h3 className="section-title">Memory that processes may pin</h3>
      <ul className="grid gap-1.5 text-[12.5px]">
        {processes.map(({ name, user }, process) => (
          <li key={name}>
            <span className="font-mono">{name}</span> <span className="text-dim">of user {user}:</span>{' '}
            <MemoryLimit process={process} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function toggledInterrupts({ allowUnsafeInterrupts, ...boot }: Boot): Boot {
  return allowUnsafeInterrupts === true ? boot : { ...boot, allowUnsafeInterrupts: true }
}
