import type { ReactNode } from 'react'
import { glossaryEntry } from '../../explain/glossary.ts'
import { late } from '../ui/late.tsx'
import type { PopoverDialogProps } from '../ui/PopoverButton.tsx'
import { PopoverDialog } from '../ui/PopoverDialog.tsx'
import { useApp, type Lens } from '../store/store.ts'
import type { CanvasEdge } from './edges.ts'
import { chipSign, LegendSection, Signs, type Sign } from './legend-parts.tsx'
import { Chip } from './parts.tsx'
import { WireEnds } from './WireEnds.tsx'

const TreeSigns = late(
  async () => (await import('../topology/Signs.tsx')).TreeSigns,
  'the signs of the topology',
  'part',
)

/** What the lines, colours and words of the picture mean, drawn with the styles of the picture. */
export function Legend({ anchor, onClose }: PopoverDialogProps): ReactNode {
  const lens = useApp((s) => s.lens)
  return (
    <PopoverDialog
      title="Legend"
      anchor={anchor}
      onClose={onClose}
      testId="legend"
      className="max-h-[min(80vh,var(--available-height))] w-[520px] text-[12.5px]"
    >
      {lens === 'ownership' ? <OwnershipSigns /> : <TreeSigns />}
      <Words terms={WORDS[lens]} />
    </PopoverDialog>
  )
}

const WORDS: Readonly<Record<Lens, readonly string[]>> = {
  ownership: ['IOMMU group', 'Viable', 'Isolation', 'VFIO', 'vfio-pci', 'container', 'iommufd', 'DMA', 'IOVA'],
  topology: ['IOMMU group', 'ACS', 'Peer-to-peer DMA', 'Multifunction device', 'Bridge', 'DMA alias', 'RID'],
}

function Words({ terms }: { terms: readonly string[] }): ReactNode {
  return (
    <LegendSection title="Words">
      <dl className="grid gap-1.5">
        {terms.map((term) => (
          <div key={term}>
            <dt className="inline font-semibold">{glossaryEntry(term)?.term ?? term}: </dt>
            <dd className="inline text-dim">{glossaryEntry(term)?.text}</dd>
          </div>
        ))}
      </dl>
    </LegendSection>
  )
}

type WireSign = Pick<CanvasEdge, 'kind' | 'tone'>

function Line({ kind, tone }: WireSign): ReactNode {
  const start = { x: 6, y: 8 }
  const end = { x: 84, y: 18 }
  const path = kind === 'dma' ? 'M6 6H76Q84 6 84 12V17' : 'M6 8H84'
  return (
    <svg width={96} height={22} className={`block tone-${tone}`}>
      <path className={`wire wire-${kind} ${kind === 'dma' ? `wire-${tone}` : ''}`} d={path} />
      <WireEnds wire={{ kind, tone, start, end: kind === 'dma' ? end : { x: 84, y: 8 } }} />
    </svg>
  )
}

function OwnershipSigns(): ReactNode {
  return (
    <>
      <Signs title="Lines" signs={LINES} />
      <Signs title="Verdicts of a group" signs={VERDICTS} />
      <Signs title="Devices" signs={DEVICES} />
    </>
  )
}

/** The verdict in the head of a group's card with what it means. */
function statusSign(look: string, text: string, means: string): Sign {
  return [
    <span key={look} className={`status-word ${look}`}>
      {text}
    </span>,
    means,
  ]
}

const LINES: readonly Sign[] = [
  [<Line key="holds" kind="holds" tone="user" />, 'A process holds it: it has a file of it open.'],
  [<Line key="attached" kind="attached" tone="ctx" />, 'A group is attached to a container or an iommufd.'],
  [<Line key="ctx" kind="dma" tone="ctx" />, 'DMA lands in memory that a process has mapped.'],
  [<Line key="host" kind="dma" tone="host" />, 'DMA lands in host memory.'],
  [<Line key="none" kind="dma" tone="none" />, 'DMA goes nowhere: the IOMMU faults it.'],
  [<Line key="bad" kind="dma" tone="bad" />, 'DMA does harm: it lands where its driver must not write.'],
]

const VERDICTS: readonly Sign[] = [
  statusSign('bg-ok text-bg', 'VIABLE', 'It can be given to a process.'),
  statusSign('bg-user-solid text-white', 'IN USE', 'An iommufd owns it: nobody else can have it.'),
  statusSign('bg-bad-solid text-white', 'NOT VIABLE', 'A driver of the host is in the way.'),
  statusSign('border border-bad text-bad', 'NOT VIABLE', 'The same, and no process asks for it.'),
  chipSign('ok', 'isolated', 'Its DMA reaches only what it may, and nobody reaches into it.'),
  chipSign('bad', 'not isolated', 'DMA gets past the IOMMU, or lands where it harms.'),
  chipSign('host', 'host’s own', 'In the host’s hands: no process has it, so isolation is not asked.'),
]

const DEVICES: readonly Sign[] = [
  chipSign('ok', 'vfio-pci', 'A driver that hands the device to a process.'),
  chipSign('plain', 'e1000e', 'A driver of the host.'),
  chipSign('bad', '✗ e1000e', 'A driver of the host that makes the group not viable.'),
  chipSign('user', 'd1 qemu', 'Who has the device open, and under which name.'),
  chipSign('plain', 'no DMA', 'Nothing is mapped for it, or its DMA is blocked.'),
  chipSign('bad', '⚠ DMA → c1', 'Where its DMA lands; ⚠: it does harm there.'),
  [
    <span key="changed" className="changed changed-still px-1.5">
      e1000e
    </span>,
    'A ring: the last step changed it.',
  ],
  [
    <span key="grey" className="bystander">
      <Chip tone="ok">vfio-pci</Chip>
    </span>,
    'Grey: it has no part in the refusal, or the BUG, that is explained.',
  ],
]
