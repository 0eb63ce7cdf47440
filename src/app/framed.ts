/**
 * A page of another site must not frame this one and have its visitors act in it unknowingly. Servers forbid it by a
 * header (`frame-ancestors`); on a host that sends none, a framed page shows nothing but a link to itself.
 */
export function isFramed(): boolean {
  return window.self !== window.top
}

/** Puts a link to this page, on its own, in place of the page. */
export function showLinkToPage(root: HTMLElement): void {
  const link = document.createElement('a')
  link.href = window.location.href
  link.target = '_top'
  link.textContent = 'Open IOMMU Playground'
  root.replaceChildren(link)
}
