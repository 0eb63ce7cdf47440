import { CircleQuestionMark, Moon, Search, Share2, SlidersHorizontal, Sun, type LucideIcon } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { isKernelId, KERNEL_IDS, recordOf } from '../../sim/kernels/list.ts'
import { titleOf } from '../../scenario/document/scenario.ts'
import { store, useApp } from '../store/store.ts'
import { COMMANDS } from '../commands/commands.ts'
import { bootWith } from '../commands/boot.ts'
import { kernelName } from '../ui/kernels.ts'
import { late } from '../ui/late.tsx'
import { PopoverButton } from '../ui/PopoverButton.tsx'
import { isLight } from '../ui/theme.ts'

const BootOptions = late(
  async () => (await import('../boot/BootOptions.tsx')).BootOptions,
  'the boot options',
  'overlay',
)

/** Name, title of the run, kernel and boot options, search, sharing. */
export function TopBar(): ReactNode {
  const place = useApp((s) => s.place)
  const { show } = store.getState()
  return (
    <header className="flex h-12 flex-none items-center gap-2.5 border-b border-line bg-panel px-3 sm:gap-3.5">
      <h1 className="text-[14px] font-bold tracking-tight whitespace-nowrap">
        IOMMU <span className="sr-only text-ok sm:not-sr-only">Playground</span>
      </h1>
      {/* What My machine says is of the pasted text, and has a kernel of its own. */}
      {place !== 'machine' && <RunTitle />}
      <div className="ml-auto flex min-w-0 items-center gap-2">
        {place !== 'machine' && <RunKernel />}
        {place !== 'machine' && <OptionsButton />}
        <button
          type="button"
          className="button hidden font-mono whitespace-nowrap text-dim lg:inline-flex"
          aria-label="Ctrl K: find an action"
          aria-keyshortcuts={COMMANDS.palette.keys.join(' ')}
          onClick={() => COMMANDS.palette.run(store.getState())}
        >
          Ctrl K
        </button>
        <button
          type="button"
          className="button hidden xl:inline-flex"
          aria-current={place === 'compare' ? 'page' : undefined}
          onClick={() => show('compare')}
        >
          Compare
        </button>
        <IconButton
          className="lg:hidden"
          label={COMMANDS.palette.name}
          icon={Search}
          onClick={() => COMMANDS.palette.run(store.getState())}
        />
        <IconButton
          className="sm:hidden"
          label={COMMANDS.help.name}
          icon={CircleQuestionMark}
          onClick={() => COMMANDS.help.run(store.getState())}
        />
        <ThemeButton />
        <button
          type="button"
          className="button button-primary flex-none"
          onClick={() => COMMANDS.share.run(store.getState())}
        >
          <Share2 size={14} /> <span className="sr-only sm:not-sr-only">{COMMANDS.share.label}</span>
        </button>
      </div>
    </header>
  )
}

/** The kernel of the run, and its boot option that changes most. */
function RunKernel(): ReactNode {
  const kernel = useApp((s) => s.kernel.id)
  const boot = useApp((s) => s.doc.scenario.boot)
  const { setKernel } = store.getState()
  return (
    <>
      <select
        aria-label="Kernel"
        className="button w-36 min-w-0 truncate sm:w-auto sm:max-w-52"
        value={kernel}
        onChange={(event) => {
          if (isKernelId(event.target.value)) setKernel(event.target.value)
        }}
      >
        {KERNEL_IDS.map((id) => (
          <option key={id} value={id}>
            {kernelName(id)}
          </option>
        ))}
      </select>
      <button
        type="button"
        role="switch"
        aria-checked={boot.iommu === 'pt'}
        className="button hidden font-mono sm:inline-flex"
        title="Boot option iommu=pt: default domains are identity, so idle devices reach all memory. Switching boots the machine anew and replays the run."
        onClick={() => bootWith({ ...boot, iommu: boot.iommu === 'pt' ? 'nopt' : 'pt' })}
      >
        {/* The name alone would read as the state that it is in. */}
        <span aria-hidden="true">{boot.iommu === 'pt' ? '☑' : '☐'}</span>
        iommu=pt
      </button>
    </>
  )
}

/** Opens the boot options; says how many are set beyond iommu=pt, which has a switch of its own. */
function OptionsButton(): ReactNode {
  const proposal = useApp((s) => recordOf(s.kernel.id).family === 'proposal')
  const boot = useApp((s) => s.doc.scenario.boot)
  const [open, setOpen] = useState(false)
  const set = Object.keys(boot.policy ?? {}).length * Number(proposal) + Number(boot.allowUnsafeInterrupts === true)
  return (
    <PopoverButton
      className="button flex-none px-2"
      title={proposal ? 'What the mails leave open, and other boot options' : 'Boot options'}
      open={open}
      onOpenChange={setOpen}
      dialog={BootOptions}
    >
      <SlidersHorizontal size={15} />
      <span className={proposal ? 'sr-only md:not-sr-only' : 'sr-only'}>
        {proposal ? 'Open points' : 'Boot options'}
      </span>
      {set > 0 && (
        <b className="rounded bg-user-bg px-1 text-[11px] text-user">
          {set} <span className="sr-only">set</span>
        </b>
      )}
    </PopoverButton>
  )
}

function RunTitle(): ReactNode {
  const title = useApp((s) => s.doc.scenario.title)
  const [editing, setEditing] = useState(false)
  if (!editing) {
    return (
      <button
        type="button"
        className="hidden min-w-0 truncate border-l border-line py-1 pl-3.5 text-left text-dim lg:block"
        title="Rename"
        onClick={() => setEditing(true)}
      >
        {titleOf({ title })}
      </button>
    )
  }
  return (
    <input
      autoFocus
      aria-label="Title of the run"
      className="button hidden w-72 lg:block"
      defaultValue={title}
      maxLength={120}
      onBlur={(event) => {
        store.getState().rename(event.target.value)
        setEditing(false)
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur()
        if (event.key === 'Escape') setEditing(false)
      }}
    />
  )
}

function ThemeButton(): ReactNode {
  const theme = useApp((s) => s.settings.theme)
  const light = isLight(theme)
  return (
    <IconButton
      className="hidden sm:inline-flex"
      label={light ? 'Switch to the dark theme' : 'Switch to the light theme'}
      icon={light ? Moon : Sun}
      onClick={() => store.getState().setSettings({ theme: light ? 'dark' : 'light' })}
    />
  )
}

/** A square button that shows an icon only; `className` says on which widths. */
function IconButton(props: { className: string; label: string; icon: LucideIcon; onClick: () => void }): ReactNode {
  const { className, label, icon: Icon, onClick } = props
  return (
    <button
      type="button"
      className={`button size-8 flex-none justify-center p-0 ${className}`}
      aria-label={label}
      onClick={onClick}
    >
      <Icon size={15} />
    </button>
  )
}
