import { execFileSync } from 'node:child_process'
import { defineConfig } from '@playwright/test'

/** Debian's Chromium, or the one that `GEWANG_CHROMIUM` names: no browser is downloaded. */
function chromium(): string {
  const named = process.env['GEWANG_CHROMIUM']
  if (named) return named
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8' }).trim()
    } catch {
      // The next one, then.
    }
  }
  throw new Error('no Chromium found: install one, or name it in GEWANG_CHROMIUM')
}

export default defineConfig({
  testDir: './e2e',
  outputDir: './test-results',
  // Pictures for the documents are taken where they are asked for; they test nothing.
  testIgnore: process.env['GEWANG_PICTURES'] === '1' ? [] : ['pictures.spec.ts'],
  // Each spec drives a town of its own and the map draws in software: one after the other.
  workers: 1,
  fullyParallel: false,
  // On a busy machine a page may draw later than any limit; what fails three times is broken.
  retries: 2,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    testIdAttribute: 'data-test',
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    viewport: { width: 1440, height: 900 },
    actionTimeout: 30_000,
    // A trace draws every page all the while, which a machine without a graphics card cannot afford: on demand only.
    trace: process.env['GEWANG_TRACE'] === '1' ? 'retain-on-failure' : 'off',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: chromium(),
      args: [
        '--no-sandbox',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // WebGL in software; with the whole page drawn that way too, it moves at four frames a second instead of sixty.
        '--enable-unsafe-swiftshader',
      ],
    },
  },
})
