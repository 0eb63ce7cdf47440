/** References of answers, in words. */
import { OPEN_POINTS } from '../../explain/ioasid-open-points.ts'
import type { Basis, Mail } from './define.ts'

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September'] as const

/** `Tian, 17 June 2021`. */
export function mailWords({ author, date }: Mail): string {
  const [year = '', month = '', day = ''] = date.split('-')
  return `${author}, ${Number(day)} ${MONTHS[Number(month) - 1] ?? month} ${year}`
}

/** Where an answer comes from, in a sentence or two without a full stop at the end of a name. */
export function basisWords(basis: Basis): string {
  switch (basis.kind) {
    case 'mail':
      return `${mailWords(basis.mail)}.`
    case 'open': {
      const { open, settled } = OPEN_POINTS[basis.point]
      return `${mailWords(basis.mail)}, leaves this open: ${open} ${settled}`
    }
    case 'source':
      return 'The source of this kernel.'
  }
}
