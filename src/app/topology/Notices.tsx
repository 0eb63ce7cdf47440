import { Undo2 } from 'lucide-react'
import { useMemo, useState, type ReactNode } from 'react'
import { agreementOf } from '../../what-if/agreement.ts'
import { shortBdf } from '../../explain/words.ts'
import { peersIn } from '../../sim/isolation.ts'
import { acsReason, parseAcsOverride } from '../../sim/pci/acs.ts'
import { store, useApp } from '../store/store.ts'
import { agreementWords, differenceWords } from './agreement-words.ts'
import { setsOfPeers } from './picture.ts'
import { summaryOf } from './revise.ts'
import { usePeerPath } from './usePeerPath.ts'
import { CloseButton } from '../ui/CloseButton.tsx'

/** What to know about this picture: what a change did, what a listing does not tell, and where the kernel is wrong. */
export function Notices(): ReactNode {
  const doc = useApp((s) => s.doc)
  const world = useApp((s) => s.run.world)
  const machine = useApp((s) => s.machine)
  const boot = doc.scenario.boot
  const [hidden, setHidden] = useState<unknown>(null)
  const told = summaryOf(doc)
  const path = usePeerPath()
  // A question is open whose answer these notes may give.
  const asked = useApp((s) => s.direction.hidden.size > 0)
  const agreement = useMemo(() => agreementOf(machine, boot), [machine, boot])
  const { devices } = machine
  const unknownTree = devices.filter((f) => f.assumed?.includes('parent')).length
  const pretending = useMemo(() => {
    const override = parseAcsOverride(boot.acsOverride)
    return devices.filter((f) => acsReason(f, override) === 'override').length
  }, [devices, boot])
  const apart = useMemo(() => setsOfPeers(world).length, [world])

  const lines: { key: string; tone: string; body: ReactNode }[] = []
  if (unknownTree > 0) {
    lines.push({
      key: 'tree',
      tone: 'text-dim',
      body: `? The listing does not tell the whole tree: dashed places are guessed from bus numbers and groups (${unknownTree} of ${devices.length} functions). Paste lspci -tv or lspci -vvv to see it.`,
    })
  }
  if (machine.estimated === true) {
    lines.push({
      key: 'estimated',
      tone: 'text-dim',
      body: '? The listing has no groups: these are formed from the tree, and their numbers are an estimate.',
    })
  }
  if (machine.reported !== undefined) {
    lines.push({
      key: 'formed',
      tone: 'text-dim',
      body: `The machine was changed, so groups are computed from here on. The listing reported ${Object.keys(machine.reported).length}.`,
    })
  }
  if (agreement !== null) {
    const { differences } = agreement
    lines.push({
      key: 'agreement',
      tone: 'text-dim',
      body:
        differences.length === 0 ? (
          `✓ ${agreementWords(agreement)}`
        ) : (
          <details>
            <summary className="cursor-pointer">≠ {agreementWords(agreement)} Why?</summary>
            <ul className="mt-1 mb-1 grid gap-1 border-l-2 border-line2 pl-2.5">
              {differences.map((difference) => (
                <li key={difference.reported.join(' ')}>{differenceWords(difference)}</li>
              ))}
            </ul>
          </details>
        ),
    })
  }
  if (pretending > 0) {
    const pairs = peersIn(world).length > 0
    lines.push({
      key: 'override',
      tone: 'text-warn',
      body: `⚠ pcie_acs_override: the kernel believes that ${pretending} ${pretending === 1 ? 'function isolates' : 'functions isolate'}; the hardware does not.${pairs ? ` In ${apart === 1 ? 'the dashed red outline' : `${apart} dashed red outlines`} devices still reach each other past the IOMMU.` : ''}`,
    })
  }
  if (pretending === 0 && apart > 0) {
    lines.push({
      key: 'gap',
      tone: 'text-warn',
      body: '⚠ Ports of one switch without ACS: Linux makes a group behind each, as it asks only the way above a port. In the dashed red outline devices reach each other past the IOMMU all the same.',
    })
  }
  if (path !== null) {
    const [from = '', to = ''] = path.map((device) => shortBdf(world.devices[device]?.spec.bdf ?? ''))
    lines.push({
      key: 'path',
      tone: 'text-bad',
      body: `⚠ Red arrow: DMA of ${from} can reach ${to} without passing the IOMMU.`,
    })
  }
  const shown = hidden === machine || asked ? [] : lines
  if (told === undefined && shown.length === 0) return null
  return (
    <div className="flex max-h-24 sm:max-h-[40%] flex-none gap-2 overflow-y-auto border-b border-line bg-panel px-3 py-1.5 text-[12px]">
      <div className="grid min-w-0 flex-1 gap-0.5">
        {told !== undefined && (
          <div className="flex flex-wrap items-center gap-x-2 gap-y-1" data-testid="what-changed">
            <span className="font-semibold">{told.groups.join(' ')}</span>
            {told.steps !== '' && <span className="text-dim">{told.steps}</span>}
            <button
              type="button"
              className="button min-h-6 px-2 py-0 text-[11.5px]"
              onClick={() => store.getState().undo()}
            >
              <Undo2 size={12} /> Undo the change
            </button>
          </div>
        )}
        {shown.map(({ key, tone, body }) => (
          <div key={key} className={tone} data-notice={key}>
            {body}
          </div>
        ))}
      </div>
      {shown.length > 0 && (
        <CloseButton
          label="Hide the notes about this machine"
          className="-my-0.5 flex-none self-start p-1"
          onClick={() => setHidden(machine)}
        />
      )}
    </div>
  )
}
