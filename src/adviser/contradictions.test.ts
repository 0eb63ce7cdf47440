import { expect, test } from 'vitest'
import { contradictionsIn } from './contradictions.ts'

const GPU = '01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP106 [10de:1c03] (rev a1)'
const NIC = '01:00.0 Ethernet controller [0200]: Intel Corporation I210 [8086:1533] (rev 03)'

test.each([
  ['two machines', `${GPU}\nand my other box\n${NIC}`, 1],
  ['the same machine twice', `${GPU}\n\n${GPU}`, 0],
  ['one that did not answer', `${GPU}\n${GPU.replace('rev a1', 'rev ff')}`, 0],
  ['before and after, said in a heading', `Before the update:\n${GPU}\nAfter it:\n${NIC}`, 0],
  ['the same in German', `vorher:\n${GPU}\n**Nachher:**\n${NIC}`, 0],
  ['a sentence that only has the word', `${GPU}\nafter that I bought another card and now\n${NIC}`, 1],
])('%s', (_, text, count) => {
  expect(contradictionsIn([text])).toHaveLength(count)
})
