import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { run } from './advise.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'advise-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function advise(text: string, ...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const file = path.join(folder, 'listing.txt')
  writeFileSync(file, text)
  const out: unknown[] = []
  const err: unknown[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((line) => void out.push(line))
  const error = vi.spyOn(console, 'error').mockImplementation((line) => void err.push(line))
  const code = await run([file, ...args])
  log.mockRestore()
  error.mockRestore()
  return { code, out: out.join('\n'), err: err.join('\n') }
}

const GPU = `IOMMU Group 1:
	01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP106 [GeForce GTX 1060 6GB] [10de:1c03] (rev a1)
	Kernel driver in use: nvidia
	01:00.1 Audio device [0403]: NVIDIA Corporation GP106 High Definition Audio Controller [10de:10f1] (rev a1)
	Kernel driver in use: snd_hda_intel
`

test('the answer, the commands and what they come to', async () => {
  const { code, out } = await advise(GPU)
  expect(code).toBe(0)
  expect(out).toContain('Yes, with the other function of its card.')
  expect(out).toMatch(/echo 0000:01:00\.0 > .*\/driver\/unbind {2}# ✓ ok/)
  expect(out).toContain('VFIO_GROUP_GET_DEVICE_FD 0000:01:00.1 → d2  # ✓ ok')
})

test('as JSON, for one device', async () => {
  const { code, out } = await advise(GPU, '--device', '01:00.1', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    device: '0000:01:00.1',
    group: '1',
    verdict: 'yes',
    causes: ['functions-of-card'],
  })
})

test('an error alone, no device, a wrong kernel', async () => {
  const alone = await advise('vfio: error, group 12 is not viable, please ensure all devices\n')
  expect(alone.code).toBe(0)
  expect(alone.out).toContain('lspci -Dnnvvv')
  const nothing = await advise('nothing here')
  expect(nothing.code).toBe(1)
  expect(nothing.err).toContain('no device found')
  expect(await advise(GPU, '--device', '02:00.0')).toMatchObject({ code: 1 })
  expect(await advise(GPU, '--kernel', 'linux-2.6')).toMatchObject({ code: 2 })
})
