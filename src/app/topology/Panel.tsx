import { useMemo, useState, type ReactNode } from 'react'
import { acsMark } from '../../explain/acs.ts'
import { formationWords, formedGroups } from '../../explain/group-formation.ts'
import { shortBdf } from '../../explain/words.ts'
import { agreementOf } from '../../what-if/agreement.ts'
import { withAcs } from '../../what-if/edit.ts'
import { withFormedGroups } from '../../what-if/formed-groups.ts'
import { moveCard, slotOf, slotsFor, type Slot } from '../../what-if/move-card.ts'
import { shortName } from '../../machines/short-name.ts'
import type { AcsBit, PciFunction } from '../../sim/machine.ts'
import { parseAcsOverride } from '../../sim/pci/acs.ts'
import { REQUIRED_ACS } from '../../sim/pci/topology.ts'
import { Rich } from '../ui/Rich.tsx'
import { store, useApp } from '../store/store.ts'
import { differenceWords } from './agreement-words.ts'
import { bootWithOverride, perform } from './revise.ts'

/** Why a function is in its group, its ACS, and what one can try with it. */
export function DeviceTopology({ device }: { device: number }): ReactNode {
  const world = useApp((s) => s.run.world)
  const machine = useApp((s) => s.machine)
  const target = world.devices[device]
  const words = useMemo(() => formationWords(world, device), [world, device])
  if (target === undefined) return null
  const group = world.groups[target.group]
  const listed = machine.groups !== undefined
  return (
    <>
      <section>
        <h3 className="section-title mb-1.5">
          {group === undefined ? 'In no group' : `Why it is in group ${group.id}`}
          {listed && ', by the tree'}
        </h3>
        <ol className="grid gap-1.5">
          {words.steps.map(({ step, title, fn, lines, decides }) => (
            <li
              key={step}
              className={`rounded-lg border px-2.5 py-1.5 ${decides ? 'border-line2 bg-panel2' : 'border-line'}`}
            >
              <div className="flex items-baseline gap-2 text-[12.5px] font-semibold">
                <span className="font-mono text-dim">{step}</span>
                <span className="flex-none">{title}</span>
                <span
                  className="min-w-0 flex-1 truncate text-right font-mono text-[10.5px] font-normal text-faint"
                  title={fn}
                >
                  {fn}
                </span>
              </div>
              {lines.map((line, index) => (
                <p key={index} className="mt-0.5 text-[12px] text-dim">
                  <Rich words={line} links />
                </p>
              ))}
              {decides && (
                <p className="mt-0.5 text-[12px] font-semibold">
                  → <Rich words={words.result} links />
                </p>
              )}
            </li>
          ))}
        </ol>
        <GroupDifference group={target.group} />
      </section>
      <AcsSection key={`acs ${target.spec.bdf}`} spec={target.spec} />
      <MoveSection key={`move ${target.spec.bdf}`} spec={target.spec} />
    </>
  )
}

/** Why the members of a group are together. */
export function GroupTopology({ group }: { group: number }): ReactNode {
  const world = useApp((s) => s.run.world)
  const devices = world.groups[group]?.devices ?? []
  return (
    <section>
      <h3 className="section-title mb-1.5">{devices.length === 1 ? 'Why it is alone' : 'Why these are together'}</h3>
      <ul className="grid gap-1 text-[12.5px]">
        {devices.slice(0, SHOWN).map((device) => (
          <li key={device} className="border-l-2 border-line2 pl-2">
            <button
              type="button"
              className="font-mono text-[12px] underline decoration-dotted underline-offset-3"
              onClick={() => store.getState().showOnCanvas({ kind: 'device', device })}
            >
              {shortBdf(world.devices[device]?.spec.bdf ?? '')}
            </button>
            <span className="text-dim">
              : <Rich words={formationWords(world, device).short} links />
            </span>
          </li>
        ))}
      </ul>
      {devices.length > SHOWN && <p className="mt-1 text-[12px] text-dim">and {devices.length - SHOWN} more</p>}
      <GroupDifference group={group} />
    </section>
  )
}

const SHOWN = 12

