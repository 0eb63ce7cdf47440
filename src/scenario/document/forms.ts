/** Forms of single values in a document: patterns, what an error says of them, and the schemas made of both. */
import * as v from 'valibot'
import { UNKNOWN_DRIVER } from '../../sim/drivers.ts'
import type { Role } from '../../sim/op.ts'

const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,31}$/
/** What an operation opens is not called like a line of a script's head. */
export const FD = /^(?!(?:title|machine|kernel|compare|boot|process|cursor)$)[A-Za-z][A-Za-z0-9_.-]{0,31}$/
const BDF = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/
const DRIVER = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/
export const GROUP = /^(?:0|[1-9][0-9]{0,5})$/
export const WORD = /^[a-z0-9_]{1,32}$/
/** No control characters, no halves of surrogate pairs (they do not survive UTF-8), nothing that turns the line around. */
const LINE = /^[^\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]*$/u
export const LINES = /^(?:[^\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]|\n)+$/u

/** What each role of an operation's key should look like, as an error says it. */
export const ROLE_FORMS: Readonly<Record<Role, string>> = {
  device: 'a PCI address such as 0000:01:00.0',
  driver: 'the name of a driver such as vfio-pci',
  override: 'the name of a driver such as vfio-pci',
  group: 'the number of an IOMMU group',
  fd: 'a name that an earlier step gave, such as g1',
  other: 'a name that an earlier step gave, such as c1',
  'other?': 'a name that an earlier step gave, such as c1',
  third: 'a name that an earlier step gave, such as d1',
  as: 'a name for what is opened: a letter, then up to 31 letters, digits, "_", "." or "-"',
  arg: 'a word such as type1v2',
  iova: 'an address: a whole number of bytes from 0 up',
  size: 'a size: a whole number of bytes from 0 up',
  user: 'the name of a user',
}

export const string = (form: string, pattern: RegExp) => v.pipe(v.string(form), v.regex(pattern, form))
/** Addresses have 64 bits. Those above 2^53 that a number cannot hold exactly were rounded by whoever read the JSON. */
export const address = (form: string) =>
  v.pipe(v.number(form), v.integer(form), v.minValue(0, form), v.ltValue(2 ** 64, form))
export const bytes = (form: string) => v.pipe(v.number(form), v.safeInteger(form), v.minValue(0, form))
export const whole = (form: string, most: number) =>
  v.pipe(v.number(form), v.integer(form), v.minValue(0, form), v.maxValue(most, form))
export const flag = v.boolean('true or false')
export const line = (longest: number) => {
  const form = `one line of at most ${longest} characters`
  return v.pipe(v.string(form), v.trim(), v.maxLength(longest, form), v.regex(LINE, form))
}
/** The number of items is looked at before any of them. */
export const list = <T extends v.GenericSchema>(item: T, most: number, what: string) =>
  v.pipe(v.array(v.unknown(), `a list of ${what}`), v.maxLength(most, `at most ${most} ${what}`), v.array(item))

export const name = (form: string) => string(form, NAME)
export const bdf = string(ROLE_FORMS.device, BDF)
export const driver = v.union([string(ROLE_FORMS.driver, DRIVER), v.literal(UNKNOWN_DRIVER)], ROLE_FORMS.driver)
