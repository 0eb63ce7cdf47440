const BUS_SLOT_FN = '[0-9a-f]{2}:[01][0-9a-f]\\.[0-7]'

/** Source of a regular expression for an address with or without its domain (which is 4 to 8 digits). */
export const BDF = `(?:[0-9a-f]{4,8}:)?${BUS_SLOT_FN}`

const EXACT = new RegExp(`^${BDF}$`, 'i')

/** An address in full, `dddd:bb:dd.f` in lower case; null if the word is none. Domain 0000 where it has none. */
export function fullAddress(word: string): string | null {
  if (word.length > 18 || !EXACT.test(word)) return null
  // Some tools write domains with eight digits.
  const address = word.toLowerCase().replace(/^0{1,4}(?=[0-9a-f]{4}:[0-9a-f]{2}:)/, '')
  return address.indexOf(':') === address.lastIndexOf(':') ? `0000:${address}` : address
}

/** Orders addresses by domain, bus, device, function. */
export function compareAddresses(a: string, b: string): number {
  // Domains have four digits or more: the longer is the greater.
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)
}
