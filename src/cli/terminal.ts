/** All that the command line prints goes through here. */

/**
 * Characters upon which a terminal acts or that turn the order of what is read: C0 but tab and line feed, DEL, C1, marks of
 * direction. Names, texts and errors may come from a file of somebody else.
 */
// oxlint-disable-next-line no-control-regex
const ACTING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g

/** A text in which such characters are written as `\u001b`, which JSON reads as the same character. */
export function printable(text: string): string {
  return text.replace(ACTING, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Prints a line, or several, to standard output. */
export function print(text: string): void {
  console.log(printable(text))
}

/** Prints a line, or several, to standard error. */
export function printError(text: string): void {
  console.error(printable(text))
}
