/** References of answers, in words. */
import { OPEN_POINTS } from '../../explain/ioasid-open-points.ts'
import { mailWords } from '../../explain/mails.ts'
import type { Basis } from './define.ts'

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
