import { useEffect, type ReactNode } from 'react'
import { messageWords } from '../../adviser/message-words.ts'
import { questionsAtLarge } from '../../adviser/questions.ts'
import type { Reading } from '../../adviser/reading.ts'
import { settingOf } from '../../adviser/setting.ts'
import { answersWithout } from '../../adviser/without-device.ts'
import { COMPLETE_COMMAND } from '../../import/missing.ts'
import type { Machine } from '../../sim/machine.ts'
import { freshRun } from '../store/document.ts'
import { store } from '../store/store.ts'
import { Rich } from '../ui/Rich.tsx'
import { Answer, Section } from './Answer.tsx'
import { Chooser } from './Chooser.tsx'
import { Command } from '../ui/CopyButton.tsx'
import { Intake } from './Intake.tsx'
import { EXAMPLE } from './example.ts'
import { addPaste, adviceOn, begin, readAgain, removePaste, startOver, stopReading, useOwn } from './own-machine.ts'
import { QuestionList } from './QuestionList.tsx'
import { WhatWasRead } from './WhatWasRead.tsx'

/** Paste what the own machine prints, see whether a device can go to a guest and how, and try it on a simulated kernel. */
export function Importer(): ReactNode {
  useEffect(begin, [])
  const pastes = useOwn((s) => s.pastes)
  const reading = useOwn((s) => s.reading)
  const busy = useOwn((s) => s.busy)
  const machine = useOwn((s) => s.machine)
  const lostOnReload = useOwn((s) => s.lostOnReload)
  return (
    <div className="mx-auto flex max-w-[1180px] flex-col gap-3 p-3 sm:p-5">
      {pastes.length === 0 && <Start />}
      {pastes.length > 0 && <h2 className="sr-only">My machine</h2>}
      {busy && (
        <div
          role="status"
          className="flex flex-wrap items-center gap-x-3 gap-y-1.5 rounded-lg bg-user-bg px-3 py-2 text-user"
        >
          … Reading a long text. The page stays usable meanwhile.
          <button type="button" className="button" onClick={stopReading}>
            Stop
          </button>
        </div>
      )}
      <NotRead />
      {lostOnReload && (
        <p role="status" className="rounded-lg bg-warn-bg px-3 py-2 text-warn">
          This browser does not keep the text: its storage is full or forbidden, or the text has more than 1,000,000
          characters. A reload begins anew.
        </p>
      )}
      {!busy && pastes.length > 0 && reading !== null && (
        <>
          <WhatWasRead reading={reading} />
          {machine === null ? <NoDevice reading={reading} /> : <Adviser reading={reading} machine={machine} />}
        </>
      )}
    </div>
  )
}

/** Why the texts have not been read, and what can be done about it. */
function NotRead(): ReactNode {
  const fault = useOwn((s) => s.fault)
  const pastes = useOwn((s) => s.pastes)
  if (fault === null) return null
  return (
    <div role="alert" data-testid="not-read" className="flex flex-col gap-2 rounded-lg bg-bad-bg px-3 py-2 text-bad">
      <p>{fault}.</p>
      {pastes.length > 0 && (
        <div className="flex flex-wrap gap-1.5">
          <button type="button" className="button button-primary" onClick={readAgain}>
            Try again
          </button>
          {pastes.map(({ id, name }) => (
            <button key={id} type="button" className="button" onClick={() => removePaste(id)}>
              Take {name} away
            </button>
          ))}
          <button type="button" className="button" onClick={startOver}>
            Start over
          </button>
        </div>
      )}
    </div>
  )
}

