/**
 * Downloads a text as a file.
 * @param title what the file is called after
 * @param kind the file's ending and media type
 */
export function download(
  title: string,
  text: string,
  kind: { readonly ending: string; readonly type: string; readonly unnamed: string },
): void {
  const url = URL.createObjectURL(new Blob([text], { type: kind.type }))
  const anchor = document.createElement('a')
  anchor.href = url
  const name = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  anchor.download = `${name === '' ? kind.unnamed : name}.${kind.ending}`
  anchor.click()
  URL.revokeObjectURL(url)
}
