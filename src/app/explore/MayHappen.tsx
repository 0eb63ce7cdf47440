import { useMemo, type ReactNode } from 'react'
import { shortBdf } from '../../explain/words.ts'
import {
  ACTORS,
  alphabetOf,
  isDefault,
  type Actor,
  type Alphabet,
  type AlphabetOptions,
} from '../../explore/alphabet.ts'
import { parseGoal } from '../../explore/goals.ts'
import { replay } from '../../sim/replay.ts'
import { isAdmin, NAME_KINDS, type NameKind, type OpKind } from '../../sim/op.ts'
import { store, useApp } from '../store/store.ts'
import { PAGE_LIMITS, set, useAsking } from './ask.ts'
import { Fold } from '../ui/Fold.tsx'
import { operations } from '../ui/numbers.ts'

/** What the search may do: one line, and behind it everything that can be changed. */
export function MayHappen(): ReactNode {
  const alphabet = useAlphabet()
  if (typeof alphabet === 'string') {
    return (
      <p className="text-[12px] text-bad">
        ✗ {alphabet}.{' '}
        <button type="button" className="underline underline-offset-2" onClick={() => set({ options: {} })}>
          Back to the defaults
        </button>
      </p>
    )
  }
  return (
    <Fold
      testId="may-happen"
      title={
        <>
          What may happen
          <span className="block text-[12px] font-normal text-dim">{summaryOf(alphabet)}</span>
        </>
      }
    >
      <Settings alphabet={alphabet} />
    </Fold>
  )
}

