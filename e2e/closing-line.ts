import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter'

/** Ends the output with one plain line, `N passed, N failed`, for people and programs that read only that. */
export default class ClosingLine implements Reporter {
  private readonly outcomes = new Map<TestCase, TestResult['status']>()

  onTestEnd(test: TestCase, result: TestResult): void {
    this.outcomes.set(test, result.status)
  }

  onEnd(result: FullResult): void {
    let passed = 0
    let failed = 0
    for (const status of this.outcomes.values()) {
      if (status === 'passed') passed++
      else if (status !== 'skipped') failed++
    }
    // A run can fail without a failing test: no test found, the server did not start.
    if (result.status !== 'passed' && failed === 0) failed = 1
    console.log(`\n${passed} passed, ${failed} failed`)
  }
}
