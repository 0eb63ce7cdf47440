import { memo, type ReactNode } from 'react'
import { dropDriver } from '../../scenario/actions/intents.ts'
import { store } from '../store/store.ts'
import { situationOf } from '../store/view.ts'
import type { Look, Tone } from './looks.ts'
import type { Changed } from './flow/FlowCanvas.tsx'
import { Chip, DropZone, Marked } from './parts.tsx'
import { LANE_REACH } from './picture.ts'

/** Draws what a node of the ownership picture shows. Sizes here are those that `sizes.ts` and `arrange.ts` reckon with. */
const Body = memo(function Body({ look, changed }: { look: Look; changed: Changed }) {
  switch (look.kind) {
    case 'lane':
      return <LaneBody {...look} />
    case 'process':
      return <ProcessBody look={look} changed={changed} />
    case 'new':
      return (
        <div className="flex h-full flex-col items-center justify-center rounded-xl border border-dashed border-line2 text-center text-[12px] leading-[17px] text-faint">
          {look.words.map((line) => (
            <span key={line}>{line}</span>
          ))}
        </div>
      )
    case 'group':
      return <GroupBody look={look} changed={changed} />
    case 'device':
      return <DeviceBody look={look} changed={changed} />
    case 'plate':
      return (
        <div className="flex h-full flex-col justify-center overflow-hidden rounded-xl border border-dashed border-line2 px-3 text-[12px] leading-[17px] whitespace-nowrap text-dim">
          {look.lines.map((line, index) => (
            <span key={index} className={index < look.bold ? 'text-[13px] font-semibold text-ink' : ''}>
              {line}
            </span>
          ))}
        </div>
      )
    case 'space':
      return <SpaceBody look={look} changed={changed} />
    default:
      return null
  }
})

export function drawBody(look: Look, changed: Changed): ReactNode {
  return <Body look={look} changed={changed} />
}

type LookOf<K extends Look['kind']> = Extract<Look, { kind: K }>
interface BodyProps<K extends Look['kind']> {
  readonly look: LookOf<K>
  readonly changed: Changed
}

function LaneBody({ name, words, narrow, last }: LookOf<'lane'>): ReactNode {
  return (
    <div className={`h-full w-full ${last ? '' : 'border-b border-line'}`}>
      {narrow ? (
        <span
          className="lane-strip absolute top-0 h-full overflow-hidden pt-2 text-[12px] leading-[18px] font-semibold text-dim"
          style={{ left: LANE_REACH + 2 }}
        >
          {name}
        </span>
      ) : (
        <span
          className="absolute top-3 w-[108px] text-[12.5px] leading-[16px] text-dim"
          style={{ left: LANE_REACH + 14 }}
        >
          <span className="block font-semibold">{name}</span>
          <span className="mt-0.5 block text-[12px] text-faint">{words}</span>
        </span>
      )}
    </div>
  )
}