/** What the listing reported against what forms, where they differ for a group. */
function GroupDifference({ group }: { group: number }): ReactNode {
  const world = useApp((s) => s.run.world)
  const machine = useApp((s) => s.machine)
  const boot = useApp((s) => s.doc.scenario.boot)
  const agreement = useMemo(() => agreementOf(machine, boot), [machine, boot])
  const target = world.groups[group]
  if (agreement === null || target === undefined) return null
  const difference = agreement.differences.find(({ reported }) => reported.includes(String(target.id)))
  if (difference !== undefined) {
    return (
      <p className="mt-1.5 rounded-lg bg-warn-bg px-2.5 py-1.5 text-[12px] text-warn">
        ≠ {differenceWords(difference)}
      </p>
    )
  }
  const { groups } = formedGroups(world)
  const alike = new Set(target.devices.map((device) => groups[device])).size === 1
  return (
    <p className="mt-1.5 text-[12px] text-dim">
      {alike ? '✓ The listing reports the group that forms from the tree.' : '≠ The listing reports another group.'}
    </p>
  )
}

const STATES = [
  ['on', '✓ On'],
  ['off', '◐ Off'],
  ['none', '✗ No capability'],
] as const

const BITS: Readonly<Record<AcsBit, string>> = {
  SV: 'Source validation: a request must come from a bus below the port',
  RR: 'Request redirect: requests go up to the IOMMU',
  CR: 'Completion redirect: completions go up, too',
  UF: 'Upstream forwarding: what came down for a neighbour goes up',
}

