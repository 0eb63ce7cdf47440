import { memo, type ReactNode } from 'react'
import { dropDriver } from '../../scenario/actions/intents.ts'
import { store } from '../store/store.ts'
import { situationOf } from '../store/view.ts'
import type { Look, Tag, Tone } from './looks.ts'
import { LANE_REACH } from './layout.ts'
import { Chip, DropZone } from './parts.tsx'

/** Draws what a node shows. */
const Body = memo(function Body({ look }: { look: Look }) {
  switch (look.kind) {
    case 'lane':
      return (
        <div className={`h-full w-full ${look.last ? '' : 'border-b border-dashed border-line2'}`}>
          <span className="section-title absolute top-1.5" style={{ left: LANE_REACH + 20 }}>
            {look.name}
          </span>
        </div>
      )
    case 'process':
      return <ProcessBody {...look} />
    case 'container':
      return (
        <div className="h-full rounded-xl border border-ctx bg-panel px-3 py-2 shadow-node">
          <div className="flex items-center gap-2">
            <Chip tone="ctx">container</Chip>
            <span className="text-[13px] font-semibold">{look.name}</span>
          </div>
          <div className="mt-1.5 font-mono text-[11px] text-dim">IOMMU: {look.iommu}</div>
        </div>
      )
    case 'iommufd':
      return <IommufdBody {...look} />
    case 'new':
      return (
        <div className="flex h-full flex-col items-center justify-center rounded-xl border border-dashed border-line2 bg-bg px-3 text-center font-mono text-[11px] text-faint">
          <span>{look.path}</span>
          <span>{look.words}</span>
        </div>
      )
    case 'group':
      return <GroupBody {...look} />
    case 'device':
      return <DeviceBody {...look} />
    case 'folded':
      return (
        <div className="flex h-full flex-col items-center justify-center rounded-[15px] border border-dashed border-line2 text-center text-dim">
          <span className="text-[13px] font-semibold">
            <span aria-hidden="true">▸ </span>
            {look.what}
          </span>
          <span className="px-3 text-[11.5px] text-faint">{look.count} more</span>
        </div>
      )
    case 'context':
      return <ContextBody {...look} />
    default:
      return null
  }
})

export function drawBody(look: Look): ReactNode {
  return <Body look={look} />
}

type LookOf<K extends Look['kind']> = Extract<Look, { kind: K }>

function TagChip({ tag }: { tag: Tag }): ReactNode {
  return (
    <Chip tone={tag.tone}>
      {tag.name !== undefined && tag.name !== '' && <b>{tag.name}</b>}
      <span className="truncate">{tag.text}</span>
    </Chip>
  )
}

function ProcessBody({ name, user, alive, fds, columns }: LookOf<'process'>): ReactNode {
  return (
    <div className="h-full rounded-xl border border-line2 bg-panel px-3 py-2 shadow-node">
      <div className="flex items-baseline gap-2">
        <span className="text-[13px] font-semibold">{name}</span>
        <span className="font-mono text-[11px] text-dim">user {user}</span>
        {!alive && <Chip tone="none">exited</Chip>}
      </div>
      <div className="mt-1.5 grid gap-1.5" style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
        {fds.length === 0 && <Chip tone="none">nothing open</Chip>}
        {fds.map((tag) => (
          <span key={tag.name} className="chip justify-center overflow-hidden border-transparent bg-user-bg text-user">
            <b>{tag.name}</b>
            <span className="truncate">{tag.text}</span>
          </span>
        ))}
      </div>
    </div>
  )
}

const SHOWN_OBJECTS = 3

function IommufdBody({ name, objects }: LookOf<'iommufd'>): ReactNode {
  const more = objects.length - SHOWN_OBJECTS
  return (
    <div className="h-full overflow-hidden rounded-xl border border-ctx bg-panel px-3 py-2 shadow-node">
      <div className="flex items-center gap-2">
        <Chip tone="ctx">iommufd</Chip>
        <span className="text-[13px] font-semibold">{name}</span>
        {more > 0 && <span className="ml-auto text-[11px] text-faint">+{more} objects</span>}
      </div>
      <div className="mt-1.5 flex flex-wrap gap-1">
        {objects.length === 0 && <span className="font-mono text-[11px] text-dim">no address space yet</span>}
        {objects.slice(0, SHOWN_OBJECTS).map((tag, index) => (
          <TagChip key={index} tag={tag} />
        ))}
      </div>
    </div>
  )
}

