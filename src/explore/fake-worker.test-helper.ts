type Hear<T> = (event: { readonly data: T }) => void
type Fail = (event: { readonly message?: string }) => void

/** A worker that does what a test tells it to: `In` is what it is posted, `Out` what it says. */
export class FakeWorker<In, Out> {
  readonly posted: In[] = []
  ended = false
  private hear: Hear<Out> = () => {}
  private fail: Fail = () => {}

  postMessage(message: In): void {
    this.posted.push(message)
  }
  addEventListener(type: 'message', listener: Hear<Out>): void
  addEventListener(type: 'error', listener: Fail): void
  addEventListener(...[type, listener]: readonly ['message', Hear<Out>] | readonly ['error', Fail]): void {
    if (type === 'message') this.hear = listener
    else this.fail = listener
  }
  terminate(): void {
    this.ended = true
  }
  say(data: Out): void {
    this.hear({ data })
  }
  breakDown(message?: string): void {
    this.fail(message === undefined ? {} : { message })
  }
}
