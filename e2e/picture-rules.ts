/**
 * The rules of the picture, measured on the page as it is drawn: each function here runs inside the page, so it may use
 * nothing but its arguments.
 */

/** Waits until the page shows a step of a run and the picture stands still. */
export async function settled(position: string): Promise<void> {
  const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve))
  const look = (): string =>
    [...document.querySelectorAll('.react-flow__node, .react-flow [data-wire]')]
      .map((part) => {
        const { x, y, width, height } = part.getBoundingClientRect()
        return [x, y, width, height, part.getAttribute('d')].join(' ')
      })
      .join()
  let before = ''
  for (let same = 0; same < 3;) {
    await frame()
    const shown = document.querySelector('[data-testid="position"]')?.textContent ?? ''
    const now = look()
    same = shown === position && now !== '' && now === before ? same + 1 : 0
    before = now
  }
}

/** Everything that breaks a rule in the picture that is shown, in words. */
export function faultsShown(): string[] {
  interface Named {
    readonly name: string
    readonly kind: string
    readonly box: DOMRect
    readonly element: Element
  }
  const canvas = document.querySelector('.react-flow')
  if (canvas === null) return ['no picture']
  const frame = canvas.getBoundingClientRect()
  const faults: string[] = []

  const cards = [...canvas.querySelectorAll<HTMLElement>('[data-card]')].map((element): Named => ({
    name: element.dataset['id'] ?? '?',
    kind: element.dataset['card'] ?? '?',
    box: element.getBoundingClientRect(),
    element,
  }))
  const holds = (a: DOMRect, b: DOMRect): boolean =>
    a.left <= b.left + 0.5 && a.right >= b.right - 0.5 && a.top <= b.top + 0.5 && a.bottom >= b.bottom - 0.5
  const groups = cards.filter(({ kind }) => kind === 'group')
  const groupOf = (card: Named): Named | undefined =>
    card.kind === 'group' ? undefined : groups.find(({ box }) => holds(box, card.box))
  const outer = cards.filter((card) => groupOf(card) === undefined)

  // Wires: away from all cards, ending at the border of their own, each on a line of its own.
  const wires = [...canvas.querySelectorAll<SVGPathElement>('path[data-wire]')].map((path) => {
    const matrix = path.getScreenCTM()
    const length = path.getTotalLength()
    const points: { x: number; y: number }[] = []
    for (let along = 0; along <= length; along += 2) {
      const { x, y } = path.getPointAtLength(along).matrixTransform(matrix ?? new DOMMatrix())
      points.push({ x, y })
    }
    const ends = [path.dataset['from'], path.dataset['to']].map((name) => {
      const card = cards.find((one) => one.name === name)
      return card === undefined ? undefined : (groupOf(card) ?? card)
    })
    return { name: `${path.dataset['wire']} ${path.dataset['from']} → ${path.dataset['to']}`, points, ends }
  })
  const isWithin = ({ x, y }: { x: number; y: number }, box: DOMRect, more: number): boolean =>
    x > box.left - more && x < box.right + more && y > box.top - more && y < box.bottom + more
  for (const { name, points, ends } of wires) {
    if (ends.includes(undefined)) faults.push(`wire ${name} ends at no card`)
    for (const card of outer) {
      if (points.some((point) => isWithin(point, card.box, ends.includes(card) ? -2 : 3)))
        faults.push(`wire ${name} touches ${card.name}`)
    }
    const [first, last] = [points[0], points.at(-1)]
    if (first !== undefined && ends[0] !== undefined && !isWithin(first, ends[0].box, 3))
      faults.push(`wire ${name} does not begin at ${ends[0].name}`)
    if (last !== undefined && ends[1] !== undefined && !isWithin(last, ends[1].box, 4))
      faults.push(`wire ${name} does not end at ${ends[1].name}`)
  }
  const keyOf = (x: number, y: number): number => Math.round(x) * 8192 + Math.round(y)
  const trails = wires.map(({ points }) => new Set(points.map(({ x, y }) => keyOf(x, y))))
  wires.forEach((wire, index) => {
    for (let other = index + 1; other < wires.length; other++) {
      let run = 0
      let longest = 0
      for (const { x, y } of wire.points) {
        const isOn = [-1, 0, 1].some((dx) =>
          [-1, 0, 1].some((dy) => trails[other]?.has(keyOf(x + dx, y + dy)) === true),
        )
        run = isOn ? run + 2 : 0
        longest = Math.max(longest, run)
      }
      if (longest > 12) faults.push(`wire ${wire.name} runs on ${wires[other]?.name} for ${longest} px`)
    }
  })

  const seen = (whole: DOMRect, within: Element): DOMRect => {
    let { left, top, right, bottom } = whole
    for (let parent: Element | null = within; parent !== null && parent !== canvas; parent = parent.parentElement) {
      if (getComputedStyle(parent).overflow === 'visible') continue
      const frame = parent.getBoundingClientRect()
      left = Math.max(left, frame.left)
      top = Math.max(top, frame.top)
      right = Math.min(right, frame.right)
      bottom = Math.min(bottom, frame.bottom)
    }
    return new DOMRect(left, top, Math.max(0, right - left), Math.max(0, bottom - top))
  }

  // Texts: 12 px or more, within their card, on no other text, and no wire on those beside cards.
  const texts: Named[] = []
  const sheet = canvas.querySelector('.react-flow__viewport')
  const zoom = sheet === null ? 1 : new DOMMatrix(getComputedStyle(sheet).transform).a
  const walk = document.createTreeWalker(canvas, NodeFilter.SHOW_TEXT)
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement
    const words = walk.currentNode.textContent?.trim() ?? ''
    if (element === null || words === '' || element.closest('.sr-only, .react-flow__attribution') !== null) continue
    const range = document.createRange()
    range.selectNodeContents(walk.currentNode)
    const whole = range.getBoundingClientRect()
    // What an ellipsis or a frame hides lies on nothing; inside cards nothing may be hidden, which is asked below.
    const box = element.closest('[data-card]') === null ? seen(whole, element) : whole
    if (box.width === 0 || box.right < frame.left || box.left > frame.right) continue
    if (box.bottom < frame.top || box.top > frame.bottom) continue
    const scale = element.closest('.react-flow__viewport') === null ? 1 : zoom
    const shown = Number.parseFloat(getComputedStyle(element).fontSize) * scale
    if (shown < 11.9) faults.push(`“${words}” is ${shown.toFixed(1)} px high`)
    texts.push({ name: words, kind: 'text', box, element })
  }
  for (const text of texts) {
    const card = text.element.closest('[data-card]')
    const own = cards.find(({ element }) => element === card)
    if (own !== undefined && !holds(own.box, text.box)) faults.push(`“${text.name}” is cut by ${own.name}`)
    if (own === undefined && text.element.closest('.react-flow__node') !== null) {
      for (const { name, points } of wires)
        if (points.some((point) => isWithin(point, text.box, 1))) faults.push(`wire ${name} touches “${text.name}”`)
    }
  }
  for (const status of canvas.querySelectorAll<HTMLElement>('[data-status]')) {
    if (status.scrollWidth > status.clientWidth + 1) faults.push(`status ${status.textContent} is cut`)
  }

  // Nothing lies on anything else.
  const lieOn = (a: DOMRect, b: DOMRect, by: number): boolean =>
    a.left + by < b.right && b.left + by < a.right && a.top + by < b.bottom && b.top + by < a.bottom
  const apart = (parts: readonly Named[], by: number): void => {
    parts.forEach((one, index) => {
      for (const other of parts.slice(index + 1))
        if (lieOn(one.box, other.box, by)) faults.push(`${one.name} lies on ${other.name}`)
    })
  }
  apart(outer, 0.5)
  apart(
    cards.filter((card) => !outer.includes(card)),
    0.5,
  )
  // Lines of text may touch one another by the part of a letter's height that is empty.
  apart(texts, 2)

  for (const { name, box } of outer) {
    if (!holds(new DOMRect(frame.x - 1, frame.y - 1, frame.width + 2, frame.height + 2), box))
      faults.push(`${name} is out of sight`)
  }
  const spaces = cards.filter(({ kind }) => kind === 'space').toSorted((a, b) => a.box.x - b.box.x)
  if (spaces.length > 0) {
    if (spaces[0]?.name !== 'host' || spaces.at(-1)?.name !== 'blocked') faults.push('the order of address spaces')
    if (spaces.some(({ box }) => Math.abs(box.y - (spaces[0]?.box.y ?? 0)) > 1)) faults.push('address spaces wrap')
  }
  return faults
}

/** What the page says: attributes and accessible names of cards, and what wires join. */
export interface Said {
  readonly cards: readonly {
    readonly card: string
    readonly id: string
    readonly name: string
    readonly text: string
    readonly facts: Readonly<Record<string, string | undefined>>
  }[]
  readonly wires: readonly { readonly kind: string; readonly from: string; readonly to: string }[]
}

export function said(): Said {
  return {
    cards: [...document.querySelectorAll<HTMLElement>('.react-flow [data-card]')].map((element) => ({
      card: element.dataset['card'] ?? '',
      id: element.dataset['id'] ?? '',
      name: element.closest('.react-flow__node')?.getAttribute('aria-label') ?? '',
      text: element.textContent ?? '',
      facts: Object.fromEntries(Object.entries(element.dataset)),
    })),
    wires: [...document.querySelectorAll<SVGPathElement>('.react-flow path[data-wire]')].map(({ dataset }) => ({
      kind: dataset['wire'] ?? '',
      from: dataset['from'] ?? '',
      to: dataset['to'] ?? '',
    })),
  }
}
