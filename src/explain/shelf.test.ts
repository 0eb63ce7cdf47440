import { expect, test } from 'vitest'
import { Shelf } from './shelf.ts'

test('what fails to load says so, and can be tried again', async () => {
  let online = false
  const shelf = new Shelf<'a' | 'b', string>(
    {
      a: async () => 'A',
      b: async () => {
        if (!online) throw new Error('offline')
        return 'B'
      },
    },
    [],
  )
  await expect(shelf.load(['a', 'b'])).rejects.toThrow('offline')
  expect([shelf.get('a'), shelf.get('b')]).toEqual(['A', undefined])
  await expect(shelf.load(['b'])).rejects.toThrow('offline')
  online = true
  await shelf.load(['a', 'b'])
  expect([...shelf.all()]).toEqual(['A', 'B'])
})

test('what several want at once is loaded once, also where the loader answers at once', async () => {
  let loads = 0
  const shelf = new Shelf<'a', number>({ a: () => Promise.resolve(++loads) }, [])
  await Promise.all([shelf.load(['a']), shelf.load(['a', 'a'])])
  await shelf.load(['a'])
  expect([loads, shelf.get('a')]).toEqual([1, 1])
})
