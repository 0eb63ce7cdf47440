/** The messages of June 2021 that the proposals and the questions about them come from. */

/** A message of the thread, by the beginning of its Message-ID. */
export interface Mail {
  readonly author: 'Gunthorpe' | 'Roedel' | 'Tian' | 'Williamson'
  /** ISO date. */
  readonly date: string
  readonly message: string
}

export const MAILS = {
  gunthorpe14: { author: 'Gunthorpe', date: '2021-06-14', message: '20210614140711.GI1002214' },
  williamson14: { author: 'Williamson', date: '2021-06-14', message: '20210614102814.43ada8df' },
  williamson15: { author: 'Williamson', date: '2021-06-15', message: '20210615101215.4ba67c86' },
  tian15: { author: 'Tian', date: '2021-06-15', message: 'MWHPR11MB1886239C82D6B66A732830B88C309' },
  tian16: { author: 'Tian', date: '2021-06-16', message: 'MWHPR11MB188692A6182B1292FADB3BDB8C0F9' },
  williamson16: { author: 'Williamson', date: '2021-06-16', message: '20210616133937.59050e1a' },
  tian17: { author: 'Tian', date: '2021-06-17', message: 'MWHPR11MB18865DF9C50F295820D038798C0E9' },
  williamson17: { author: 'Williamson', date: '2021-06-17', message: '20210617151452.08beadae' },
  gunthorpe18: { author: 'Gunthorpe', date: '2021-06-18', message: '20210618001056.GB1002214' },
  gunthorpe18later: { author: 'Gunthorpe', date: '2021-06-18', message: '20210618182306.GI1002214' },
  gunthorpe25: { author: 'Gunthorpe', date: '2021-06-25', message: '20210625143616.GT2371267' },
} as const satisfies Readonly<Record<string, Mail>>

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September'] as const

/** `Tian, 17 June 2021`. */
export function mailWords({ author, date }: Mail): string {
  const [year = '', month = '', day = ''] = date.split('-')
  return `${author}, ${Number(day)} ${MONTHS[Number(month) - 1] ?? month} ${year}`
}
