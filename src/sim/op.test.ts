import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseOpLine, printOpLine } from './op-line.ts'
import { isAdmin, isName, isNumber, isOp, keysOf, kindsOfKey, OP_KINDS, rowOf, sameOp, type Op } from './op.ts'

test.each(OP_KINDS)('the row of %s agrees with its keys', (kind) => {
  const row = rowOf(kind)
  const keys = keysOf(kind)
  const roles = keys.map(([, role]) => role)
  expect(row.makes !== undefined, 'makes something if and only if it has a name for it').toBe(roles.includes('as'))
  expect(row.range === undefined || roles.filter(isNumber).length === 2, 'a range is an address and a size').toBe(true)
  for (const [key, role] of keys) {
    expect(kindsOfKey(key) !== undefined, `${key} says what it names`).toBe(isName(role) && role !== 'as')
  }
  expect(row.who === 'user' || !roles.some(isName), 'the administrator opens nothing').toBe(true)
  expect(row.waits === undefined || isAdmin(kind), 'only writes to sysfs wait').toBe(true)
  expect(row.call === null || Object.values(row.call).every((name) => name !== '')).toBe(true)
})

test('every way to ask the kernel for something is one operation, but where the object says which', () => {
  const names = OP_KINDS.flatMap((kind) => {
    const { call } = rowOf(kind)
    return call === null ? [] : Object.values(call)
  })
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual(['chown', 'IOMMU_DESTROY'])
})

/** Any operation, with values that a line can carry. */
const anyOp = fc.constantFrom(...OP_KINDS).chain((kind) => {
  const word = fc.constantFrom('a', 'b', 'g1', 'x_.-9')
  const fields: Record<string, fc.Arbitrary<string | number>> = { by: word }
  const required: string[] = []
  for (const [key, role] of keysOf(kind)) {
    if (role !== 'other?') required.push(key)
    if (isNumber(role)) fields[key] = fc.nat(2 ** 30)
    else if (role === 'device') fields[key] = fc.constantFrom('0000:01:00.0', '10000:00:1f.7')
    else if (role === 'override') fields[key] = fc.oneof(word, fc.constant(''))
    else fields[key] = word
  }
  return fc.record(fields, { requiredKeys: required }).map((values): Op => {
    const op = { op: kind, ...values }
    if (!isOp(op)) throw new Error(`no operation: ${JSON.stringify(op)}`)
    return op
  })
})

test('an operation that is written as a line is read as the same one', () => {
  fc.assert(
    fc.property(anyOp, (op) => {
      const { fields, faults } = parseOpLine(printOpLine(op))
      expect(faults).toEqual([])
      expect(fields !== null && isOp(fields) && sameOp(fields, op)).toBe(true)
    }),
  )
})

test('operations are the same by their values, not by the order of their keys', () => {
  fc.assert(
    fc.property(anyOp, anyOp, (op, other) => {
      const turned = Object.fromEntries(Object.entries(op).reverse())
      expect(isOp(turned) && sameOp(op, turned) && sameOp(turned, op)).toBe(true)
      const equal = printOpLine(op) === printOpLine(other)
      expect(sameOp(op, other)).toBe(equal)
      expect(sameOp(op, { ...op, by: 'somebody-else' })).toBe(false)
    }),
  )
})

test.each([
  ['', 'no-operation 1'],
  ['  frobnicate x', 'unknown-operation 3'],
  ['x = close g1', 'opens-nothing 1'],
  ['open_group 3', 'no-name 1'],
  ['map_dma c1 0', 'no-value 14'],
  ['map_dma c1 0 wide', 'wrong-value 14'],
  ['exit now', 'too-much 6'],
  ['attach d1 table=h1', 'too-much 11'],
])('%j is refused at its column', (line, fault) => {
  expect(parseOpLine(line).faults.map((each) => `${each.fault} ${each.column}`)).toEqual([fault])
})