const VERDICT: Readonly<Record<LookOf<'group'>['verdict'], Tone>> = {
  isolated: 'ok',
  'not-isolated': 'bad',
  host: 'host',
}

const FRAME: Readonly<Record<LookOf<'group'>['standing'], string>> = {
  viable: 'border-ok bg-ok-bg/45',
  taken: 'border-user bg-user-bg/45',
  unknown: 'border-dashed border-warn bg-warn-bg/35',
  quiet: 'border-line2 bg-panel2/60',
  'not-viable': 'border-bad bg-bad-bg/45',
}
const TAG: Readonly<Record<LookOf<'group'>['standing'], string>> = {
  viable: 'bg-ok text-bg',
  taken: 'bg-user-solid text-white',
  unknown: 'border border-warn text-warn',
  quiet: 'border border-bad text-bad',
  'not-viable': 'bg-bad-solid text-white',
}

function GroupBody({ id, estimated, standing, title, facts, words, isolation, verdict }: LookOf<'group'>): ReactNode {
  return (
    <div className={`flex h-full flex-col rounded-[15px] border-[1.5px] px-3.5 ${FRAME[standing]}`}>
      <div className="flex h-[38px] flex-none items-center gap-2 pt-1 whitespace-nowrap">
        <span className="font-semibold">Group {id}</span>
        {estimated && (
          <span
            className="text-[11px] text-warn italic"
            title="The listing had no groups: this one is formed from the tree, and the real numbers differ"
          >
            est.
          </span>
        )}
        <span className={`tag min-w-0 truncate ${TAG[standing]}`}>{title.toUpperCase()}</span>
        <span className="ml-auto min-w-0 shrink-[99] overflow-hidden" title={isolation}>
          <Chip tone={VERDICT[verdict]}>{verdict === 'host' ? 'host’s own' : isolation}</Chip>
        </span>
      </div>
      <div className="flex h-[20px] flex-none items-center overflow-hidden">
        <p className={`truncate text-[11.5px] ${standing === 'not-viable' ? 'text-bad' : 'text-dim'}`} title={words}>
          {[facts, words].filter((part) => part !== '').join(' · ')}
        </p>
      </div>
    </div>
  )
}

function DeviceBody({ device, bdf, name, mark, present, good, driver, reach }: LookOf<'device'>): ReactNode {
  return (
    <DropZone
      className={`h-full rounded-[10px] border bg-panel px-3 py-2 shadow-node ${good ? 'border-line2' : driver.tone === 'warn' ? 'border-warn' : 'border-bad'} ${present ? '' : 'opacity-50'}`}
      onDriver={(dropped) => {
        const state = store.getState()
        const ops = dropDriver(situationOf(state), device, dropped)
        if (ops.length > 0) state.perform(ops)
      }}
    >
      <div className="flex items-center gap-1.5 font-mono text-[12px] font-semibold">
        {bdf}
        {mark !== '' && (
          <span
            className={`ml-auto font-sans text-[10.5px] ${mark.startsWith('open') ? 'text-user' : 'font-medium text-faint'}`}
          >
            {mark}
          </span>
        )}
      </div>
      <div className="mb-1.5 truncate text-[11.5px] text-dim" title={name}>
        {name}
      </div>
      <div className="flex h-[20px] gap-1 overflow-hidden">
        <TagChip tag={driver} />
      </div>
      <div className="mt-1 flex h-[20px] items-center gap-1 overflow-hidden">
        <span className="text-[10.5px] text-faint">DMA</span>
        <TagChip tag={reach} />
      </div>
    </DropZone>
  )
}

const CONTEXT: Readonly<Record<LookOf<'context'>['tone'], string>> = {
  host: 'border-host text-host',
  none: 'border-line2 text-dim',
  ctx: 'border-ctx text-ctx',
  ghost: 'border-dashed border-line2 text-faint',
}

const SHOWN_LINES = 3

function ContextBody({ tone, title, lines }: LookOf<'context'>): ReactNode {
  return (
    <div className={`h-full overflow-hidden rounded-xl border bg-panel px-3 py-2 ${CONTEXT[tone]}`}>
      <div className="truncate text-[12.5px] font-semibold">{title}</div>
      {lines.slice(0, SHOWN_LINES).map((line) => (
        <div key={line} className="truncate font-mono text-[11px] text-dim">
          {line}
        </div>
      ))}
      {lines.length > SHOWN_LINES && (
        <div className="font-mono text-[11px] text-faint">+{lines.length - SHOWN_LINES} more</div>
      )}
    </div>
  )
}
