import type { ReactNode } from 'react'
import { chipSign, Signs, type Sign } from '../canvas/legend-parts.tsx'
import './topology.css'

const SIZE = { width: 96, height: 26 } as const

/** The signs of the topology lens. */
export function TreeSigns(): ReactNode {
  return (
    <>
      <Signs title="Lines and outlines" signs={LINES} />
      <Signs title="Access Control Services of a function" signs={ACS} />
      <Signs title="Drivers" signs={DRIVERS} />
    </>
  )
}

function Stroke({ path, dashes }: { path: string; dashes?: string }): ReactNode {
  return (
    <svg {...SIZE} className="block">
      <path d={path} fill="none" stroke="var(--line2)" strokeWidth={1.5} strokeDasharray={dashes} />
    </svg>
  )
}

function Bar(): ReactNode {
  return (
    <svg {...SIZE} className="block">
      <rect x={46} y={2} width={3} height={22} rx={1.5} fill="var(--faint)" />
    </svg>
  )
}

function Outline({ color, dashes }: { color: string; dashes?: string }): ReactNode {
  return (
    <svg {...SIZE} className="block">
      <rect
        x={3}
        y={3}
        width={90}
        height={20}
        rx={8}
        fill={dashes === undefined ? color : 'none'}
        fillOpacity={0.13}
        stroke={color}
        strokeWidth={2}
        strokeDasharray={dashes}
      />
    </svg>
  )
}

const LINES: readonly Sign[] = [
  [<Stroke key="bus" path="M4 13H92" />, 'A bus: from a bridge, or the root complex, to what is on it.'],
  [<Stroke key="guess" path="M4 13H92" dashes="4 4" />, 'Dashed: a place that the listing does not tell.'],
  [<Bar key="slot" />, 'A bar: functions of one device, in one slot.'],
  [
    <Outline key="group" color="var(--hull-1)" />,
    'An IOMMU group. Its colour and its stroke only tell it from others; the blue one is selected.',
  ],
  [
    <Outline key="peers" color="var(--bad)" dashes="3 4" />,
    'Groups between which DMA can pass beside the IOMMU, whatever the kernel believes.',
  ],
]

const ACS: readonly Sign[] = [
  chipSign('ok', '✓ isolates', 'What comes from below goes up to the IOMMU.'),
  chipSign('ok', '✓ by quirk', 'No ACS, but the kernel knows that it isolates.'),
  chipSign('bad', '✗ no ACS', 'DMA may turn round in it: its neighbours share a group.'),
  chipSign('bad', '◐ ACS off', 'It has ACS, but not all of it is switched on.'),
  chipSign('warn', '⚠ pretended', 'Only pcie_acs_override says that it isolates.'),
]

const DRIVERS: readonly Sign[] = [
  chipSign('ok', 'vfio-pci', 'A driver that hands the function to a process.'),
  chipSign('plain', 'e1000e', 'A driver of the host; with ✗ it makes its group not viable.'),
  chipSign('none', 'no driver', 'Nobody drives it.'),
]
