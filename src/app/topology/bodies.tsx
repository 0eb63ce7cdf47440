import { memo, type ReactNode } from 'react'
import type { Look, TreeLook } from '../canvas/looks.ts'
import type { Changed } from '../canvas/flow/FlowCanvas.tsx'
import { Chip, Marked } from '../canvas/parts.tsx'
import { PeerPath } from './PeerPath.tsx'

/** Draws what a node of the topology lens shows. */
export function drawTree(look: Look, changed: Changed): ReactNode {
  return <TreeBody look={look} changed={changed} />
}

const TreeBody = memo(function TreeBody({ look, changed }: { look: Look; changed: Changed }) {
  switch (look.kind) {
    case 'tree-bus':
      return (
        <div className="flex h-full items-baseline gap-2 overflow-hidden whitespace-nowrap">
          <span className="text-[12.5px] font-semibold text-dim">{look.title}</span>
          <span className="text-[12px] text-faint">{look.facts}</span>
        </div>
      )
    case 'tree-lines':
      return <Lines {...look} />
    case 'tree-hull':
      return <Hull {...look} />
    case 'tree-warning':
      return <Warning {...look} />
    case 'tree-function':
      return <Function look={look} changed={changed} />
    case 'tree-peer':
      return <PeerPath {...look} />
    case 'tree-fold':
      return (
        <div className="flex h-full flex-col justify-center rounded-[10px] border border-dashed border-line2 bg-bg px-3">
          <span className="truncate text-[12.5px] font-semibold">
            <span aria-hidden="true">▸ </span>
            {look.what}
          </span>
          <span className="truncate text-[12px] text-dim">{look.groups}</span>
        </div>
      )
    default:
      return null
  }
})

type LookOf<K extends TreeLook['kind']> = Extract<TreeLook, { kind: K }>

function Lines({ width, height, lines, slots }: LookOf<'tree-lines'>): ReactNode {
  return (
    <svg width={width} height={height} className="block">
      {lines.map(({ path, guessed }) => (
        <path
          key={path}
          d={path}
          fill="none"
          stroke="var(--line2)"
          strokeWidth={1.5}
          {...(guessed ? { strokeDasharray: '4 4' } : {})}
        />
      ))}
      {slots.map((box) => (
        <rect key={`${box.x} ${box.y}`} {...box} rx={1.5} fill="var(--faint)" />
      ))}
      {lines.map(
        ({ bus }) =>
          bus !== undefined && (
            <text key={`${bus.x} ${bus.y}`} x={bus.x} y={bus.y} textAnchor="middle" className="tree-bus-number">
              {bus.text}
            </text>
          ),
      )}
    </svg>
  )
}

const DASHES = ['', '9 5', '2 4', '12 4 2 4']

function Hull({ id, hue, stroke, label, width, height, path, looked }: LookOf<'tree-hull'>): ReactNode {
  const color = hue === 0 ? 'var(--line2)' : `var(--hull-${hue})`
  return (
    <>
      <svg width={width} height={height} className="absolute inset-0 block overflow-visible">
        <path
          d={path}
          className="tree-hull"
          fill={color}
          fillOpacity={looked ? 0.24 : hue === 0 ? 0.1 : 0.13}
          stroke={looked ? 'var(--user)' : color}
          strokeWidth={looked ? 2.5 : hue === 0 ? 1.25 : 2}
          strokeDasharray={DASHES[stroke]}
          strokeLinecap={stroke === 2 ? 'round' : 'butt'}
        />
      </svg>
      <span
        className="tree-tag"
        style={{ borderColor: looked ? 'var(--user)' : color, color: hue === 0 ? 'var(--dim)' : 'var(--ink)' }}
      >
        {hue !== 0 && <i aria-hidden="true" style={{ background: color }} />}
        Group {id}
        {label !== '' && <em>{label}</em>}
      </span>
    </>
  )
}

function Warning({ width, height, path, words }: LookOf<'tree-warning'>): ReactNode {
  return (
    <>
      <svg width={width} height={height} className="absolute inset-0 block overflow-visible">
        <path d={path} fill="none" stroke="var(--bad)" strokeWidth={1.75} strokeDasharray="3 4" />
      </svg>
      <span className="tag absolute right-4 -bottom-2.5 bg-bad-bg text-[12px]! leading-[17px] text-bad">{words}</span>
    </>
  )
}

function Function(props: { look: LookOf<'tree-function'>; changed: Changed }): ReactNode {
  const { bdf, name, acs, driver, guessed } = props.look
  return (
    <div
      className={`@container flex h-full flex-col justify-center gap-0.5 rounded-[10px] border bg-panel px-2.5 whitespace-nowrap ${guessed ? 'border-dashed border-line2' : 'border-line2'}`}
    >
      <div className="flex items-center gap-1.5">
        <span className="font-mono text-[12px] font-semibold">{bdf}</span>
        {acs !== null && (
          <span className="ml-auto flex min-w-0 *:min-w-0" title={acs.words}>
            <Chip tone={acs.tone}>
              <b>{acs.glyph}</b>
              <span className="hidden truncate @min-[136px]:inline">&nbsp;{acs.word}</span>
            </Chip>
          </span>
        )}
      </div>
      <div className="truncate text-[12px] leading-[16px] text-dim" title={name}>
        {name}
      </div>
      <div>
        <Marked changed={props.changed} part="driver">
          <Chip tone={driver.tone}>{driver.text}</Chip>
        </Marked>
      </div>
    </div>
  )
}