/** ACS registers, to look at and to change. */
function AcsSection({ spec }: { spec: PciFunction }): ReactNode {
  const boot = useApp((s) => s.doc.scenario.boot)
  const mark = acsMark(spec, parseAcsOverride(boot.acsOverride))
  const cap = spec.acsCap
  const ctrl = spec.acsCtrl ?? cap ?? []
  const state =
    cap === null ? 'none' : REQUIRED_ACS.every((bit) => !cap.includes(bit) || ctrl.includes(bit)) ? 'on' : 'off'
  const isPcie = spec.kind !== 'pci' && spec.kind !== 'pcie2pci' && spec.kind !== 'pci2pcie'
  const set = (nextCap: readonly AcsBit[] | null, nextCtrl: readonly AcsBit[]): void => {
    const { machine } = store.getState()
    perform({ machine: withAcs(withFormedGroups(machine), spec.bdf, nextCap, nextCtrl) })
  }
  const flip = (bits: readonly AcsBit[], bit: AcsBit): AcsBit[] =>
    REQUIRED_ACS.filter((other) => (other === bit ? !bits.includes(bit) : bits.includes(other)))
  const id = spec.vendor !== undefined && spec.device !== undefined ? `id:${spec.vendor}:${spec.device}` : ''
  const option = boot.acsOverride ?? ''
  const mayOverride = isPcie && cap === null && id !== '' && !option.includes(id)
  return (
    <section>
      <h3 className="section-title mb-1">Access Control Services</h3>
      <p className="text-[12.5px]">
        {mark === null ? (
          <span className="text-dim">
            {spec.kind === 'usp'
              ? 'An upstream port that is alone in its slot counts as isolating: it has nobody beside it.'
              : 'The only function of its device: it has nobody beside it to be kept apart from.'}
          </span>
        ) : (
          <>
            <b>
              {mark.glyph} {mark.word}
            </b>
            <span className="text-dim">: {mark.words}</span>
          </>
        )}
      </p>
      {isPcie && mark !== null && (
        <>
          <div
            role="group"
            aria-label={`What if ACS of ${shortBdf(spec.bdf)} were`}
            className="mt-2 flex flex-wrap gap-1"
          >
            <span className="self-center text-[12px] text-dim">What if it were</span>
            {STATES.map(([value, name]) => (
              <button
                key={value}
                type="button"
                aria-pressed={state === value}
                className={`button min-h-7 px-2 py-0.5 text-[12px] ${state === value ? 'border-user! font-semibold' : ''}`}
                onClick={() => set(value === 'none' ? null : REQUIRED_ACS, value === 'on' ? REQUIRED_ACS : [])}
              >
                {name}
              </button>
            ))}
          </div>
          {cap !== null && (
            <table className="mt-2 w-full text-[11.5px]">
              <thead>
                <tr className="text-left text-dim">
                  <th className="font-normal">Bit</th>
                  <th className="font-normal">ACSCap</th>
                  <th className="font-normal">ACSCtl</th>
                </tr>
              </thead>
              <tbody className="font-mono">
                {REQUIRED_ACS.map((bit) => (
                  <tr key={bit}>
                    <td title={BITS[bit]}>{bit}</td>
                    <td>
                      <Bit
                        name={`${bit} in the capability`}
                        on={cap.includes(bit)}
                        onFlip={() => set(flip(cap, bit), ctrl)}
                      />
                    </td>
                    <td>
                      <Bit
                        name={`${bit} switched on`}
                        on={ctrl.includes(bit)}
                        disabled={!cap.includes(bit)}
                        onFlip={() => set(cap, flip(ctrl, bit))}
                      />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {mayOverride && (
            <button
              type="button"
              className="button mt-2 min-h-7 px-2 py-0.5 text-[12px]"
              onClick={() => bootWithOverride(option === '' ? id : `${option},${id}`)}
            >
              Boot with <span className="font-mono text-[11px]">pcie_acs_override={id}</span>
            </button>
          )}
        </>
      )}
    </section>
  )
}

function Bit(props: { name: string; on: boolean; disabled?: boolean; onFlip: () => void }): ReactNode {
  return (
    <button
      type="button"
      aria-label={props.name}
      aria-pressed={props.on}
      disabled={props.disabled}
      className="min-h-6 min-w-9 rounded border border-line px-1.5 disabled:opacity-40"
      onClick={props.onFlip}
    >
      {props.on ? '+' : '−'}
    </button>
  )
}

const WHY_NOT = {
  same: 'There is nothing to move.',
  inside: 'One of the slots is behind the card that sits in the other.',
  'no-bus': 'There are not enough free bus numbers below that slot.',
} as const

/** Moves the card that a function is on to another slot. */
function MoveSection({ spec }: { spec: PciFunction }): ReactNode {
  const machine = useApp((s) => s.machine)
  const [chosen, setChosen] = useState('')
  const slot = useMemo(() => slotOf(machine, spec.bdf), [machine, spec])
  const others = useMemo(() => (slot === undefined ? [] : slotsFor(machine, slot)), [machine, slot])
  if (slot === undefined || others.length === 0) return null
  const target =
    others.find(({ port }) => port.bdf === chosen) ?? others.find(({ card }) => card.length === 0) ?? others[0]
  const move = (): void => {
    if (target === undefined) return
    const outcome = moveCard(withFormedGroups(machine), slot.port.bdf, target.port.bdf)
    if (outcome.ok) perform({ machine: outcome.machine, moved: outcome.moved })
    else store.getState().toast('info', WHY_NOT[outcome.reason])
  }
  return (
    <section>
      <h3 className="section-title mb-1">Another slot</h3>
      <p className="text-[12.5px] text-dim">
        The card sits behind {shortBdf(slot.port.bdf)}. What if it sat elsewhere?
      </p>
      <div className="mt-1.5 flex gap-1.5">
        <select
          aria-label="Slot to move the card to"
          className="button min-w-0 flex-1 truncate"
          value={target?.port.bdf ?? ''}
          onChange={(event) => setChosen(event.target.value)}
        >
          {others.map((other) => (
            <option key={other.port.bdf} value={other.port.bdf}>
              {slotWords(other)}
            </option>
          ))}
        </select>
        <button type="button" className="button flex-none" onClick={move}>
          {(target?.card.length ?? 0) > 0 ? 'Swap' : 'Move'}
        </button>
      </div>
    </section>
  )
}

function slotWords({ port, card }: Slot): string {
  const [first] = card
  const what = first === undefined ? 'empty' : `swap with ${shortBdf(first.bdf)} ${shortName(first)}`
  return `${port.kind === 'rp' ? 'Root port' : 'Switch port'} ${shortBdf(port.bdf)}: ${what}`
}
