import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { importListing } from '../import/index.ts'
import { missingFrom } from './missing.ts'

const fixture = (name: string): string => readFileSync(new URL(`../fixtures/${name}.txt`, import.meta.url), 'utf8')
const GROUP = 'IOMMU Group 1:\n\t01:00.0 VGA compatible controller [0300]: NVIDIA [10de:1c03]\n'

test.each([
  ['arch-style-ryzen-b550m-mortar-01', ['drivers', 'tree']],
  ['lspci-nnkq-laptop-t14g3-01', ['groups', 'tree']],
  ['lspci-vvnn-imac-titanridge-root-01', []],
  ['lspci-vvnn-imac-titanridge-noroot-01', ['acs']],
  ['dmar-tree-sapphire-rapids-01', ['drivers', 'tree']],
])('%s lacks %j', (name, expected) => {
  expect(missingFrom(importListing(fixture(name))).map(({ what }) => what)).toEqual(expected)
})

test.each([
  ['', []],
  [GROUP, ['drivers']],
  [`${GROUP}\tKernel driver in use: nouveau\n`, []],
])('%j lacks %j', (text, expected) => {
  expect(missingFrom(importListing(text)).map(({ what }) => what)).toEqual(expected)
})
