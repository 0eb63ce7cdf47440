/** The schema of an operation, made of the table of operations (`src/sim/op.ts`). */
import * as v from 'valibot'
import { isOp, isOpKind, keysOf, OP_KINDS, type OpKind, type Role } from '../../sim/op.ts'
import { address, bdf, bytes, driver, FD, GROUP, name, ROLE_FORMS, string, WORD } from './forms.ts'

const opSchemas = new Map(OP_KINDS.map((kind) => [kind, opSchemaOf(kind)]))
const noOpForm = 'an operation: an object whose "op" is the name of one'
const noOp = v.pipe(v.object({ op: v.picklist(OP_KINDS, 'the name of an operation') }, noOpForm))

export const opSchema = v.pipe(
  v.lazy((input) => {
    const kind = typeof input === 'object' && input !== null && 'op' in input ? input.op : undefined
    return (typeof kind === 'string' && isOpKind(kind) && opSchemas.get(kind)) || noOp
  }),
  v.guard(isOp),
)

function opSchemaOf(kind: OpKind): v.GenericSchema<unknown, Readonly<Record<string, unknown>>> {
  const entries: Record<string, v.GenericSchema> = {
    op: v.literal(kind),
    by: v.exactOptional(name('the name of a process')),
  }
  for (const [key, role] of keysOf(kind)) entries[key] = schemaOfRole(role)
  return v.object(entries, 'an operation')
}

function schemaOfRole(role: Role): v.GenericSchema {
  const form = ROLE_FORMS[role]
  switch (role) {
    case 'device':
      return bdf
    case 'driver':
      return driver
    case 'override':
      return v.union([driver, v.literal('')], form)
    case 'group':
      return string(form, GROUP)
    case 'fd':
    case 'other':
    case 'third':
    case 'as':
      return string(form, FD)
    case 'other?':
      return v.exactOptional(string(form, FD))
    case 'user':
      return name(form)
    case 'arg':
      return string(form, WORD)
    case 'iova':
      return address(form)
    case 'size':
      return bytes(form)
  }
}
