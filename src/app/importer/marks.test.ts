import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { adviceFor, type Advice, type Verdict } from '../../adviser/advice.ts'
import { candidatesOf, kindOf } from '../../adviser/kinds.ts'
import { readPastes } from '../../adviser/reading.ts'
import { adviceWords } from '../../adviser/words.ts'
import { plain } from '../../explain/words.ts'
import { EXAMPLE } from './example.ts'
import { listMarkOf, markOf } from './marks.ts'

const FOLDERS = ['../../import/fixtures/', '../../adviser/reports/'].map((path) => new URL(path, import.meta.url))
/** The quick check reads every sixth listing only. */
const EVERY = process.env['LONG_TESTS'] === '1' ? 1 : 6
const LISTINGS = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.txt'))
    .filter((_, index) => index % EVERY === 0)
    .map((file) => [file, readFileSync(new URL(file, folder), 'utf8')] as const),
)

/** Advice on the functions that the list shows first, and on a few of the rest. */
function advicesOn(text: string): Advice[] {
  const reading = readPastes([text], 'x')
  const { machine } = reading
  if (machine === null) return []
  const { usual, rest } = candidatesOf(machine)
  return [...usual.slice(0, 12), ...rest.slice(0, 3)].flatMap(({ bdf }) => adviceFor(machine, bdf, { reading }) ?? [])
}

const GLYPHS: Readonly<Record<Verdict, RegExp>> = {
  ready: /^[✓⚠]$/,
  yes: /^[✓⚠]$/,
  'with-others': /^⚠$/,
  against: /^✗$/,
  no: /^✗$/,
  unknown: /^\?$/,
}

/** What is wrong with the mark of an answer; empty if nothing is. */
function faultsOf(advice: Advice): string[] {
  const { wanted, verdict, losses } = advice
  const mark = markOf(advice)
  const listed = listMarkOf(advice)
  const onlyOne = losses.some(
    ({ f, kind, last, used }) =>
      used !== undefined || (last && f.driver !== null && (kind === 'disk' || kind === 'network')),
  )
  const facts: readonly (readonly [wrong: boolean, what: string])[] = [
    [!GLYPHS[verdict].test(mark.glyph), `${mark.glyph} for ${verdict}`],
    [kindOf(wanted) !== 'unknown' && listed.words !== mark.words, 'the list says something else than the answer'],
    [mark.glyph === '✓' && onlyOne, 'a tick for what the host may need'],
    [listed.glyph === '✓' && verdict !== 'yes' && verdict !== 'ready', 'a tick without a yes'],
  ]
  return facts.filter(([wrong]) => wrong).map(([, what]) => `${wanted.bdf}: ${what}`)
}

test.each([...LISTINGS, ['the example', EXAMPLE] as const])('the list says what the answer says: %s', (_, text) => {
  expect(advicesOn(text).flatMap(faultsOf)).toEqual([])
})

test('the example: the only disk controller is as little to go by itself as with the card', () => {
  const marks = advicesOn(EXAMPLE).map((advice) => [advice.wanted.bdf, advice.verdict, listMarkOf(advice).words])
  expect(marks).toContainEqual(['0000:01:00.0', 'against', 'better not'])
  expect(marks).toContainEqual(['0000:02:00.0', 'against', 'better not'])
  const disk = advicesOn(EXAMPLE).find(({ wanted }) => wanted.bdf === '0000:02:00.0')
  expect(disk && adviceWords(disk, 'linux-6.12').title).toBe('Better not: the host probably runs from it')
})

const HOST = 'IOMMU Group 0 00:00.0 Host bridge [0600]: Intel Corporation Host Bridge [8086:191f]\n'
const NVME = 'Non-Volatile memory controller [0108]: Samsung Electronics SM981 [144d:a808]\n'
const CARD = 'VGA compatible controller [0300]: NVIDIA Corporation GP106 [10de:1c03]\n'
const NETWORK = 'Ethernet controller [0200]: Intel Corporation I210 [8086:1533]\n'

test.each([
  ['the only disk controller of a machine', `${HOST}IOMMU Group 1 02:00.0 ${NVME}`, '✗ better not'],
  ['an excerpt with a disk controller', `IOMMU Group 1 02:00.0 ${NVME}`, '⚠ can go, the only disk'],
  ['one of two', `${HOST}IOMMU Group 1 02:00.0 ${NVME}IOMMU Group 2 03:00.0 ${NVME}`, '✓ can go'],
  ['the only graphics card', `${HOST}IOMMU Group 1 02:00.0 ${CARD}`, '⚠ can go, the only display'],
  ['the only network device', `${HOST}IOMMU Group 1 02:00.0 ${NETWORK}`, '⚠ can go, the only network'],
  [
    'the boot display of two cards',
    `${HOST}IOMMU Group 1 02:00.0 ${CARD}IOMMU Group 2 03:00.0 ${CARD}pci 0000:02:00.0: vgaarb: setting as boot VGA device\n`,
    '⚠ can go, the host’s display',
  ],
])('%s', (_, text, expected) => {
  const advice = advicesOn(text).find(({ wanted }) => wanted.bdf === '0000:02:00.0')
  const { glyph, words } = markOf(advice ?? null)
  expect(`${glyph} ${words}`).toBe(expected)
  if (glyph === '⚠')
    expect(advice && plain(adviceWords(advice, 'linux-6.12').answer)).toContain('The host loses 02:00.0')
})

test('the example: what the text does not show of the ports is not stated', () => {
  for (const advice of advicesOn(EXAMPLE)) {
    const { causes, alternatives, answer } = adviceWords(advice, 'linux-6.12')
    const text = [answer, ...causes, ...alternatives.map(({ words }) => words)].map(plain).join('\n')
    expect(text).not.toMatch(/By the tree|\(no ACS\)|AMD boards|hardly survive it/)
  }
})