function ProcessBody({ look: { name, user, alive, chips }, changed }: BodyProps<'process'>): ReactNode {
  return (
    <div
      className={`h-full rounded-xl border bg-panel px-3 shadow-node ${alive ? 'border-line2' : 'border-dashed border-line2 opacity-70'}`}
    >
      <div className="flex h-[32px] items-center gap-2 whitespace-nowrap">
        <span className="text-[13px] font-semibold">{name}</span>
        {user !== '' && <span className="text-[12px] text-dim">{user}</span>}
        {!alive && (
          <Marked changed={changed} part="alive">
            <span className="text-[12px] text-faint">exited</span>
          </Marked>
        )}
      </div>
      {chips.length === 0 && <span className="text-[12px] text-faint">nothing open</span>}
      {chips.map((chip) => (
        <span key={chip.name} className="absolute" style={{ left: chip.x, top: chip.y }}>
          <Marked changed={changed} part={`fd ${chip.name}`}>
            <span className="canvas-chip justify-center bg-user-bg text-user" style={{ width: chip.width }}>
              <b>{chip.name}</b>
              {chip.text !== '' && <span>&nbsp;{chip.text}</span>}
            </span>
          </Marked>
        </span>
      ))}
    </div>
  )
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
const VERDICT: Readonly<Record<LookOf<'group'>['verdict'], Tone>> = {
  isolated: 'ok',
  'not-isolated': 'bad',
  host: 'host',
}

function GroupBody({ look, changed }: BodyProps<'group'>): ReactNode {
  const { title, estimated, standing, status, isolation, verdict, twoLines, foot, words } = look
  return (
    <div className={`relative h-full rounded-[14px] border-2 px-[10px] ${FRAME[standing]}`}>
      <div className={`flex flex-wrap items-center gap-x-2 whitespace-nowrap ${twoLines ? 'pt-1' : 'h-[34px]'}`}>
        <span className={`text-[13px] font-semibold ${twoLines ? 'h-6 w-full' : ''}`}>
          {title}
          {estimated && (
            <span
              className="ml-1 text-[12px] font-normal text-warn italic"
              title="The listing had no groups: this one is formed from the tree, and the real numbers differ"
            >
              est.
            </span>
          )}
        </span>
        <Marked changed={changed} part="status">
          <span className={`status-word ${TAG[standing]}`} data-status={standing}>
            {status}
          </span>
        </Marked>
        {isolation !== '' && (
          <span className="ml-auto">
            <Marked changed={changed} part="isolation">
              <Chip tone={VERDICT[verdict]}>{isolation}</Chip>
            </Marked>
          </span>
        )}
      </div>
      {foot !== '' && (
        <p
          className={`absolute right-[10px] bottom-1 left-[10px] text-[12px] leading-[20px] whitespace-nowrap ${standing === 'not-viable' ? 'text-bad' : 'text-dim'}`}
          title={words}
        >
          <Marked changed={changed} part="foot">
            {foot}
          </Marked>
        </p>
      )}
    </div>
  )
}

function DeviceBody({ look, changed }: BodyProps<'device'>): ReactNode {
  const { device, bdf, name, title, holder, isHeld, present, good, harm, driver, reach, twoLines } = look
  const border = harm || !good ? (driver.tone === 'warn' ? 'border-warn' : 'border-bad') : 'border-line2'
  return (
    <DropZone
      className={`h-full overflow-hidden rounded-[10px] border bg-panel px-[9px] pt-[7px] shadow-node ${border} ${present ? '' : 'opacity-60'} ${isHeld ? 'device-held' : ''} ${harm ? 'device-harm' : ''}`}
      onDriver={(dropped) => {
        const state = store.getState()
        const ops = dropDriver(situationOf(state), device, dropped)
        if (ops.length > 0) state.perform(ops)
      }}
    >
      <div className="flex h-[20px] items-center justify-between gap-2 font-mono text-[13px] font-semibold whitespace-nowrap">
        {bdf}
        {holder !== '' && (
          <Marked changed={changed} part="holder">
            <span className="canvas-chip bg-user-bg font-normal text-user">{holder}</span>
          </Marked>
        )}
      </div>
      {name !== '' && (
        <div className="h-[18px] text-[12px] leading-[18px] whitespace-nowrap text-dim" title={title}>
          {name}
        </div>
      )}
      <div className={`flex flex-wrap gap-x-[6px] pt-0.5 ${twoLines ? 'flex-col items-start gap-y-[4px]' : ''}`}>
        <Marked changed={changed} part="driver">
          <Chip tone={driver.tone}>{driver.text}</Chip>
        </Marked>
        <Marked changed={changed} part="reach">
          <Chip tone={reach.tone}>{reach.text}</Chip>
        </Marked>
      </div>
    </DropZone>
  )
}

const SPACE: Readonly<Record<LookOf<'space'>['tone'], string>> = {
  host: 'border-host text-host',
  none: 'border-line2 text-dim',
  user: 'border-ctx text-ctx',
}

function SpaceBody({ look: { tone, title, lines, words }, changed }: BodyProps<'space'>): ReactNode {
  return (
    <div
      className={`h-full overflow-hidden rounded-xl border-[1.5px] bg-panel px-[9px] pt-[8px] whitespace-nowrap ${SPACE[tone]}`}
      title={words}
    >
      <div className="h-[20px] text-[13px] leading-[20px] font-semibold">
        <Marked changed={changed} part="card">
          {title}
        </Marked>
      </div>
      {lines.map((line, index) => (
        <div key={index} className="text-[12px] leading-[17px] text-dim">
          <Marked changed={changed} part="lines">
            {line}
          </Marked>
        </div>
      ))}
    </div>
  )
}
