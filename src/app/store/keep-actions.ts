import { plainWords } from '../../scenario/document/scenario.ts'
import {
  addSave,
  readEarlier,
  readSaves,
  readSettings,
  removeEarlier,
  removeSave,
  writeDrafts,
  writeSettings,
  writeTab,
  type Saved,
} from './persistence.ts'
import type { ActionsOf, KeptState } from './state.ts'
import type { Tools } from './tools.ts'

const NOT_KEPT = 'This browser does not keep it (its storage is full or forbidden): share the run as a link or a file'

/** What the browser keeps. Whatever is written goes from what is kept now, as another tab may have written since. */
export function keepActions({ get, set, kept, session, now, keepCurrent }: Tools): ActionsOf<KeptState> {
  const read = (): void => set({ ...readSaves(kept), earlier: readEarlier(kept) })
  return {
    setSettings: (settings) => {
      writeSettings(kept, settings)
      set({ settings: { ...get().settings, ...settings } })
    },
    save: (words) => {
      // What a document cannot hold would be lost at the next visit.
      const name = plainWords(words, 'title') || 'My run'
      const { scenario, branches } = get().doc
      const saved: Saved = { name, savedAt: now(), scenario: { ...scenario, title: name }, branches }
      const done = addSave(kept, saved)
      read()
      if (done) get().toast('ok', `Kept “${name}” in this browser`)
      else get().toast('bad', NOT_KEPT)
    },
    forget: (saved) => {
      if (!removeSave(kept, saved)) get().toast('bad', 'This browser does not let the page change what it keeps')
      read()
    },
    forgetEarlier: (saved) => {
      removeEarlier(kept, saved)
      read()
    },
    draft: (of, text) => {
      const { [of]: _, ...others } = get().drafts
      const drafts = text === undefined ? others : { ...others, [of]: text }
      writeDrafts(session, drafts)
      set({ drafts })
    },
    keep: (hashes) => {
      const { lesson, aside, brokenLink, visiting, answers } = get()
      // The address of a broken link stays, so that it can be tried again.
      if (brokenLink !== null) return true
      const own = lesson === null ? get() : { doc: aside?.doc ?? get().doc, past: aside?.past ?? [], future: [] }
      const { doc, past, future } = own
      writeTab(session, { hashes, doc, past: past.slice(-20), future: future.slice(0, 20), answers })
      return visiting || keepCurrent(doc)
    },
    readKept: () => {
      read()
      set({ settings: { ...get().settings, theme: readSettings(kept).theme } })
    },
  }
}
