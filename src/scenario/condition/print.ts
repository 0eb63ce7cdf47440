/** Writes conditions as they are typed, in the names of now. */
import type { Atom, Formula } from './parse.ts'

/** Writes a term: `errno:EBUSY:open_group`, `device-fd@01:00.0,qemu`. */
export function printAtom({ term, args, subjects }: Pick<Atom, 'term' | 'args' | 'subjects'>): string {
  const about = subjects.map(({ text }) => text).join(',')
  return [term, ...args].join(':') + (about === '' ? '' : `@${about}`)
}

/** Writes a condition. Reading it gives an equal one. */
export function printCondition(formula: Formula): string {
  if (formula.kind === 'term') return `${formula.negated ? '!' : ''}${printAtom(formula.atom)}`
  const joint = formula.kind === 'and' ? ' & ' : ' | '
  return formula.parts
    .map((part) => (part.kind === 'term' ? printCondition(part) : `(${printCondition(part)})`))
    .join(joint)
}
