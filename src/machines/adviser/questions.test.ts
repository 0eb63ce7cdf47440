import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { plain } from '../../explain/words.ts'
import { machineFromImport } from '../from-import.ts'
import { importListing } from '../import/index.ts'
import { adviceFor } from './advice.ts'
import { questionsFor, type AnsweredQuestion, type QuestionId } from './questions.ts'
import { SITUATIONS } from './situations.test-helper.ts'

function situation(number: number): string {
  return SITUATIONS.find((each) => each.number === number)?.text ?? ''
}

function asked(text: string, device: string): readonly AnsweredQuestion[] {
  const imported = importListing(text)
  const machine = machineFromImport(imported, 'x')
  const before = imported.alternatives?.['before']
  const advice = adviceFor(machine, `0000:${device}`, before === undefined ? {} : { before })
  return questionsFor({ machine, advice }).here
}

const CARDS = readFileSync(new URL('../fixtures/find-skylake-two-r7-240-01.txt', import.meta.url), 'utf8')
const HOST_BRIDGE = `IOMMU Group 2:
	00:01.0 Host bridge [0600]: Advanced Micro Devices, Inc. [AMD] Renoir PCIe Dummy Host Bridge [1022:1632]
	Kernel driver in use: k10temp
	01:00.0 Ethernet controller [0200]: Intel Corporation I210 [8086:1533]
	Kernel driver in use: igb
`
const APART = `IOMMU Group 3:
	04:00.0 Ethernet controller [0200]: Intel Corporation I350 [8086:1521]
	Kernel driver in use: igb
IOMMU Group 4:
	04:00.1 Ethernet controller [0200]: Intel Corporation I350 [8086:1521]
	Kernel driver in use: igb
`
const IDENTICAL = `IOMMU Group 1:
	01:00.0 VGA compatible controller [0300]: AMD [AMD/ATI] Oland PRO [Radeon R7 240/340] [1002:6613]
	Kernel driver in use: radeon
IOMMU Group 2:
	02:00.0 VGA compatible controller [0300]: AMD [AMD/ATI] Oland PRO [Radeon R7 240/340] [1002:6613]
	Kernel driver in use: radeon
`

/** Every question of the catalogue, with a machine on which it arises, and where it stands there. */
describe('the fifteen questions', () => {
  test.each<[QuestionId, string, string, string, RegExp]>([
    ['audio', situation(1), '01:00.0', 'member 0000:01:00.1', /must not keep its driver/],
    ['port', situation(12), '01:00.0', 'member 0000:00:01.0', /Leave it on its driver/],
    ['still-not-viable', situation(2), '0a:00.0', 'group', /Here that is 0a:00\.1, on snd_hda_intel/],
    ['ids-without-effect', situation(1), '01:00.0', 'commands', /softdep/],
    ['shared-with-host', situation(4), '04:00.0', 'alternatives', /slot that is wired to the processor/],
    ['two-cards', situation(5), '01:00.0', 'member 0000:02:00.0', /one owner at a time/],
    ['override', situation(4), '04:00.0', 'alternatives', /hardware is as before/],
    ['one-of-two-ports', situation(3), '04:00.0', 'member 0000:04:00.1', /Here they are in one group/],
    ['one-of-two-ports', APART, '04:00.0', 'group', /different groups, so yes/],
    ['virtual-functions', situation(8), '05:10.0', 'group', /has no ACS/],
    ['onboard-audio', situation(6), '00:1f.3', 'group', /USB or PCIe sound device/],
    ['host-bridge', HOST_BRIDGE, '01:00.0', 'member 0000:00:01.0', /Here it has k10temp/],
    ['conventional', situation(7), '06:00.0', 'member 0000:05:00.0', /same requester ID/],
    ['after-update', situation(10), '07:00.0', 'group', /Linux 5\.9/],
    ['no-groups', situation(1), '01:00.0', 'listing', /intel_iommu=on/],
    ['identical', IDENTICAL, '01:00.0', 'commands', /choose by address/],
  ])('%s', (id, text, device, place, answer) => {
    const found = asked(text, device).filter((each) => each.id === id)
    const places = found.map((each) => (each.place.kind === 'member' ? `member ${each.place.bdf}` : each.place.kind))
    expect(places).toContain(place)
    expect(plain(found[places.indexOf(place)]?.answer ?? [])).toMatch(answer)
    expect(found[0]?.source).not.toBe('')
  })
})

test('what does not arise on a machine is answered in general', () => {
  const imported = importListing(CARDS)
  const { here, others } = questionsFor({ machine: machineFromImport(imported, 'x'), advice: null })
  expect(here).toEqual([])
  expect(others.length).toBe(15)
})