/** What can be done in the search as it is set now, or what is wrong with it. */
function useAlphabet(): Alphabet | string {
  const run = useApp((s) => s.run)
  const { ops, cursor } = useApp((s) => s.doc.scenario)
  const { from, options } = useAsking((s) => s.settings)
  const goal = useAsking((s) => s.goal)
  const start = useMemo(
    () => replay(run.kernel, run.world.setup, from === 'boot' ? [] : ops.slice(0, cursor), run),
    [run, ops, cursor, from],
  )
  return useMemo(() => {
    const reading = parseGoal(goal)
    const named = { ...options, with: [...(options.with ?? []), ...(reading.ok ? reading.goal.kinds : [])] }
    try {
      return alphabetOf(start.kernel, start.world.setup, start, named, ops)
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }, [start, ops, options, goal])
}

const NAME_WORDS: Readonly<Record<NameKind, readonly [one: string, more: string]>> = {
  container: ['container', 'containers'],
  group: ['group fd', 'group fds'],
  device: ['device fd', 'device fds'],
  iommufd: ['iommufd', 'iommufds'],
  ioas: ['address space', 'address spaces'],
  hwpt: ['page table', 'page tables'],
}

/** Kinds of name that some operation of the search opens or makes. */
function usedNames({ names }: Alphabet): NameKind[] {
  const acting = names.find((each) => each !== null)
  return NAME_KINDS.filter((kind) => (acting?.[kind].length ?? 0) > 0)
}

function namesWords(alphabet: Alphabet): string {
  const acting = alphabet.names.find((each) => each !== null)
  return usedNames(alphabet)
    .map((kind) => {
      const many = acting?.[kind].length ?? 0
      return `${many} ${NAME_WORDS[kind][many === 1 ? 0 : 1]}`
    })
    .join(', ')
}

/** Who acts with what, in a line. */
export function summaryOf(alphabet: Alphabet): string {
  const { actors, processes, devices, drivers } = alphabet.choices
  const who = [
    ...(actors.includes('user') ? processes : []),
    ...(actors.includes('admin') ? ['the administrator'] : []),
  ].join(' and ')
  const what = devices.length > 4 ? `${devices.length} devices` : devices.map(shortBdf).join(', ')
  const bound = actors.includes('admin') ? `, drivers ${drivers.map(driverWords).join(', ')}` : ''
  const held = namesWords(alphabet)
  return `${who}: ${operations(alphabet.ops.length)} on ${what}${bound}${held === '' ? '' : `; at most ${held} for each process`}`
}

function driverWords(driver: string): string {
  return driver === 'native' ? 'their own' : driver
}

const MOST_LISTED = 60
const DRIVERS = ['native', 'vfio-pci', 'pci-stub']

function Settings({ alphabet }: { alphabet: Alphabet }): ReactNode {
  const { choices } = alphabet
  const options = useAsking((s) => s.settings.options)
  const world = useApp((s) => s.run.world)
  const abi = useApp((s) => s.kernel.abi)
  const put = (change: AlphabetOptions): void => set({ options: { ...options, ...change } })
  const listed = world.devices.filter(({ spec, group }) => !spec.bridge && group >= 0).slice(0, MOST_LISTED)
  const drivers = [...new Set([...DRIVERS, ...choices.drivers])]
  return (
    <div className="grid gap-3.5 text-[12.5px]" data-testid="settings">
      <Boxes<Actor>
        title="Who acts"
        all={ACTORS}
        on={choices.actors}
        words={(actor) => (actor === 'user' ? 'processes' : 'the administrator')}
        onChange={(actors) => put({ actors })}
      />
      <div>
        <Boxes
          title="Processes"
          all={world.setup.processes.map(({ name }) => name)}
          on={choices.processes}
          words={(name) => `${name} (${world.setup.processes.find((each) => each.name === name)?.user ?? ''})`}
          onChange={(processes) => put({ processes })}
        />
        <button
          type="button"
          className="mt-1 text-[12px] text-dim underline underline-offset-2"
          onClick={() => {
            const { processes } = world.setup
            store.getState().setProcesses([...processes, { name: freshProcess(processes), user: 'root' }])
            const { processes: _, ...rest } = options
            set({ options: rest })
          }}
        >
          add a process to the scenario
        </button>
      </div>
      <Boxes
        title={
          listed.length < world.devices.length && listed.length === MOST_LISTED ? 'Devices (the first)' : 'Devices'
        }
        all={listed.map(({ spec }) => spec.bdf)}
        on={choices.devices}
        words={shortBdf}
        onChange={(devices) => put({ devices })}
        tall
      />
      <Boxes
        title="Drivers that the administrator binds"
        all={drivers}
        on={choices.drivers}
        words={(driver) => (driver === 'native' ? 'each device’s own' : driver)}
        onChange={(chosen) => put({ drivers: chosen })}
      />
      <div>
        <h3 className="section-title mb-1">Open at a time, by each process</h3>
        <div className="flex flex-wrap gap-x-3 gap-y-1.5">
          {usedNames(alphabet).map((kind) => (
            <NumberField
              key={kind}
              label={NAME_WORDS[kind][1]}
              value={choices.names[kind] ?? 0}
              most={8}
              onChange={(many) => put({ names: { ...options.names, [kind]: many } })}
            />
          ))}
          <NumberField
            label="waiting calls of the administrator"
            value={choices.waiting}
            most={8}
            onChange={(waiting) => put({ waiting })}
          />
        </div>
      </div>
      <Boxes<OpKind>
        title="Operations"
        all={abi}
        on={choices.kinds}
        words={(kind) => kind}
        mono
        onChange={(kinds) =>
          put({
            with: kinds.filter((kind) => !isDefault(kind)),
            without: abi.filter((kind) => isDefault(kind) && !kinds.includes(kind) && isPossible(kind, choices.actors)),
          })
        }
        tall
      />
      <LimitFields />
      <div className="flex flex-wrap items-center gap-3">
        <SymmetrySwitch />
        <button
          type="button"
          className="text-dim underline underline-offset-2"
          onClick={() => set({ options: {}, limits: PAGE_LIMITS, reduce: true })}
        >
          defaults
        </button>
      </div>
    </div>
  )
}

/** Whether somebody who acts makes such calls: what nobody makes need not be left out. */
function isPossible(kind: OpKind, actors: readonly Actor[]): boolean {
  return actors.includes(isAdmin(kind) ? 'admin' : 'user')
}

function freshProcess(processes: readonly { readonly name: string }[]): string {
  const taken = new Set(processes.map(({ name }) => name))
  for (let number = 2; ; number++) if (!taken.has(`qemu${number}`)) return `qemu${number}`
}

function Boxes<T extends string>(props: {
  title: string
  all: readonly T[]
  on: readonly T[]
  words: (each: T) => string
  onChange: (chosen: readonly T[]) => void
  tall?: boolean
  mono?: boolean
}): ReactNode {
  const { title, all, on, words, onChange, tall = false, mono = false } = props
  return (
    <div role="group" aria-label={title}>
      <h3 className="section-title mb-1">{title}</h3>
      <div className={`flex flex-wrap gap-x-3 gap-y-1 ${tall ? 'max-h-36 overflow-y-auto' : ''}`}>
        {all.map((each) => (
          <label key={each} className={`flex min-h-6 items-center gap-1.5 ${mono ? 'font-mono text-[11.5px]' : ''}`}>
            <input
              type="checkbox"
              checked={on.includes(each)}
              onChange={(event) =>
                onChange(
                  event.target.checked
                    ? all.filter((one) => one === each || on.includes(one))
                    : all.filter((one) => one !== each && on.includes(one)),
                )
              }
            />
            {words(each)}
          </label>
        ))}
      </div>
    </div>
  )
}

function NumberField(props: {
  label: string
  value: number
  most: number
  onChange: (value: number) => void
}): ReactNode {
  const { label, value, most, onChange } = props
  return (
    <label className="flex items-center gap-1.5">
      <input
        type="number"
        min={0}
        max={most}
        className="w-16 rounded-md border border-line2 bg-bg px-1.5 py-1 font-mono text-[12px]"
        value={value}
        onChange={(event) => {
          const { valueAsNumber } = event.target
          if (Number.isInteger(valueAsNumber) && valueAsNumber >= 0 && valueAsNumber <= most) onChange(valueAsNumber)
        }}
      />
      {label}
    </label>
  )
}

const MB = 2 ** 20

const OPTIONAL_LIMITS = [
  ['states', 'states'],
  ['depth', 'operations from the start'],
] as const

function LimitFields(): ReactNode {
  const limits = useAsking((s) => s.settings.limits)
  const { memory = 0 } = limits
  return (
    <div>
      <h3 className="section-title mb-1">Limits</h3>
      <div className="flex flex-wrap gap-x-3 gap-y-1.5">
        <NumberField
          label="MB of memory"
          value={Math.round(memory / MB)}
          most={4096}
          onChange={(value) => set({ limits: { ...limits, memory: Math.max(1, value) * MB } })}
        />
        {OPTIONAL_LIMITS.map(([key, label]) => (
          <OptionalNumber
            key={key}
            label={label}
            value={limits[key]}
            onChange={(value) => {
              const { [key]: _, ...rest } = limits
              set({ limits: value === undefined ? rest : { ...rest, [key]: value } })
            }}
          />
        ))}
      </div>
    </div>
  )
}

/** A limit that may be absent: an empty field. */
function OptionalNumber(props: {
  label: string
  value: number | undefined
  onChange: (value: number | undefined) => void
}): ReactNode {
  const { label, value, onChange } = props
  return (
    <label className="flex items-center gap-1.5">
      <input
        type="number"
        min={1}
        placeholder="any"
        className="w-24 rounded-md border border-line2 bg-bg px-1.5 py-1 font-mono text-[12px] placeholder:text-faint"
        value={value ?? ''}
        onChange={(event) => {
          const { valueAsNumber } = event.target
          if (event.target.value === '') onChange(undefined)
          else if (Number.isInteger(valueAsNumber) && valueAsNumber > 0 && valueAsNumber < 1e12) onChange(valueAsNumber)
        }}
      />
      {label}
    </label>
  )
}

function SymmetrySwitch(): ReactNode {
  const reduce = useAsking((s) => s.settings.reduce)
  return (
    <label className="flex items-center gap-1.5">
      <input type="checkbox" checked={reduce} onChange={(event) => set({ reduce: event.target.checked })} />
      count equal states once (symmetry)
    </label>
  )
}
