import type { ReactNode } from 'react'
import { acsMark } from '../../explain/acs.ts'
import { shortBdf } from '../../explain/words.ts'
import { withAcs } from '../../what-if/edit.ts'
import { withFormedGroups } from '../../what-if/formed-groups.ts'
import type { AcsBit, PciFunction } from '../../sim/machine.ts'
import { parseAcsOverride } from '../../sim/pci/acs.ts'
import { REQUIRED_ACS } from '../../sim/pci/topology.ts'
import { store, useApp } from '../store/store.ts'
import { bootWithOverride, perform } from './revise.ts'

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

/** Whether a function isolates what is below it, and what if its ACS were another. */
export function AcsSection({ spec }: { spec: PciFunction }): ReactNode {
  const override = useApp((s) => s.doc.scenario.boot.acsOverride) ?? ''
  const mark = acsMark(spec, parseAcsOverride(override === '' ? undefined : override))
  const isPcie = spec.kind !== 'pci' && spec.kind !== 'pcie2pci' && spec.kind !== 'pci2pcie'
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
          <WhatIfAcs spec={spec} />
          {spec.acsCap !== null && <Registers spec={spec} cap={spec.acsCap} />}
          {spec.acsCap === null && <Override spec={spec} option={override} />}
        </>
      )}
    </section>
  )
}

/** Gives a function other ACS registers: what it can do (`cap`; null: no capability) and what is switched on. */
function setAcs({ bdf }: PciFunction, cap: readonly AcsBit[] | null, ctrl: readonly AcsBit[]): void {
  const { machine } = store.getState()
  perform({ machine: withAcs(withFormedGroups(machine), bdf, cap, ctrl) })
}

/** All of ACS on, off, or not there. */
function WhatIfAcs({ spec }: { spec: PciFunction }): ReactNode {
  const { acsCap: cap } = spec
  const ctrl = spec.acsCtrl ?? cap ?? []
  const isOn = cap !== null && REQUIRED_ACS.every((bit) => !cap.includes(bit) || ctrl.includes(bit))
  const state = cap === null ? 'none' : isOn ? 'on' : 'off'
  return (
    <div role="group" aria-label={`What if ACS of ${shortBdf(spec.bdf)} were`} className="mt-2 flex flex-wrap gap-1">
      <span className="self-center text-[12px] text-dim">What if it were</span>
      {STATES.map(([value, name]) => (
        <button
          key={value}
          type="button"
          aria-pressed={state === value}
          className={`button min-h-7 px-2 py-0.5 text-[12px] ${state === value ? 'border-user! font-semibold' : ''}`}
          onClick={() => setAcs(spec, value === 'none' ? null : REQUIRED_ACS, value === 'on' ? REQUIRED_ACS : [])}
        >
          {name}
        </button>
      ))}
    </div>
  )
}

/** The bits of the registers, each to be switched. */
function Registers({ spec, cap }: { spec: PciFunction; cap: readonly AcsBit[] }): ReactNode {
  const ctrl = spec.acsCtrl ?? cap
  const flip = (bits: readonly AcsBit[], bit: AcsBit): AcsBit[] =>
    REQUIRED_ACS.filter((other) => (other === bit ? !bits.includes(bit) : bits.includes(other)))
  return (
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
                onFlip={() => setAcs(spec, flip(cap, bit), ctrl)}
              />
            </td>
            <td>
              <Bit
                name={`${bit} switched on`}
                on={ctrl.includes(bit)}
                disabled={!cap.includes(bit)}
                onFlip={() => setAcs(spec, cap, flip(ctrl, bit))}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Boots with a value of pcie_acs_override that names the function, unless `option`, the present one, does. */
function Override({ spec: { vendor, device }, option }: { spec: PciFunction; option: string }): ReactNode {
  if (vendor === undefined || device === undefined) return null
  const id = `id:${vendor}:${device}`
  if (option.includes(id)) return null
  return (
    <button
      type="button"
      className="button mt-2 min-h-7 px-2 py-0.5 text-[12px]"
      onClick={() => bootWithOverride(option === '' ? id : `${option},${id}`)}
    >
      Boot with <span className="font-mono text-[11px]">pcie_acs_override={id}</span>
    </button>
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