/** Before anything was pasted. */
function Start(): ReactNode {
  return (
    <>
      <div>
        <h2 className="text-[18px] font-semibold">My machine</h2>
        <p className="max-w-[80ch] text-dim">
          “Group N is not viable”, or a device to hand to a guest? Paste what your machine prints and see whether it can
          go, with what else, and the commands for it. It is read in this page: nothing leaves your browser.
        </p>
      </div>
      <Intake first />
      <section aria-label="What to paste" className="flex flex-col gap-1.5">
        <p>
          Nothing at hand? This prints groups, drivers, the tree and ACS on any distribution (without <code>sudo</code>{' '}
          all but ACS):
        </p>
        <Command text={COMPLETE_COMMAND} of="the command that prints everything" />
        <button type="button" className="button self-start" onClick={() => void addPaste(EXAMPLE, 'An example')}>
          Try an example
        </button>
      </section>
      <AtLarge />
    </>
  )
}

function AtLarge(): ReactNode {
  const kernel = useOwn((s) => s.kernel)
  return (
    <Section title="What people ask">
      <QuestionList questions={questionsAtLarge(kernel)} />
    </Section>
  )
}

function Adviser({ reading, machine }: { reading: Reading; machine: Machine }): ReactNode {
  const wanted = useOwn((s) => s.wanted)
  const advice = wanted === null ? null : adviceOn(machine, wanted, reading)
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-3 min-[1000px]:grid-cols-[minmax(0,310px)_minmax(0,1fr)] min-[1000px]:gap-5">
      <div className="flex flex-col gap-3">
        <Chooser machine={machine} reading={reading} wanted={wanted} />
        <PlayButton machine={machine} className="hidden min-[1000px]:inline-flex" />
      </div>
      <div className="flex min-w-0 flex-col gap-3">
        <Messages reading={reading} machine={machine} />
        {advice !== null && <Answer advice={advice} machine={machine} />}
        <PlayButton machine={machine} className="min-[1000px]:hidden" />
      </div>
    </div>
  )
}

/** Errors that stand beside a listing: who is in the way is known. */
function Messages({ reading, machine }: { reading: Reading; machine: Machine }): ReactNode {
  const setting = settingOf(reading)
  return reading.messages.slice(0, 4).map((message, index) => {
    const words = messageWords(message, machine, setting)
    return (
      <details key={index} data-testid="message" className="rounded-lg border border-line bg-panel px-3 py-1.5">
        <summary className="cursor-pointer">
          <span aria-hidden="true">✉ </span>
          {words.title}
        </summary>
        <p className="mt-1 max-w-[86ch] text-[12.5px]">
          <Rich words={words.meaning} />
        </p>
      </details>
    )
  })
}

/** No device to ask about: an error alone, or nothing that could be read. */
function NoDevice({ reading }: { reading: Reading }): ReactNode {
  const many = Object.keys(reading.result.devices).length
  const answers = answersWithout(reading)
  return (
    <>
      {answers.map((words, index) => (
        <section
          key={index}
          aria-label="The error"
          data-testid="message"
          className="flex flex-col gap-2 rounded-xl border border-line bg-panel p-4"
        >
          <h3 className="text-[17px] font-semibold">{words.title}</h3>
          <p className="max-w-[86ch]">
            <Rich words={words.meaning} />
          </p>
          <p className="font-semibold">{words.purpose}:</p>
          <Command text={words.command} of="the command" />
        </section>
      ))}
      {answers.length === 0 && (
        <div role="alert" className="rounded-lg bg-bad-bg px-3 py-2 text-bad">
          {many > 0
            ? `${many} devices are more than one machine has here (5000).`
            : 'No PCI device was found in this text. It should name addresses such as 01:00.0, with group headings.'}
        </div>
      )}
      {answers.length === 0 && <Command text={COMPLETE_COMMAND} of="the command that prints everything" />}
      <h3 className="section-title">{answers.length > 0 ? 'Then paste that here too' : 'Try another text'}</h3>
      <Intake first={false} />
      <AtLarge />
    </>
  )
}

function PlayButton({ machine, className }: { machine: Machine; className: string }): ReactNode {
  const kernel = useOwn((s) => s.kernel)
  return (
    <button
      type="button"
      className={`button self-start ${className}`}
      onClick={() => store.getState().open(freshRun(machine, machine.title, kernel))}
    >
      Play this machine on the canvas
    </button>
  )
}
