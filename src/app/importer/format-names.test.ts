import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { importListing } from '../../import/index.ts'
import { formatWords } from './format-names.ts'

test('plain names, each once', () => {
  expect(formatWords('qemu-error+arch-multiline+one-line')).toBe(
    'an error of QEMU or the kernel, a list of IOMMU groups',
  )
  expect(formatWords('driverctl')).toBe('output of driverctl')
  expect(formatWords('never-seen')).toBe('never-seen')
})

test('every form of the listings of the project has a plain name', () => {
  const folders = ['../../import/fixtures/', '../../adviser/reports/'].map((path) => new URL(path, import.meta.url))
  const formats = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.txt'))
      .flatMap((file) => importListing(readFileSync(new URL(file, folder), 'utf8')).format.split('+')),
  )
  expect([...new Set(formats)].filter((format) => format !== '' && formatWords(format) === format)).toEqual([])
})
