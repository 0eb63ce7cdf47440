/**
 * What can be set of a search, as keys and texts: the options of the command line (`--actors user`) and the query of a
 * shared question (`?actors=user`) are the same.
 */
import { isOpKind, NAME_KINDS, type NameKind, type OpKind } from '../sim/op.ts'
import type { Range } from '../sim/world.ts'
import { ACTORS, MOST_NAMES, type AlphabetOptions } from './alphabet.ts'
import type { ExploreRequest } from './exploration.ts'
import type { Limits } from './search.ts'

/** Everything about a question but its words and its scenario. */
export type Settings = Required<Pick<ExploreRequest, 'from' | 'options' | 'limits' | 'reduce'>>

/** Every key, with what it wants and says; the order is that of a query. */
export const PARAMETERS = {
  from: ['here|boot', 'where to start: after the steps before the cursor (default), or freshly booted'],
  actors: ['user,admin', 'who may act (default both)'],
  processes: ['NAME,...', 'processes that act (default all)'],
  devices: ['ADDRESS,...', 'functions that are rebound and asked for'],
  drivers: ['NAME,...', 'drivers to bind; native: each function’s own (default native,vfio-pci,pci-stub)'],
  names: ['KIND=N,...', `names a process can have open (${NAME_KINDS.join(', ')})`],
  ranges: ['IOVA+SIZE,...', 'what users map, in bytes'],
  types: ['NAME,...', 'IOMMU types (default type1v2)'],
  with: ['OP,...', 'operations to take besides the default ones'],
  without: ['OP,...', 'operations to leave out'],
  waiting: ['N', 'calls of the administrator that can wait at a time (default 1)'],
  states: ['N', 'limit: states to keep'],
  memory: ['MB', 'limit: memory for them (default 1024)'],
  depth: ['N', 'limit: operations from the start'],
  symmetry: ['on|off', 'whether equal states count once (default on)'],
} as const satisfies Readonly<Record<string, readonly [wants: string, says: string]>>

export type Parameter = keyof typeof PARAMETERS

/** Whether a word is a key of a setting. */
export function isParameter(word: string): word is Parameter {
  return Object.hasOwn(PARAMETERS, word)
}

/** A value that its key does not take; the message begins after the key's name: `wants …, not …`. */
export class ParameterError extends Error {
  readonly key: Parameter
  constructor(key: Parameter, wanted: string, value: string) {
    super(`wants ${wanted}, not ${value}`)
    this.key = key
  }
}

const MB = 2 ** 20

/**
 * Reads settings. Names of the machine and the scenario are looked up when the search begins.
 * @param given values by key; what is absent is left to the defaults
 * @throws ParameterError
 */
export function readParameters(given: ReadonlyMap<Parameter, string>): Settings {
  const list = (key: Parameter): readonly string[] | undefined =>
    given
      .get(key)
      ?.split(',')
      .filter((word) => word !== '')
  const number = (key: Parameter): number | undefined => {
    const value = given.get(key)
    if (value === undefined) return undefined
    if (!/^\d{1,12}$/.test(value)) throw new ParameterError(key, 'a whole number', value)
    return Number(value)
  }
  const memory = number('memory')
  return {
    from: oneOf('from', given.get('from') ?? 'here', ['here', 'boot']),
    options: present({
      actors: list('actors')?.map((word) => oneOf('actors', word, ACTORS)),
      processes: list('processes'),
      devices: list('devices')?.map(fullAddress),
      drivers: list('drivers')?.map((word) => plainWord('drivers', word)),
      names: namesOf(list('names')),
      ranges: list('ranges')?.map(rangeOf),
      types: list('types')?.map((word) => plainWord('types', word)),
      with: list('with')?.map((word) => operation('with', word)),
      without: list('without')?.map((word) => operation('without', word)),
      waiting: number('waiting'),
    }),
    limits: present({
      states: number('states'),
      memory: memory === undefined ? undefined : memory * MB,
      depth: number('depth'),
    }),
    reduce: oneOf('symmetry', given.get('symmetry') ?? 'on', ['on', 'off']) === 'on',
  }
}

/** Writes settings: what `readParameters` reads. Whatever is as by default is left out. */
export function printParameters({ from, options, limits, reduce }: Settings): [Parameter, string][] {
  const { names, ranges, waiting } = options
  const texts: Readonly<Record<Parameter, string | undefined>> = {
    from: from === 'here' ? undefined : from,
    actors: options.actors?.join(','),
    processes: options.processes?.join(','),
    devices: options.devices?.join(','),
    drivers: options.drivers?.join(','),
    names:
      names &&
      Object.entries(names)
        .map(([kind, count]) => `${kind}=${count}`)
        .join(','),
    ranges: ranges?.map(({ iova, size }) => `${iova}+${size}`).join(','),
    types: options.types?.join(','),
    with: options.with?.join(','),
    without: options.without?.join(','),
    waiting: waiting?.toString(),
    states: limits.states?.toString(),
    memory: limits.memory === undefined ? undefined : String(Math.round(limits.memory / MB)),
    depth: limits.depth?.toString(),
    symmetry: reduce ? undefined : 'off',
  }
  return Object.entries(texts).flatMap(([key, text]): [Parameter, string][] =>
    text === undefined || !isParameter(key) ? [] : [[key, text]],
  )
}

/** Without what is undefined. */
function present<T extends AlphabetOptions | Partial<Limits>>(options: { [K in keyof T]: T[K] | undefined }): T
function present(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function oneOf<T extends string>(key: Parameter, value: string, known: readonly T[]): T {
  const found = known.find((each) => each === value)
  if (found === undefined) throw new ParameterError(key, known.join(' or '), value)
  return found
}

function operation(key: Parameter, value: string): OpKind {
  if (!isOpKind(value)) throw new ParameterError(key, 'operations', value)
  return value
}

/** A name that a shell takes as it is: settings are shown as a command to type. */
function plainWord(key: Parameter, value: string): string {
  if (!/^[\w.?-]{1,64}$/.test(value)) throw new ParameterError(key, 'names of letters, digits and . _ -', value)
  return value
}

function fullAddress(bdf: string): string {
  if (!/^(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i.test(bdf))
    throw new ParameterError('devices', 'addresses', bdf)
  return (/^[0-9a-f]{2}:/i.test(bdf) ? `0000:${bdf}` : bdf).toLowerCase()
}

function rangeOf(text: string): Range {
  const [iova = Number.NaN, size = Number.NaN] = text.split('+').map(Number)
  if (Number.isNaN(iova) || Number.isNaN(size)) throw new ParameterError('ranges', 'IOVA+SIZE', text)
  return { iova, size }
}

function namesOf(words: readonly string[] | undefined): AlphabetOptions['names'] {
  if (words === undefined) return undefined
  return Object.fromEntries(
    words.map((text): readonly [NameKind, number] => {
      const [kind = '', count = ''] = text.split('=')
      if (!/^\d{1,3}$/.test(count) || Number(count) > MOST_NAMES)
        throw new ParameterError('names', `KIND=N with N at most ${MOST_NAMES}`, text)
      return [oneOf('names', kind, NAME_KINDS), Number(count)]
    }),
  )
}
